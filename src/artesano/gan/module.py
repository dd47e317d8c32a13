"""The Lightning module of GANs from noise: one training step for all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from artesano.data.batches import LabelledImages
from artesano.gan.adversarial_module import WINDOW, AdversarialModule
from artesano.gan.adversarial_networks import AdversarialNetworks, frozen
from artesano.gan.latent import Latent
from artesano.gan.unrolling import generator_loss
from artesano.progress_bars import progress
from artesano.seeding import derive, generator
from artesano.training.freezing import evaluating

Measure = Callable[[Tensor, Tensor], dict[str, float]]


class GanModule(AdversarialModule):
    """Trains a generator and its discriminator: a step is `critic_steps` updates of D, then one of G.

    Args:
        networks: both networks with their loss and terms.
        latent: where z comes from.
        measure: (images uint8 [N, C, S, S], labels int64 [N]) -> metrics, during training.
        samples: how many images `measure` gets; 0 = nothing is measured while training.
        class_share: float [K], how often the classes occur among real images; what evaluation asks for.
        critic_steps: updates of the discriminator in a step, each on a batch of its own.
        unrolled_steps: updates of the discriminator that the generator looks ahead.
        labelled: (images, labels) of the training images whose labels are known; None = all are.
        known: bool [images], whether the discriminator may see the label; None = it sees all.
        further: of `AdversarialModule`.
    """

    network: AdversarialNetworks
    class_share: Tensor
    known: Tensor | None
    labelled_images: Tensor | None
    labelled_labels: Tensor

    def __init__(
        self,
        networks: AdversarialNetworks,
        *,
        latent: Latent,
        measure: Measure,
        samples: int,
        class_share: Tensor,
        critic_steps: int = 1,
        unrolled_steps: int = 0,
        labelled: tuple[Tensor, Tensor] | None = None,
        known: Tensor | None = None,
        **further: Any,
    ):
        super().__init__(networks, averaged=networks.generator, **further)
        self.latent, self.measure, self.samples = latent, measure, samples
        self.critic_steps, self.unrolled_steps = critic_steps, unrolled_steps
        self.register_buffer("class_share", class_share, persistent=False)
        self.register_buffer("known", known, persistent=False)
        images, labels = labelled if labelled is not None else (None, torch.zeros(0))
        self.register_buffer("labelled_images", images, persistent=False)
        self.register_buffer("labelled_labels", labels, persistent=False)

    @property
    def networks(self) -> AdversarialNetworks:
        return self.network

    @property
    def adversaries(self) -> dict[str, nn.Module]:
        return {"generator": self.networks.generator, "discriminator": self.networks.discriminator}

    # Training ----------------------------------------------------------------------------------------------------

    def training_step(self, batch: LabelledImages, batch_idx: int) -> None:
        batch = self.prepare(batch, self.step)
        images = batch.images.to(self.dtype, memory_format=self.memory_format)
        labels = batch.labels if self.known is None else batch.labels.where(self.known[batch.index], -1)
        generator_optimizer, discriminator_optimizer = self.optimizers()  # type: ignore[attr-defined]
        networks, step, progress = self.networks, self.step, self.step / self.max_steps

        for real, named in zip(images.chunk(self.critic_steps), labels.chunk(self.critic_steps), strict=True):
            z = self.latents(len(real))
            with torch.no_grad():
                fake = networks.generator(z, named)
            known = self.labelled_batch(len(real))
            codes = self.latent.codes(z)
            loss_d = networks.discriminator_loss(
                real, fake, labels=named, codes=codes, labelled=known, step=step, progress=progress
            )
            self.update(discriminator_optimizer, loss_d)
            networks.after_discriminator()

        z = self.latents(len(real))
        with frozen(networks.discriminator.parameters()):
            fake = networks.generator(z, named)
            codes = self.latent.codes(z)
            conditions = {"labels": named, "codes": codes, "step": step, "progress": progress, "labelled": known}
            loss_g = generator_loss(networks, discriminator_optimizer, self.unrolled_steps, real, fake, **conditions)
            self.update(generator_optimizer, loss_g)

        self.recent[self.step % WINDOW] = loss_d.detach()
        self.record_losses(discriminator=loss_d, generator=loss_g)

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        super().on_train_batch_start(batch, batch_idx)
        self.of_all_ranks = generator(self.seed, "step", self.step, 0)

    def latents(self, count: int) -> Tensor:
        """z [count, D]; over several processes each has its rows of what one process would have drawn."""
        world = self.trainer.world_size
        if world == 1:
            return self.latent.draw(count, self.device)
        return self.latent.draw(count * world, self.device, self.of_all_ranks).chunk(world)[self.global_rank]

    def labelled_batch(self, count: int) -> tuple[Tensor, Tensor] | None:
        """A random batch of the images whose labels are known; None unless labels are scarce."""
        if self.labelled_images is None:
            return None
        rows = torch.randint(len(self.labelled_labels), (count,), device=self.device)
        images = self.prepare(LabelledImages(self.labelled_images[rows], self.labelled_labels[rows], rows), None).images
        return images.to(self.dtype, memory_format=self.memory_format), self.labelled_labels[rows]

    # Samples -----------------------------------------------------------------------------------------------------

    @torch.no_grad()
    def images(self, z: Tensor, labels: Tensor, network: nn.Module | None = None) -> Tensor:
        """uint8 [N, C, S, S] of the averaged generator (or of `network`) in eval mode."""
        return self.pixels.to_uint8(self.output(z, labels, network))

    @torch.no_grad()
    def output(self, z: Tensor, labels: Tensor, network: nn.Module | None = None) -> Tensor:
        """float [N, C, S, S] of the averaged generator (or of `network`) in eval mode, in its own range."""
        network = self.evaluated if network is None else network
        with evaluating(network):
            return network(z.to(self.device), labels.to(self.device))

    def evaluation_latents(self, count: int, *keys: int | str) -> tuple[Tensor, Tensor]:
        """z [count, D] and labels [count] that depend on seed and keys alone; classes as often as among real images."""
        draw = generator(self.seed, *keys)
        z = self.latent.draw(count, self.device, draw)
        labels = torch.multinomial(self.class_share.cpu(), count, replacement=True, generator=draw)
        return z, labels.to(self.device)

    def sampled(self, count: int, network: nn.Module | None = None, batch: int = 64) -> tuple[Tensor, Tensor]:
        """The `count` images that evaluation looks at, uint8 on the CPU, and the labels they were asked for."""
        was = torch.random.get_rng_state()
        torch.manual_seed(derive(self.seed, "evaluation"))  # for generators that are random in themselves
        z, labels = self.evaluation_latents(count, "evaluation")
        batches = zip(z.split(batch), labels.split(batch), strict=True)
        watched = progress(batches, -(-count // batch), "drawing samples")
        parts = [self.images(some, asked, network).cpu() for some, asked in watched]
        torch.random.set_rng_state(was)
        return torch.cat(parts), labels.cpu()

    def evaluation_metrics(self) -> dict[str, float]:
        return self.measure(*self.sampled(self.samples)) if self.samples else {}
