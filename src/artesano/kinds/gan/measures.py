"""How good the samples are: the extractor, the real side (cached on disk), and what is measured when."""

from __future__ import annotations

import functools

import numpy as np
import torch
from torch import Tensor

from artesano.data.loaders import Loaders
from artesano.evaluation.extractors import Evaluation, Extractor, make_extractor
from artesano.evaluation.real_statistics import RealImages, real_statistics
from artesano.gan.module import GanModule
from artesano.metrics.distribution import INCEPTION, RealStatistics, distribution_metrics, protocol, reliability_note


class Measures:
    """Compares samples with the training images.

    Args:
        options: the node `evaluation`.
        loaders: of the run, which hold the real side.
        conditional: the generator is asked for classes.
        names_classes: the discriminator names the class of an image.
    """

    def __init__(self, options: Evaluation, loaders: Loaders, conditional: bool, names_classes: bool):
        self.options, self.loaders = options, loaders
        self.conditional, self.names_classes = conditional, names_classes
        self._labels = torch.from_numpy(loaders.listing.splits[options.split].labels)
        self._ending = "" if options.split == "train" else f"_{options.split}"

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
        transform = repr(sorted(self.loaders.preprocessing.to_dict().items()))
        fingerprint = self.loaders.listing.fingerprint
        return RealImages(self.extractor, len(self._labels), fingerprint, self.options.split, transform, self._labels)

    def of(self, images: Tensor, labels: Tensor, full: bool) -> dict[str, float]:
        """Metrics of uint8 images [N, C, S, S] that were asked to show `labels`; names carry extractor and count."""
        judged = self.extractor.classes in ([], self.loaders.classes)  # a classifier of other classes has no say
        conditions = labels if self.conditional and judged else None
        features = self.extractor(images)
        metrics = distribution_metrics(self.real, features, extractor=self.extractor.name, labels=conditions, full=full)
        return {f"{name}{self._ending}": value for name, value in metrics.items()}

    def in_training(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """The distance alone."""
        return self.of(images, labels, full=False)

    def at_end(self, module: GanModule) -> dict[str, float]:
        """`test/...` of the averaged generator, and with `_raw` of the generator itself."""
        at_end = {"test/discriminator_accuracy": self.discriminator_accuracy(module)} if self.names_classes else {}
        if not self.options.samples:
            return at_end
        batch = self.options.batch_size
        metrics = self.of(*module.sampled(self.options.samples, batch=batch), full=True)
        at_end |= {f"test/{name}": value for name, value in metrics.items()}
        if self.options.raw and module.ema is not None:
            raw = self.of(*module.sampled(self.options.samples, module.networks.generator, batch), full=True)
            at_end |= {f"test/{name}_raw": value for name, value in raw.items()}
        return at_end

    @torch.no_grad()
    def discriminator_accuracy(self, module: GanModule) -> float:
        """How often the discriminator names the right class on the test split."""
        right = total = 0
        discriminator = module.networks.discriminator.eval()
        for batch in self.loaders.evaluate("test"):
            images = self.loaders.prepare(batch, None).images.to(module.device, memory_format=module.memory_format)
            right += int((discriminator(images, None).classes.argmax(1).cpu() == batch.labels).sum())
            total += len(batch.labels)
        discriminator.train()
        return right / max(1, total)

    def note(self) -> str | None:
        """A sentence where the samples are few for the extractor's features."""
        if not self.options.samples:
            return None
        return reliability_note(self.real.count, self.options.samples, self.extractor.dim, self.extractor.name)

    def images_to_come(self) -> int:
        """How many real images still have to go through the extractor."""
        return 0 if self._real_images.path.is_file() else len(self._labels)
