"""The palette of a map, and the share of pixels with the right colour: a segmentation score without a segmenter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor

from artesano.extras import require
from artesano.seeding import generator

SAMPLE = 50_000  # pixels that k-means gets
NEAR = 8 / 255  # in every channel: what JPEG does to a flat colour


def check_extra() -> None:
    """Raise BadInput when k-means is not installed."""
    require("maps", "the palette of maps (image translation with pairs)", "sklearn")


class Palette:
    """Representative colours of a set of images, or the legend of a drawn map.

    Attributes:
        colours: float32 [K, C] in [0, 1].
        meanings: [K], such as `sea`; [] = not known. Several colours may mean the same.
        covered: share of the pixels that lie near one of the colours: most of a map's, few of a photo's.
    """

    def __init__(self, colours: Tensor, meanings: Sequence[str] = (), covered: float = 1.0):
        self.colours = colours
        self.meanings = list(meanings)
        self.covered = covered

    @classmethod
    def of_legend(cls, legend: Sequence[tuple[str, tuple[int, int, int]]]) -> Palette:
        """Of meanings and colours of 255."""
        meanings, colours = zip(*legend, strict=True)
        return cls(torch.tensor(colours, dtype=torch.float32) / 255, meanings)

    @classmethod
    def fit(cls, targets: Iterable[Tensor], colours: int = 8, seed: int = 0) -> Palette:
        """k-means of the training targets' pixels, from dark to bright; fewer centres if they have fewer colours.

        Args:
            targets: float [N, C, H, W] in [0, 1], in batches; all images have a part in the sample.
            colours: K.
            seed: of the sample and of k-means.

        Raises:
            ValueError: there are no targets.
            BadInput: scikit-learn is not installed.
        """
        check_extra()
        from sklearn.cluster import KMeans

        drawn = [_some(batch, number, seed) for number, batch in enumerate(targets)]
        if not drawn:
            raise ValueError("needs at least one image")
        pixels = torch.cat(drawn)
        chosen = torch.randperm(len(pixels), generator=generator(seed, "palette"))[:SAMPLE]
        points = pixels[chosen].double().numpy()
        kmeans = KMeans(min(colours, len(np.unique(points, axis=0))), n_init=4, random_state=seed).fit(points)
        centres = torch.from_numpy(kmeans.cluster_centers_).float()
        apart = np.abs(points - kmeans.cluster_centers_[kmeans.labels_]).max(1)
        return cls(centres[centres.sum(1).argsort()], covered=float((apart <= NEAR).mean()))

    def nearest(self, images: Tensor) -> Tensor:
        """int64 [N, H, W]: index of the nearest colour of each pixel.

        Args:
            images: float [N, C, H, W] in [0, 1].
        """
        colours = self.colours.to(images.device)
        pixels = images.float().movedim(1, -1)
        # |p - c|^2 without |p|^2, which is the same for all colours
        return (colours.square().sum(1) - 2 * pixels @ colours.T).argmin(-1)

    def means(self, meaning: str, colours: Tensor) -> Tensor:
        """bool [N, H, W]: the pixels whose colour has a meaning.

        Args:
            colours: int64 [N, H, W], as `nearest` gives them.
        """
        return torch.tensor([own == meaning for own in self.meanings], device=colours.device)[colours]

    def agreement(self, fake: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """Share of pixels with the truth's colour, and mean IoU over the colours that either image has; float [N] each.

        Args:
            fake, real: int64 [N, H, W], as `nearest` gives them.
        """
        answers, truth = fake.flatten(1), real.flatten(1)
        kinds = torch.arange(len(self.colours), device=truth.device)[:, None, None]
        answered, true = answers == kinds, truth == kinds  # [K, N, H * W]
        both, either = (answered & true).sum(2), (answered | true).sum(2)
        present = either > 0
        overlap = (both / either.clamp(min=1) * present).sum(0) / present.sum(0)
        return (answers == truth).float().mean(1), overlap


def _some(batch: Tensor, number: int, seed: int) -> Tensor:
    """At most 400 pixels [P, C] of each image, which bounds memory."""
    pixels = batch.detach().float().cpu().movedim(1, -1).flatten(1, 2)
    count = min(400, pixels.shape[1])
    rows = torch.rand(pixels.shape[:2], generator=generator(seed, "pixels", number)).topk(count, dim=1).indices
    return torch.gather(pixels, 1, rows.unsqueeze(-1).expand(-1, -1, pixels.shape[2])).flatten(0, 1)
