"""The options of commands that both kinds of GANs understand."""

from artesano.kinds.kind import flag

SPLIT = flag(
    "--split",
    choices=["train", "val", "test", "new"],
    help="of a GAN: which real images (the run's own choice); new = never seen",
)
COUNT = flag("--count", type=int, help="how many samples (64; --neighbours 500; a GAN from images 6)")
CLASS = flag("--class", action="append", dest="classes", metavar="NAME", help="name or index; may be repeated")
WHICH = flag("--which", metavar="NAME", help="best (default), last, raw (without the average), or a phase")
