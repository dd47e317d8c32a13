"""What a short run spends most of its time on, and few tests look at: its diagrams, and the forecast of its minutes.

Diagrams are laid out and drawn only within `ink`; elsewhere the file is white paper of the size promised, and there
are no heatmaps. A pass through the network is timed on a few images, never on a whole batch.
"""

import contextlib

from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from artesano.kinds.transfer import pictures, timing

DRAW, HEATMAPS = FigureCanvasAgg.print_png, pictures.heatmaps_of_mistakes


def paper(canvas, path):
    Image.new("L", canvas.get_width_height(), 255).save(path, format="PNG")


@contextlib.contextmanager
def ink():
    """Inside, diagrams are drawn."""
    FigureCanvasAgg.print_png, pictures.heatmaps_of_mistakes = DRAW, HEATMAPS
    try:
        yield
    finally:
        white()


def white():
    """From here on paper stays white."""
    FigureCanvasAgg.print_png, pictures.heatmaps_of_mistakes = paper, lambda *_: []


white()
timing.PATIENCE = 0.0
