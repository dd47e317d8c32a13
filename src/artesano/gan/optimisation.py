"""The optimiser of the generator or of the discriminator."""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import torch
from pydantic import Field
from torch import nn
from torch.optim import Optimizer

Beta = Annotated[float, Field(ge=0, lt=1)]


@dataclass
class PlayerOptimizer:
    """Makes the optimiser when it is called with parameters.

    Args:
        kind: `adam`, `sgd` (momentum = the first beta; ganhacks 9 for the discriminator) or `rmsprop` (WGAN).
        lr: learning rate.
        betas: of Adam; the first is SGD's momentum.
        factor: of lr; different ones for the two networks are TTUR (Heusel et al. 2017, arXiv 1706.08500).
    """

    kind: Literal["adam", "sgd", "rmsprop"] = "adam"
    lr: Annotated[float, Field(gt=0)] = 2e-4
    betas: Annotated[list[Beta], Field(min_length=2, max_length=2)] | tuple[Beta, Beta] = (0.5, 0.999)
    factor: Annotated[float, Field(gt=0)] = 1.0

    def __call__(self, parameters: Iterable[nn.Parameter] | Iterable[dict[str, Any]]) -> Optimizer:
        lr = self.lr * self.factor
        # The fused kernel saves 1 ms of a small network's step on a CPU; other accelerators may lack it.
        entries: list[Any] = list(parameters)
        groups = [entry["params"] if isinstance(entry, dict) else [entry] for entry in entries]
        fused = all(parameter.device.type in ("cpu", "cuda") for group in groups for parameter in group)
        make: dict[str, Callable[[], Optimizer]] = {
            "adam": lambda: torch.optim.Adam(entries, lr, tuple(self.betas), fused=fused),  # type: ignore[arg-type]
            "sgd": lambda: torch.optim.SGD(entries, lr, momentum=self.betas[0]),
            "rmsprop": lambda: torch.optim.RMSprop(entries, lr),
        }
        return make[self.kind]()
