"""The adversarial pair: two networks, their loss, the added terms, and how the discriminator sees images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor, nn

from artesano.gan.discriminator_input import DiscriminatorInput
from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.losses import Loss
from artesano.gan.terms import LossInputs, Term

NO_OUTPUT = DiscriminatorOutput(torch.empty(0))


class AdversarialNetworks(nn.Module):
    """Gives each player its loss on one batch; knows nothing of optimisers, Lightning, or which GAN it is.

    Args:
        generator: (z [N, D], labels [N] or None) -> images [N, C, S, S]; or from images instead of z.
        discriminator: (images, labels or None) -> DiscriminatorOutput.
        loss: the adversarial loss.
        terms: those of the GAN's definition and those of the tricks.
        view: the tricks at the discriminator's input.
        weight: of the generator's adversarial loss beside the terms; 0 = there is no adversary.
        sees_source: the discriminator is shown each image together with what it was made from (pix2pix).
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
        self.weight, self.sees_source = weight, sees_source
        self.terms = cast(Sequence[Term], nn.ModuleList(terms))
        for term in terms:
            term.attach(generator, discriminator)
        self.needs_real = loss.needs_real or any(term.needs_real for term in terms)
        self.last_discriminator: LossInputs | None = None
        self.last_generator: LossInputs | None = None

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
            real, fake: float [N, C, H, W]; the fakes without a graph.
            source: what the fakes were made from, of their size.
            labels: int64 [N] of both; -1 = not known.
            codes: of the fakes' latents.
            labelled: a batch of which all labels are known.
            progress: share of the run that is done.
        """
        shown = self.discriminator_input.pool(self.with_source(fake, source))
        real_output, fake_output = self.outputs(
            self.discriminator_input(self.with_source(real, source), progress),
            self.discriminator_input(shown, progress),
            labels,
        )
        discriminate = partial(self.discriminate, source=source)
        inputs = LossInputs(
            step, real, fake, labels, labels, codes, real_output, fake_output, discriminate, labelled, source
        )
        loss = self.loss.discriminator(real_output, fake_output) + self.weighted_terms(
            inputs, lambda term: term.discriminator
        )
        self.discriminator_input.adapt(real_output, self.loss.probability)
        self.last_discriminator = detached(inputs)
        return loss

    def generator_loss(
        self,
        real: Tensor,
        fake: Tensor,
        *,
        source: Tensor | None = None,
        cycled: Tensor | None = None,
        same: Tensor | None = None,
        labels: Tensor | None = None,
        codes: Tensor | None = None,
        step: int = 0,
        progress: float = 0.0,
        share: float = 1.0,
    ) -> Tensor:
        """Scalar that the generator minimises; `fake`, `cycled` and `same` with their graph.

        Args:
            share: of the adversarial part, in [0, 1]; 0 = the pixel phase, in which nobody judges.
        """
        discriminate = partial(self.discriminate, source=source)
        real_output, fake_output = None, NO_OUTPUT
        weight = self.weight * share
        if weight:
            if self.needs_real:
                with torch.no_grad():
                    real_output = self.discriminator(
                        self.discriminator_input(self.with_source(real, source), progress), labels
                    )
            fake_output = self.discriminator(self.discriminator_input(self.with_source(fake, source), progress), labels)
        inputs = LossInputs(
            step, real, fake, labels, labels, codes, real_output, fake_output, discriminate, None, source, cycled, same
        )
        loss = self.weighted_terms(inputs, lambda term: term.generator, share)
        if weight:
            loss = weight * self.loss.generator(fake_output, real_output) + loss
            self.last_generator = detached(inputs)
        return loss

    def with_source(self, images: Tensor, source: Tensor | None) -> Tensor:
        """What is shown: the images, before what they were made from where the discriminator sees that."""
        return torch.cat([images, source], 1) if self.sees_source and source is not None else images

    def outputs(
        self, real: Tensor, fake: Tensor, labels: Tensor | None
    ) -> tuple[DiscriminatorOutput, DiscriminatorOutput]:
        """Both judgements: of a batch each, or of one mixed batch cut in two."""
        if self.discriminator_input.separate_batches:
            return self.discriminator(real, labels), self.discriminator(fake, labels)
        both = self.discriminator(torch.cat([real, fake]), None if labels is None else torch.cat([labels, labels]))
        halves: list[Any] = [(None, None) if field is None else field.split(len(real)) for field in both]
        return DiscriminatorOutput(*(half[0] for half in halves)), DiscriminatorOutput(*(half[1] for half in halves))

    def discriminate(self, images: Tensor, labels: Tensor | None, source: Tensor | None = None) -> DiscriminatorOutput:
        """Through the augmentations, without noise; `forward` itself, since a compiled one has no second gradient."""
        return self.discriminator.forward(self.discriminator_input.augment(self.with_source(images, source)), labels)

    def weighted_terms(
        self, inputs: LossInputs, part: Callable[[Term], Callable[[LossInputs], Tensor | None]], share: float = 1.0
    ) -> Any:
        """The weighted sum of one player's part of the terms that are due: a scalar tensor, or 0.0."""
        judged = inputs.fake_output is not NO_OUTPUT
        total: Tensor | float = 0.0
        for term in self.terms:
            weight = term.weight * term.interval * (share if term.ramped else 1.0)
            if inputs.step % term.interval == 0 and weight and (judged or not term.adversarial):
                value = part(term)(inputs)
                if value is not None:
                    total = total + weight * value
        return total

    def after_discriminator(self) -> None:
        """To be called after each of its optimiser steps."""
        for term in self.terms:
            term.after_discriminator(self.discriminator)


def detached(inputs: LossInputs) -> LossInputs:
    """The same without graph: what the health monitor may look at later, at no cost now."""
    real = None if inputs.real_output is None else DiscriminatorOutput(inputs.real_output.logits.detach())
    fake = DiscriminatorOutput(inputs.fake_output.logits.detach())
    return LossInputs(
        inputs.step,
        inputs.real,
        inputs.fake.detach(),
        inputs.real_labels,
        inputs.fake_labels,
        None,
        real,
        fake,
        inputs.discriminate,
    )


@contextmanager
def frozen(parameters: Iterable[nn.Parameter]) -> Iterator[None]:
    """No gradients for these while the other player learns: saves 7 to 12 % of a step."""
    held = [parameter for parameter in parameters if parameter.requires_grad]
    for parameter in held:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in held:
            parameter.requires_grad_(True)
