"""Evaluation of a run's generated images: per image, beside baselines, with intervals over blocks."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from artesano.backbones.feature_maps import FeatureMaps
from artesano.config.options import Monitor
from artesano.data.batches import Pairs, RawPairs
from artesano.data.degradation_ops import quantised, shrunk
from artesano.data.pairs.loaders import PairLoaders
from artesano.evaluation.notes import few, in_words
from artesano.evaluation.pair_evaluation import PairEvaluation
from artesano.evaluation.pair_images import PairImages, Translator
from artesano.evaluation.pair_kinds import Inpainting, Kind, Restoration, Translation
from artesano.evaluation.pair_palette import palette_of
from artesano.evaluation.pair_table import beside_reference, metrics_of
from artesano.evaluation.perceptual import perceptual_measures
from artesano.evaluation.set_distances import WANTED, SetDistances
from artesano.evaluation.without_partners import without_partners
from artesano.gan.phases import PIXEL
from artesano.metrics.naturalness import BLOCK, FEWEST, Naturalness
from artesano.metrics.naturalness import NAME as NIQE
from artesano.metrics.paired_table import PairedTable
from artesano.metrics.palette import Palette
from artesano.progress_bars import progress

State = dict[str, nn.Module]
Metrics = dict[str, dict[str, float]]
TRUTH = "truth"  # the method of rows that say what the true images reach


class PairMeasures:
    """Measures the networks of a run on a part of its data.

    Args:
        kind: restoration, translation or inpainting.
        training: where baselines, palette and NIQE learn; None = from the training part of `loaders`.
        drawn: the sources are drawings of edges.
    """

    def __init__(
        self,
        options: PairEvaluation,
        loaders: PairLoaders,
        degradation: Any,
        kind: str,
        training: PairLoaders | None = None,
        *,
        drawn: bool = False,
    ):
        self.options, self.loaders, self.degradation, self.name = options, loaders, degradation, kind
        self.drawn = drawn
        self.training = training or loaders
        self.images = PairImages(loaders, self.training)

    @functools.cached_property
    def kind(self) -> Kind:
        made: dict[str, Callable[[], Kind]] = {
            "restoration": lambda: Restoration(self.degradation.scale, self.maps, self.degraded),
            "translation": lambda: Translation(self.palette[0], drawn=self.drawn),
            "inpainting": lambda: Inpainting(self.maps),
        }
        return made[self.name]()

    @functools.cached_property
    def maps(self) -> FeatureMaps | None:
        if self.options.features is None:
            return None
        return FeatureMaps(self.options.features)

    def degraded(self, images: Tensor) -> Tensor:
        """As the low resolution was made, without what is random in it."""
        return quantised(shrunk(images, self.degradation.scale))

    @property
    def while_training(self) -> bool:
        """Whether anything is measured before the end."""
        return bool(self.options.images_in_training) and self.loaders.listing.paired

    @property
    def pixel_monitor(self) -> Monitor:
        return self.kind.pixel_monitor()

    # What is measured -------------------------------------------------------------------------------------------

    def measured(self) -> list[str]:
        """Names of what is measured while training: one validation image compared with itself tells them."""
        if not self.while_training:
            return []
        batch = next(iter(self.loaders.evaluate("val", count=1)))
        unit = self.images.unit(self.loaders.prepare(batch, None))
        return list(self.values(unit, unit.target))

    def in_training(self, translator: Translator) -> dict[str, float]:
        """Means over some validation images."""
        if not self.while_training:
            return {}
        sums: dict[str, list[Tensor]] = {}
        for unit, fake in self.images.made(translator, None, "val", self.options.images_in_training):
            for name, values in self.values(unit, fake).items():
                sums.setdefault(name, []).append(values.cpu().double())
        return {name: float(torch.cat(parts).nanmean()) for name, parts in sums.items()}

    def at_end(
        self, translator: Translator, states: State, folder: Path, part: str = "test"
    ) -> tuple[Metrics, list[str]]:
        """Metrics of each state with the baselines' beside them, and notes; the whole table in <folder>/table.csv."""
        if not self.loaders.listing.paired:
            return without_partners(self, translator, states, folder, part)
        listing = self.loaders.listing
        table = PairedTable(listing.parts[part].blocks, listing.parts[part].labels, listing.classes)
        distances = self.distances()
        self.fit_baselines()
        perceptual, missing = perceptual_measures(self.options.perceptual, translator.device)
        for batch in self.batches(part):
            prepared, unit = self.images.prepared(translator, batch)
            images = {name: translator.translate(prepared, network) for name, network in states.items()}
            images |= self.baseline_images(unit)
            for method, fake in images.items():
                values = self.values(unit, fake, images[self.kind.reference])
                values |= {name: compare(quantised(fake), unit.target) for name, compare in perceptual.items()}
                table.add(method, batch.index, values)
            self.add_naturalness(table, batch, images | {TRUTH: unit.target}, torch.ones(len(batch.index)).bool())
            if distances is not None:
                for method, fake in (images | {WANTED: unit.target}).items():
                    distances.add(method, fake)
        missing = self.palette[1] | missing | self.not_natural
        for name, reason in missing.items():
            table.note(name, reason)
        for method, together in ({} if distances is None else distances.values()).items():
            table.whole(method, together)
        table.write(folder / "table.csv", self.kind.reference)
        metrics = {state: metrics_of(table, self.kind, state) for state in states if state != PIXEL}
        notes = [beside_reference(table, self.kind, "best" if "best" in states else next(iter(states)))]
        return metrics, [*notes, *few(distances), *in_words(missing)]

    def add_naturalness(self, table: PairedTable, batch: RawPairs, images: dict[str, Tensor], new: Tensor) -> None:
        """Of each method's images, where it is measured.

        Args:
            new: bool [N], False for an image that has come before, which does not count again.
        """
        if self.natural is not None:
            for method, made in images.items():
                values = self.natural(quantised(made))
                table.add(method, batch.index, {NIQE: values.masked_fill(~new.to(values.device), torch.nan)})

    def batches(self, part: str) -> Iterable[RawPairs]:
        """All of a part, with a bar."""
        batches = self.loaders.evaluate(part)
        return progress(batches, len(batches), f"measuring {part}")

    def distances(self) -> SetDistances | None:
        return None if self.options.distance is None else SetDistances(self.options.distance)

    def values(self, unit: Pairs, fake: Tensor, reference: Tensor | None = None) -> dict[str, Tensor]:
        """Per-image values of generated images, rounded to 8 bits."""
        if reference is None and self.name == "restoration":
            reference = self.baseline_images(unit)[self.kind.reference]
        reference = None if reference is None else quantised(reference)
        if self.maps is not None:
            self.maps.to(fake.device)  # a run may compute on the processor beside a GPU
        return self.kind.values(quantised(fake), unit.target, unit.source, reference)

    def baseline_images(self, unit: Pairs) -> dict[str, Tensor]:
        """The baselines' images of a batch in [0, 1]."""
        channels, height, width = unit.target.shape[1:]
        source, shape = unit.source, (channels, height, width)
        return {name: made(source, unit.labels, shape) for name, made in self.kind.baselines.items()}

    # Baselines fitted on the training part ----------------------------------------------------------------------------

    @functools.cached_property
    def natural(self) -> Naturalness | None:
        """A model of the training photos; None where it is not wanted, or they have too few blocks."""
        if not self.options.niqe:
            return None
        return Naturalness.fit(quantised(batch.target) for batch in self.images.training_pairs())

    @property
    def not_natural(self) -> dict[str, str]:
        """The note of a table that wants NIQE and cannot have it."""
        if not self.options.niqe or self.natural is not None:
            return {}
        crops = f"the training crops of {self.training.data.crop} px" if self.training.data.crop else "the photos"
        return {NIQE: f"not measured: fewer than {FEWEST} sharp blocks of {BLOCK} px in {crops}"}

    @functools.cached_property
    def palette(self) -> tuple[Palette | None, dict[str, str]]:
        """That of the targets; None with the note of a table of translation that lacks its scores."""
        if self.name != "translation" or not self.loaders.listing.paired:
            return None, {}
        targets = (batch.target for batch in self.images.training_pairs())
        palette, reason = palette_of(self.loaders.listing, targets, self.options.palette)
        return palette, {} if reason is None else {"palette_accuracy": reason}

    def fit_baselines(self) -> None:
        for batch in self.images.training_pairs() if self.name == "translation" else ():
            for baseline in self.kind.baselines.values():
                baseline.fit(batch.source, batch.target, batch.labels)
