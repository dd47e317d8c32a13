"""The published weights that a GAN from images starts from: its networks are those of the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from artesano.config.contradictions import FREE
from artesano.config.targets import resolve
from artesano.errors import BadInput
from artesano.gan.image_to_image import ImageToImageNetworks
from artesano.gan.networks.image.published import Published
from artesano.gan.published import PublishedGenerator, published_generator
from artesano.gan.published_discriminators import PublishedDiscriminator, published_discriminator
from artesano.kinds.adversarial.options import StartingWeights
from artesano.kinds.image_gan.options import ImageGanOptions
from artesano.training.fingerprint import fingerprint


@dataclass(frozen=True)
class Start:
    """The networks of files.

    Attributes:
        generators: by direction, `a2b` and of CycleGAN perhaps `b2a`.
    """

    generators: dict[str, PublishedGenerator]
    discriminator: PublishedDiscriminator | None = None

    @property
    def name(self) -> str:
        """Of the first file."""
        return self.generators["a2b"].path.name

    @property
    def parts(self) -> set[str]:
        """The networks that have weights: `generator_a2b`, `generator_b2a`, `discriminator`."""
        return {*(f"generator_{direction}" for direction in self.generators), *["discriminator"] * self.judged}

    @property
    def judged(self) -> bool:
        """There is a discriminator among the files."""
        return self.discriminator is not None

    def place_in(self, options: ImageGanOptions) -> None:
        """Put the networks of the files in the place of those of the config.

        Raises:
            BadInput: the config names another published network.
        """
        file = self.generators["a2b"]
        chosen = resolve(options.generator["_target_"])
        if isinstance(chosen, type) and issubclass(chosen, Published) and chosen is not file.network:
            name = options.generator["_target_"].split(".")[-2]
            raise BadInput(
                f"generator={name}: {file.name} holds {file.network.original}, and not {chosen.original}; leave "
                f"generator out, which follows the file."
            )
        options.generator = options.resolved["generator"] = node_of(file, options.generator)
        if self.discriminator is not None:
            options.discriminator = node_of(self.discriminator, options.discriminator)
            options.resolved["discriminator"] = options.discriminator

    def problems(self, options: ImageGanOptions, model: Mapping[str, Any], sees_source: bool) -> Iterator[str]:
        """A line for each thing in which data and GAN are not those that the files are for.

        Args:
            model: the record's.
        """
        both = (model["in_channels"], model["out_channels"])
        for direction, file in self.generators.items():
            here = both if direction == "a2b" else both[::-1]
            if (file.in_channels, file.out_channels) != here:
                yield (
                    f"{file.name}: takes images of {channels(file.in_channels)} and makes images of "
                    f"{channels(file.out_channels)}; those of the data have {here[0]} and {here[1]}."
                )
            if file.scale != model["scale"]:
                does = f"enlarges by {file.scale}" if file.scale > 1 else "keeps the size of its images"
                remedy = f"give scale={file.scale}" if file.scale > 1 < model["scale"] else instead(file.scale)
                yield f"{file.name}: {does}, and the scale of gan={options.gan.name} is {model['scale']}; {remedy}."
            elif file.network.normalised != options.normalise_images:
                low = -1 if file.network.normalised else 0
                yield (
                    f"{file.name}: its images are in [{low}, 1]; give "
                    f"hacks.normalise_images={str(file.network.normalised).lower()}."
                )
        way_back = self.generators.get("b2a")
        if way_back is not None and (way_back.network, way_back.architecture) != (
            self.generators["a2b"].network,
            self.generators["a2b"].architecture,
        ):
            yield f"{way_back.name}: another network than {self.generators['a2b'].name}; both have to be alike."
        if model["conditional"]:
            yield (
                f"conditioning.generator={options.conditioning.generator}: the networks of published files take no "
                "labels; give conditioning=none."
            )
        shown = both[1] + both[0] * sees_source
        if self.discriminator is not None and self.discriminator.channels != shown:
            yield (
                f"{self.discriminator.name}: reads {channels(self.discriminator.channels)}, and here it would be "
                f"{shown} ({'source and target' if sees_source else 'the target alone'})."
            )

    def fill(self, networks: ImageToImageNetworks, seen: int) -> None:
        """Put the weights of the files into the networks.

        Args:
            seen: channels of the source that the discriminator sees beside the image.
        """
        for direction, file in self.generators.items():
            networks.by_direction[direction].generator.load_state_dict(file.tensors)
        if self.discriminator is not None:
            judge: nn.Module = networks.a2b.discriminator
            judge.load_state_dict(self.discriminator.source_last(seen))

    def facts(self) -> dict[str, Any]:
        """For the record: which files, and a hash of the weights."""
        files = {f"generator_{direction}": file for direction, file in self.generators.items()}
        files |= {"discriminator": self.discriminator} if self.discriminator is not None else {}  # type: ignore[dict-item]
        tensors = {f"{part}.{name}": tensor for part, file in files.items() for name, tensor in file.tensors.items()}
        return {"files": {part: file.path.name for part, file in files.items()}, "weights": fingerprint(tensors)}


@dataclass(frozen=True)
class Begun:
    """What a run began with: it goes on from a checkpoint, which holds all weights, so no file is read again.

    Attributes:
        recorded: its record's `start`, the `facts` of then.
    """

    recorded: dict[str, Any]

    @property
    def name(self) -> str:
        return self.recorded["files"]["generator_a2b"]

    @property
    def parts(self) -> set[str]:
        return set(self.recorded["files"])

    def problems(self, options: ImageGanOptions, model: Mapping[str, Any], sees_source: bool) -> Iterator[str]:
        """There are none: it has begun."""
        return iter(())

    def fill(self, networks: ImageToImageNetworks, seen: int) -> None:
        """Left to the checkpoint."""

    def facts(self) -> dict[str, Any]:
        return self.recorded


def start_of(weights: StartingWeights, cycle: bool) -> Start | None:
    """The networks of the files that the config names; None where it names none.

    Raises:
        BadInput: a file that cannot be used, or one for which there is no network here.
    """
    if weights.source != "file" or weights.file is None:
        return None
    if weights.back_file is not None and not cycle:
        raise BadInput(f"weights.back_file={weights.back_file}: there is no way back; gan=cyclegan has one.")
    if weights.discriminator_file is not None and cycle:
        raise BadInput(
            f"weights.discriminator_file={weights.discriminator_file}: one discriminator, and CycleGAN has two; leave "
            "it out."
        )
    generators = {"a2b": published_generator(weights.file)}
    if weights.back_file is not None:
        generators["b2a"] = published_generator(weights.back_file, "weights.back_file=")
    file = weights.discriminator_file
    return Start(generators, None if file is None else published_discriminator(file))


def node_of(file: PublishedGenerator | PublishedDiscriminator, own: Mapping[str, Any]) -> dict[str, Any]:
    """The node of the config for the network of a file; what is free is taken from the node in whose place it is.

    So is the share that is dropped, even where the names in a file show that there was dropout: 0 is 0.
    """
    network = file.network
    free = {key: own[key] for key in FREE if key in own and key in node_keys(network)}
    return {"_target_": f"{network.__module__}.{network.__qualname__}", "_partial_": True, **file.architecture, **free}


def node_keys(network: type[nn.Module]) -> set[str]:
    """The options of a network."""
    return set(network.__init__.__kwdefaults__ or {})


def channels(count: int) -> str:
    return f"{count} channel{'s' if count > 1 else ''}"


def instead(scale: int) -> str:
    """Which GANs take a file of this scale."""
    return f"gan=srgan scale={scale} takes it" if scale > 1 else "gan=pix2pix or cyclegan takes it"
