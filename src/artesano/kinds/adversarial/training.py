"""The base of built GANs: how long they train, what is recorded of them, and the fit that health and pictures watch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import pytorch_lightning as pl
from rich.console import Group, RenderableType
from rich.table import Table

from artesano.config.options import Monitor
from artesano.config.targets import instantiate
from artesano.errors import NotFinite
from artesano.gan.adversarial_module import AdversarialModule
from artesano.kinds.adversarial.adaptation import Player
from artesano.kinds.adversarial.carried import carried
from artesano.kinds.adversarial.health_monitor import HealthMonitor
from artesano.kinds.adversarial.options import GanOptions
from artesano.kinds.group_rows import add_groups, groups_table

#: how advice begins that makes other networks, into which the weights of a source would not fit
OTHER_NETWORKS = ("gan=", "hacks.discriminator_norm=", "hacks.minibatch=", "hacks.output=", "hacks.upsample=")

Module = TypeVar("Module", bound=AdversarialModule)


class Beginning(Protocol):
    """The trained networks that a GAN starts from."""

    @property
    def name(self) -> str:
        """Of the run or the file, for the table."""

    def facts(self) -> dict[str, Any]:
        """For the record: where they are from, and a hash of the weights."""


class AdversarialTraining(ABC, Generic[Module]):
    """See `artesano.kinds.kind.Training`; a kind of GAN adds the model, the pictures and the measures.

    Args:
        loaders: of the run; their `facts` are the record's `data`.
        model: the record's `model`: what rebuilds the generator.
        terms_of: the network that the terms of the loss belong to, for the table.
        health: further arguments of the `HealthMonitor`.
        start: the trained networks that these began with.
        adapting: what of them learns, by the names of the module's `adversaries`.
    """

    #: what group 0 of each network is
    stem = "group 0 makes or reads the images"
    #: how overrides begin that the health monitor must not advise, since this kind of GAN does not take them
    unfit_advice: tuple[str, ...] = ()

    def __init__(
        self,
        options: GanOptions,
        loaders: Any,
        module: Module,
        *,
        model: dict[str, Any],
        monitor: Monitor,
        terms_of: str,
        health: dict[str, Any],
        start: Beginning | None = None,
        adapting: Mapping[str, Player] | None = None,
    ):
        self.options, self.loaders, self.module = options, loaders, module
        self.data, self.model, self.monitor, self.terms_of = loaders.data, model, monitor, terms_of
        self.phase_monitors: dict[str, Monitor] = {}
        self.max_steps = module.max_steps
        self.eval_every = min(options.eval_every or max(1, self.max_steps // 5), self.max_steps)
        unfit = self.unfit_advice + (OTHER_NETWORKS if start is not None else ())
        self.health = HealthMonitor(instantiate(options.health), options.hacks, unfit=unfit, **health)
        self.notes: list[str] = []
        self.start, self.adapting = start, adapting or {}

    @property
    def step(self) -> int:
        return self.module.step

    @property
    def samples_every(self) -> int:
        """Steps from one picture of samples to the next."""
        return self.options.samples_every or max(1, self.max_steps // 20)

    @property
    def pictures_in_training(self) -> int:
        """How many of them there will be."""
        return -(-self.max_steps // self.samples_every)

    @property
    def title(self) -> str:
        """Of the table."""
        return f"{self.options.gan.name} · {type(self.module.networks.loss).__name__}"

    def table(self) -> RenderableType:
        """What is about to learn; of networks that were trained before a row for each group of parameters as well."""
        if self.start is None:
            return self.networks_table()
        counts = self.facts()["parameters"]
        learning = f"{counts['trainable']:,} of {counts['total']:,} parameters learn"
        table = groups_table(f"from {self.start.name} · {learning}")
        shared = False
        for (name, player), optimizer in zip(self.adapting.items(), self.module.optimizer_makers, strict=True):
            rate = getattr(optimizer, "lr", 1.0) * getattr(optimizer, "factor", 1)
            shared |= add_groups(table, player.rows(rate), every=self.options.dry_run, before=f"{name} ")
            table.add_section()
        table.caption = self.stem + "; dry_run=true lists every group" * shared
        return Group(self.networks_table(), table)

    def networks_table(self) -> Table:
        """One row for the generators, one for the discriminators: how large, how fast, on which terms."""
        table = Table(title=self.title, title_justify="left", caption_justify="left")
        for column, justify in zip(("", "parameters", "optimiser", "lr", "added terms"), "lrlrl", strict=True):
            table.add_column(column, justify={"l": "left", "r": "right"}[justify])  # type: ignore[arg-type]
        terms = ", ".join(f"{type(term).__name__} {term.weight:g}" for term in self.module.networks.terms) or "-"
        optimizers = zip(self.parameters().items(), self.module.optimizer_makers, strict=True)
        for (name, count), optimizer in optimizers:
            kind, rate = getattr(optimizer, "kind", type(optimizer).__name__), getattr(optimizer, "lr", float("nan"))
            rate *= getattr(optimizer, "factor", 1)
            table.add_row(name, f"{count:,}", kind, f"{rate:.3g}", terms if name == self.terms_of else "")
        return table

    def parameters(self) -> dict[str, int]:
        """{"generator": their number, "discriminator": their number}."""
        networks = self.module.adversaries.items()
        return {name: sum(parameter.numel() for parameter in part.parameters()) for name, part in networks}

    def facts(self) -> dict[str, Any]:
        counts = self.parameters()
        learning = sum(part.count for part in self.module.learning.values())
        return {
            "model": self.model,
            "data": self.loaders.facts(),
            "parameters": counts | {"total": sum(counts.values()), "trainable": learning},
            "health": self.health.conclusion(),
            "notes": self.notes,
        } | ({"start": self.start.facts()} if self.start is not None else {})

    def carried(self, tensors: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
        """The tensors of a run of the config `before` under the names that they have in this one."""
        return carried(tensors, before, self.options.resolved)

    def fit(self, trainer: pl.Trainer, checkpoint: Path | None) -> None:
        module, images = self.module, Path(trainer.default_root_dir) / "images"
        module.observers = [self.health, self.sample_images(images, self.samples_every)]
        batches = self.loaders.train(lambda: module.step, self.max_steps, trainer.global_rank, trainer.world_size)
        try:
            trainer.fit(module, batches, [0], ckpt_path=checkpoint, weights_only=True)
        except NotFinite as error:
            raise NotFinite(error.step, advice="a lower hacks.lr, or hacks.r1=1.0") from None

    @abstractmethod
    def sample_images(self, folder: Path, every: int) -> pl.Callback:
        """What draws into `folder` every `every` steps."""
