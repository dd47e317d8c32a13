"""Gradient penalties: in fp32, outside autocast, one gradient norm for each image."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from artesano.gan.terms import Interval, LossInputs, Term, Weight

TINY = 1e-12  # under the root: the norm's gradient at zero is not finite


def gradients(inputs: LossInputs, images: Tensor, labels: Tensor | None) -> Tensor:
    """Gradient of each logit (or mean over its patches) through the augmentations, float32 [N, C * H * W].

    A row is an image, or with `pac` above 1 all images of a pack: the logit's gradient is one vector over them.
    """
    images = images.float() if images.requires_grad else images.detach().float().requires_grad_(True)
    with torch.autocast(images.device.type, enabled=False):
        logits = inputs.discriminate(images.to(inputs.real.dtype), labels).logits.float()  # that of the weights
        # The sum's gradient by row i is the gradient of logit i, as long as logit i depends on row i alone.
        per_image = logits.reshape(len(logits), -1).mean(1)
        (gradient,) = torch.autograd.grad(per_image.sum(), images, create_graph=True)
    return gradient.reshape(len(logits), -1)


def norms(gradient: Tensor) -> Tensor:
    """float32 [N]: Euclidean norm of each row."""
    return (gradient.square().sum(1) + TINY).sqrt()


class R1(Term):
    """weight / 2 times the squared gradient norm on real images (Mescheder et al. 2018, arXiv 1801.04406)."""

    def discriminator(self, inputs: LossInputs) -> Tensor:
        return gradients(inputs, inputs.real, inputs.real_labels).square().sum(1).mean() / 2


class R2(Term):
    """R1's penalty on fakes; with R1 and a relativistic loss it is R3GAN's objective (arXiv 2501.05441)."""

    def discriminator(self, inputs: LossInputs) -> Tensor:
        return gradients(inputs, inputs.fake, inputs.fake_labels).square().sum(1).mean() / 2


class GradientPenalty(Term):
    """weight times (norm - 1)^2 between each real image and a fake (WGAN-GP; Gulrajani et al. 2017, arXiv 1704.00028).

    The place between the two is drawn for each pair of images, or of packs.
    """

    def __init__(self, weight: Weight = 10.0, interval: Interval = 1):
        super().__init__(weight, interval)

    def discriminator(self, inputs: LossInputs) -> Tensor:
        assert inputs.real_output is not None
        logits = len(inputs.real_output.logits)
        place = torch.rand(logits, 1, 1, 1, device=inputs.real.device)
        place = place.repeat_interleave(len(inputs.real) // logits, 0)
        between = place * inputs.real.float() + (1 - place) * inputs.fake.float()
        return (norms(gradients(inputs, between, inputs.real_labels)) - 1).square().mean()


class Dragan(Term):
    """weight times (norm - 1)^2 around each real image (Kodali et al. 2017, arXiv 1705.07215).

    Args:
        spread: the noise is uniform in [0, spread * standard deviation of the batch), as in the authors' code.
    """

    def __init__(self, weight: Weight = 10.0, interval: Interval = 1, spread: Annotated[float, Field(gt=0)] = 0.5):
        super().__init__(weight, interval)
        self.spread = spread

    def discriminator(self, inputs: LossInputs) -> Tensor:
        real = inputs.real.float()
        around = real + self.spread * real.std() * torch.rand_like(real)
        return (norms(gradients(inputs, around, inputs.real_labels)) - 1).square().mean()
