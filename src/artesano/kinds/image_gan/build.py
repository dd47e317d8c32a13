"""From the config's nodes to the networks of a GAN from images."""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from artesano.config.targets import instantiate, resolve
from artesano.data.batches import Pairs
from artesano.errors import BadInput
from artesano.gan.adversarial_networks import AdversarialNetworks
from artesano.gan.image_to_image import CycleNetworks, ImageToImageNetworks, ImageToImageOptions
from artesano.gan.losses import Loss
from artesano.gan.phases import PIXEL
from artesano.gan.pixels import PixelRange
from artesano.gan.terms import Term
from artesano.kinds.image_gan.options import ImageGanOptions
from artesano.kinds.one_image import batches_of
from artesano.kinds.registry import open_run
from artesano.runs.checkpoint import Checkpoint, fill, phases, read_checkpoint, read_file


def build_generator(model: dict[str, Any], direction: str = "a2b") -> nn.Module:
    """The generator of a run.

    Args:
        model: {generator, in_channels, out_channels, image_size, scale, classes}.
        direction: `b2a` swaps the channels.
    """
    channels = [model["in_channels"], model["out_channels"]]
    if direction == "b2a":
        channels.reverse()
    return instantiate(model["generator"])(
        in_channels=channels[0],
        out_channels=channels[1],
        image_size=model["image_size"],
        scale=model["scale"],
        num_classes=len(model["classes"]),
    )


def build_networks(options: ImageGanOptions, model: dict[str, Any]) -> ImageToImageNetworks:
    """The networks of one or both directions.

    Raises:
        BadInput: networks that cannot make this size, or values that exclude each other.
    """
    image_to_image: ImageToImageOptions = instantiate(options.image_to_image)
    a2b = build_direction(options, model, image_to_image, "a2b")
    if not image_to_image.cycle:
        return ImageToImageNetworks(a2b)
    return CycleNetworks(a2b, build_direction(options, model, image_to_image, "b2a"))


def build_direction(
    options: ImageGanOptions, model: dict[str, Any], image_to_image: ImageToImageOptions, direction: str
) -> AdversarialNetworks:
    """The networks of one direction; terms of weight 0 are left out."""
    out, source = model["out_channels"], model["in_channels"]
    if direction == "b2a":
        out, source = source, out
    shown = out + source * image_to_image.sees_source
    discriminator = instantiate(options.discriminator)(
        image_size=model["image_size"], channels=shown, num_classes=len(model["classes"]), code_dim=0
    )
    made: list[Term] = [instantiate(node) for node in [*options.terms.values(), *options.tricks.values()]]
    discriminator_input = instantiate(options.discriminator_input)
    discriminator_input.pool.allocate(shown, model["image_size"])
    discriminator_input.ends = PixelRange(options.normalise_images).ends
    discriminator_input.beside = shown - out
    networks = AdversarialNetworks(
        build_generator(model, direction),
        discriminator,
        instantiate(options.loss),
        [term for term in made if term.weight],
        discriminator_input,
        weight=image_to_image.adversarial_weight,
        sees_source=image_to_image.sees_source,
    )
    if discriminator_input.beside and "mask" in options.provided():
        discriminator_input.masked = True  # whichever discriminator it is
    return networks


def check_networks(
    networks: ImageToImageNetworks, model: dict[str, Any], paired: bool, labels_read: bool, batch_size: int = 2
) -> None:
    """Check that terms and tricks can act, with a forward pass of two images.

    Args:
        labels_read: the generator or the discriminator reads them.

    Raises:
        BadInput: terms that read what is not there, tricks that the loss makes meaningless.
    """
    size, scale = model["image_size"], model["scale"]
    count = min(2, batch_size)
    source = torch.rand(count, model["in_channels"], size // scale, size // scale)
    target = torch.rand(count, model["out_channels"], size, size)
    problems = []
    pairs = Pairs(source, target, torch.zeros(count, dtype=torch.int64), torch.arange(count))
    with batches_of(count, ", or hacks.generator_norm=instance"):
        directions = networks.directions(pairs)
    for direction in directions:
        adversarial = direction.networks
        shown = adversarial.with_source(direction.real, direction.shown)
        with batches_of(count, ", or hacks.discriminator_norm=instance"):
            output = adversarial.discriminator(shown, direction.labels)
        parts: list[Loss | Term] = [adversarial.loss, *adversarial.terms]
        problems += [
            f"{'loss' if part is adversarial.loss else 'terms'}: {type(part).__name__} needs the discriminator's "
            f"{field}, and this discriminator has none"
            for part in parts
            for field in part.needs_outputs
            if getattr(output, field) is None
        ]
        problems += [
            f"terms: {type(term).__name__} compares with the target, and the data have no pairs; "
            "gan=cyclegan learns without pairs"
            for term in adversarial.terms
            if "target" in term.needs and not paired
        ]
        inputs = adversarial.discriminator_input
        if inputs.ada is not None and adversarial.loss.probability is None:
            problems.append(
                f"hacks.ada={inputs.ada}: adaptive augmentation needs D(x) as a probability, and "
                f"{type(adversarial.loss).__name__} gives unbounded scores; use hacks.diffaugment without ada, or "
                "loss=bce"
            )
        if inputs.pool.size and len(model["classes"]) > 1 and labels_read:
            problems.append(f"hacks.replay={inputs.pool.size}: the image pool keeps no labels; give hacks.replay=0")
    if problems:
        raise BadInput(*dict.fromkeys(problems))


def checkpoint_state(generators: Any, path: Path) -> Any:
    """A copy of the generators, a ModuleDict by direction, with the weights of a checkpoint."""
    kept, saved = copy.deepcopy(generators), read_file(path)
    for direction, network in kept.items():
        fill(network, generator_weights(saved, direction), path)
    return kept


def generator_weights(saved: Checkpoint, direction: str) -> dict[str, torch.Tensor]:
    """The weights of the generator of one direction; empty where the run has none."""
    return saved.weights(f"network.{direction}.generator.", f"{direction}.")


def start_from(networks: ImageToImageNetworks, run: str, model: dict[str, Any]) -> Path:
    """Give the generators the weights of another run: the best of its pixel phase, else its best.

    Args:
        run: its folder, its number, `last`, or a bundle (which holds the best alone).

    Raises:
        BadInput: no such run or checkpoint, or generators of another shape.
    """
    try:
        folder, record = open_run(run, "image_gan")
        checkpoint = read_checkpoint(folder, PIXEL if PIXEL in phases(folder) else "best")
    except BadInput as error:
        raise BadInput(*(f"phases.run={run}: {problem}" for problem in error.problems)) from None
    saved = record["model"]
    for direction, network in networks.generators().items():
        try:
            fill(network, generator_weights(checkpoint, direction), checkpoint.path)
        except BadInput:
            words = different(saved, model)
            raise BadInput(
                f"phases.run={run}: its generator is another one ({saved['generator']['_target_'].split('.')[-2]}, "
                f"scale {saved['scale']}); give {' '.join(words) or 'the generator.* and scale of that run'}"
            ) from None
    return checkpoint.path


def different(saved: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    """Overrides that give a run the generator of another; [] where it is of another class.

    An option that the other run is older than has the default of the class, which is what that run was trained with.

    Args:
        saved, given: `model` of the other's record and of the run's.
    """
    then, now = saved["generator"], given["generator"]
    network = resolve(now["_target_"])
    if resolve(then["_target_"]) is not network:
        return []
    defaults = {name: one.default for name, one in inspect.signature(network).parameters.items()}
    options = {**defaults, **then}
    values = {f"generator.{key}": (options[key], now[key]) for key in now if key in options and not key.startswith("_")}
    values["scale"] = (saved["scale"], given["scale"])
    return [f"{key}={json.dumps(value).strip(chr(34))}" for key, (value, other) in values.items() if value != other]
