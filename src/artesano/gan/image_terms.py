"""Terms of GANs from images: distances between generated images and their targets.

Images are in the range of the networks, [-1, 1] or [0, 1], on which the scale of a weight depends; the weights of each
`gan=` variant are for the range that its hacks choose. None of these terms uses the discriminator.
"""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from artesano.backbones.feature_maps import FeatureMaps, feature_distance
from artesano.gan.pixels import PixelRange
from artesano.gan.terms import Interval, LossInputs, Term, Weight


class ImageTerm(Term):
    """What the generator minimises besides the adversarial loss.

    Args:
        weight: factor of the distance.
        interval: due at every `interval`-th step, and then counted `interval` times.
        ramped: left out in the pixel phase, then growing with the adversarial part.
    """

    adversarial = False

    def __init__(self, weight: Weight = 1.0, interval: Interval = 1, ramped: bool = False):
        super().__init__(weight, interval)
        self.ramped = ramped


class L1(ImageTerm):
    """Mean absolute difference to the target."""

    needs = ("target",)

    def generator(self, inputs: LossInputs) -> Tensor:
        return F.l1_loss(inputs.fake.float(), inputs.real.float())


class MSE(ImageTerm):
    """Mean squared difference to the target (SRResNet; Ledig et al. 2017, arXiv 1609.04802)."""

    needs = ("target",)

    def generator(self, inputs: LossInputs) -> Tensor:
        return F.mse_loss(inputs.fake.float(), inputs.real.float())


class Charbonnier(ImageTerm):
    """sqrt(difference^2 + epsilon^2), L1 that is smooth at 0 (Lai et al. 2017, arXiv 1704.03915).

    Args:
        epsilon: width of the smooth part, in units of the images.
    """

    needs = ("target",)

    def __init__(
        self,
        weight: Weight = 1.0,
        interval: Interval = 1,
        ramped: bool = False,
        epsilon: Annotated[float, Field(gt=0)] = 1e-3,
    ):
        super().__init__(weight, interval, ramped)
        self.epsilon = epsilon

    def generator(self, inputs: LossInputs) -> Tensor:
        return ((inputs.fake.float() - inputs.real.float()).square() + self.epsilon**2).sqrt().mean()


class Gradient(ImageTerm):
    """L1 between the image gradients, for the edges of maps (SMAPGAN; arXiv 2001.07712)."""

    needs = ("target",)

    def generator(self, inputs: LossInputs) -> Tensor:
        difference = inputs.fake.float() - inputs.real.float()  # the gradient is linear
        return difference.diff(dim=-1).abs().mean() + difference.diff(dim=-2).abs().mean()


class Masked(ImageTerm):
    """L1 within the hole that the last channel of the source marks with 1 (Pathak et al. 2016, arXiv 1604.07379)."""

    needs = ("target", "mask")

    def generator(self, inputs: LossInputs) -> Tensor:
        assert inputs.source is not None
        hole = (inputs.source[:, -1:] > 0.5).float()
        distance = (inputs.fake.float() - inputs.real.float()).abs().mean(1, keepdim=True)
        return (distance * hole).sum() / hole.sum().clamp(min=1)


class Cycle(ImageTerm):
    """L1 between the source and its reconstruction (CycleGAN; Zhu et al. 2017, arXiv 1703.10593)."""

    needs = ("way_back",)

    def generator(self, inputs: LossInputs) -> Tensor:
        assert inputs.reconstructed is not None
        assert inputs.source is not None
        return F.l1_loss(inputs.reconstructed.float(), inputs.source.float())


class Identity(ImageTerm):
    """L1 between an image of the target domain and what the generator makes of it (CycleGAN, section 5.2).

    It preserves colours. None where the two domains have different numbers of channels.
    """

    needs_identity = True
    needs = ("way_back",)

    def generator(self, inputs: LossInputs) -> Tensor | None:
        return None if inputs.identity is None else F.l1_loss(inputs.identity.float(), inputs.real.float())


class Perceptual(ImageTerm):
    """Distance to the target in the features of a pretrained network (Johnson et al. 2016, arXiv 1603.08155).

    Args:
        net: `lite0` (embedded), `lite1`, or `timm:<name>` such as `timm:vgg19.tv_in1k`, the network of SRGAN. It may
            not be the network of the run's metric.
        normalise: the images are in [-1, 1], else in [0, 1].
    """

    needs = ("target",)

    def __init__(
        self,
        weight: Weight = 1.0,
        interval: Interval = 1,
        ramped: bool = True,
        net: str = "lite0",
        normalise: bool = False,
    ):
        super().__init__(weight, interval, ramped)
        self.net = net
        self.pixels = PixelRange(normalise)
        self.maps = [FeatureMaps(net)] if weight else []  # in a list: not in the checkpoint, never trained

    def generator(self, inputs: LossInputs) -> Tensor:
        maps = self.maps[0] = self.maps[0].to(inputs.fake.device)
        with torch.no_grad():
            target = maps(self.unit(inputs.real))
        return feature_distance(maps(self.unit(inputs.fake)), target).mean()

    def unit(self, images: Tensor) -> Tensor:
        """To [0, 1]."""
        return images.float() * self.pixels.std + self.pixels.mean
