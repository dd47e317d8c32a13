"""How well the lines of a map lie: F1 within a pixel, as boundaries are scored in segmentation."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

REACH = 1  # px, in any of the eight directions


def line_f1(fake: Tensor, real: Tensor, reach: int = REACH) -> Tensor:
    """F1 of lines, float [N]: 2 P R / (P + R), NaN where the truth has no line.

    P is the share of the generated line's pixels that lie at most `reach` from a true one, R the share of the true
    line's that lie as near to a generated one (boundary F1; Csurka et al. 2013, "What is a good evaluation measure for
    semantic segmentation?").

    Args:
        fake, real: bool [N, H, W], True on the line.
    """
    precise = (fake & grown(real, reach)).flatten(1).sum(1) / fake.flatten(1).sum(1).clamp(min=1)
    length = real.flatten(1).sum(1)
    recalled = (real & grown(fake, reach)).flatten(1).sum(1) / length.clamp(min=1)
    f1 = 2 * precise * recalled / (precise + recalled).clamp(min=1e-12)
    return f1.masked_fill(length == 0, float("nan"))


def coast(sea: Tensor) -> Tensor:
    """bool [N, H, W]: what is not sea, and has sea above, below, or beside it.

    Args:
        sea: bool [N, H, W].
    """
    padded = F.pad(sea, (1, 1, 1, 1))
    beside = padded[:, :-2, 1:-1] | padded[:, 2:, 1:-1] | padded[:, 1:-1, :-2] | padded[:, 1:-1, 2:]
    return ~sea & beside


def grown(mask: Tensor, reach: int) -> Tensor:
    """bool [N, H, W]: at most `reach` px away from the mask, in any of the eight directions."""
    return F.max_pool2d(mask.float().unsqueeze(1), 2 * reach + 1, 1, reach).squeeze(1) > 0
