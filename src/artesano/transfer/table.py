"""The table of parameter groups that is printed before step 0."""

from __future__ import annotations

import itertools
from typing import NamedTuple

from torch import nn

from artesano.transfer.groups import Groups, ParameterGroups
from artesano.transfer.network import Classifier
from artesano.transfer.norm_stats import batch_norms
from artesano.transfer.strategies import Strategy


class GroupRow(NamedTuple):
    """One row of the table.

    group: 0 = stem .. the head. modules: what it is made of. parameters: how many.
    trainable: per cent of them that ever learn. lr: base learning rate, 0 when none does.
    mode: `train`, `part` when only some of its modules learn, or `eval` when none ever does; `BN eval` is added where
        BatchNorm learns and keeps its pretrained statistics.
    start: share of the run from which on it learns; None = never.
    """

    group: int
    modules: str
    parameters: int
    trainable: float
    lr: float
    mode: str
    start: float | None


def group_table(classifier: Classifier, strategy: Strategy, lr: float) -> list[GroupRow]:
    """Rows from stem to head; `lr` is the optimiser's."""
    return rows_of(ParameterGroups(classifier), strategy, lr, batch_norm_names(classifier.backbone, "backbone."))


def rows_of(groups: Groups, strategy: Strategy, lr: float, batch_norms: frozenset[str]) -> list[GroupRow]:
    """Rows from stem to head; `batch_norms` names the parameters of the layers that have statistics to keep."""
    stages = strategy.stages(groups)
    keeping = batch_norms if strategy.norm_stats == "pretrained" else frozenset()
    rows = []
    for number, (names, modules) in enumerate(zip(groups.names, groups.modules, strict=True)):
        learns = {name for stage in stages for name in stage.trainable if groups.of[name] == number}
        first = next((stage for stage in stages if stage.trainable & learns), None)
        at_first = first.trainable.intersection(names) if first else ()
        mode = "train" if len(at_first) == len(names) else "part" if at_first else "eval"
        total = sum(groups.sizes[name] for name in names)
        rows.append(
            GroupRow(
                group=number,
                modules=modules,
                parameters=total,
                trainable=100 * sum(groups.sizes[name] for name in learns) / max(1, total),
                lr=lr * max((strategy.lr_scale(groups, name) for name in learns), default=0.0),
                mode=f"{mode}, BN eval" if keeping & learns else mode,
                start=first.start if first else None,
            )
        )
    return rows


def batch_norm_names(network: nn.Module, before: str = "") -> frozenset[str]:
    """The parameters of layers with running statistics, `before` in front of their names in the network."""
    return frozenset(
        f"{before}{prefix}.{name}"
        for prefix, layer in batch_norms(network).items()
        for name, _ in layer.named_parameters(recurse=False)
    )


def folded(rows: list[GroupRow]) -> list[GroupRow | list[GroupRow]]:
    """The rows, those that follow each other and never learn as one list."""
    parts: list[GroupRow | list[GroupRow]] = []
    for frozen, together in itertools.groupby(rows, key=lambda row: not row.trainable):
        several = list(together)
        parts += [several] if frozen and len(several) > 1 else several
    return parts
