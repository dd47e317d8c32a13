"""Optimiser groups with their own learning rate, laid out before step 0 and never changed."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch.optim import Optimizer

from artesano.transfer.groups import ParameterGroups
from artesano.transfer.network import Classifier
from artesano.transfer.strategies import Strategy


def parameter_groups(
    classifier: Classifier, groups: ParameterGroups, strategy: Strategy, lr: float, weight_decay: float
) -> list[dict[str, Any]]:
    """Every parameter that learns at some time of the run, by learning rate and by weight decay or none.

    Layer decay is folded into `lr`: the `lr_scale` that timm writes is read by timm's schedulers alone. Layers that
    share a rate share a group, since a fused optimiser pays per group. With L2-SP the backbone decays to its pretrained
    weights and not to 0.

    Returns:
        dicts with `params`, `lr` and `base_lr` (the rate before the schedule) and `weight_decay`; ordered by rate,
        the highest first.
    """
    parameters = dict(classifier.named_parameters())
    names_by_rate: dict[tuple[float, bool], list[str]] = {}
    for name in ever_trainable(groups, strategy):
        decayed = name not in groups.undecayed and (name in groups.head or not strategy.l2_sp)
        names_by_rate.setdefault((strategy.lr_scale(groups, name), decayed), []).append(name)
    return [
        {
            "params": [parameters[name] for name in names],
            "lr": lr * scale,
            "base_lr": lr * scale,
            "weight_decay": weight_decay if decayed else 0.0,
        }
        for (scale, decayed), names in sorted(names_by_rate.items(), reverse=True)
    ]


def build_optimizer(
    optimizer: partial[Optimizer], classifier: Classifier, groups: ParameterGroups, strategy: Strategy
) -> Optimizer:
    """`optimizer` is a partial with `lr` and perhaps `weight_decay`, as configs/optimizer/*.yaml make it."""
    options = optimizer.keywords
    layout = parameter_groups(classifier, groups, strategy, options["lr"], options.get("weight_decay", 0.0))
    return optimizer(layout)


def ever_trainable(groups: ParameterGroups, strategy: Strategy) -> list[str]:
    """Names in the order of the map."""
    ever = frozenset().union(*(stage.trainable for stage in strategy.stages(groups)))
    return [name for group in groups.names for name in group if name in ever]
