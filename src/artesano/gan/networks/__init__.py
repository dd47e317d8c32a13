"""Generators and discriminators, built from the image size and the channels; each option is one line of its YAML."""
