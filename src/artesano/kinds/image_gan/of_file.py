"""A published file of weights -> its generator, used like that of a run."""

from __future__ import annotations

from artesano.gan.pixels import PixelRange
from artesano.gan.published import published_generator
from artesano.kinds.image_gan.load import LoadedImageGan
from artesano.own_folders import outputs_root
from artesano.runs.checkpoint import ready
from artesano.runs.folder import slug
from artesano.training.fingerprint import fingerprint


def load_published(file: str) -> LoadedImageGan:
    """The generator in a file, in eval mode; what it makes goes to <outputs>/weights/<the file's name>-<its content>.

    Many a file is called latest_net_G.pth: by its name alone one would pass for what another has made.

    Raises:
        BadInput: see `artesano.gan.published.published_generator`.
    """
    published = published_generator(file, "--weights ")
    name = published.path.stem
    return LoadedImageGan(
        generator=ready(published.filled()),
        pixels=PixelRange(published.network.normalised),
        image_to_image="restoration" if published.scale > 1 else "translation",
        in_channels=published.in_channels,
        out_channels=published.out_channels,
        crop=published.network.crop,
        classes=[],
        conditional=False,
        averaged=False,
        record={"name": name},
        folder=outputs_root() / "weights" / f"{slug(name)}-{fingerprint(published.tensors)[:12]}",
    )
