"""What bench_gan.py times, a process each: `python scripts/bench_gan_variants.py <variant> <folder> key=value ...`.

The keys are those of `artesano train task=gan`; bare loops take networks and images from the same composition.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import bench_gan_peers as peers
import pytorch_lightning as pl
import torch
from bench_variants import FOREVER, built, unseen_terminal
from pace import Enough, Pace, say
from torch import Tensor
from torch.nn import functional as F

from artesano.experiment.process import keep_freed_memory, quieten, skip_cuda_checks
from artesano.experiment.stop import StopSignals
from artesano.experiment.trainer import make_trainer

PLAIN = "hacks=lecture"
# Health, EMA and log rows as they come; measuring and drawing samples is not training.
COMMON = [
    "task=gan",
    "evaluation=none",
    "logger.wandb.mode=disabled",
    f"max_steps={FOREVER}",
    f"eval_every={FOREVER}",
    f"samples_every={FOREVER}",
]


def composed(overrides: Sequence[str]) -> list[str]:
    """The words of a run: those of all, the plain tricks of the lecture unless it has others, and its own."""
    plain = [] if any(word.startswith("hacks=") for word in overrides) else [PLAIN]
    return [*COMMON, *plain, *overrides]


class WholeTurns(Pace):
    """Counts all steps of a turn: a median would hide what happens at every tenth or fiftieth step only."""

    def tick(self, images: int) -> None:
        self.gaps.append(images)
        if len(self.gaps) == self.skip:
            self.last = now()
        if len(self.gaps) == self.steps:
            speed = sum(self.gaps[self.skip :]) / (now() - self.last)
            self.look_at_memory()
            say({"images_per_second": speed, "peak_mib": self.peak})
            self.wait()


class Paced(pl.Callback):
    """Takes turns at the very end of Lightning's batch."""

    def __init__(self) -> None:
        self.pace = WholeTurns()

    def on_train_start(self, trainer: pl.Trainer, module: Any) -> None:
        self.pace.begin()

    def on_train_batch_end(self, trainer: pl.Trainer, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        self.pace.tick(len(batch.labels) // module.critic_steps)  # a step is an update of the generator


def ours(folder: Path, *overrides: str) -> None:
    """The real path of `artesano train task=gan`: training, trainer, saver, health, metrics.csv, progress bar."""
    keep_freed_memory()
    quieten()
    skip_cuda_checks()
    training = built(composed(overrides))
    with StopSignals() as stop:
        trainer, *_ = make_trainer(training, folder / "run", None, stop, unseen_terminal())
        trainer.callbacks.append(Paced())  # type: ignore[attr-defined]
        training.fit(trainer, None)


def bare(folder: Path, *overrides: str) -> None:
    """The shortest loop with the same arithmetic, done well: fakes without a graph, D frozen in G's step."""
    keep_freed_memory()
    bench = Bare(overrides)
    generator, discriminator, pace = bench.generator, bench.discriminator, WholeTurns()
    for real in bench.batches(pace):
        with torch.no_grad():
            fake = generator(bench.noise(), None)
        bench.descend(bench.optimizer_d, bench.loss_d(real, fake))
        discriminator.requires_grad_(False)
        bench.descend(bench.optimizer_g, bench.loss_g(generator(bench.noise(), None)))
        discriminator.requires_grad_(True)
        pace.tick(len(real))


def tutorial(folder: Path, *overrides: str) -> None:
    """As tutorials write it: fakes with a graph that is cut, used by both players; D's unused gradients computed."""
    bench = Bare(overrides)
    pace = WholeTurns()
    for real in bench.batches(pace):
        fake = bench.generator(bench.noise(), None)
        bench.descend(bench.optimizer_d, bench.loss_d(real, fake.detach()))
        bench.descend(bench.optimizer_g, bench.loss_g(fake))
        pace.tick(len(real))


def mimicry(folder: Path, width: str, checkout: str, *_: str) -> None:
    """mimicry's SNGAN in its own loop."""
    peers.train_mimicry(folder, digits(peers.SNGAN), int(width), checkout, WholeTurns(), FOREVER)


def mimicry_in_ours(folder: Path, width: str, checkout: str, *words: str) -> None:
    """The same networks in our loop."""
    ours(folder, *peers.SNGAN, *peers.plugged_in(folder, "Mimicry", int(width), checkout), *words)


def torchgan(folder: Path, width: str, checkout: str, *_: str) -> None:
    """torchgan's DCGAN in its own loop."""
    peers.train_torchgan(folder, digits(peers.DCGAN), int(width), checkout, WholeTurns(), FOREVER)


def torchgan_in_ours(folder: Path, width: str, checkout: str, *words: str) -> None:
    """The same networks in our loop."""
    ours(folder, *peers.DCGAN, *peers.plugged_in(folder, "Torchgan", int(width), checkout), *words)


def digits(words: Sequence[str]) -> Tensor:
    """The images that our loop trains on: uint8 [N, 3, 32, 32]."""
    training = built(composed(words))
    return training.loaders.images("train", list(range(len(training.loaders.listing.splits["train"]))))


class Bare:
    """What a bare loop is made of: our networks and the images in memory; losses, optimisers and batches by hand."""

    def __init__(self, overrides: tuple[str, ...]):
        # Lightning sets it on import; then torch looks for NVML's library at each step of an optimiser.
        os.environ.pop("PYTORCH_NVML_BASED_CUDA_CHECK", None)
        training = built(composed(overrides))
        self.hacks, self.size = training.options.hacks, training.data.batch_size
        self.device = torch.device("cuda" if training.options.trainer["accelerator"] == "gpu" else "cpu")
        self.generator = training.module.networks.generator.to(self.device).train()
        self.discriminator = training.module.networks.discriminator.to(self.device).train()
        self.format, self.latent = training.module.memory_format, training.module.latent.dim
        images = training.loaders.images("train", list(range(len(training.loaders.listing.splits["train"]))))
        # Stored so that a batch is copied once.
        self.images = images.permute(0, 2, 3, 1).contiguous() if self.format == torch.channels_last else images
        rate, betas = self.hacks["lr"], tuple(self.hacks["betas"])
        self.optimizer_g = torch.optim.Adam(self.generator.parameters(), rate, betas, fused=True)
        self.optimizer_d = torch.optim.Adam(self.discriminator.parameters(), rate, betas, fused=True)

    def batches(self, pace: Pace) -> Iterator[Tensor]:
        """Whole batches for ever, float in the range of the composition; waits for the first turn."""
        scale, shift = (127.5, 1.0) if self.hacks["normalise_images"] else (255.0, 0.0)
        pace.begin()
        while True:
            for rows in torch.randperm(len(self.images)).split(self.size)[: len(self.images) // self.size]:
                batch = self.images[rows].to(self.device)
                if self.format == torch.channels_last:
                    batch = batch.permute(0, 3, 1, 2)
                yield batch.float().div_(scale).sub_(shift)

    def noise(self) -> Tensor:
        if self.hacks["latent"] == "gaussian":
            return torch.randn(self.size, self.latent, device=self.device)
        return torch.rand(self.size, self.latent, device=self.device) * 2 - 1

    def loss_d(self, real: Tensor, fake: Tensor) -> Tensor:
        if self.hacks["separate_batches"]:
            judged = self.discriminator(real, None).logits, self.discriminator(fake, None).logits
        else:
            judged = self.discriminator(torch.cat([real, fake]), None).logits.chunk(2)
        return compared(judged[0], self.hacks["real_label"]) + compared(judged[1], self.hacks["fake_label"])

    def loss_g(self, fake: Tensor) -> Tensor:
        logits = self.discriminator(fake, None).logits
        return compared(logits, 1.0) if self.hacks["flip_generator_labels"] else -compared(logits, 0.0)

    @staticmethod
    def descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def compared(logits: Tensor, label: float) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def now() -> float:
    """Seconds, when the device has done all that it was told."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


VARIANTS = (ours, bare, tutorial, mimicry, mimicry_in_ours, torchgan, torchgan_in_ours)

if __name__ == "__main__":
    chosen = {variant.__name__: variant for variant in VARIANTS}[sys.argv[1]]
    with suppress(Enough):
        chosen(Path(sys.argv[2]), *sys.argv[3:])
