import shutil

import numpy as np
import pytest
from PIL import Image

import artesano
from shortcuts import ink

CLASSES = ("circle", "cross", "line")


@pytest.fixture(scope="session")
def shapes(tmp_path_factory):
    """A folder of 3 classes with 20 images of 32x32 each; a class is a colour, so that a net can learn it."""
    root = tmp_path_factory.mktemp("data") / "Año (1) = ñ, ~ it's"
    random = np.random.default_rng(0)
    for number, name in enumerate(CLASSES):
        (root / name).mkdir(parents=True)
        for index in range(20):
            pixels = random.integers(0, 120, (32, 32, 3), dtype=np.uint8)
            pixels[..., number] += 100
            Image.fromarray(pixels).save(root / name / f"{index}.png")
    return root


@pytest.fixture(scope="session")
def tiny(shapes):
    """Overrides of the smallest real run: a random test_resnet, all of it trained with BatchNorm and dropout."""
    return [
        "data=folder",
        f"data.root={shapes}",
        "data.batch_size=8",
        "backbone=test_resnet",
        "weights.source=none",
        "strategy=full",
        "image_size=32",
        "max_steps=12",
        "eval_every=5",
        "log_every=1",
        "head.dropout=0.2",
        "data.augment=light",
        "ema=0.9",
        "logger.wandb.mode=disabled",
        "trainer=cpu",
    ]


@pytest.fixture(scope="session")
def finished(tiny, tmp_path_factory):
    """The tiny run, made once: for reading only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTESANO_OUTPUTS", str(tmp_path_factory.mktemp("finished")))
        with ink():
            return artesano.train(*tiny)


@pytest.fixture
def copied(finished, outputs):
    """The folder of a copy that may be changed, the only run below `outputs`."""
    shutil.copytree(finished.folder.parents[1], outputs)
    return outputs / "transfer" / finished.folder.name
