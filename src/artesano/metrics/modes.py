"""Modes that samples cover, where the mode of each sample is known."""

from __future__ import annotations

import torch
from torch import Tensor


def mode_metrics(modes: Tensor, count: int) -> dict[str, float]:
    """How many of the modes occur among samples, and how evenly.

    Args:
        modes: int64 [N], the mode of each sample.
        count: of all modes, which are equally frequent among real images.

    Returns:
        - `modes`: modes of at least one sample (Metz et al. 2017, arXiv 1611.02163).
        - `kl`: KL(generated || uniform) in nats, the "reverse KL" of VEEGAN (arXiv 1705.07761) and PacGAN (arXiv
          1712.04086; their code compares with 1 / 1,000 too). 0 where all are equally frequent, log `count` where one
          has all samples; of N even samples about (count - 1) / 2N.
    """
    frequency = torch.bincount(modes, minlength=count).double() / len(modes)
    return {
        "modes": float((frequency > 0).sum()),
        "kl": float(torch.special.xlogy(frequency, frequency * count).sum()),
    }
