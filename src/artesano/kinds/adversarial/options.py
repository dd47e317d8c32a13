"""The keys at the root of a config of task=gan, whatever its images are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from artesano.config.options import Count, Node, RunOptions


@dataclass(kw_only=True)
class GanOptions(RunOptions):
    """See configs/task/gan.yaml."""

    mappings: ClassVar[dict[str, str]] = {**RunOptions.mappings, "gan": "artesano.kinds.adversarial.options.Gan"}

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
