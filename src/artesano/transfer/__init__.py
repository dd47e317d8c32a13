"""Transfer learning: the group map, strategies, heads, freezing, cached features and the Lightning module."""
