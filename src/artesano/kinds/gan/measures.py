"""How good the samples are: the extractor, the real side (cached on disk), and what is measured when."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from artesano.data.loaders import Loaders
from artesano.evaluation import extractors
from artesano.evaluation.extractors import Extractor, make_extractor
from artesano.evaluation.floor import floor, floor_count, floor_path, held_out
from artesano.evaluation.real_statistics import RealImages, real_statistics
from artesano.evaluation.stacked_modes import stacked_modes
from artesano.gan.likeness import Evaluation
from artesano.gan.module import GanModule
from artesano.kinds.gan.memorisation import neighbours
from artesano.kinds.gan.of_discriminator import discriminator_metrics
from artesano.metrics.distribution import (
    FEWEST,
    INCEPTION,
    RealStatistics,
    distribution_metrics,
    protocol,
    reliability_note,
)
from artesano.runs.floors import FLOOR, OVER, floors_of, kind, over_floor


class Measures:
    """Compares samples with the training images, beside what held-out real images score in their place.

    Args:
        options: the node `evaluation`.
        loaders: of the run, which hold the real side.
        conditional: the generator is asked for classes.
        names_classes: the discriminator names the class of an image.
    """

    def __init__(self, options: extractors.Evaluation, loaders: Loaders, conditional: bool, names_classes: bool):
        self.options, self.loaders = options, loaders
        self.conditional, self.names_classes = conditional, names_classes
        self._labels = torch.from_numpy(loaders.listing.splits[options.split].labels)
        self._ending = "" if options.split == "train" else f"_{options.split}"
        self._floors: dict[int, dict[str, float]] = {}
        self.modes = stacked_modes(loaders.data, loaders.preprocessing) if options.samples else None

    @property
    def monitor(self) -> str:
        """`val/fd_lite0_1k`: the name under which the distance is logged while training, if it is."""
        if not self.options.samples_in_training:
            return "newest"
        name = self.options.extractor.partition(":")[0]
        short = self.extractor.name if name == "timm" else name
        prefix = "fid" if name == INCEPTION else "fd"
        return f"val/{prefix}_{protocol(short, len(self._labels), self.options.samples_in_training)}{self._ending}"

    @functools.cached_property
    def extractor(self) -> Extractor:
        return make_extractor(self.options.extractor, self.options.size)

    @functools.cached_property
    def real(self) -> RealStatistics:
        def images(start: int, stop: int) -> Tensor:
            return self.loaders.images(self.options.split, np.arange(start, stop))

        return real_statistics(self._real_images, images)

    @property
    def _real_images(self) -> RealImages:
        return self._images_of(self.options.split, self._labels)

    def _images_of(self, split: str, labels: Tensor | None = None, **keep: int) -> RealImages:
        transform = repr(sorted(self.loaders.preprocessing.to_dict().items()))
        count, fingerprint = len(self.loaders.listing.splits[split]), self.loaders.listing.fingerprint
        return RealImages(self.extractor, count, fingerprint, split, transform, labels, **keep)

    # The floor ---------------------------------------------------------------------------------------------------

    @functools.cached_property
    def held_out(self) -> str | None:
        """The part whose images stand in for samples; None where there is none."""
        name = held_out(self.loaders.listing.splits, self.options.split)
        if name is not None:
            self.loaders.images(name, [0])  # an unreadable file changes the length of the part
        return name

    def floor_count(self, samples: int) -> int:
        """How many real images stand in for so many samples; 0 = there are too few for a floor."""
        return 0 if self.held_out is None else floor_count(self.loaders.listing.splits[self.held_out], samples)

    def floor(self, samples: int) -> dict[str, float]:
        """`fd_lite0_1k_floor`: what real images score in place of so many samples, their own number in the name."""
        count = self.floor_count(samples)
        if not count:
            return {}
        if count not in self._floors:
            part = self._images_of(str(self.held_out), keep=count)
            read = lambda rows: self.loaders.images(part.split, rows)  # noqa: E731
            metrics = floor(self._real_images, lambda: self.real, part, read)
            self._floors[count] = {f"{name}{FLOOR}{self._ending}": value for name, value in metrics.items()}
        return self._floors[count]

    def floors(self) -> dict[str, float]:
        """Those of all metrics that are taken at the end."""
        return self.floor(self.options.samples) | (self.modes.floor if self.modes is not None else {})

    def floor_note(self, samples: int) -> str:
        """What the floor was taken with, or why there is none."""
        count, part = self.floor_count(samples), self.held_out
        if part is None:
            return "no floor: there are no held-out images that could stand in for the samples"
        if not count:
            have = len(self.loaders.listing.splits[part])
            return f"no floor: {have} images of {part} are too few to stand in for the samples; {FEWEST} are needed"
        sentence = (
            f"floor: {count:,} real images of {part} against the same {self.real.count:,} of {self.options.split}"
        )
        if count == samples:
            return sentence
        return f"{sentence}, in place of {samples:,} samples (with so many the floor of FD would be lower)"

    # Metrics -----------------------------------------------------------------------------------------------------

    def of(self, images: Tensor, labels: Tensor, full: bool) -> dict[str, float]:
        """Metrics of uint8 images [N, C, S, S] that were asked to show `labels`; names carry extractor and count.

        `fd_lite0_2k_over_floor` = as a multiple of what real images score.
        """
        judged = self.extractor.classes in ([], self.loaders.classes)  # a classifier of other classes has no say
        conditions = labels if self.conditional and judged else None
        features = self.extractor(images)
        metrics = distribution_metrics(self.real, features, extractor=self.extractor.name, labels=conditions, full=full)
        floors = floors_of(self.floor(len(images)))
        over = {f"{name}{OVER}": over_floor(name, value, floors) for name, value in metrics.items()}
        metrics |= {name: times for name, times in over.items() if times is not None}
        return {f"{name}{self._ending}": value for name, value in metrics.items()}

    def in_training(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """Distance, coverage and density."""
        return self.of(images, labels, full=False)

    def evaluation(self, metrics: Mapping[str, float], samples: int) -> Evaluation:
        """What the verdict reads of the metrics of so many samples; see `artesano.gan.likeness`."""
        floors = floors_of(self.floor(samples))
        values = {kind(name): value for name, value in metrics.items() if FLOOR not in name and "_raw" not in name}
        distance = "fid" if self.extractor.name == INCEPTION else "fd"
        return {
            "samples": samples,
            "fd": values.get(distance),
            "fd_floor": floors.get(distance),
            "coverage": values.get("coverage"),
            "coverage_floor": floors.get("coverage"),
        }

    def at_end(self, module: GanModule) -> dict[str, float]:
        """`test/...` of the averaged generator, with `_raw` of the raw one, and of the discriminator's heads."""
        at_end = discriminator_metrics(module, self.loaders, self.names_classes)
        if not self.options.samples:
            return at_end
        batch = self.options.batch_size
        images, labels = module.sampled(self.options.samples, batch=batch)
        metrics = self.of(images, labels, full=True) | self.neighbour_ratio(images)
        at_end |= {f"test/{name}": value for name, value in metrics.items()}
        at_end |= {f"test/{name}": value for name, value in self.floor(self.options.samples).items()}
        if self.options.raw and module.ema is not None:
            raw = self.of(*module.sampled(self.options.samples, module.networks.generator, batch), full=True)
            at_end |= {f"test/{name}_raw": value for name, value in raw.items()}
        if self.modes is not None:
            modes = self.modes.of(lambda count: module.sampled(count, batch=batch)[0])
            at_end |= {f"test/{name}": value for name, value in modes.items()}
        return at_end

    def neighbour_ratio(self, images: Tensor) -> dict[str, float]:
        """How near samples are to training images; see `Neighbours.ratio`. Nothing unless it is asked for."""
        if not self.options.neighbours:
            return {}
        found = neighbours(images, self.loaders, lambda rows: self.extractor(rows).features)
        return {f"neighbour_ratio_{protocol(self.extractor.name, len(images), len(images))}": found.ratio}

    def notes(self) -> list[str]:
        """What the floor was taken with, whether the samples are few for the features, and who counted modes."""
        if not self.options.samples:
            return []
        few = reliability_note(self.real.count, self.options.samples, self.extractor.dim, self.extractor.name)
        modes = [self.modes.note()] if self.modes is not None else []
        return [self.floor_note(self.options.samples), *([few] if few else []), *modes]

    def images_to_come(self) -> int:
        """How many real images still have to go through the extractor."""
        real = self._real_images
        images = 0 if real.path.is_file() else len(self._labels)
        counts = {self.floor_count(samples) for samples in (self.options.samples, self.options.samples_in_training)}
        for count in counts - {0}:
            part = self._images_of(str(self.held_out), keep=count)
            images += 0 if floor_path(real, part).is_file() else count
        return images
