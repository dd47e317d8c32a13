"""What a finished run is good for: measure it again, label images, look at features, ship it."""
