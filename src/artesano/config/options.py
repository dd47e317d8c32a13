"""The keys at the root of a config, typed; each task adds its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

Count = Annotated[int, Field(ge=1)]
Node = dict[str, Any]


@dataclass(kw_only=True)
class RunOptions:
    """What every run has; see configs/train.yaml for what each key does."""

    # Mappings without a `_target_`, and the class whose signature is their schema.
    mappings: ClassVar[dict[str, str]] = {
        "trainer": "pytorch_lightning.Trainer",
        "logger.wandb": "artesano.experiment.wandb_run.WandbOptions",
        "monitor": "artesano.config.options.Monitor",
    }

    task: str
    name: str | None
    seed: Annotated[int, Field(ge=0)]
    max_epochs: Count
    max_steps: Count | None
    eval_every: Count | None
    log_every: Count
    checkpoint_every: Count | None
    image_size: Count | None
    crop_pct: Annotated[float, Field(gt=0, le=1)] | None
    in_chans: Count | None
    channels_last: Literal["auto"] | bool
    compile: bool
    dry_run: bool
    resume: str | None
    monitor: Node
    trainer: Node
    logger: Node


@dataclass(kw_only=True)
class Monitor:
    """Which metric chooses best.ckpt."""

    name: str
    mode: Literal["min", "max"]


@dataclass(kw_only=True)
class TransferOptions(RunOptions):
    """Keys of task=transfer; see configs/task/transfer.yaml."""

    mappings: ClassVar[dict[str, str]] = {**RunOptions.mappings, "weights": "artesano.backbones.weights.Weights"}

    backbone: Annotated[str, Field(min_length=1)]
    backbone_args: Node
    weights: Node
    data: Node
    strategy: Node
    head: Node
    optimizer: Node
    schedule: Node
    label_smoothing: Annotated[float, Field(ge=0, lt=1)]
    class_weights: bool
    ema: Annotated[float, Field(gt=0, lt=1)] | None


@dataclass(kw_only=True)
class GanOptions(RunOptions):
    """Keys of task=gan; see configs/task/gan.yaml."""

    mappings: ClassVar[dict[str, str]] = {**RunOptions.mappings, "gan": "artesano.config.options.Gan"}

    gan: Node
    data: Node
    hacks: Node
    latent: Node
    conditioning: Node
    generator: Node
    discriminator: Node
    loss: Node
    terms: Node
    tricks: Node
    view: Node
    optimizer: Node
    schedule: Node
    health: Node
    evaluation: Node
    critic_steps: Count
    extra_critic_steps: Annotated[int, Field(ge=0)]
    known_labels: Count | None
    normalise_images: bool
    ema: Annotated[float, Field(gt=0, lt=1)] | None
    samples_every: Count | None


@dataclass(kw_only=True)
class Gan:
    """What a bundle of configs/gan says of itself; its kind decides which task runs."""

    name: str
    kind: Literal["noise", "image"] = "noise"


@dataclass(kw_only=True)
class ImageGanOptions(GanOptions):
    """Keys of task=gan where the bundle makes images from images; see configs/gan/srgan.yaml and pix2pix.yaml."""

    game: Node
    phases: Node
    degradation: Node
    scale: Literal[2, 3, 4, 8] | None = None


TASKS: dict[str, type[RunOptions]] = {"transfer": TransferOptions, "gan": GanOptions, "image_gan": ImageGanOptions}
NAMED = ("transfer", "gan")  # what `task=` may be


def kind_of(config: dict[str, Any]) -> str:
    """`transfer`, `gan` or `image_gan`: GANs from noise and from images are two tasks behind one word."""
    from_images = config["task"] == "gan" and (config.get("gan") or {}).get("kind") == "image"
    return "image_gan" if from_images else config["task"]


# Arguments of Lightning's Trainer that are ours, and the key that does it here.
OWNED = {
    "max_steps": "use max_steps",
    "max_epochs": "use max_epochs",
    "min_steps": "use max_steps",
    "min_epochs": "use max_epochs",
    "logger": "use logger.wandb.*; metrics.csv is always written",
    "callbacks": "saving, progress and signals are ours",
    "enable_checkpointing": "checkpoints are always written; their times are checkpoint_every",
    "enable_progress_bar": "the progress bar is ours",
    "enable_model_summary": "the group table is printed instead",
    "default_root_dir": "the run folder is outputs/<task>/<number>-<name>; use name",
    "val_check_interval": "use eval_every",
    "check_val_every_n_epoch": "use eval_every",
    "log_every_n_steps": "use log_every",
    "num_sanity_val_steps": "pass three of validation does that",
    "use_distributed_sampler": "batches are a function of the step, sliced by rank",
    "reload_dataloaders_every_n_epochs": "batches are a function of the step",
    "fast_dev_run": "use max_steps=2, or dry_run=true",
    "overfit_batches": "use data.fraction or data.shots",
    "barebones": "it would switch off saving",
    "plugins": "it takes objects, which YAML cannot name here",
}
