"""Generator and discriminator with their loss, the added terms and the tricks at the discriminator's input."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor, nn

from artesano.gan.discriminator_input import DiscriminatorInput
from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.losses import Loss
from artesano.gan.networks.minibatch import two_kinds
from artesano.gan.terms import LossInputs, Term

NO_OUTPUT = DiscriminatorOutput(torch.empty(0))


class AdversarialNetworks(nn.Module):
    """A generator and its discriminator; computes the loss of either on one batch.

    It has no optimiser and does not depend on Lightning; all variants of GANs use this class.

    Args:
        generator: (z [N, D], labels [N] or None) -> images [N, C, S, S]; or from images instead of z.
        discriminator: (images, labels or None) -> DiscriminatorOutput.
        loss: the adversarial loss.
        terms: those of the GAN's definition and those of the tricks.
        discriminator_input: the tricks at the discriminator's input.
        weight: of the generator's adversarial loss beside the terms; 0 = the discriminator is not used.
        sees_source: the discriminator gets each image together with its source, as further channels (pix2pix).
    """

    def __init__(
        self,
        generator: nn.Module,
        discriminator: nn.Module,
        loss: Loss,
        terms: Sequence[Term],
        discriminator_input: DiscriminatorInput,
        *,
        weight: float = 1.0,
        sees_source: bool = False,
    ):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.loss, self.discriminator_input = loss, discriminator_input
        discriminator_input.masked = "mask" in getattr(discriminator, "needs", ())
        self.weight, self.sees_source = weight, sees_source
        self.terms = cast(Sequence[Term], nn.ModuleList(terms))
        for term in terms:
            term.attach(generator, discriminator)
        self.needs_real = loss.needs_real or any(term.needs_real for term in terms)
        self.last_discriminator: LossInputs | None = None
        self.last_generator: LossInputs | None = None

    def forward(self, compute: Callable[..., Tensor], *inputs: Any, **further: Any) -> Tensor:
        """`compute`, a method of this object: `torch.func.functional_call` runs it with other weights."""
        return compute(*inputs, **further)

    def discriminator_loss(
        self,
        real: Tensor,
        fake: Tensor,
        *,
        source: Tensor | None = None,
        labels: Tensor | None = None,
        codes: Tensor | None = None,
        labelled: tuple[Tensor, Tensor] | None = None,
        step: int = 0,
        progress: float = 0.0,
    ) -> Tensor:
        """Scalar that the discriminator minimises.

        Args:
            real, fake: float [N, C, H, W]; the fakes without a graph, except where the update is unrolled.
            source: the images that the fakes were made from, of the fakes' size.
            labels: int64 [N] of both; -1 = not known.
            codes: of the fakes' latents.
            labelled: images and labels of a batch in which every label is known.
            progress: share of the run that is done, in [0, 1].
        """
        pooled = self.discriminator_input.pool(self.with_source(fake, source))  # first: it draws random numbers too
        real_input = self.discriminator_input(self.with_source(real, source), progress)
        real_output, fake_output = self.outputs(real_input, self.discriminator_input(pooled, progress), labels)
        inputs = LossInputs(
            step=step,
            real=real,
            fake=fake,
            real_labels=labels,
            fake_labels=labels,
            codes=codes,
            real_output=real_output,
            fake_output=fake_output,
            discriminate=partial(self.discriminate, source=source),
            labelled=labelled,
            source=source,
        )
        loss = self.loss.discriminator(real_output, fake_output)
        loss = loss + self.weighted_terms(inputs, lambda term: term.discriminator)
        self.discriminator_input.adapt(real_output, self.loss.probability, len(real))
        self.last_discriminator = detached(inputs)
        return loss

    def generator_loss(
        self,
        real: Tensor,
        fake: Tensor,
        *,
        source: Tensor | None = None,
        reconstructed: Tensor | None = None,
        identity: Tensor | None = None,
        labels: Tensor | None = None,
        codes: Tensor | None = None,
        step: int = 0,
        progress: float = 0.0,
        share: float = 1.0,
    ) -> Tensor:
        """Scalar that the generator minimises; `fake`, `reconstructed` and `identity` with their graph.

        Args:
            share: of the adversarial part, in [0, 1]; 0 = a pixel phase, without the discriminator.
        """
        real_output, fake_output = None, NO_OUTPUT
        weight = self.weight * share
        if weight:
            if self.needs_real:
                with torch.no_grad():
                    real_input = self.discriminator_input(self.with_source(real, source), progress)
                    real_output = self.discriminator(real_input, labels)
            fake_input = self.discriminator_input(self.with_source(fake, source), progress)
            fake_output = self.discriminator(fake_input, labels)
        inputs = LossInputs(
            step=step,
            real=real,
            fake=fake,
            real_labels=labels,
            fake_labels=labels,
            codes=codes,
            real_output=real_output,
            fake_output=fake_output,
            discriminate=partial(self.discriminate, source=source),
            source=source,
            reconstructed=reconstructed,
            identity=identity,
        )
        loss = self.weighted_terms(inputs, lambda term: term.generator, share)
        if not isinstance(loss, Tensor):
            loss = 0 * fake.sum()  # no term is due at this step
        if weight:
            loss = weight * self.loss.generator(fake_output, real_output) + loss
            self.last_generator = detached(inputs)
        return loss

    def with_source(self, images: Tensor, source: Tensor | None) -> Tensor:
        """[N, C + Cs, H, W] where the discriminator sees the source, else the images as they are."""
        return torch.cat([images, source], 1) if self.sees_source and source is not None else images

    def outputs(
        self, real: Tensor, fake: Tensor, labels: Tensor | None
    ) -> tuple[DiscriminatorOutput, DiscriminatorOutput]:
        """The discriminator on both batches, of one size: in a pass each, or in one pass over the mixed batch."""
        if self.discriminator_input.separate_batches:
            return self.discriminator(real, labels), self.discriminator(fake, labels)
        with two_kinds(self.discriminator):
            both = self.discriminator(torch.cat([real, fake]), None if labels is None else torch.cat([labels, labels]))
        halves: list[Any] = [(None, None) if field is None else field.chunk(2) for field in both]
        return DiscriminatorOutput(*(half[0] for half in halves)), DiscriminatorOutput(*(half[1] for half in halves))

    @torch.no_grad()
    def unseen_logits(self, real: Tensor, labels: Tensor | None, progress: float) -> Tensor:
        """The discriminator's logits of real images that it is not trained on, as it would judge them in training.

        Nothing is changed by it: buffers (BatchNorm's statistics, spectral norm's vectors) are put back, and so is
        the state of the random numbers.

        Args:
            real: float [N, C, H, W], as many as in the last batch of the discriminator, whose fakes join them where
                both kinds share a batch.
        """
        assert self.last_discriminator is not None
        before = {name: buffer.clone() for name, buffer in self.discriminator.named_buffers()}
        devices = [real.device] if real.device.type == "cuda" else []
        with torch.random.fork_rng(devices):
            images = self.discriminator_input(real, progress)
            if not self.discriminator_input.separate_batches:
                images = torch.cat([images, self.discriminator_input(self.last_discriminator.fake, progress)])
                of_fakes = self.last_discriminator.fake_labels
                labels = None if labels is None or of_fakes is None else torch.cat([labels, of_fakes])
            # `forward` itself: a compiled network would be compiled once more, for this alone
            with nullcontext() if self.discriminator_input.separate_batches else two_kinds(self.discriminator):
                logits = self.discriminator.forward(images, labels).logits
        for name, buffer in self.discriminator.named_buffers():
            buffer.copy_(before[name])
        return logits if self.discriminator_input.separate_batches else logits.chunk(2)[0]

    def discriminate(self, images: Tensor, labels: Tensor | None, source: Tensor | None = None) -> DiscriminatorOutput:
        """The discriminator on augmented images without noise.

        It calls `forward` itself, since a compiled network has no second gradient.
        """
        images = self.discriminator_input.augment(self.with_source(images, source))
        return self.discriminator.forward(images, labels)

    def weighted_terms(
        self, inputs: LossInputs, part: Callable[[Term], Callable[[LossInputs], Tensor | None]], share: float = 1.0
    ) -> Any:
        """The weighted sum of the terms that are due at this step: a scalar tensor, or 0.0.

        Args:
            part: the term's function for the discriminator or for the generator.
            share: of the ramped terms, in [0, 1].
        """
        adversarial = inputs.fake_output is not NO_OUTPUT
        total: Tensor | float = 0.0
        for term in self.terms:
            weight = term.weight * term.interval * (share if term.ramped else 1.0)
            if inputs.step % term.interval == 0 and weight and (adversarial or not term.adversarial):
                value = part(term)(inputs)
                if value is not None:
                    total = total + weight * value
        return total

    def after_discriminator(self) -> None:
        """To be called after each of the discriminator's optimiser steps."""
        for term in self.terms:
            term.after_discriminator(self.discriminator)


def detached(inputs: LossInputs) -> LossInputs:
    """The same without a graph, for the health monitor; it costs nothing until it is used."""
    logits = None if inputs.real_output is None else DiscriminatorOutput(inputs.real_output.logits.detach())
    return replace(
        inputs,
        fake=inputs.fake.detach(),
        codes=None,
        real_output=logits,
        fake_output=DiscriminatorOutput(inputs.fake_output.logits.detach()),
        labelled=None,
        source=None,
        reconstructed=None,
        identity=None,
    )


@contextmanager
def frozen(parameters: Iterable[nn.Parameter]) -> Iterator[None]:
    """No gradients for these parameters while the other network learns: saves 7 to 12 % of a step."""
    trainable = [parameter for parameter in parameters if parameter.requires_grad]
    for parameter in trainable:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in trainable:
            parameter.requires_grad_(True)
