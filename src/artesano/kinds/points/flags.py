"""The options of commands for GANs on points."""

from artesano.kinds.adversarial.flags import CLASS, WHICH
from artesano.kinds.kind import flag
from artesano.kinds.numbers import positive, whole

FLAGS = {
    "evaluate": (flag("--samples", type=whole(), metavar="N", help="samples to draw (as many as the run did)"),),
    "sample": (
        flag("--count", type=whole(), help="of points 2500"),
        CLASS,
        WHICH,
        flag("--to", metavar="PLACE", help="of points: a file.csv or file.npy"),
        flag(
            "--truncation",
            type=positive,
            metavar="T",
            help="noise within +-T: each value moves to its quantile",
        ),
    ),
}
