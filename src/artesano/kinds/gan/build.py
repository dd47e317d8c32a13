"""From the config's nodes to the adversarial networks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from artesano.config.targets import instantiate
from artesano.data.io.images import UnreadableImage
from artesano.data.loaders import Loaders
from artesano.data.splits import Split, subset
from artesano.errors import BadInput
from artesano.gan import unrolling
from artesano.gan.adversarial_networks import AdversarialNetworks
from artesano.gan.latent import Latent
from artesano.gan.losses import Loss
from artesano.gan.pixels import PixelRange
from artesano.gan.terms import Term
from artesano.kinds.adversarial.options import GanOptions
from artesano.kinds.gan.start import Start
from artesano.kinds.one_image import batches_of

GREY_MODES = {"1", "L", "LA", "I", "I;16", "F"}
NORMS = ", or other norms (hacks.generator_norm, hacks.discriminator_norm)"
LOOKED_AT = 32  # images opened to tell grey from colour


def build_generator(model: Mapping[str, Any], latent: Latent, channels: int, classes: int) -> nn.Module:
    """The generator of a run; `model` is that of its record, {generator, image_size}."""
    return instantiate(model["generator"])(
        latent_dim=latent.dim, image_size=model["image_size"], channels=channels, num_classes=classes
    )


def build_networks(
    options: GanOptions, latent: Latent, channels: int, classes: int, start: Start | None = None
) -> AdversarialNetworks:
    """Both networks with loss, terms and input tricks; terms of weight 0 are left out.

    Args:
        start: the weights that they begin with; None = random ones.

    Raises:
        BadInput: the networks cannot make this size, values that exclude each other, or weights of other networks.
    """
    size = options.image_size
    generator = build_generator({"generator": options.generator, "image_size": size}, latent, channels, classes)
    discriminator = instantiate(options.discriminator)(
        image_size=size, channels=channels, num_classes=classes, code_dim=latent.code_dim
    )
    if start is not None:  # before the terms, of which some remember the weights
        start.fill(generator, discriminator)
    made: list[Term] = [instantiate(node) for node in [*options.terms.values(), *options.tricks.values()]]
    discriminator_input = instantiate(options.discriminator_input)
    discriminator_input.pool.allocate(channels, size)
    discriminator_input.ends = PixelRange(options.normalise_images).ends
    return AdversarialNetworks(
        generator, discriminator, instantiate(options.loss), [term for term in made if term.weight], discriminator_input
    )


def check_networks(networks: AdversarialNetworks, latent: Latent, conditional: bool, batch_size: int = 4) -> None:
    """Check that terms and tricks can act. The networks must not be trained afterwards: a forward pass changes buffers.

    Raises:
        BadInput: a term reads what the discriminator does not say, codes that nothing reads, tricks that the loss or
            the conditioning make meaningless, packs that do not fill a batch.
    """
    pac = getattr(networks.discriminator, "pac", 1)
    if batch_size % pac:
        accepted = ", ".join(str(size) for size in range(1, batch_size + 1) if batch_size % size == 0)
        raise BadInput(
            f"hacks.pac={pac}: it must divide data.batch_size={batch_size}; accepted: {accepted}, or another batch size"
        )
    if pac > 1 and latent.code_dim:
        raise BadInput(
            f"hacks.pac={pac}: the discriminator predicts the codes of one image, and a pack has {pac}; "
            "accepted: hacks.pac=1, or latent=noise"
        )
    count = min(4 * pac, batch_size)
    labels = torch.zeros(count, dtype=torch.int64)
    with batches_of(count, NORMS):
        output = networks.discriminator(networks.generator(latent.draw(count, torch.device("cpu")), labels), labels)
    parts: list[Loss | Term] = [networks.loss, *networks.terms]
    remedies = {"classes": "conditioning=auxiliary or conditioning=classes", "codes": "latent=codes"}
    problems = [
        f"{'loss' if part is networks.loss else 'terms'}: {type(part).__name__} needs the discriminator's {field}, "
        f"and this discriminator has none; {remedies.get(field, 'another discriminator')} adds them"
        for part in parts
        for field in part.needs_outputs
        if getattr(output, field) is None
    ]
    if latent.code_dim and not any("codes" in term.needs_outputs for term in networks.terms):
        problems.append("latent: it has codes, and no term uses them; add terms=mutual_information")
    inputs = networks.discriminator_input
    if inputs.ada is not None and networks.loss.probability is None:
        problems.append(
            f"hacks.ada={inputs.ada}: adaptive augmentation needs D(x) as a probability, and "
            f"{type(networks.loss).__name__} gives unbounded scores; use hacks.diffaugment without ada, or loss=bce"
        )
    if inputs.pool.size and (conditional or latent.code_dim):
        problems.append(
            f"hacks.replay={inputs.pool.size}: the image pool keeps no labels or codes; "
            "give hacks.replay=0 in a conditional GAN"
        )
    if problems:
        raise BadInput(*problems)


def check_unrolling(options: GanOptions, networks: AdversarialNetworks, latent: Latent, batch_size: int) -> None:
    """Check that the generator's gradient can go through an update of the discriminator; `networks` as above.

    Raises:
        BadInput: it cannot: a part has no second derivative, or weights change without an optimiser.
    """
    key = f"hacks.unrolled_steps={options.unrolled_steps}"
    if options.compile:
        raise BadInput(f"{key}: a compiled network has no second derivative; accepted: 0, or compile=false")
    if clipped := [term for term in networks.terms if type(term).after_discriminator is not Term.after_discriminator]:
        name = type(clipped[0]).__name__
        raise BadInput(
            f"{key}: {name} changes the discriminator's weights outside of its optimiser, which cannot be unrolled; "
            "accepted: 0, or another term (terms=wgan_gp)"
        )
    count = min(2 * getattr(networks.discriminator, "pac", 1), batch_size)
    z, labels = latent.draw(count, torch.device("cpu")), torch.zeros(count, dtype=torch.int64)
    fake = networks.generator(z, labels)
    optimizer = instantiate(options.optimizer.discriminator)(networks.discriminator.parameters())
    if not isinstance(optimizer, tuple(unrolling.RULES)):
        accepted = ", ".join(kind.__name__ for kind in unrolling.RULES)
        raise BadInput(f"{key}: {type(optimizer).__name__} cannot be unrolled; accepted optimisers: {accepted}")
    if options_on := unrolling.not_followed(cast(Optimizer, optimizer)):
        raise BadInput(
            f"{key}: {type(optimizer).__name__} with {', '.join(options_on)} cannot be unrolled; accepted: 0, or an "
            "optimizer.discriminator without it"
        )
    try:
        unrolling.generator_loss(
            networks, optimizer, 1, torch.zeros_like(fake), fake, labels=labels, codes=latent.codes(z)
        ).backward()
    except RuntimeError as error:
        if not any(word in str(error) for word in ("derivative", "double backward", "differentiate")):
            raise
        raise BadInput(
            f"{key}: a part of the discriminator has no second derivative ({str(error).splitlines()[0]}); accepted: 0, "
            "or another discriminator"
        ) from None


def channels_of(split: Split, channels: int | None, place: str) -> int:
    """1 for grey images, 3 for colour, by the first images; or what `channels` says.

    Raises:
        BadInput: the images have colour and `channels` is 1, or the other way round; none can be read.
    """
    if channels not in (None, 1, 3):
        raise BadInput(f"in_chans={channels}: a GAN makes grey (1) or colour (3) images")
    modes = set(islice(_modes(split), LOOKED_AT))
    if not modes:
        raise BadInput(f"{place}: no image of the training part could be read")
    own = 1 if modes <= GREY_MODES else 3
    if channels is not None and {channels, own} == {1, 3}:
        colours = {1: "grey", 3: "colour"}
        raise BadInput(
            f"in_chans={channels}: the images of {place} are {colours[own]}; leave in_chans out, or give in_chans={own}"
        )
    return own if channels is None else channels


def _modes(split: Split) -> Iterator[str]:
    """Of the images that can be read."""
    for row in range(len(split)):
        with suppress(UnreadableImage):
            yield split.read(row).mode


def known_labels(loaders: Loaders, per_class: int | None) -> tuple[Tensor | None, tuple[Tensor, Tensor] | None]:
    """Which labels the discriminator may see, and the images they belong to; chosen by data.split_seed.

    Args:
        per_class: how many labels of each class; None = all, and nothing is returned.

    Returns:
        bool [training images], and (images uint8, labels) of those that are True.
    """
    if per_class is None:
        return None, None
    split = loaders.listing.splits["train"]
    rows = subset(split.take(np.arange(len(split))), None, per_class, loaders.data.split_seed).names
    place = {name: row for row, name in enumerate(split.names)}
    index = np.array([place[name] for name in rows])
    known = torch.zeros(len(split), dtype=torch.bool)
    known[torch.from_numpy(index)] = True
    return known, (loaders.images("train", index), torch.from_numpy(split.labels[index]))
