"""The options of commands for GANs that make images from images."""

from artesano.config.former_names import current_direction
from artesano.kinds.adversarial.flags import CLASS, COUNT, SPLIT, WHICH
from artesano.kinds.kind import flag
from artesano.kinds.numbers import positive, whole

INVERT = flag("--invert", action="store_true", help="black for white: of drawings on other paper than the run's")
DIRECTION = flag("--direction", type=current_direction, choices=["a2b", "b2a"], help="of a cycle run (a2b)")
MASK = flag("--mask", metavar="PLACE", help="inpainting: a picture, or a folder of the images' names")
FLAGS = {
    "evaluate": (SPLIT,),
    "predict": (
        flag(
            "--weights",
            metavar="FILE",
            help="in place of a run: a published file of weights (pix2pix as with its --eval)",
            instead_of_run=True,
        ),
        WHICH,
        DIRECTION,
        flag("--overwrite", action="store_true", help="make results anew that are there already"),
        MASK,
        INVERT,
        flag("--label", metavar="NAME", help="name or index of the class or zoom level"),
        flag("--memory", type=positive, metavar="GB", help="what tiles may need (half of what is free)"),
        flag("--tile", type=whole(), metavar="PX", help="largest side of the tiles, instead of from the memory"),
    ),
    "export": (
        flag("--format", choices=["onnx", "basicsr", "pix2pix"], help="onnx (default), or a .pth as that program has"),
    ),
    "sample": (COUNT, CLASS, WHICH, DIRECTION, MASK, INVERT),
}
