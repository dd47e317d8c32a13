"""An experiment with a GAN from noise: its data, networks and measures are checked, then built."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Any

import torch

from artesano.config.options import Monitor
from artesano.config.targets import instantiate
from artesano.data.loaders import Loaders
from artesano.data.preprocessing import Preprocessing
from artesano.errors import BadInput, all_of
from artesano.evaluation.extractors import check_extractor
from artesano.gan.module import GanModule
from artesano.kinds.adversarial.adaptation import Player, strategy_of
from artesano.kinds.adversarial.experiment import AdversarialExperiment
from artesano.kinds.adversarial.options import GanOptions
from artesano.kinds.gan.adaptation import players
from artesano.kinds.gan.build import build_networks, channels_of, check_networks, check_unrolling, known_labels
from artesano.kinds.gan.measures import Measures
from artesano.kinds.gan.memorisation import check_neighbours
from artesano.kinds.gan.start import Start, start_of
from artesano.kinds.gan.training import GanTraining
from artesano.metrics.distribution import FEWEST, check_counts
from artesano.seeding import seed_everything


class GanExperiment(AdversarialExperiment[GanOptions]):
    """See `artesano.kinds.kind.Experiment`; a kind with other data than images replaces what is made of them."""

    module: type[GanModule] = GanModule
    training: type[GanTraining] = GanTraining
    samples_are = "images"  # in messages
    kind = "gan"

    def __init__(self, options: GanOptions):
        super().__init__(options)
        self.strategy = strategy_of(options.strategy)
        self.critic_steps = options.critic_steps + options.extra_critic_steps
        if not self.uses_labels:
            self.data.min_images = 0

    @property
    def channels(self) -> int:
        """1 for grey images, 3 for colour."""
        return channels_of(self.data.listing().splits["train"], self.options.in_chans, self.data.place())

    # Third pass of validation -----------------------------------------------------------------------------------

    def check(self) -> None:
        all_of(self.check_data, lambda: check_extractor(self.evaluation.extractor, self.evaluation.size))

    def from_data(self) -> dict[str, Any]:
        """What the record's `model` has of the data."""
        return {"classes": self.data.listing().classes, "in_chans": self.channels}

    def check_data(self) -> None:
        """Labels where they are needed, enough images, channels as asked, and a size that the networks can make."""
        if self.data.several:
            raise BadInput(
                f"{self.data.place()}: a GAN takes one label for each image, or none; leave data.label_separator and "
                "data.label_columns out."
            )
        self.data.check(labels=self.uses_labels)
        listing = self.data.listing()
        train, needed = listing.splits["train"], self.data.batch_size * self.critic_steps
        if len(train) < needed:
            what = f"data.batch_size={self.data.batch_size}"
            what += f" x {self.critic_steps} critic steps" if self.critic_steps > 1 else ""
            count = sum(map(len, listing.splits.values()))
            raise BadInput(
                f"{self.data.place()}: of {count} {self.samples_are} {len(train)} are for training, and one step needs "
                f"{needed} ({what}); give more {self.samples_are} or a smaller data.batch_size"
            )
        self.check_real()
        latent = instantiate(self.options.latent)
        networks = build_networks(self.options, latent, self.channels, len(listing.classes), self.start)
        if self.start is not None:
            self.check_unrolled(players(self.strategy, networks)["discriminator"])
        check_networks(networks, latent, self.uses_labels, self.data.batch_size)
        if self.options.unrolled_steps:
            check_unrolling(self.options, networks, latent, self.data.batch_size)

    @cached_property
    def start(self) -> Start | None:
        """The trained networks that these begin with; None = random ones.

        Raises:
            BadInput: there is no such run, or its networks are others.
        """
        weights = self.options.weights
        if weights.source == "none" or weights.run is None:
            return None
        start = start_of(weights.run, self.kind)
        start.check(self.options, self.channels, len(self.data.listing().classes) if self.uses_labels else None)
        return start

    def check_unrolled(self, discriminator: Player) -> None:
        """Raise BadInput where updates of a discriminator that is frozen in part would be unrolled."""
        if self.options.unrolled_steps and discriminator.frozen:
            raise BadInput(
                f"hacks.unrolled_steps={self.options.unrolled_steps}: all of the discriminator would be updated, and "
                "this strategy leaves a part of it as it is; give hacks.unrolled_steps=0, or strategy=full."
            )

    def check_real(self) -> None:
        """Enough real images to compare with: now, not when all is trained."""
        if self.evaluation.samples or self.evaluation.samples_in_training:
            check_counts(len(self.data.listing().splits[self.evaluation.split]), FEWEST)
        if self.evaluation.neighbours:
            check_neighbours(self.evaluation.samples, self.data)

    # Building ---------------------------------------------------------------------------------------------------

    def loaders(self) -> Loaders:
        """Of the run; what fits in memory is decoded: an unreadable file is known before step 0."""
        options, channels = self.options, self.channels
        preprocessing = Preprocessing(
            size=options.image_size,
            channels=channels,
            mean=(self.pixels.mean,) * channels,
            std=(self.pixels.std,) * channels,
            crop_pct=options.crop_pct or 1.0,
            crop_mode=options.crop_mode or "center",
        )
        loaders = Loaders(self.data, preprocessing, options.seed, self.critic_steps)
        for split in loaders.listing.splits:
            loaders.evaluate(split)
        return loaders

    def measures(self, loaders: Loaders) -> Measures:
        """What judges the samples."""
        names_classes = self.options.conditioning.discriminator == "classes"
        return Measures(self.evaluation, loaders, self.conditional, names_classes)

    def monitor(self, measures: Measures) -> Monitor:
        """The metric that chooses best.ckpt, by its full name."""
        monitor = self.options.monitor
        return dataclasses.replace(monitor, name=measures.monitor) if monitor.name == "fd" else monitor

    def build(self) -> GanTraining:
        options, loaders = self.options, self.loaders()
        measures = self.measures(loaders)
        latent = instantiate(options.latent)
        seed_everything(options.seed, "initialisation")
        networks = build_networks(options, latent, self.channels, len(loaders.classes), self.start)
        adapting = players(self.strategy, networks) if self.start is not None else {}
        arguments = self.module_arguments(networks, loaders, networks.discriminator)
        if options.compile:
            networks.generator.compile()
            networks.discriminator.compile()
        counts = torch.as_tensor(loaders.class_counts, dtype=torch.float32)
        known, labelled = known_labels(loaders, options.known_labels)
        module = self.module(
            networks,
            latent=latent,
            measure=measures.in_training,
            samples=self.evaluation.samples_in_training,
            class_share=counts / counts.sum(),
            critic_steps=self.critic_steps,
            unrolled_steps=options.unrolled_steps,
            labelled=labelled,
            known=known,
            learning={name: player.learning() for name, player in adapting.items()},
            **arguments,
        )
        return self.training(options, loaders, module, measures, self.monitor(measures), self.start, adapting)
