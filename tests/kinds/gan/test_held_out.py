"""Real images that a GAN is not trained on, as the health monitor gets them."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from artesano.kinds.gan.held_out import HeldOut


def look(unreadable, count=4):
    """A batch of ten streamed images, each of the grey of its row, and its label is its row."""
    split = type("Part", (), {"labels": np.arange(10), "__len__": lambda self: 10})()

    def images(part, rows):
        read = [int(row) for row in rows if int(row) not in unreadable]
        return torch.tensor(read, dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, 1, 2, 2)

    loaders = SimpleNamespace(listing=SimpleNamespace(splits={"test": split, "val": []}), seed=0, images=images)
    module = SimpleNamespace(
        device="cpu", dtype=torch.float32, memory_format=torch.contiguous_format, prepare=lambda batch, step: batch
    )
    return HeldOut(loaders, module)(count, step=1)


@pytest.mark.parametrize("count", [4, 13])
def test_each_image_has_its_own_label(count):
    images, labels = look((), count)
    assert len(images) == count
    assert torch.equal(images[:, 0, 0, 0], labels.float())


def test_a_file_that_cannot_be_read_gives_no_image_the_label_of_another():
    seen = look(unreadable=())[1].tolist()
    assert look(unreadable=(seen[0],)) is None
    assert look(unreadable=tuple(set(range(10)) - set(seen))) is not None
