"""The options of commands that both kinds of GANs understand."""

from artesano.kinds.kind import flag
from artesano.kinds.numbers import whole

SPLIT = flag(
    "--split",
    choices=["train", "val", "test", "all", "new"],
    help="which part (of other images all); new = never seen",
)
COUNT = flag("--count", type=whole(), help="how many samples (64; --neighbours 500; a GAN from images 6 of its own)")
CLASS = flag("--class", action="append", dest="classes", metavar="NAME", help="name or index; may be repeated")
WHICH = flag("--which", metavar="NAME", help="best (default), last, raw (without the average), or a phase")
