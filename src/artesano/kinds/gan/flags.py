"""The options of commands for GANs that make images from noise."""

from artesano.kinds.adversarial.flags import CLASS, COUNT, SPLIT, WHICH
from artesano.kinds.kind import flag
from artesano.kinds.numbers import positive, whole

FLAGS = {
    "evaluate": (
        SPLIT,
        flag("--samples", type=whole(), metavar="N", help="samples to draw (as many as the run did)"),
        flag("--extractor", metavar="NAME", help="lite0, inception, timm:<model> or run:<classifier>"),
    ),
    "sample": (
        COUNT,
        CLASS,
        WHICH,
        flag("--per-class", action="store_true", help="a row per class, the same noise in each"),
        flag("--interpolate", choices=["lerp", "slerp", "both"], help="rows from one latent to another"),
        flag("--walk", metavar="FILE", help="a latent walk as .gif or .mp4"),
        flag("--codes", action="store_true", help="InfoGAN: a block of rows per code"),
        flag("--neighbours", action="store_true", help="samples beside their nearest training images"),
        flag("--extractor", metavar="NAME", help="whose features --neighbours uses (lite0)"),
        flag("--to", metavar="PLACE", help="an empty or new folder for single PNGs, or a file.npz"),
        flag(
            "--truncation",
            type=positive,
            metavar="T",
            help="noise within +-T: each value moves to its quantile",
        ),
    ),
}
