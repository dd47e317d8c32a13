"""What bench_image_gan.py times, a process each: `... bench_image_gan_variants.py <variant> <folder> key=value ...`."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from bench_gan_variants import WholeTurns
from bench_image_gan_peers import PEERS
from bench_variants import FOREVER, built, unseen_terminal
from pace import Enough

from artesano.experiment.process import keep_freed_memory, quieten, skip_cuda_checks
from artesano.experiment.stop import StopSignals
from artesano.experiment.trainer import make_trainer
from artesano.gan.adversarial_networks import frozen

COMMON = [
    "evaluation.images_in_training=0",
    "logger.wandb.mode=disabled",
    f"max_steps={FOREVER}",
    f"eval_every={FOREVER}",
    f"samples_every={FOREVER}",
]


class Paced(pl.Callback):
    """Takes turns at the very end of Lightning's batch."""

    def __init__(self) -> None:
        self.pace = WholeTurns()

    def on_train_start(self, trainer: pl.Trainer, module: Any) -> None:
        self.pace.begin()

    def on_train_batch_end(self, trainer: pl.Trainer, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        self.pace.tick(len(batch.labels))


def ours(folder: Path, *overrides: str) -> None:
    """The real path of `artesano train`: training, trainer, saver, health, metrics.csv, progress bar."""
    keep_freed_memory()
    quieten()
    skip_cuda_checks()
    training = built([*overrides, *COMMON])
    with StopSignals() as stop:
        trainer, *_ = make_trainer(training, folder / "run", None, stop, unseen_terminal())
        trainer.callbacks.append(Paced())  # type: ignore[attr-defined]
        training.fit(trainer, None)


def bare(folder: Path, *overrides: str) -> None:
    """The shortest loop with the same arithmetic, done well: one forward pass of G, D frozen in G's update."""
    keep_freed_memory()
    os.environ.pop("PYTORCH_NVML_BASED_CUDA_CHECK", None)
    training = built([*overrides, *COMMON])
    networks, module = training.module.network.train(), training.module
    device = torch.device("cuda" if training.options.trainer["accelerator"] == "gpu" else "cpu")
    networks.to(device)
    hacks = training.options.hacks
    rate, betas = hacks["lr"], tuple(hacks["betas"])
    optimizer_g = torch.optim.Adam(networks.generators().parameters(), rate, betas, fused=True)
    optimizer_d = torch.optim.Adam(networks.discriminators().parameters(), rate, betas, fused=True)
    pace = WholeTurns()
    pace.begin()
    for step, batch in enumerate(training.loaders.train(lambda: 0, FOREVER)):
        pairs = module.formatted(training.loaders.prepare(batch.moved(device), step))
        directions = networks.directions(pairs)
        descend(optimizer_d, sum(loss_d(direction) for direction in directions))
        with frozen(networks.discriminators().parameters()):
            descend(optimizer_g, sum(loss_g(direction) for direction in directions))
        pace.tick(len(pairs.target))


def peer(folder: Path, game: str, checkouts: str, *overrides: str) -> None:
    """Another project's step with our networks and batches; see bench_image_gan_peers.py."""
    keep_freed_memory()
    training = built([*overrides, *COMMON])
    training.module.network.train()
    step, module, pace = PEERS[game](Path(checkouts), training), training.module, WholeTurns()
    pace.begin()
    for number, batch in enumerate(training.loaders.train(lambda: 0, FOREVER)):
        pairs = module.formatted(training.loaders.prepare(batch, number))
        step(pairs)
        pace.tick(len(pairs.target))


def loss_d(direction: Any) -> Any:
    """Real and fake in a pass each."""
    networks, fake = direction.networks, direction.fake.detach()
    shown = [networks.with_source(images, direction.shown) for images in (direction.real, fake)]
    return networks.loss.discriminator(*(networks.discriminator(images, direction.labels) for images in shown))


def loss_g(direction: Any) -> Any:
    """The adversarial loss and the terms, which are what the GAN is."""
    networks = direction.networks
    output = networks.discriminator(networks.with_source(direction.fake, direction.shown), direction.labels)
    return networks.weight * networks.loss.generator(output, None) + sum(
        term.weight * term.generator(loss_inputs(direction, output)) for term in networks.terms
    )


def loss_inputs(direction: Any, output: Any) -> Any:
    from artesano.gan.terms import LossInputs

    return LossInputs(
        step=0,
        real=direction.real,
        fake=direction.fake,
        real_labels=direction.labels,
        fake_labels=direction.labels,
        codes=None,
        real_output=None,
        fake_output=output,
        discriminate=direction.networks.discriminate,
        source=direction.shown,
        reconstructed=direction.reconstructed,
        identity=direction.identity,
    )


def descend(optimizer: torch.optim.Optimizer, loss: Any) -> None:
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


VARIANTS = (ours, bare, peer)

if __name__ == "__main__":
    chosen = {variant.__name__: variant for variant in VARIANTS}[sys.argv[1]]
    with suppress(Enough):
        chosen(Path(sys.argv[2]), *sys.argv[3:])
