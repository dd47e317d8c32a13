"""The Lightning module of GANs from images: one training step for all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from artesano.data.batches import Pairs, RawPairs
from artesano.gan.adversarial_module import WINDOW, AdversarialModule
from artesano.gan.adversarial_networks import AdversarialNetworks, frozen
from artesano.gan.image_to_image import DirectionBatch, ImageToImageNetworks
from artesano.gan.phases import Phases
from artesano.training.freezing import evaluating


class ImageGanModule(AdversarialModule):
    """Trains the networks of one or of both directions on pairs of images.

    A step makes the fakes once; the discriminators learn from them without their graph, then the generators learn
    against the discriminators just updated. In a pixel phase there are no discriminators.

    Args:
        networks: the networks with their losses and terms.
        phases: what is learnt when.
        measure: (this module) -> metrics of the validation part, during training.
        further: of `AdversarialModule`.
    """

    network: ImageToImageNetworks

    def __init__(
        self,
        networks: ImageToImageNetworks,
        *,
        phases: Phases,
        measure: Callable[[ImageGanModule], dict[str, float]],
        **further: Any,
    ):
        super().__init__(networks, averaged=networks.generators(), **further)
        self.phases, self.measure = phases, measure

    @property
    def networks(self) -> AdversarialNetworks:
        return self.network.a2b

    @property
    def adversaries(self) -> dict[str, nn.Module]:
        return {"generator": self.network.generators(), "discriminator": self.network.discriminators()}

    @property
    def phase(self) -> str | None:
        """The phase of the step just done; None in a run that has only one."""
        return self.phases.name(max(0, self.step - 1)) if self.phases.pixel else None

    @property
    def settled(self) -> bool:
        return super().settled and self.phases.settled(self.step, self.max_steps)

    def learning_rate_factor(self, step: int) -> float:
        return self.phases.rate(self.schedule, step, self.max_steps)

    # Training ----------------------------------------------------------------------------------------------------

    def training_step(self, batch: RawPairs, batch_idx: int) -> None:
        pairs = self.formatted(self.prepare(batch, self.step))
        generator_optimizer, discriminator_optimizer = self.optimizers()  # type: ignore[attr-defined]
        share = self.phases.share(self.step)
        moment: dict[str, Any] = {"step": self.step, "progress": self.step / self.max_steps}
        directions = self.network.directions(pairs)
        losses: dict[str, Tensor] = {}

        if share and self.networks.weight:
            losses["discriminator"] = self.total(
                direction.networks.discriminator_loss(
                    direction.real, direction.fake.detach(), source=direction.shown, labels=direction.labels, **moment
                )
                for direction in directions
            )
            self.update(discriminator_optimizer, losses["discriminator"])
            for networks in self.network.by_direction.values():
                networks.after_discriminator()
            self.recent[self.step % WINDOW] = losses["discriminator"].detach()

        with frozen(self.network.discriminators().parameters()):
            losses["generator"] = self.total(self.generator_loss(direction, share, moment) for direction in directions)
            self.update(generator_optimizer, losses["generator"])
        self.record_losses(**losses)

    @staticmethod
    def generator_loss(direction: DirectionBatch, share: float, moment: dict[str, Any]) -> Tensor:
        """The generator's loss in one direction."""
        return direction.networks.generator_loss(
            direction.real,
            direction.fake,
            source=direction.shown,
            reconstructed=direction.reconstructed,
            identity=direction.identity,
            labels=direction.labels,
            share=share,
            **moment,
        )

    @staticmethod
    def total(losses: Any) -> Tensor:
        """The sum over the directions."""
        return torch.stack([loss.float() for loss in losses]).sum()

    def formatted(self, batch: Pairs) -> Pairs:
        """The images in the networks' float type and memory format."""
        source, target = (
            images.to(self.dtype, memory_format=self.memory_format) for images in (batch.source, batch.target)
        )
        return batch._replace(source=source, target=target)

    # Translation -------------------------------------------------------------------------------------------------

    @torch.no_grad()
    def translate(self, batch: Pairs, network: nn.Module | None = None) -> Tensor:
        """float32 [N, C, H, W] in [0, 1], of the averaged generator (or of `network`) in eval mode.

        Args:
            batch: prepared for evaluation.
        """
        network = self.evaluated["a2b"] if network is None else network  # type: ignore[index]
        batch = self.formatted(batch)
        with evaluating(network):
            images = network(batch.source, batch.labels).float() * self.pixels.std + self.pixels.mean
        return images.clamp(0, 1)

    def evaluation_metrics(self) -> dict[str, float]:
        return self.measure(self)
