"""Pictures: arrays go in, a PNG comes out. Matplotlib without pyplot, so nothing is shared between threads or runs."""
