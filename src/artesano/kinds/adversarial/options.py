"""The keys at the root of a config of task=gan, whatever its images are made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from artesano.config.options import Count, Node, RunOptions
from artesano.config.uses import CalledWith, Makes
from artesano.data.dataset import ImageData
from artesano.evaluation.extractors import Evaluation
from artesano.gan.latent import Latent
from artesano.kinds.adversarial.needs import declared, unmet
from artesano.transfer.strategies import ForGan


@dataclass(frozen=True)
class Variant:
    """`gan`: the name of a choice of configs/gan, and the kind of run that it is."""

    name: str
    kind: Literal["noise", "image", "points"] = "noise"


@dataclass(frozen=True)
class Conditioning:
    """How each network gets the labels; `none` = it gets none."""

    generator: str
    discriminator: str


@dataclass(frozen=True)
class StartingWeights:
    """`weights.*`: where the networks start.

    Args:
        source: `run` (both networks of an earlier run), `file` (published ones, of a GAN from images) or `none`.
        run: its folder, its number, `last`, or a bundle that holds the discriminator too.
        file: a generator, .pth or .safetensors; `generator` follows the file.
        back_file: the generator of the way back, of CycleGAN.
        discriminator_file: a discriminator; `discriminator` follows the file.
    """

    source: Literal["run", "file", "none"] = "none"
    run: str | None = None
    file: str | None = None
    back_file: str | None = None
    discriminator_file: str | None = None


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
    data: Annotated[Node, Makes(ImageData)]
    hacks: Node
    latent: Annotated[Node, Makes(Latent)]
    conditioning: Conditioning
    generator: Annotated[Node, CalledWith("latent_dim", "image_size", "channels", "num_classes")]
    discriminator: Node
    loss: Node
    terms: Node
    tricks: Node
    discriminator_input: Node
    optimizer: Optimizers
    schedule: Node
    health: Node
    evaluation: Annotated[Node, Makes(Evaluation)]
    critic_steps: Count
    extra_critic_steps: Annotated[int, Field(ge=0)]
    known_labels: Count | None
    normalise_images: bool
    ema: Annotated[float, Field(gt=0, lt=1)] | None
    samples_every: Count | None
    unrolled_steps: Annotated[int, Field(ge=0)] = 0
    weights: StartingWeights = field(default_factory=StartingWeights)  # runs of before there was a choice have none
    strategy: Annotated[Node | None, Makes(ForGan)] = None

    def provided(self) -> set[str]:
        """What this GAN gives to its losses, terms and networks; see `GIVERS`."""
        codes = self.latent.get("categorical") or self.latent.get("continuous")
        provided = {*declared(self.discriminator, "gives", ("scores",)), *(["codes"] if codes else [])}
        return provided | ({"classes"} if self.conditioning.discriminator == "classes" else set())

    def unmet(self, choices: Mapping[str, str]) -> Iterator[str]:
        return unmet(self, choices)
