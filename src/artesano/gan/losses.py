"""Adversarial losses: each is two functions of the discriminator's outputs, computed from logits in fp32."""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

from collections.abc import Callable
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from artesano.errors import BadInput
from artesano.gan.discriminator_output import DiscriminatorOutput

#: one number, or the ends of the range from which each image's label is drawn
Label = float | Annotated[list[float], Field(min_length=2, max_length=2)]
Share = Annotated[float, Field(ge=0, le=1)]


class Loss(nn.Module):
    """The losses of the discriminator and of the generator.

    Attributes:
        needs_real: `generator` uses the discriminator's output for real images.
        probability: logits [N] -> probability in [0, 1] that an image is real; None for critics, whose scores have no
            bounds.
        needs_outputs: fields of the discriminator's output that must not be None.
        needs: what the logits must be: `scores`, high for real images, or `errors`, low for them; none = either.
    """

    needs_real = False
    needs_outputs: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    probability: Callable[[Tensor], Tensor] | None = None

    def discriminator(self, real: DiscriminatorOutput, fake: DiscriminatorOutput) -> Tensor:
        """Scalar fp32 loss of the discriminator; `fake` has no graph to the generator."""
        raise NotImplementedError

    def generator(self, fake: DiscriminatorOutput, real: DiscriminatorOutput | None) -> Tensor:
        """Scalar fp32 loss of the generator; `real` is None unless `needs_real`."""
        raise NotImplementedError


def targets(label: Label, logits: Tensor) -> Tensor:
    """float32 [N]: the label, or one drawn from its range for each image."""
    if isinstance(label, list):
        return torch.empty_like(logits, dtype=torch.float32).uniform_(*label)
    return torch.full_like(logits, label, dtype=torch.float32)


class TargetLoss(Loss):
    """Losses that compare logits with a target: label smoothing, soft labels and flipped labels act here.

    Args:
        real, fake: the discriminator's labels. (0.9, 0): one-sided smoothing (Salimans et al. 2016, arXiv 1606.03498);
            (0.9, 0.1): two-sided; ([0.7, 1.2], [0.0, 0.3]): soft labels, drawn for each image (ganhacks 6).
        flip_generator_labels: the non-saturating loss: the generator minimises the loss of "real" on its images,
            instead of maximising the discriminator's loss on them (minimax, which saturates when the discriminator
            wins; Goodfellow et al. 2014).
        label_flip: share of images for which the discriminator gets the wrong label (ganhacks 6).

    Raises:
        BadInput: a range of labels whose upper end is below its lower end.
    """

    needs = ("scores",)

    def __init__(
        self,
        real: Label = 1.0,
        fake: Label = 0.0,
        flip_generator_labels: bool = True,
        label_flip: Share = 0.0,
    ):
        super().__init__()
        for name, label in (("real", real), ("fake", fake)):
            if isinstance(label, list) and label[0] > label[1]:
                raise BadInput(
                    f"hacks.{name}_label={label}: the lower end of the range must come first; give {label[::-1]}"
                )
        self.real, self.fake = real, fake
        self.non_saturating = flip_generator_labels
        self.label_flip = label_flip

    def compare(self, logits: Tensor, target: Tensor) -> Tensor:
        """Mean distance of logits float32 [N] to the target [N]."""
        raise NotImplementedError

    def discriminator(self, real: DiscriminatorOutput, fake: DiscriminatorOutput) -> Tensor:
        real_target, fake_target = targets(self.real, real.logits), targets(self.fake, fake.logits)
        if self.label_flip:
            real_target, fake_target = self.flipped(real_target, self.fake), self.flipped(fake_target, self.real)
        return self.compare(real.logits.float(), real_target) + self.compare(fake.logits.float(), fake_target)

    def flipped(self, target: Tensor, other: Label) -> Tensor:
        """The targets, a share of them replaced by those of the other side."""
        return torch.where(torch.rand_like(target) < self.label_flip, targets(other, target), target)

    def generator(self, fake: DiscriminatorOutput, real: DiscriminatorOutput | None) -> Tensor:
        logits = fake.logits.float()
        if self.non_saturating:
            return self.compare(logits, torch.ones_like(logits))
        return -self.compare(logits, torch.zeros_like(logits))


class BCE(TargetLoss):
    """Cross-entropy: minimax, or non-saturating with flipped labels (Goodfellow et al. 2014, arXiv 1406.2661).

    Raises:
        BadInput: a label whose mean is not in [0, 1]; the loss would have no minimum.
    """

    probability = staticmethod(torch.sigmoid)

    def __init__(
        self,
        real: Label = 1.0,
        fake: Label = 0.0,
        flip_generator_labels: bool = True,
        label_flip: Share = 0.0,
    ):
        super().__init__(real, fake, flip_generator_labels, label_flip)
        for name, label in (("real", real), ("fake", fake)):
            if not 0 <= (sum(label) / 2 if isinstance(label, list) else label) <= 1:
                raise BadInput(
                    f"hacks.{name}_label={label}: cross-entropy has no minimum when the mean of its labels is not "
                    "between 0 and 1; loss=least_squares takes any label"
                )

    def compare(self, logits: Tensor, target: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(logits, target)


def _as_label(logits: Tensor) -> Tensor:
    return logits.clamp(0, 1)


class LeastSquares(TargetLoss):
    """Half the squared distance to the label (Mao et al. 2016, arXiv 1611.04076)."""

    probability = staticmethod(_as_label)

    def compare(self, logits: Tensor, target: Tensor) -> Tensor:
        return 0.5 * F.mse_loss(logits, target)


class Wasserstein(Loss):
    """Difference of mean scores (Arjovsky et al. 2017, arXiv 1701.07875); needs clipping or a gradient penalty."""

    needs = ("scores",)

    def discriminator(self, real: DiscriminatorOutput, fake: DiscriminatorOutput) -> Tensor:
        return fake.logits.float().mean() - real.logits.float().mean()

    def generator(self, fake: DiscriminatorOutput, real: DiscriminatorOutput | None) -> Tensor:
        return -fake.logits.float().mean()


class Hinge(Loss):
    """Hinge with a margin of 1 (Lim and Ye 2017, arXiv 1705.02894; SNGAN, SAGAN, BigGAN)."""

    needs = ("scores",)

    def discriminator(self, real: DiscriminatorOutput, fake: DiscriminatorOutput) -> Tensor:
        return F.relu(1 - real.logits.float()).mean() + F.relu(1 + fake.logits.float()).mean()

    def generator(self, fake: DiscriminatorOutput, real: DiscriminatorOutput | None) -> Tensor:
        return -fake.logits.float().mean()


class Relativistic(Loss):
    """The score of a real image relative to that of a fake (Jolicoeur-Martineau 2018, arXiv 1807.00734).

    Args:
        pairing: `pairs` = image by image, the loss of R3GAN (arXiv 2501.05441); `average` = against the mean of the
            other side, as in ESRGAN.
    """

    needs = ("scores",)
    needs_real = True

    def __init__(self, pairing: Literal["pairs", "average"] = "pairs"):
        super().__init__()
        self.pairing = pairing

    def relative(self, higher: DiscriminatorOutput, lower: DiscriminatorOutput) -> Tensor:
        """softplus(lower - higher): small where `higher` has the higher scores."""
        high, low = higher.logits.float(), lower.logits.float()
        if self.pairing == "pairs":
            return F.softplus(low - high).mean()
        return (F.softplus(low.mean() - high).mean() + F.softplus(low - high.mean()).mean()) / 2

    def discriminator(self, real: DiscriminatorOutput, fake: DiscriminatorOutput) -> Tensor:
        return self.relative(real, fake)

    def generator(self, fake: DiscriminatorOutput, real: DiscriminatorOutput | None) -> Tensor:
        assert real is not None
        return self.relative(fake, real)


class Began(Loss):
    """BEGAN: an equilibrium of reconstruction errors (Berthelot et al. 2017, arXiv 1703.10717).

    The discriminator is an autoencoder and its logits are reconstruction errors. It minimises those of real images and
    maximises those of fakes with weight `k`, a buffer that is adapted so that the errors of fakes stay at `gamma` times
    those of real images.

    Args:
        gamma: diversity ratio; lower = better looking, less varied.
        rate: step size of k.
    """

    needs = ("errors",)
    k: Tensor

    def __init__(self, gamma: Share = 0.7, rate: Annotated[float, Field(gt=0)] = 0.001):
        super().__init__()
        self.gamma, self.rate = gamma, rate
        self.register_buffer("k", torch.zeros(()))

    def discriminator(self, real: DiscriminatorOutput, fake: DiscriminatorOutput) -> Tensor:
        real_error, fake_error = real.logits.float().mean(), fake.logits.float().mean()
        loss = real_error - self.k.clone() * fake_error
        with torch.no_grad():
            self.k.add_(self.rate * (self.gamma * real_error - fake_error)).clamp_(0, 1)
        return loss

    def generator(self, fake: DiscriminatorOutput, real: DiscriminatorOutput | None) -> Tensor:
        return fake.logits.float().mean()


class SemiSupervised(Loss):
    """K real classes and one of fakes; the generator matches features (Salimans et al. 2016, arXiv 1606.03498).

    The discriminator's logits are logsumexp of its K class logits, so that D(x) = Z(x) / (Z(x) + 1), section 5 of the
    paper. The labels themselves are the term `Supervised`.

    Args:
        unlabelled: weight of the discriminator's part; 0 = a classifier that learns from the labels alone, the baseline
            of semi-supervised learning.
    """

    needs = ("scores",)
    needs_outputs = ("features",)
    needs_real = True
    probability = staticmethod(torch.sigmoid)

    def __init__(self, unlabelled: Annotated[float, Field(ge=0)] = 1.0):
        super().__init__()
        self.unlabelled = unlabelled

    def discriminator(self, real: DiscriminatorOutput, fake: DiscriminatorOutput) -> Tensor:
        loss = F.softplus(-real.logits.float()).mean() + F.softplus(fake.logits.float()).mean()
        return self.unlabelled * loss

    def generator(self, fake: DiscriminatorOutput, real: DiscriminatorOutput | None) -> Tensor:
        assert real is not None
        assert real.features is not None
        assert fake.features is not None
        return F.l1_loss(fake.features.float().mean(0), real.features.float().mean(0).detach())
