"""The hash of tensors is that of their values, wherever they lie."""

from dataclasses import dataclass

import torch
from torch import Tensor

from artesano.training.fingerprint import fingerprint


@dataclass
class OnAnotherDevice:
    """As on a GPU: its values can be read after `cpu()` alone."""

    values: Tensor

    def cpu(self):
        return self.values

    def __getattr__(self, name):
        if name in ("dtype", "shape"):
            return getattr(self.values, name)
        raise AttributeError(name)


def test_it_is_the_same_on_every_device():
    tensors = {"a": torch.arange(6.0).reshape(2, 3).T, "b": torch.tensor(3)}
    moved = {name: OnAnotherDevice(tensor) for name, tensor in tensors.items()}
    assert fingerprint(moved) == fingerprint(tensors)


def test_names_shapes_and_values_count():
    one = {"a": torch.arange(6.0)}
    others = ({"b": one["a"]}, {"a": one["a"].reshape(2, 3)}, {"a": one["a"] + 1}, {"a": one["a"].double()})
    assert len({fingerprint(one), *map(fingerprint, others)}) == 5
