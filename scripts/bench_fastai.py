"""fastai's `Learner.fit` on the benchmark's inputs, full or after `freeze()`; runs in an interpreter that has fastai.

  <python with fastai, timm> scripts/bench_fastai.py full|freeze <folder of the benchmark>

Its own defaults throughout: its Adam, its allocator, contiguous tensors, BatchNorm trained while "frozen"."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import timm
import torch
from fastai.vision.all import Callback, CrossEntropyLossFlat, DataLoaders, Learner, params
from pace import Enough, Pace
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Paced(Callback):
    """uint8 to normalised float at a batch's beginning; the clock at its end."""

    def __init__(self, mean: torch.Tensor, std: torch.Tensor):
        self.mean, self.std, self.pace = 255 * mean, 255 * std, Pace()

    def before_batch(self) -> None:
        self.learn.xb = (self.x.float().sub_(self.mean).div_(self.std),)

    def before_fit(self) -> None:
        self.pace.begin()

    def after_batch(self) -> None:
        self.pace.tick(len(self.y))


class Net(nn.Module):
    """A body and a head, for fastai's parameter groups."""

    def __init__(self, body: nn.Module, features: int, classes: int):
        super().__init__()
        self.body, self.head = body, nn.Linear(features, classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(images))


def main(kind: str, folder: Path) -> None:
    inputs = torch.load(folder / "inputs.pt", weights_only=True)
    body = timm.create_model(inputs["backbone"], num_classes=0)
    body.load_state_dict(inputs["weights"])
    net = Net(body, body.num_features, inputs["classes"])
    loader = DataLoader(TensorDataset(inputs["images"], inputs["labels"]), inputs["batch_size"], shuffle=True)
    learner = Learner(
        DataLoaders(loader, loader, device=torch.device("cpu")),
        net,
        loss_func=CrossEntropyLossFlat(),
        splitter=lambda net: [params(net.body), params(net.head)],
        cbs=[Paced(inputs["mean"], inputs["std"])],
    )
    if kind == "freeze":
        learner.freeze()
    with learner.no_bar(), learner.no_logging():
        learner.fit(10_000, 3e-3 if kind == "freeze" else 1e-3)


if __name__ == "__main__":
    with suppress(Enough):
        main(sys.argv[1], Path(sys.argv[2]))
