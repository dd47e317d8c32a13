"""The table of parameter groups that is printed before step 0."""

from __future__ import annotations

import itertools
from typing import NamedTuple

from artesano.transfer.groups import ParameterGroups
from artesano.transfer.network import Classifier
from artesano.transfer.strategies import Strategy


class GroupRow(NamedTuple):
    """One row of the table.

    group: 0 = stem .. the head. modules: what it is made of. parameters: how many.
    trainable: per cent of them that ever learn. lr: base learning rate, 0 when none does.
    mode: `train`, `eval`, or `part` when only some of its modules are in train mode, at the start of the run.
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
    groups = ParameterGroups(classifier)
    stages = strategy.stages(groups)
    rows = []
    for number, (names, modules) in enumerate(zip(groups.names, groups.modules, strict=True)):
        learns = {name for stage in stages for name in stage.trainable if groups.of[name] == number}
        at_first = stages[0].trainable.intersection(names)
        total = sum(groups.sizes[name] for name in names)
        rows.append(
            GroupRow(
                group=number,
                modules=modules,
                parameters=total,
                trainable=100 * sum(groups.sizes[name] for name in learns) / max(1, total),
                lr=lr * max((strategy.lr_scale(groups, name) for name in learns), default=0.0),
                mode="train" if len(at_first) == len(names) else "part" if at_first else "eval",
                start=next((stage.start for stage in stages if stage.trainable & learns), None),
            )
        )
    return rows


def folded(rows: list[GroupRow]) -> list[GroupRow | list[GroupRow]]:
    """The rows, those that follow each other and never learn as one list."""
    parts: list[GroupRow | list[GroupRow]] = []
    for frozen, together in itertools.groupby(rows, key=lambda row: not row.trainable):
        several = list(together)
        parts += [several] if frozen and len(several) > 1 else several
    return parts
