"""The adversarial pair: two networks, their loss, the added terms, and how the discriminator sees images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor, nn

from artesano.gan.judgement import Judgement
from artesano.gan.losses import Loss
from artesano.gan.terms import Seen, Term
from artesano.gan.view import View

NOT_JUDGED = Judgement(torch.empty(0))


class AdversarialPair(nn.Module):
    """Gives each player its loss on one batch; knows nothing of optimisers, Lightning, or which GAN it is.

    Args:
        generator: (z [N, D], labels [N] or None) -> images [N, C, S, S]; or from images instead of z.
        discriminator: (images, labels or None) -> Judgement.
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
        view: View,
        *,
        weight: float = 1.0,
        sees_source: bool = False,
    ):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.loss, self.view = loss, view
        self.weight, self.sees_source = weight, sees_source
        self.terms = cast(Sequence[Term], nn.ModuleList(terms))
        for term in terms:
            term.attach(generator, discriminator)
        self.needs_real = loss.needs_real or any(term.needs_real for term in terms)
        self.last_discriminator: Seen | None = None
        self.last_generator: Seen | None = None

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
        shown = self.view.remembered(self.beside(fake, source))
        judged_real, judged_fake = self.judged(
            self.view(self.beside(real, source), progress), self.view(shown, progress), labels
        )
        judge = partial(self.judge, source=source)
        seen = Seen(step, real, fake, labels, labels, codes, judged_real, judged_fake, judge, labelled, source)
        loss = self.loss.discriminator(judged_real, judged_fake) + self.added(seen, lambda term: term.discriminator)
        self.view.adapt(judged_real, self.loss.probability)
        self.last_discriminator = detached(seen)
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
        judge = partial(self.judge, source=source)
        judged_real, judged_fake = None, NOT_JUDGED
        weight = self.weight * share
        if weight:
            if self.needs_real:
                with torch.no_grad():
                    judged_real = self.discriminator(self.view(self.beside(real, source), progress), labels)
            judged_fake = self.discriminator(self.view(self.beside(fake, source), progress), labels)
        seen = Seen(
            step, real, fake, labels, labels, codes, judged_real, judged_fake, judge, None, source, cycled, same
        )
        loss = self.added(seen, lambda term: term.generator, share)
        if weight:
            loss = weight * self.loss.generator(judged_fake, judged_real) + loss
            self.last_generator = detached(seen)
        return loss

    def beside(self, images: Tensor, source: Tensor | None) -> Tensor:
        """What is shown: the images, before what they were made from where the discriminator sees that."""
        return torch.cat([images, source], 1) if self.sees_source and source is not None else images

    def judged(self, real: Tensor, fake: Tensor, labels: Tensor | None) -> tuple[Judgement, Judgement]:
        """Both judgements: of a batch each, or of one mixed batch cut in two."""
        if self.view.separate_batches:
            return self.discriminator(real, labels), self.discriminator(fake, labels)
        both = self.discriminator(torch.cat([real, fake]), None if labels is None else torch.cat([labels, labels]))
        halves: list[Any] = [(None, None) if field is None else field.split(len(real)) for field in both]
        return Judgement(*(half[0] for half in halves)), Judgement(*(half[1] for half in halves))

    def judge(self, images: Tensor, labels: Tensor | None, source: Tensor | None = None) -> Judgement:
        """Through the augmentations, without noise; `forward` itself, since a compiled one has no second gradient."""
        return self.discriminator.forward(self.view.augment(self.beside(images, source)), labels)

    def added(self, seen: Seen, part: Callable[[Term], Callable[[Seen], Tensor | None]], share: float = 1.0) -> Any:
        """The weighted sum of one player's part of the terms that are due: a scalar tensor, or 0.0."""
        judged = seen.judged_fake is not NOT_JUDGED
        total: Tensor | float = 0.0
        for term in self.terms:
            weight = term.weight * term.interval * (share if term.ramped else 1.0)
            if seen.step % term.interval == 0 and weight and (judged or not term.adversarial):
                value = part(term)(seen)
                if value is not None:
                    total = total + weight * value
        return total

    def after_discriminator(self) -> None:
        """To be called after each of its optimiser steps."""
        for term in self.terms:
            term.after_discriminator(self.discriminator)


def detached(seen: Seen) -> Seen:
    """The same without graph: what the health monitor may look at later, at no cost now."""
    real = None if seen.judged_real is None else Judgement(seen.judged_real.logits.detach())
    fake = Judgement(seen.judged_fake.logits.detach())
    return Seen(
        seen.step, seen.real, seen.fake.detach(), seen.real_labels, seen.fake_labels, None, real, fake, seen.judge
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
