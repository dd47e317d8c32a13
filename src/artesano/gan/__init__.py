"""GANs: what a GAN is (networks, loss, terms) and the tricks, each at its one plug."""
