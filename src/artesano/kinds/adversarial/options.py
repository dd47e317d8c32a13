"""The keys at the root of a config of task=gan, whatever its images are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from artesano.config.options import Count, Node, RunOptions


@dataclass(frozen=True)
class Variant:
    """`gan`: the name of a choice of configs/gan, and the kind of run that it is."""

    name: str
    kind: Literal["noise", "image"] = "noise"


@dataclass(frozen=True)
class Conditioning:
    """How each network gets the labels; `none` = it gets none."""

    generator: str
    discriminator: str


@dataclass(frozen=True)
class Optimizers:
    """One for each of the two networks."""

    generator: Node
    discriminator: Node


@dataclass(kw_only=True)
class GanOptions(RunOptions):
    """See configs/task/gan.yaml."""

    image_size: Count
    gan: Variant
    data: Node
    hacks: Node
    latent: Node
    conditioning: Conditioning
    generator: Node
    discriminator: Node
    loss: Node
    terms: Node
    tricks: Node
    discriminator_input: Node
    optimizer: Optimizers
    schedule: Node
    health: Node
    evaluation: Node
    critic_steps: Count
    extra_critic_steps: Annotated[int, Field(ge=0)]
    known_labels: Count | None
    normalise_images: bool
    ema: Annotated[float, Field(gt=0, lt=1)] | None
    samples_every: Count | None
