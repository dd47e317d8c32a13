"""The pairs that a GAN from images is measured on or shown with, and those that baselines beside it learn from."""

from __future__ import annotations

from typing import Any

from artesano.config.targets import instantiate
from artesano.data.pairs.base import PairData
from artesano.data.pairs.file_data import FilePairData
from artesano.data.pairs.loaders import PairLoaders
from artesano.errors import BadInput
from artesano.kinds.data_of_run import data_for
from artesano.kinds.image_gan.generator import ImageGenerator
from artesano.kinds.split_of import is_own


def pairs_for(
    gan: ImageGenerator, overrides: list[str], split: str = "test", *, b2a: bool = False, labelled: bool = True
) -> PairLoaders:
    """The data that `overrides` choose, which may be smaller than the run's crops.

    Args:
        overrides: `data=... data.<option>=...`; [] = the run's own.
        b2a: a cycle run's way back, from target to source.
        labelled: a conditional generator is asked with their labels.

    Raises:
        BadInput: no pairs of images, or images that this run cannot take.
    """
    data = pair_data(gan, overrides, split)
    check(gan, data, cropped=not isinstance(data, FilePairData))
    degradation, listing = instantiate(gan.record["model"]["degradation"]), data.listing()
    source = listing.source_channels
    channels = (
        source if listing.own_source else degradation.source_channels(source),
        listing.target_channels,
    )
    if (channels[::-1] if b2a else channels) != (gan.in_channels, gan.out_channels):
        raise BadInput(
            f"{data.place()}: {channels[0]} channels in and {channels[1]} wanted; the run of {gan.folder} "
            f"makes {gan.out_channels} of {gan.in_channels}."
        )
    if overrides and labelled and gan.conditional and listing.classes != gan.classes:
        raise BadInput(
            f"{data.place()}: its labels ({', '.join(listing.classes) or 'none'}) are not those of {gan.folder} "
            f"({', '.join(gan.classes)}), and its generator is conditional."
        )
    return loaders_of(gan, data)


def training_for(gan: ImageGenerator, overrides: list[str], loaders: PairLoaders) -> PairLoaders:
    """Where baselines learn: the run's own data, or `loaders` of other data where the run's are gone.

    Raises:
        BadInput: these are too small for the run's crops.
    """
    if not overrides or is_own(loaders.data, gan.folder):
        return loaders
    try:
        return loaders_of(gan, pair_data(gan, []))
    except BadInput:
        check(gan, loaders.data, cropped=True)
        return loaders


def loaders_of(gan: ImageGenerator, data: PairData) -> PairLoaders:
    degradation = instantiate(gan.record["model"]["degradation"])
    return PairLoaders(data, degradation=degradation, mean=gan.pixels.mean, std=gan.pixels.std, seed=0)


def check(gan: ImageGenerator, data: PairData, *, cropped: bool) -> None:
    """Raises BadInput: what `PairData.check` finds; `cropped`: images smaller than the run's crops too."""
    crop = data.crop
    data.crop = crop if cropped else None
    data.check(gan.record["model"]["scale"])
    data.crop = crop


def pair_data(gan: ImageGenerator, overrides: list[str], split: str = "test") -> PairData:
    """With crops as large as in the run's training.

    Raises:
        BadInput: no pairs of images.
    """
    data: Any = data_for(overrides, gan.folder, split)
    if not hasattr(data, "max_eval"):
        raise BadInput(f"{' '.join(overrides)}: not a set of image pairs; give data=sr_folder, paired_folder, ...")
    data.crop = gan.record["model"]["image_size"]
    # baselines learn from whole batches of the training part
    data.batch_size = min(data.batch_size, len(data.listing().parts["train"]))
    return data
