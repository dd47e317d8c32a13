"""Every picture is a PNG of the size promised, for few and many classes and for names in any script."""

import numpy as np
import pytest
import torch
from PIL import Image

from artesano.figures.calibration import reliability_diagram
from artesano.figures.confusion import confusion_matrix
from artesano.figures.curves import learning_curves
from artesano.figures.embedding import embedding_map
from artesano.figures.grid import image_grid, most_wrong, wrongest
from artesano.metrics.classification import confusion, reliability

pytestmark = pytest.mark.usefixtures("ink")

NAMES = ["Año (1) = ñ", "_сад", "US$ 5 $", "größer als ein sehr langer Klassenname, der nicht passt"]


def looked_at(path):
    """The picture's size, after checking that something is drawn on it."""
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        assert len(np.unique(np.asarray(picture.convert("L")))) > 8
        return picture.size


@pytest.fixture(params=[2, 30, 100])
def answers(request):
    classes = request.param
    draw = torch.Generator().manual_seed(classes)
    labels = torch.randint(0, classes, (60,), generator=draw)
    logits = torch.randn(60, classes, generator=draw)
    return logits, labels, [NAMES[k] if k < len(NAMES) else f"clase {k}" for k in range(classes)]


def test_confusion_matrix_grows_with_the_classes_but_not_without_end(answers, tmp_path):
    logits, labels, classes = answers
    confusion_matrix(confusion(logits, labels), classes, tmp_path / "new" / "confusion.png")
    width, height = looked_at(tmp_path / "new" / "confusion.png")
    assert width == height
    assert 300 < width < 2600


def test_reliability_diagram(answers, tmp_path):
    logits, labels, _ = answers
    reliability_diagram(*reliability(logits, labels), tmp_path / "calibration.png")
    assert looked_at(tmp_path / "calibration.png") == (720, 810)


def test_embedding_map_with_and_without_labels(answers, tmp_path):
    logits, labels, classes = answers
    embedding_map(logits[:, :2].numpy(), labels.numpy(), classes, tmp_path / "map.png", "mapa")
    width, height = looked_at(tmp_path / "map.png")
    assert width > height == 810  # the legend stands outside
    embedding_map(logits[:1, :2].numpy(), None, None, tmp_path / "bare.png")
    assert looked_at(tmp_path / "bare.png") == (840, 810)


def test_learning_curves_from_rows(tmp_path):
    rows = [(step, "train/loss", 2.0 / (step + 1)) for step in range(100)]
    rows += [(step, f"val/{name}", value) for step in (50, 99) for name, value in [("loss", 0.1), ("accuracy", 0.9)]]
    learning_curves([*rows, (99, "lr", 0.1), (99, "train/loss", float("nan"))], tmp_path / "curves.png")
    assert looked_at(tmp_path / "curves.png") == (1440, 540)
    learning_curves(rows[:100], tmp_path / "loss.png")
    assert looked_at(tmp_path / "loss.png") == (720, 540)


def test_grid_takes_batches_and_pil_images_of_any_size(tmp_path):
    for channels in (1, 2, 3, 4):
        batch = torch.randint(0, 256, (7, channels, 9, 9), dtype=torch.uint8)
        image_grid(batch, [str(k) for k in range(7)], tmp_path / "grid.png", title="rejilla")
        looked_at(tmp_path / "grid.png")
    mixed = [Image.effect_noise((30, 50), 60), Image.effect_noise((80, 20), 60).convert("RGB")]
    image_grid(mixed, None, tmp_path / "mixed.png", columns=1)
    looked_at(tmp_path / "mixed.png")
    image_grid([], [], tmp_path / "none.png")


def test_most_wrong_shows_mistakes_only_and_the_surest_first(tmp_path):
    logits = torch.tensor([[9.0, 0.0], [0.0, 1.0], [5.0, 0.0], [0.0, 3.0]])
    labels = torch.tensor([0, 0, 1, 0])
    assert wrongest(logits, labels).tolist() == [2, 3, 1]
    assert wrongest(logits, labels, 1).tolist() == [2]
    images = torch.randint(0, 256, (4, 3, 8, 8), dtype=torch.uint8)
    most_wrong(images, logits, labels, NAMES[:2], tmp_path / "wrong.png")
    looked_at(tmp_path / "wrong.png")
    most_wrong(images[:1], logits[:1], labels[:1], NAMES[:2], tmp_path / "right.png")


def test_drawing_leaves_matplotlib_as_it_was(tmp_path):
    import matplotlib
    from matplotlib import pyplot

    before = dict(matplotlib.rcParams)
    confusion_matrix(np.eye(2, dtype=int), ["a", "b"], tmp_path / "a.png")
    assert dict(matplotlib.rcParams) == before
    assert pyplot.get_fignums() == []
