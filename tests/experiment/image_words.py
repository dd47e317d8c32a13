"""The smallest real runs of GANs from images: words for each variant, on pictures made here."""

import numpy as np
from PIL import Image

COMMON = (
    "image_size=32",
    "data.batch_size=4",
    "max_steps=4",
    "eval_every=2",
    "log_every=1",
    "evaluation.images_in_training=4",
    "logger.wandb.mode=disabled",
    "trainer=cpu",
)
SMALL = {  # variant -> networks of a few thousand parameters
    "srgan": ("generator.width=4", "generator.blocks=1", "discriminator.width=4", "evaluation.features=null"),
    "swcgan": ("evaluation.features=null",),
    "pix2pix": ("generator.width=4", "generator.widest=8", "discriminator.width=4"),
    "cscgan": ("generator.width=4", "generator.widest=8", "discriminator.width=4", "data.levels=[64,128]"),
    "cyclegan": ("generator.width=4", "generator.blocks=1", "discriminator.width=4", "data.pairing=shuffled"),
    "inpaint": ("generator.width=4", "discriminator.width=4", "evaluation.features=null"),
}
TWO_PHASES = ("phases.pixel=2", "phases.ramp=1")


def pictures(folder, count, size=(48, 40), seed=0):
    """`count` PNGs of soft colours; returns the folder."""
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        coarse = random.integers(0, 255, (6, 6, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(folder / f"{number:02}.png")
    return folder


def pairs(root, count, size=(48, 40)):
    """A and B of trained pix2pix kind: B is A with its colours swapped."""
    for part in ("trainA", "testA"):
        pictures(root / part, count, size, seed=len(part))
        (root / part.replace("A", "B")).mkdir(parents=True)
        for file in (root / part).iterdir():
            swapped = np.asarray(Image.open(file))[..., ::-1]
            Image.fromarray(np.ascontiguousarray(swapped)).save(root / part.replace("A", "B") / file.name)
    return root


def words(variant, root):
    """Of a run of this variant on pictures below `root`."""
    if variant in ("srgan", "swcgan", "inpaint"):
        data = ("data=sr_folder", f"data.root={pictures(root / 'hr', 12)}")
    elif variant == "cscgan":
        data = ("data=blue_marble_map", "data.windows=16", "data.max_eval=4")
    else:
        kind = "unpaired_folder" if variant == "cyclegan" else "paired_folder"
        data = (f"data={kind}", f"data.root={pairs(root / 'pairs', 12)}")
    small = [word for word in SMALL[variant] if not (variant == "cyclegan" and word.startswith("data.pairing"))]
    phases = TWO_PHASES if variant in ("srgan", "swcgan") else ()
    return [f"gan={variant}", *data, *COMMON, *small, *phases]
