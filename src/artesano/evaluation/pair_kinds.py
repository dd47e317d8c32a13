"""For each kind of image GAN its metrics, baselines and monitor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from artesano.backbones.feature_maps import FeatureMaps
from artesano.config.options import Monitor
from artesano.metrics import baselines
from artesano.metrics.palette import Palette
from artesano.metrics.restoration import gains, restoration_metrics
from artesano.metrics.translation import hole_metrics, translation_metrics

Values = dict[str, Tensor]


class Kind(Protocol):
    """Interface of the kinds.

    baselines: name -> what needs no network.
    reference: the method whose difference to the others is given with an interval.
    """

    baselines: dict[str, baselines.Baseline]
    reference: str

    def values(self, fake: Tensor, real: Tensor, source: Tensor, reference: Tensor | None) -> Values:
        """Per-image values [N]; images float in [0, 1]. `reference`: the reference method's images."""

    def shown_source(self, source: Tensor) -> Tensor:
        """The source as a picture: floats [N, channels, H, W] in [0, 1]."""
        return source

    def monitor(self) -> Monitor: ...

    def pixel_monitor(self) -> Monitor: ...


class Restoration(Kind):
    """Super-resolution: PSNR and SSIM beside bicubic, features of a network, frequencies, consistency with the LR."""

    reference = "bicubic"

    def __init__(self, scale: int, maps: FeatureMaps | None, degrade: Callable[[Tensor], Tensor]):
        self.scale, self.maps, self.degrade = scale, maps, degrade
        self.baselines: dict[str, baselines.Baseline] = {
            "bicubic": baselines.Bicubic(),
            "lanczos": baselines.Lanczos(),
        }

    def values(self, fake: Tensor, real: Tensor, source: Tensor, reference: Tensor | None) -> Values:
        metrics = restoration_metrics(fake, real, crop=self.scale, lr=source, degrade=self.degrade, maps=self.maps)
        if reference is None:
            return metrics
        own = {name: metrics[name] for name in metrics if name.startswith("psnr")}
        return metrics | gains(own, restoration_metrics(reference, real, crop=self.scale))

    def monitor(self) -> Monitor:
        return self.pixel_monitor() if self.maps is None else Monitor(f"val/features_{self.maps.label}", "min")

    def pixel_monitor(self) -> Monitor:
        return Monitor(f"val/psnr_rgb_crop{self.scale}", "max")


class Translation(Kind):
    """Maps: L1, SSIM, edges, colours of the palette, beside copying, the mean map and a colour regression.

    Args:
        palette: of the targets, where they have one.
        drawn: the sources are drawings of edges, which tell no colours; the smallest L1 is then grey
            (docs/results/edges.csv).
    """

    reference = "regression"

    def __init__(self, palette: Palette | None, *, drawn: bool = False):
        self.palette, self.drawn = palette, drawn
        self.baselines: dict[str, baselines.Baseline] = {
            "copy": baselines.CopyInput(),
            "mean": baselines.MeanMap(),
            "regression": baselines.ColourRegression(),
        }

    def values(self, fake: Tensor, real: Tensor, source: Tensor, reference: Tensor | None) -> Values:
        return translation_metrics(fake, real, self.palette)

    def monitor(self) -> Monitor:
        return Monitor("val/edge_ssim", "max") if self.drawn else Monitor("val/l1", "min")

    pixel_monitor = monitor


class Inpainting(Kind):
    """Inpainting: metrics inside the hole, beside a hole filled with the mean of the surrounding pixels."""

    reference = "mean"

    def __init__(self, maps: FeatureMaps | None):
        self.maps = maps
        self.baselines: dict[str, baselines.Baseline] = {"mean": baselines.MeanFill()}

    def values(self, fake: Tensor, real: Tensor, source: Tensor, reference: Tensor | None) -> Values:
        metrics = hole_metrics(fake, real, source[:, -1:])
        whole = restoration_metrics(fake, real, crop=0, maps=self.maps)
        return metrics | {name: value for name, value in whole.items() if name.startswith(("features", "hf"))}

    def shown_source(self, source: Tensor) -> Tensor:
        """The hole white: the network sees it filled with the mean, which hardly shows."""
        return torch.where(source[:, -1:] > 0.5, 1.0, source[:, :-1])

    def monitor(self) -> Monitor:
        return Monitor("val/hole_l1", "min")

    pixel_monitor = monitor
