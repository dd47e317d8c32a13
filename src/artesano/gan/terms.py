"""Terms: what is added to the adversarial loss, each with a weight and an interval.

A term adds a scalar to the discriminator's loss, to the generator's, or to both. A penalty every 16 steps counts 16
times when it is due ("lazy" regularisation; Karras et al. 2019, arXiv 1912.04958), so its mean weight stays the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from artesano.gan.discriminator_output import DiscriminatorOutput

Weight = Annotated[float, Field(ge=0)]
Interval = Annotated[int, Field(ge=1)]


@dataclass(kw_only=True)
class LossInputs:
    """What terms can use in one update of the discriminator or of the generator.

    Args:
        step: the module's step.
        real, fake: float [N, C, H, W], without noise or augmentation; in the discriminator's update `fake` has no
            graph.
        real_labels, fake_labels: int64 [N]; -1 = not known to the discriminator.
        codes: float [N, C], the part of the latent that InfoGAN's posterior predicts.
        real_output: None in the generator's update unless the loss or a term needs it.
        fake_output: without logits in a pixel phase, in which only terms that are not `adversarial` are computed.
        discriminate: (images, labels) -> DiscriminatorOutput, through the augmentations, without compilation.
        labelled: images and labels of a batch in which every label is known (semi-supervised learning).
        source: the generator's input image, in a GAN from images.
        reconstructed: the source translated there and back; float of the source's shape.
        identity: what the generator makes of `real`, where both domains have the same channels.
    """

    step: int
    real: Tensor
    fake: Tensor
    real_labels: Tensor | None
    fake_labels: Tensor | None
    codes: Tensor | None
    real_output: DiscriminatorOutput | None
    fake_output: DiscriminatorOutput
    discriminate: Callable[[Tensor, Tensor | None], DiscriminatorOutput]
    labelled: tuple[Tensor, Tensor] | None = None
    source: Tensor | None = None
    reconstructed: Tensor | None = None
    identity: Tensor | None = None


class Term(nn.Module):
    """One added term.

    Args:
        weight: factor of what the functions return.
        interval: due at every `interval`-th step, and then counted `interval` times.

    Attributes:
        needs_real: the generator's part uses `real_output`.
        needs_outputs: fields of the discriminator's output that must not be None.
        needs: what else the GAN must give, e.g. `target`: `real` is the target of `source`, not any image of the target
            domain; see `artesano.kinds.adversarial.needs`.
        adversarial: uses the discriminator, so it is left out in a pixel phase.
        ramped: grows with the adversarial part after a pixel phase.
        needs_identity: uses `identity`, which costs a pass of the generator.
    """

    needs_real = False
    needs_outputs: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    adversarial = True
    ramped = False
    needs_identity = False

    def __init__(self, weight: Weight = 1.0, interval: Interval = 1):
        super().__init__()
        self.weight, self.interval = weight, interval

    def attach(self, generator: nn.Module, discriminator: nn.Module) -> None:
        """Called once with the networks, for terms that hold state about their weights."""

    def discriminator(self, inputs: LossInputs) -> Tensor | None:
        """What the discriminator minimises besides the loss; unweighted scalar."""
        return None

    def generator(self, inputs: LossInputs) -> Tensor | None:
        """What the generator minimises besides the loss; unweighted scalar."""
        return None

    def after_discriminator(self, discriminator: nn.Module) -> None:
        """Called after each of the discriminator's optimiser steps."""


class Clipping(Term):
    """Every weight of the critic within [-limit, limit] after each step (Arjovsky et al. 2017, arXiv 1701.07875)."""

    def __init__(self, limit: Annotated[float, Field(gt=0)] = 0.01):
        super().__init__()
        self.limit = limit

    @torch.no_grad()
    def after_discriminator(self, discriminator: nn.Module) -> None:
        for parameter in discriminator.parameters():
            if parameter.requires_grad:  # what is frozen stays as it is
                parameter.clamp_(-self.limit, self.limit)


class FeatureMatching(Term):
    """The generator matches the mean features of real images (Salimans et al. 2016, arXiv 1606.03498, section 3.1)."""

    needs_real = True
    needs_outputs = ("features",)

    def generator(self, inputs: LossInputs) -> Tensor:
        assert inputs.real_output is not None
        assert inputs.real_output.features is not None
        assert inputs.fake_output.features is not None
        real = inputs.real_output.features.float().mean(0).detach()
        return (inputs.fake_output.features.float().mean(0) - real).square().mean()


class HistoricalAveraging(Term):
    """Squared distance of each player's weights to their mean over the run so far (arXiv 1606.03498, section 3.3)."""

    seen_steps: Tensor

    def attach(self, generator: nn.Module, discriminator: nn.Module) -> None:
        # In lists, so that the networks are not registered a second time.
        self.players: dict[str, list[nn.Module]] = {"generator": [generator], "discriminator": [discriminator]}
        self.register_buffer("seen_steps", torch.zeros(2, dtype=torch.int64))
        for name, (network,) in self.players.items():
            for number, parameter in enumerate(network.parameters()):
                self.register_buffer(f"{name}_{number}", parameter.detach().clone())

    def distance(self, player: str, clock: int) -> Tensor:
        """Squared distance to the mean; then the mean is updated with the present weights."""
        (network,) = self.players[player]
        parameters: list[Tensor] = list(network.parameters())
        means = [getattr(self, f"{player}_{number}") for number in range(len(parameters))]
        if not self.seen_steps[clock]:  # those of a file, or of a phase before, may have come since `attach`
            with torch.no_grad():
                torch._foreach_copy_(means, parameters)
        # The mean is updated in place below, and the graph needs its old value.
        loss = sum(
            ((now - mean.clone()).square().sum() for now, mean in zip(parameters, means, strict=True)), torch.zeros(())
        )
        with torch.no_grad():
            self.seen_steps[clock] += 1
            torch._foreach_lerp_(means, parameters, float(1 / self.seen_steps[clock]))
        return loss

    def discriminator(self, inputs: LossInputs) -> Tensor:
        return self.distance("discriminator", 1)

    def generator(self, inputs: LossInputs) -> Tensor:
        return self.distance("generator", 0)


class LeCam(Term):
    """Squared distance of logits to the other side's moving average (Tseng et al. 2021, arXiv 2104.03310).

    For little data.

    Args:
        decay: of the moving averages.
    """

    means: Tensor

    def __init__(self, weight: Weight = 0.1, interval: Interval = 1, decay: Annotated[float, Field(gt=0, lt=1)] = 0.99):
        super().__init__(weight, interval)
        self.decay = decay
        self.register_buffer("means", torch.zeros(2))

    def discriminator(self, inputs: LossInputs) -> Tensor:
        assert inputs.real_output is not None
        real, fake = inputs.real_output.logits.float(), inputs.fake_output.logits.float()
        real_mean, fake_mean = self.means.clone()
        with torch.no_grad():
            self.means.lerp_(torch.stack([real.mean(), fake.mean()]), 1 - self.decay)
        return (real - fake_mean).square().mean() + (fake - real_mean).square().mean()


class AuxiliaryClass(Term):
    """Cross-entropy of the discriminator's class logits (AC-GAN; Odena et al. 2017, arXiv 1610.09585).

    Args:
        fakes: weight, in the discriminator's loss, of generated images beside real ones; 1 in the paper. At 0 the
            classes are learnt from real images alone, so that what G draws for a class is not by that an example of it.
    """

    needs_outputs = ("classes",)
    needs = ("classes",)

    def __init__(self, weight: Weight = 1.0, interval: Interval = 1, fakes: Weight = 1.0):
        super().__init__(weight, interval)
        self.fakes = fakes

    def discriminator(self, inputs: LossInputs) -> Tensor:
        assert inputs.real_output is not None
        real = known_cross_entropy(inputs.real_output.classes, inputs.real_labels)
        return real + self.fakes * known_cross_entropy(inputs.fake_output.classes, inputs.fake_labels)

    def generator(self, inputs: LossInputs) -> Tensor:
        return known_cross_entropy(inputs.fake_output.classes, inputs.fake_labels)


class Supervised(Term):
    """Cross-entropy of the discriminator's class logits on a batch of labelled images (arXiv 1606.03498, section 5)."""

    needs_outputs = ("classes",)
    needs = ("classes",)

    def discriminator(self, inputs: LossInputs) -> Tensor:
        images, labels = inputs.labelled if inputs.labelled is not None else (None, None)
        if images is None:
            assert inputs.real_output is not None
            return known_cross_entropy(inputs.real_output.classes, inputs.real_labels)
        return known_cross_entropy(inputs.discriminate(images, None).classes, labels)


def known_cross_entropy(logits: Tensor | None, labels: Tensor | None) -> Tensor:
    """Mean over the images whose label is known; 0 where there is none."""
    assert logits is not None
    assert labels is not None
    total = F.cross_entropy(logits.float(), labels, ignore_index=-1, reduction="sum")
    return total / (labels >= 0).sum().clamp(min=1)


class MutualInformation(Term):
    """The discriminator predicts the latent's codes from the image (InfoGAN; Chen et al. 2016, arXiv 1606.03657).

    The lower bound on the mutual information, with a categorical posterior for each discrete code and a Gaussian of
    unit variance for each continuous one. The discriminator's update trains the posterior on fakes without a graph, the
    generator's update moves the images.

    Args:
        categorical: sizes of the discrete codes, in the latent's order; the continuous ones come after them.
        continuous_weight: of the continuous codes beside the discrete ones.
    """

    needs_outputs = ("codes",)
    needs = ("codes",)

    def __init__(
        self,
        categorical: list[Annotated[int, Field(ge=2)]],
        weight: Weight = 1.0,
        continuous_weight: Weight = 0.1,
    ):
        super().__init__(weight)
        self.categorical, self.continuous_weight = categorical, continuous_weight

    def bound(self, posterior: Tensor | None, codes: Tensor | None) -> Tensor:
        """Negative log-likelihood of codes [N, C] under the posterior's parameters [N, C]."""
        assert posterior is not None
        assert codes is not None
        sizes = [*self.categorical, codes.shape[1] - sum(self.categorical)]
        *discrete, continuous = zip(posterior.float().split(sizes, 1), codes.split(sizes, 1), strict=True)
        zero = torch.zeros((), device=codes.device)
        loss = sum((F.cross_entropy(logits, code) for logits, code in discrete), zero)
        if sizes[-1] == 0:
            return loss
        return loss + self.continuous_weight * 0.5 * (continuous[0] - continuous[1]).square().sum(1).mean()

    def discriminator(self, inputs: LossInputs) -> Tensor:
        return self.bound(inputs.fake_output.codes, inputs.codes)

    def generator(self, inputs: LossInputs) -> Tensor:
        return self.bound(inputs.fake_output.codes, inputs.codes)
