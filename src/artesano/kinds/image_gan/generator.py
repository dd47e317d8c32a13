"""The generator of a GAN from images: images in [0, 1] in, images in [0, 1] out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from artesano.data.pairs.paper import Paper
from artesano.errors import BadInput
from artesano.kinds.adversarial.loaded import LoadedGenerator
from artesano.seeding import derive
from artesano.training.memory_format import memory_format

Direction = Literal["a2b", "b2a"]


@dataclass(frozen=True, kw_only=True)
class ImageGenerator(LoadedGenerator):
    """A generator in eval mode.

    Attributes:
        generator: a plain `nn.Module`: (source float [N, Cin, h, w], labels int64 [N] or None) -> float [N, Cout,
            scale * h, scale * w], both in the range of `pixels`; it has the attributes `scale`, `multiple` and `halo`.
        image_to_image: restoration, translation, cycle or inpainting.
        in_channels, out_channels: of the direction that was loaded; an inpainting source counts its mask.
        crop: side in px of the sources that it was trained on.
        classes: names in the order of the labels; a generator that is not `conditional` takes none.
        record: run.json.
        folder: of the run.
        paper: of the drawings that it was trained on; None = they are photos, or not known.
    """

    with_labels = "gan=cscgan trains one with them"

    image_to_image: str
    in_channels: int
    out_channels: int
    crop: int
    paper: Paper | None = None

    @property
    def scale(self) -> int:
        """Sides of a result over those of its source."""
        return self.generator.scale  # type: ignore[return-value]

    @property
    def multiple(self) -> int:
        """What the sides of a source are padded to."""
        return self.generator.multiple  # type: ignore[return-value]

    @property
    def halo(self) -> int | None:
        """Radius of the receptive field in px of the source; None = a pixel depends on the whole image."""
        return self.generator.halo  # type: ignore[return-value]

    @property
    def fills_holes(self) -> bool:
        """The last channel of a source says what is missing."""
        return self.image_to_image == "inpainting"

    @property
    def picture_channels(self) -> int:
        """Channels of a picture, its mask not counted."""
        return self.in_channels - self.fills_holes

    @torch.no_grad()
    def __call__(self, source: Tensor, label: int | None = None) -> Tensor:
        """float [N, Cin, h, w] in [0, 1] -> float32 [N, Cout, scale * h, scale * w] in [0, 1] on the CPU; NaN is 0.

        What is random in the generator itself (dropout when predicting) is drawn alike in every call.
        """
        form = memory_format(self.generator, "auto")
        normalised = (source.to(self.device) - self.pixels.mean) / self.pixels.std
        labels = None if label is None else torch.full((len(source),), label, device=self.device)
        with torch.random.fork_rng():
            torch.manual_seed(derive("predict"))
            images = self.generator(normalised.contiguous(memory_format=form), labels).float()
        return (images * self.pixels.std + self.pixels.mean).nan_to_num(0.0).clamp(0, 1).cpu()

    def one_label(self, name: str | int | None, option: str = "--label") -> int | None:
        """The label that the generator is called with; None for one without labels.

        Raises:
            BadInput: a label where none is taken, none where one is needed, or one that there is not.
        """
        if name is not None:
            return self.label(name, option)
        if self.conditional:
            raise BadInput(
                f"a label is required, as the generator of {self.folder} is conditional: {option} <one of "
                f"{self.names()}>"
            )
        return None
