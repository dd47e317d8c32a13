"""The generator of a GAN from noise, as it is used from Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from artesano.errors import BadInput
from artesano.gan.latent import Latent, truncate
from artesano.kinds.adversarial.loaded import LoadedGenerator
from artesano.seeding import derive, generator

HELD = 1024  # images drawn at once


@dataclass(frozen=True)
class SampleOptions:
    """Which samples.

    Attributes:
        seed: decides everything together with the run.
        labels: the classes, in equal shares and this order; empty = as often as among real images.
        truncation: noise beyond +-this is drawn anew; None = none is.
    """

    seed: int = 0
    labels: tuple[int, ...] = ()
    truncation: float | None = None


@dataclass(frozen=True, kw_only=True)
class LoadedGan(LoadedGenerator):
    """A generator in eval mode, as `artesano.load` returns it for a GAN that makes images from noise.

    Attributes:
        generator: a plain `nn.Module`: (z float [N, D], labels int64 [N]) -> images float [N, C, S, S] in the range of
            `pixels`.
        latent: where z comes from.
        classes: names in the order of the labels, of the data; a generator that is not `conditional` takes none.
        class_share: float [K], how often each occurs among the training images.
        record: run.json.
        folder: of the run.
    """

    with_labels = "gan=cdcgan, gan=acgan and gan=projection train generators that do"

    latent: Latent
    class_share: Tensor

    def sample(self, n: int, labels: str | int | Iterable[str | int] | None = None, seed: int = 0) -> Tensor:
        """Images, those that `artesano sample --to samples.npz` writes.

        Args:
            n: how many.
            labels: classes by name or index, in equal shares and this order; None = as often as among real images.
            seed: the same seed draws the same images.

        Returns:
            uint8 [n, C, S, S] on the CPU.

        Raises:
            BadInput: n below 1, no such class, or labels for a generator that takes none.
        """
        options = SampleOptions(seed, self.labels(labels))
        return torch.cat(list(self.images(*self.draw_for(options, n), seed)))

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, S, S) of an image."""
        model = self.record["model"]
        return model["in_chans"], model["image_size"], model["image_size"]

    @torch.no_grad()
    def __call__(self, z: Tensor, labels: Tensor, *keys: int | str, batch: int = 64) -> Tensor:
        """uint8 [N, C, S, S] on the CPU.

        Args:
            labels: int64 [N]; a generator without labels ignores them.
            keys: seed what a generator draws that is random in itself (dropout when sampling).
        """
        with torch.random.fork_rng():
            torch.manual_seed(derive(*keys))
            parts = [
                self.stored(self.generator(*(rows.to(self.device) for rows in both))).cpu()
                for both in zip(z.split(batch), labels.split(batch), strict=True)
            ]
        return torch.cat(parts)

    def stored(self, output: Tensor) -> Tensor:
        """The generator's output as it is given away: uint8 [N, C, S, S]."""
        return self.pixels.to_uint8(output)

    def images(self, z: Tensor, labels: Tensor, seed: int) -> Iterator[Tensor]:
        """uint8 [<= 1024, C, S, S] in turn, so that any number can be written."""
        for rows in zip(z.split(HELD), labels.split(HELD), strict=True):
            yield self(*rows, seed)

    def draw(self, count: int, *keys: int | str) -> tuple[Tensor, Tensor]:
        """z [count, D] and labels [count] on the CPU that depend on the keys alone; classes as often as among real
        images. With the keys (seed of the run, "evaluation") the ones that training measured."""
        random = generator(*keys)
        z = self.latent.draw(count, torch.device("cpu"), random)
        return z, torch.multinomial(self.class_share, count, replacement=True, generator=random)

    def draw_for(self, options: SampleOptions, count: int, *keys: int | str) -> tuple[Tensor, Tensor]:
        """z [count, D] and labels [count] of samples.

        Raises:
            BadInput: a count below 1, or a truncation that the latent has no use for.
        """
        if count < 1:
            raise BadInput(f"count {count}: give 1 or more.")
        z, labels = self.draw(count, options.seed, "sample", *keys)
        if options.labels:
            labels = torch.tensor(options.labels)[torch.arange(count) * len(options.labels) // count]
        return self.truncated(z, options.truncation), labels

    def truncated(self, z: Tensor, truncation: float | None) -> Tensor:
        """z with the noise inside of +-truncation; codes stay."""
        if truncation is None:
            return z
        if self.latent.noise != "gaussian":
            raise BadInput(
                f"--truncation {truncation:g}: the latent of {self.folder} is uniform and has no tails to cut; "
                "runs with hacks.latent=gaussian have."
            )
        if not truncation > 0:
            raise BadInput(f"--truncation {truncation:g}: give a number above 0; 2 cuts little, 0.5 much.")
        size = self.latent.size
        return torch.cat([truncate(z[:, :size], truncation), z[:, size:]], 1)
