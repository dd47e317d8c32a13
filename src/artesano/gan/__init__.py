"""GANs: networks, losses, terms and tricks, and the Lightning modules that train them."""
