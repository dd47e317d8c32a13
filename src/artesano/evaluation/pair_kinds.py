"""For each kind of image GAN its metrics, baselines and monitor."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from artesano.backbones.feature_maps import FeatureMaps
from artesano.config.options import Monitor
from artesano.errors import BadInput
from artesano.metrics import baselines
from artesano.metrics.palette import Palette
from artesano.metrics.restoration import gains, restoration_metrics
from artesano.metrics.translation import hole_metrics, translation_metrics

Values = dict[str, Tensor]
#: metrics that are better the larger, and the smaller they are
SENSES = {"max": re.compile("psnr|ssim|palette|coast_f1|river_f1"), "min": re.compile("l1$|features|colour_shift")}


def check_monitor(monitor: Monitor) -> None:
    """Raises BadInput: another sense than the metric's, or a name without the part that is measured."""
    if monitor.name == "fd":  # the default, which becomes the kind's own
        return
    if not monitor.name.startswith("val/"):
        raise BadInput(f"monitor.name={monitor.name}: not measured while training; give monitor.name=val/<metric>")
    for mode, names in SENSES.items():
        if names.search(monitor.name) and monitor.mode != mode:
            better = {"max": "larger", "min": "smaller"}[mode]
            raise BadInput(
                f"monitor.mode={monitor.mode}: {monitor.name} is better the {better} it is, so best.ckpt would be the "
                f"worst state; give monitor.mode={mode}"
            )


class Kind(Protocol):
    """Interface of the kinds.

    baselines: name -> what needs no network.
    reference: the method whose difference to the others is given with an interval.
    """

    baselines: dict[str, baselines.Baseline]
    reference: str

    def values(self, fake: Tensor, real: Tensor, source: Tensor, reference: Tensor | None) -> Values:
        """Per-image values [N]; images float in [0, 1]. `reference`: the reference method's images."""

    def shown_source(self, source: Tensor, channels: int) -> Tensor:
        """The source as a picture: floats [N, channels, H, W] in [0, 1]."""
        return source[:, :channels]

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
    """Maps: L1, SSIM, edges, colours of the palette, beside copying, the mean map and a colour regression."""

    reference = "regression"

    def __init__(self, palette: Palette | None):
        self.palette = palette
        self.baselines: dict[str, baselines.Baseline] = {
            "copy": baselines.CopyInput(),
            "mean": baselines.MeanMap(),
            "regression": baselines.ColourRegression(),
        }

    def values(self, fake: Tensor, real: Tensor, source: Tensor, reference: Tensor | None) -> Values:
        return translation_metrics(fake, real, self.palette)

    def monitor(self) -> Monitor:
        return Monitor("val/l1", "min")

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

    def shown_source(self, source: Tensor, channels: int) -> Tensor:
        """The hole white: the network sees it filled with the mean, which hardly shows."""
        return torch.where(source[:, -1:] > 0.5, 1.0, source[:, :channels])

    def monitor(self) -> Monitor:
        return Monitor("val/hole_l1", "min")

    pixel_monitor = monitor
