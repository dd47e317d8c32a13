"""The options of commands that only classifiers understand."""

from artesano.kinds.kind import flag
from artesano.kinds.numbers import share, shares, threshold, whole

BACKBONE = (
    flag("--backbone", metavar="NAME", help="a pretrained timm model instead of a run", instead_of_run=True),
    flag("--weights", metavar="FILE", help="of --backbone: its weights file, where there is no network"),
)
TTA = flag(
    "--tta",
    nargs="?",
    choices=["auto", "shift", "mirror"],
    const="auto",
    help="mean probability of several views, five times as slow: the image and four shifts by a sixteenth of its side "
    "(shift), also its mirror image (mirror); alone: mirrored where training mirrored",
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
        TTA,
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
        flag(
            "--reject",
            type=share,
            metavar="P",
            help="call an image unknown whose best probability is below P; the probabilities are calibrated on val",
        ),
        flag(
            "--coverage",
            type=share,
            metavar="SHARE",
            help="call an image unknown that is less like the classes (energy score) than this share of val: 0.95",
        ),
        flag(
            "--accuracy",
            type=share,
            metavar="SHARE",
            help="call the least probable unknown, so many that of the other images of val this share is right: 0.99",
        ),
        flag(
            "--explain",
            nargs="?",
            const="",
            metavar="PLACE",
            help="heatmaps of what spoke for each class (Grad-CAM): a .png of all, a folder; alone <run>/explanations. "
            "Most networks have one place for 32 pixels, so small images have coarse maps",
        ),
        TTA,
    ),
    "embed": BACKBONE,
}
