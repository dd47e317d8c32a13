"""Base classes of networks from images to images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from torch import Tensor, nn

from artesano.errors import BadInput
from artesano.gan.networks.base import EMBEDDING, GeneratorConditioning, with_planes
from artesano.gan.networks.image.padding import padded
from artesano.gan.networks.norms import norm_layers

ImageNorm = Literal["none", "batch", "instance", "spectral"]
"""The norms that need no fixed size of image."""


class ImageToImage(nn.Module):
    """source float [N, in_channels, h, w], labels int64 [N] or None -> [N, out_channels, scale * h, scale * w].

    Any h and w from 1 px on, in any range of pixels: [0, 1] or [-1, 1]. A net is one class: its constructor makes the
    layers, `inner` applies them.

    Attributes:
        inputs: channels that the layers get: in_channels, plus the label's embedding with `concat`.
        scale: side of the output over that of the source.
        multiple: `inner` gets sides that are multiples of it; the source is mirrored below and to the right, the output
            is cropped. Tiles of an image that start at multiples of it are cut into windows as the whole is.
        halo: an output pixel depends on no source pixel that is farther away, in px; None where there is no such limit
            (instance norm looks at the whole image).

    Raises:
        BadInput: a scale or numbers of channels that the net cannot make.
    """

    scales: tuple[int, ...] = (1,)

    def __init__(
        self,
        *,
        conditioning: GeneratorConditioning,
        in_channels: int,
        out_channels: int,
        num_classes: int,
        scale: int,
        multiple: int = 1,
        smallest: int = 1,
        halo: int | None = None,
    ):
        super().__init__()
        self.check_scale(scale)
        self.check_channels(in_channels, out_channels)
        concat = conditioning == "concat"
        self.embedding = nn.Embedding(num_classes, EMBEDDING) if concat else None
        self.inputs = in_channels + EMBEDDING * concat
        self.scale, self.multiple, self.smallest, self.halo = scale, multiple, smallest, halo

    def check_scale(self, scale: int) -> None:
        if scale not in self.scales:
            raise BadInput(
                f"scale: {scale} is not supported by this generator, which keeps the size of its images (scale 1). "
                "Use generator=srresnet, rrdb or swcgan."
            )

    def check_channels(self, in_channels: int, out_channels: int) -> None:
        """Raises BadInput for numbers of channels that the net cannot map to each other."""

    def inner(self, source: Tensor, labels: Tensor | None) -> Tensor:
        """[N, inputs, H, W] -> [N, out_channels, scale * H, scale * W]; H and W are multiples of `multiple`."""
        raise NotImplementedError

    def forward(self, source: Tensor, labels: Tensor | None = None) -> Tensor:
        height, width = source.shape[-2:]
        images = padded(source, self.multiple, self.smallest)
        if self.embedding is not None:
            images = with_planes(images, self.embedding(labels))
        return self.inner(images, labels)[..., : self.scale * height, : self.scale * width]


def layer_norm_of(norm: ImageNorm, conditioning: GeneratorConditioning) -> ImageNorm:
    """The norm of the hidden layers: gains and shifts of a class need one, instance norm unless another is named."""
    return "instance" if conditioning == "batch_norm" and norm in ("none", "spectral") else norm


def image_norms(
    norm: ImageNorm, conditioning: GeneratorConditioning, num_classes: int
) -> Callable[[int], list[nn.Module]]:
    """Channels -> the norm layers to splice in; with `batch_norm` each class has its own gains and shifts."""
    return norm_layers(layer_norm_of(norm, conditioning), num_classes if conditioning == "batch_norm" else 0)


def without_codes(code_dim: int, name: str) -> None:
    """Raises BadInput for InfoGAN's codes, for which this discriminator has no head."""
    if code_dim:
        raise BadInput(f"discriminator: {name} has no head for the latent's codes. Use srgan or swin.")
