"""Few images, as fastai and a plain loop fine-tune on them: the cells of study_norm_stats.py at equal steps.

  <python with fastai and artesano> scripts/study_peers.py --ucmerced <folder>

The same images, weights, size, steps and batches. `fine_tune` is fastai's, with its own rates (2e-3, a fifth of the
steps frozen) and BatchNorm in training mode throughout; `loop` is AdamW at 1e-3 on all layers with a cosine schedule
and `model.train()`, as the examples of Lightning and timm have it. Neither has a switch for BatchNorm's statistics.
Writes docs/results/norm_stats_peers.csv."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any, Self

import pandas as pd
import torch
from fastai.vision.all import CrossEntropyLossFlat, DataLoaders, Learner, params
from forked_jobs import append
from study_norm_stats import BATCH, SIZES, STEPS
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from artesano.config.compose import compose
from artesano.kinds.registry import experiment_of

Images = tuple[Tensor, Tensor]
RESULTS = Path(__file__).resolve().parent.parent / "docs" / "results"
EPOCH = 20  # steps


class Net(nn.Module):
    """A backbone and a head, for fastai's parameter groups."""

    def __init__(self, body: nn.Module, head: nn.Module):
        super().__init__()
        self.body, self.head = body, head

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.body(images))


def cell(data: str, shots: int, seed: int, ucmerced: str) -> tuple[Images, Images, Net]:
    """Normalised training and test images, and the pretrained network with a new head, as our run would have them."""
    source = {
        "mnist5k": ["data=mnist5k"],
        "ucmerced": ["data=folder", f"data.root={ucmerced}", "data.test_fraction=0.2"],
    }
    composed = compose(
        [*source[data], f"data.shots={shots}", f"image_size={SIZES[data]}", f"seed={seed}", "strategy=full"]
    )
    experiment: Any = experiment_of(composed.resolved, composed.origins, composed.choices)
    images, network = experiment.parts()

    def part(name: str) -> Images:
        labels = torch.from_numpy(images.listing.splits[name].labels)
        return images.preprocessing.normalise(images.images(name, range(len(labels)))), labels

    return part("train"), part("test"), Net(network.backbone, network.head)


def fine_tune(net: Net, train: Images, seed: int) -> None:
    """fastai's: one epoch of 20 steps frozen, four of them with all layers."""
    torch.manual_seed(seed)
    batches = Batches(train)
    learner = Learner(
        DataLoaders(batches, []),  # no validation
        net,
        loss_func=CrossEntropyLossFlat(),
        splitter=lambda net: [params(net.body), params(net.head)],
    )
    with learner.no_bar(), learner.no_logging():
        learner.fine_tune(STEPS // EPOCH - 1)


def loop(net: Net, train: Images, seed: int) -> None:
    """What a tutorial does."""
    torch.manual_seed(seed)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    net.train()
    batches = Batches(train)
    for _ in range(STEPS // EPOCH):
        for images, labels in batches:
            optimizer.zero_grad()
            F.cross_entropy(net(images), labels).backward()
            optimizer.step()
            schedule.step()


class Batches:
    """`EPOCH` batches of shuffled images an epoch, over and over the data, as fastai takes a loader."""

    n_inp, device = 1, torch.device("cpu")

    def __init__(self, train: Images):
        self.dataset = TensorDataset(*train)
        self.bs = min(BATCH, len(self.dataset))

    def __iter__(self) -> Iterator[list[Tensor]]:
        loader = DataLoader(self.dataset, self.bs, shuffle=True, drop_last=True)
        return islice((batch for _ in count() for batch in loader), EPOCH)

    def __len__(self) -> int:
        return EPOCH

    def to(self, device: object) -> Self:
        return self


@torch.inference_mode()
def accuracy(net: Net, images: Tensor, labels: Tensor) -> float:
    net.eval()
    logits = torch.cat([net(batch) for batch in images.split(250)])
    return float((logits.argmax(dim=1) == labels).float().mean())


PEERS: dict[str, Callable[[Net, Images, int], None]] = {"fine_tune": fine_tune, "loop": loop}


def main() -> int:
    options = ArgumentParser(description=__doc__)
    options.add_argument("--ucmerced", metavar="FOLDER", required=True)
    options.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], metavar="SEED")
    options.add_argument("--out", type=Path, default=RESULTS)
    args = options.parse_args()
    table = args.out / "norm_stats_peers.csv"
    known = pd.read_csv(table) if table.is_file() else pd.DataFrame(columns=["data", "shots", "peer", "seed"])
    done = set(known[["data", "shots", "peer", "seed"]].itertuples(index=False, name=None))
    for seed in args.seeds:
        for data in SIZES:
            for shots in (5, 10):
                for peer, train_with in PEERS.items():
                    if (data, shots, peer, seed) in done:
                        continue
                    train, test, net = cell(data, shots, seed, args.ucmerced)
                    began = time.monotonic()
                    train_with(net, train, seed)
                    row = {"data": data, "shots": shots, "peer": peer, "seed": seed, "steps": STEPS}
                    row |= {
                        "test_accuracy": round(accuracy(net, *test), 4),
                        "seconds": round(time.monotonic() - began, 1),
                    }
                    append(row, table)
                    print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
