"""Networks of images from images: generators for any size, and discriminators of patches, pixels and windows."""
