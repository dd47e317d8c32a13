"""The config as an object. The annotations of its classes are the schema of what no `_target_` owns.

A node with a `_target_` stays a dict that `instantiate` takes; one without has a dataclass here or beside the kind of
run that reads it. Each kind of run adds its own keys to `RunOptions`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

Count = Annotated[int, Field(ge=1)]
Node = dict[str, Any]
AUTO = "auto"  # as optimizer.lr of a classifier: a range test chooses
ONE_PROCESS = (
    "optimizer.lr=auto: the range test runs in one process; find the rate with trainer.devices=1, then give it."
)


@dataclass(frozen=True)
class Monitor:
    """Which metric chooses best.ckpt."""

    name: str
    mode: Literal["min", "max"]


def as_wandb_allows(project: str) -> str:
    """The name of a project.

    Raises:
        ValueError: signs that W&B refuses when the run begins.
    """
    if wrong := [sign for sign in "/\\#?%:" if sign in project]:
        raise ValueError(f"must not hold {' '.join(wrong)}, which W&B allows in no name of a project")
    return project


@dataclass(frozen=True)
class WandbOptions:
    """`logger.wandb.*`.

    Args:
        mode: auto = online with a key and a network, else offline.
        project: W&B project.
        entity: user or team; None = the key's own.
        group: what stands together in the workspace; None = the name of the sweep or grid.
        tags: labels of the run; none = what was chosen, and `sweep` or `grid`.
    """

    mode: Literal["auto", "online", "offline", "disabled"] = "auto"
    project: Annotated[str, Field(min_length=1, max_length=128), AfterValidator(as_wandb_allows)] = "artesano"
    entity: str | None = None
    group: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    tags: list[Annotated[str, Field(min_length=1, max_length=64)]] | None = None


@dataclass(frozen=True)
class LoggerOptions:
    """Where metrics go besides metrics.csv."""

    wandb: WandbOptions


@dataclass(kw_only=True)
class RunOptions:
    """What every run has; see configs/train.yaml for what each key does.

    Attributes:
        resolved: the whole config as plain values, with nodes that the user added.
    """

    resolved: Node = field(init=False, repr=False)

    task: str
    name: str | None
    seed: Annotated[int, Field(ge=0)]
    max_epochs: Count
    max_steps: Count | None
    eval_every: Count | None
    log_every: Count
    checkpoint_every: Count | None
    keep_checkpoints: Annotated[int, Field(ge=0)] | None = None
    patience: Count | None = None
    max_minutes: Annotated[float, Field(gt=0)] | None = None
    image_size: Count | None
    crop_pct: Annotated[float, Field(gt=0, le=1)] | None
    crop_mode: Literal["center", "squash", "border"] | None = None
    in_chans: Count | None
    channels_last: Literal["auto"] | bool
    compile: bool
    dry_run: bool
    resume: str | None
    monitor: Monitor
    trainer: Node
    logger: LoggerOptions

    def unmet(self, choices: Mapping[str, str]) -> Iterator[str]:
        """A line for each thing that a part of the config needs and that nothing in it gives.

        Args:
            choices: the option chosen in each group, where they are known.
        """
        return iter(())


# Arguments of Lightning's Trainer that are ours, and the key that does it here.
OWNED = {
    "max_steps": "use max_steps",
    "max_epochs": "use max_epochs",
    "min_steps": "use max_steps",
    "min_epochs": "use max_epochs",
    "logger": "use logger.wandb.*; metrics.csv is always written",
    "callbacks": "checkpoints, progress and signals are handled by Artesano",
    "enable_checkpointing": "checkpoints are always written; set checkpoint_every",
    "enable_progress_bar": "Artesano draws its own progress bar",
    "enable_model_summary": "the group table is printed instead",
    "default_root_dir": "the run folder is outputs/<task>/<number>-<name>; use name",
    "val_check_interval": "use eval_every",
    "check_val_every_n_epoch": "use eval_every",
    "log_every_n_steps": "use log_every",
    "num_sanity_val_steps": "Artesano checks the data before training",
    "use_distributed_sampler": "batches are a function of the step, sliced by rank",
    "reload_dataloaders_every_n_epochs": "batches are a function of the step",
    "fast_dev_run": "use max_steps=2, or dry_run=true",
    "overfit_batches": "use data.fraction or data.shots",
    "limit_train_batches": "use max_steps, data.fraction or data.shots",
    "limit_val_batches": "the whole val part is measured; make it smaller by data.val_fraction",
    "limit_test_batches": "the whole test part is measured; make it smaller by data.test_fraction",
    "max_time": "use max_minutes",
    "barebones": "it would switch off saving",
    "plugins": "it takes objects, which YAML cannot name here",
}
