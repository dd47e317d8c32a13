"""The smallest run of each kind, on the images of the fixture `project`; and how a run can be named."""

SOURCES = ("folder", "number", "last", "bundle")
WORDS = {
    "transfer": [
        "data=folder", "data.root=images", "data.batch_size=16", "backbone=test_resnet", "weights.source=none",
        "strategy=full", "ema=0.5", "image_size=32",
    ],
    "gan": [
        "gan=cdcgan", "data=folder", "data.root=images", "data.batch_size=16", "image_size=16", "generator.width=4",
        "discriminator.width=4", "hacks.ema=0.5", "evaluation=fast", "evaluation.samples=50",
    ],
    "image_gan": [
        "gan=srgan", "data=sr_folder", "data.root=pictures", "data.batch_size=4", "scale=2", "image_size=32",
        "generator.width=4", "generator.blocks=1", "discriminator.width=4", "evaluation.features=null",
        "evaluation.images_in_training=4", "phases.pixel=0", "phases.ramp=0", "hacks.ema=0.5",
    ],
}  # fmt: skip
