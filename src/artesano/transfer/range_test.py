"""The learning-rate range test (Smith 2017, arXiv 1506.01186, section 3.3): the rate rises from step to step, and the
loss tells at which rates a network learns."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from artesano.seeding import random_state_kept, seed_everything
from artesano.training.freezing import apply_stage, set_modes
from artesano.transfer.module import Batch, TransferModule
from artesano.transfer.norm_stats import keeping
from artesano.transfer.optimisation import build_optimizer, ever_trainable

LOWEST, HIGHEST, STEPS = 1e-6, 1.0, 100
DIVERGED = 4.0  # times the first loss
WINDOW = 9  # steps of the running mean: half a decade
FALL = 0.02  # of the first loss: less is noise
MOST = 0.95  # of the fall
LAG = 3.0
BY_HEART = 0.1  # of the first loss


@dataclass(frozen=True)
class RangeTest:
    """Float [N] each, N at most `STEPS`: fewer where the loss ran away.

    Attributes:
        rates: `optimizer.lr` of each step; the strategy's factors come on top.
        losses: before the step.
    """

    rates: np.ndarray
    losses: np.ndarray

    @property
    def smooth(self) -> np.ndarray:
        """The losses as a running mean, centred."""
        window = np.ones(min(WINDOW, len(self.losses)))
        return np.convolve(self.losses, window, "same") / np.convolve(np.ones_like(self.losses), window, "same")

    @property
    def best(self) -> float | None:
        """A rate for a whole run, to two digits; None where the loss never falls.

        By some rate the smoothed loss has done most of its fall. While the rate rises the network learns, so the curve
        lags behind what a rate held for a whole run would do, and three times that rate is taken, but at most a third
        of the last one that was tried, where the loss had run away. Where the loss falls below a tenth of its start,
        as it does when few images are learnt by heart, higher rates only make the network surer of its errors, and the
        rate itself is taken. The three numbers were chosen on docs/results/lr_auto.csv, see scripts/study_lr_auto.py.
        """
        smooth = self.smooth
        first, lowest = smooth[0], smooth.min()
        if int(smooth.argmin()) < 2 or lowest > (1 - FALL) * first:
            return None
        reached = self.rates[(smooth <= first - MOST * (first - lowest)).argmax()]
        taken = reached if lowest < BY_HEART * first else LAG * reached
        return float(f"{min(taken, self.rates[-1] / LAG):.2g}")


def range_test(module: TransferModule, batches: Iterable[Batch]) -> RangeTest:
    """Train a copy of the network, all that ever learns of it, at rates from `LOWEST` to `HIGHEST`, in float32.

    The module and the state of all random generators are afterwards as they were.

    Args:
        module: on the device of the run; its optimiser may have any rate.
        batches: the run's own, from the first.
    """
    network = copy.deepcopy(module.network)
    apply_stage(network, ever_trainable(module.groups, module.strategy))
    set_modes(network, True, keeping(network.backbone, module.strategy.norm_stats))
    optimizer = build_optimizer(partial(module.optimizer, lr=1.0), network, module.groups, module.strategy)
    rates, losses = np.geomspace(LOWEST, HIGHEST, STEPS), list[float]()
    with random_state_kept():
        for step, (rate, batch) in enumerate(zip(rates, batches, strict=False)):
            seed_everything(module.seed, "step", step, 0)
            moved = type(batch)(*(tensor.to(module.device) for tensor in batch))
            loss = torch.stack(list(module.loss_terms(network, module.prepare(moved, step)).values())).sum()
            if not math.isfinite(loss.item()) or (losses and loss.item() > DIVERGED * losses[0]):
                break
            losses.append(loss.item())
            for group in optimizer.param_groups:
                group["lr"] = group["base_lr"] * rate
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return RangeTest(rates[: len(losses)], np.array(losses))
