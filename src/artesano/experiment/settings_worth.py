"""Settings that make a run slower on a CPU: said before they cost an afternoon."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn


def slow_settings(options: Any, network: nn.Module, device: torch.device) -> Iterator[str]:
    """A line for each. The figures are of two CPU cores with bf16 instructions, EfficientNet-Lite0 at 96 px.

    Args:
        options: of the run.
        network: with all that is trained.
    """
    if device.type != "cpu":
        return
    if options.compile:
        yield (
            "compile=true: compiling takes minutes on a CPU (35 steps of fine-tuning did not end within 150 s), before "
            "the first step; it is made for GPUs"
        )
    if "bf16" in str(options.trainer.get("precision")) and any(map(is_depthwise, network.modules())):
        yield (
            f"trainer.precision={options.trainer['precision']}: depthwise convolutions are slower in bf16 on a CPU (90 "
            "against 140 images/s); leave it out for this network"
        )


def is_depthwise(module: nn.Module) -> bool:
    return isinstance(module, nn.Conv2d) and module.groups == module.in_channels > 1
