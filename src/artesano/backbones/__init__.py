"""timm model + weights + its data config."""
