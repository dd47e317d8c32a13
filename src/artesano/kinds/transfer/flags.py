"""The options of commands that only classifiers understand."""

from artesano.kinds.kind import flag
from artesano.kinds.numbers import shares, threshold, whole

BACKBONE = (
    flag("--backbone", metavar="NAME", help="a pretrained timm model instead of a run", instead_of_run=True),
    flag("--weights", metavar="FILE", help="weights file of --backbone, where there is no network"),
)
FLAGS = {
    "evaluate": (
        flag(
            "--split",
            choices=["test", "val", "train", "all", "new"],
            help="which part (test; of other images all); new = never seen",
        ),
        flag(
            "--interpolate",
            nargs="?",
            type=shares,
            const=(0.0, 0.25, 0.5, 0.75, 1.0),
            metavar="ALPHAS",
            help="accuracy between the pretrained weights (0) and the fine-tuned (1); alone 0,0.25,0.5,0.75,1",
        ),
    ),
    "predict": (
        *BACKBONE,
        flag("--format", choices=["csv", "json"], help="instead of the output file's ending"),
        flag(
            "--threshold",
            type=threshold,
            metavar="P",
            help="of several labels: the probability from which one is given (0.5), or tuned",
        ),
        flag("--sheet", metavar="FILE", help="draw the images under their labels into a .png"),
        flag("--batch-size", type=whole(), metavar="N", help="images at once (32)"),
    ),
    "embed": BACKBONE,
}
