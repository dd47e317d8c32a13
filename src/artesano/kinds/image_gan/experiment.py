"""An experiment with a GAN from images: super-resolution, translation with and without partners, inpainting."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from artesano.config.targets import instantiate
from artesano.data.degradations import Bicubic, Identity
from artesano.data.pairs.loaders import PairLoaders
from artesano.data.pairs.paper import Paper
from artesano.data.pairs.source_look import SourceLook, look_at_sources
from artesano.errors import BadInput, all_of
from artesano.evaluation import pair_monitor
from artesano.evaluation.pair_measures import PairMeasures
from artesano.gan.image_module import ImageGanModule
from artesano.gan.image_to_image import ImageToImageNetworks, ImageToImageOptions
from artesano.gan.phases import Phases
from artesano.gan.terms import Term
from artesano.kinds.adversarial.adaptation import strategy_of
from artesano.kinds.adversarial.experiment import AdversarialExperiment
from artesano.kinds.image_gan.adaptation import players, untrained
from artesano.kinds.image_gan.build import build_networks, check_networks, start_from
from artesano.kinds.image_gan.options import ImageGanOptions
from artesano.kinds.image_gan.start import Begun, Start, start_of
from artesano.kinds.image_gan.training import ImageGanTraining
from artesano.metrics.palette import check_extra as check_palette
from artesano.seeding import seed_everything

logger = logging.getLogger("artesano.data")


class ImageGanExperiment(AdversarialExperiment[ImageGanOptions]):
    """See `artesano.kinds.kind.Experiment`."""

    def __init__(self, options: ImageGanOptions):
        super().__init__(options)
        self.degradation = instantiate(options.degradation)
        self.image_to_image: ImageToImageOptions = instantiate(options.image_to_image)
        self.phases: Phases = instantiate(options.phases)
        self.strategy = strategy_of(options.strategy)

    @cached_property
    def start(self) -> Start | Begun | None:
        """The networks of the files that it starts from, in the place of those of the config.

        Raises:
            BadInput: see `start_of` and `Start.place_in`.
        """
        start = start_of(self.options.weights, self.image_to_image.cycle)
        if start is not None:
            start.place_in(self.options)
        return start

    recorded_monitor: Mapping[str, Any] | None = None  # of a run that goes on

    def go_on(self, known: Mapping[str, Any]) -> None:
        """Go on from a checkpoint of the run with this record, whose config has the networks of the files."""
        if recorded := known.get("start"):
            self.__dict__["start"] = Begun(recorded)
        self.recorded_monitor = known.get("monitor")

    @property
    def model(self) -> dict[str, Any]:
        """The record's `model`: what rebuilds the generators."""
        options, listing = self.options, self.data.listing()
        source = listing.source_channels
        return {
            "gan": options.gan.name,
            "kind": "image",
            "image_to_image": "cycle" if self.image_to_image.cycle else self.image_to_image.kind,
            "generator": options.generator,
            "degradation": options.degradation,
            "in_channels": source if listing.own_source else self.degradation.source_channels(source),
            "out_channels": listing.target_channels,
            "image_size": options.image_size,
            "scale": self.degradation.scale,
            "classes": listing.classes,
            "conditional": self.conditional,
            "normalise_images": options.normalise_images,
            "bits": listing.bits,
            "paper": self.paper,
        }

    @cached_property
    def paper(self) -> Paper | None:
        """Of the drawings that it learns from; None = photos."""
        return self.degradation.paper or self.sources.paper

    @cached_property
    def sources(self) -> SourceLook:
        """What a translator is to learn from; empty for other kinds."""
        translates = self.image_to_image.cycle or self.image_to_image.kind == "translation"
        return look_at_sources(self.data.listing()) if translates else SourceLook()

    # Third pass of validation -----------------------------------------------------------------------------------

    def check(self) -> None:
        of_options = (
            lambda: pair_monitor.check_sense(self.options.monitor),
            lambda: self.evaluation.check(self.options.terms),
        )
        all_of(self.check_data, *of_options, self.check_unread, self.check_start)
        networks = self.initial_networks()  # made of what was checked above
        if self.start is not None:
            players(self.strategy, networks, self.start)
        self.check_taught(networks.a2b.terms)
        check_networks(networks, self.model, self.data.listing().paired, self.uses_labels, self.data.batch_size)
        pair_monitor.check_name(self.options.monitor, self.measures(self.loaders()))

    def check_taught(self, terms: Iterable[Term]) -> None:
        """Where there is no adversary, another term teaches the generator."""
        teaching = [
            term
            for term in terms
            if term.weight and not term.adversarial and type(term).generator is not Term.generator
        ]
        if self.phases.pixel and all(term.ramped for term in teaching):
            raise BadInput(
                f"phases.pixel={self.phases.pixel}: no term teaches the generator in the pixel phase; give phases=one, "
                "or a pixel loss (terms=pixels, mse or charbonnier)."
            )
        if not self.image_to_image.adversarial_weight and not teaching:
            raise BadInput(
                "image_to_image.adversarial_weight=0: no other term teaches the generator; give a weight, or a pixel "
                "loss (terms=pixels, mse or charbonnier)."
            )

    def from_data(self) -> dict[str, Any]:
        """What the record's `model` has of the data."""
        return {key: self.model[key] for key in ("classes", "in_channels", "out_channels", "bits")}

    def check_data(self) -> None:
        """There are images, and enough of them."""
        self.data.check(self.degradation.scale)
        listing = self.data.listing()
        if len(listing.parts["train"]) < self.data.batch_size:
            raise BadInput(
                f"{self.data.place()}: {len(listing.parts['train'])} images for training, and a step needs "
                f"data.batch_size={self.data.batch_size}; give more images or a smaller batch"
            )
        if warning := self.sources.warning:
            logger.warning("%s: %s", self.data.place(), warning)
        if self.options.patience is not None and not listing.paired:
            raise BadInput(
                f"patience={self.options.patience}: counts validations of the monitor, and without pairs nothing is "
                "measured while training; end the run by max_steps or max_minutes"
            )
        drawn_or_photo = listing.legend or listing.targets == "photo"
        if self.image_to_image.kind == "translation" and listing.paired and not drawn_or_photo:
            check_palette()
        if listing.own_source and not isinstance(self.degradation, (Bicubic, Identity)):
            name = type(self.degradation).__name__.lower()
            raise BadInput(
                f"degradation={name}: {self.data.place()} brings sources of its own, so none are made; accepted here: "
                f"degradation={'none' if self.degradation.scale == 1 else 'bicubic'}. To have them made, give clean "
                f"images alone: data=sr_folder data.root=<images> degradation={name}."
            )
        conditioning = dataclasses.asdict(self.options.conditioning)
        conditioned = [name for name, how in conditioning.items() if how != "none"]
        if conditioned and len(listing.classes) < 2:
            raise BadInput(
                f"conditioning.{conditioned[0]}: the images have no labels to condition on; a data set with several "
                "zoom levels (data=blue_marble_levels) or a CSV with a column label has"
            )

    def check_start(self) -> None:
        """The files of weights are for these data and this GAN."""
        if self.start is None:
            return
        problems = list(self.start.problems(self.options, self.model, self.image_to_image.sees_source))
        if self.phases.run is not None:
            problems.append(
                f"phases.run={self.phases.run}: the generator starts from weights.file; leave one of them out."
            )
        if problems:
            raise BadInput(*problems)

    def check_unread(self) -> None:
        """Keys of GANs from noise that nothing reads here, where they differ from their defaults."""
        instead = {
            "critic_steps": (1, "the discriminator is updated once a step; raise hacks.discriminator_lr_factor"),
            "known_labels": (None, "labels are conditions here, and all of them are known"),
            "in_chans": (None, "the images' own channels are used"),
            "crop_pct": (1.0, "training takes crops of image_size px"),
            "crop_mode": (None, "training takes crops of image_size px"),
        }
        problems = [
            f"{key}={value}: not used by a GAN from images: {why}"
            for key, (default, why) in instead.items()
            if (value := getattr(self.options, key)) != default
        ]
        of_noise = {
            "extra_critic_steps": "the discriminator is updated once a step",
            "unrolled_steps": "its source already ties each image to its mode",
        }
        problems += [
            f"hacks.{key}={value}: not used by a GAN from images: {why}; accepted: 0"
            for key, why in of_noise.items()
            if (value := getattr(self.options, key))
        ]
        if (pac := self.options.discriminator.get("pac", 1)) != 1:
            problems.append(
                f"hacks.pac={pac}: not used by a GAN from images: each image has a source or target of its own, so "
                "there is no choice of modes to collapse; accepted: 1"
            )
        if problems:
            raise BadInput(*problems)

    # Building ---------------------------------------------------------------------------------------------------

    def initial_networks(self) -> ImageToImageNetworks:
        """The networks as they start: random, with the generators of another run, or with the weights of files."""
        start = self.start  # before the networks are built: it puts those of the files into the options
        networks = build_networks(self.options, self.model)
        if start is not None:
            start.fill(networks, self.model["in_channels"] * self.image_to_image.sees_source)
        if self.phases.run is not None:
            start_from(networks, self.phases.run, self.model)
        return networks

    def loaders(self) -> PairLoaders:
        mean, std = self.pixels.mean, self.pixels.std
        return PairLoaders(self.data, degradation=self.degradation, mean=mean, std=std, seed=self.options.seed)

    def measures(self, loaders: PairLoaders) -> PairMeasures:
        drawn = self.degradation.paper is not None
        return PairMeasures(self.evaluation, loaders, self.degradation, self.image_to_image.kind, drawn=drawn)

    def build(self) -> ImageGanTraining:
        options, loaders = self.options, self.loaders()
        measures = self.measures(loaders)
        monitor = pair_monitor.chosen(options.monitor, measures, self.recorded_monitor)
        seed_everything(options.seed, "initialisation")
        networks = self.initial_networks()
        adapting = players(self.strategy, networks, self.start) if self.start is not None else {}
        arguments = self.module_arguments(networks, loaders, networks)
        if options.compile:
            for network in (*networks.generators().values(), *networks.discriminators()):
                network.compile()
        learning = {name: player.learning() for name, player in adapting.items()}
        module = ImageGanModule(
            networks, phases=self.phases, measure=measures.in_training, learning=learning, **arguments
        )
        training = ImageGanTraining(
            options,
            loaders,
            module,
            measures,
            self.model,
            monitor,
            self.image_to_image.adversarial_weight,
            start=self.start,
            adapting=adapting,
        )
        training.notes = [] if self.start is None else [*untrained(self.start, networks)]
        return training
