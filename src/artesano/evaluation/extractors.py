"""Feature extractors of distribution metrics: frozen networks, made by name."""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from artesano.backbones.create import check_weights, create_backbone, data_config, feature_dim
from artesano.backbones.frozen import complete
from artesano.backbones.weights import PACKAGED, Weights, weights_fingerprint
from artesano.config.targets import check_targets, instantiate
from artesano.data.preprocessing import Preprocessing
from artesano.errors import BadInput, nearest
from artesano.evaluation import inception
from artesano.metrics.distribution import FEWEST, INCEPTION, Features
from artesano.own_folders import cache_folder
from artesano.progress_bars import progress
from artesano.runs import record as records
from artesano.runs.checkpoint import checkpoint_path, fill, read_file
from artesano.runs.find import find_run
from artesano.training.fingerprint import fingerprint
from artesano.training.memory_format import memory_format
from artesano.transfer.network import rebuilt

BATCH = 128  # images of a forward pass
LITE0_SIZE = 64  # pixels: 350 images a second on one CPU core, against 20 at the 224 of its training
NAMES = ("lite0", INCEPTION, "timm:<model>", "run:<folder, number or last>")

# A run of fewer images would train to its end only to be refused there.
Samples = Literal[0] | Annotated[int, Field(ge=FEWEST)]


@dataclass
class Evaluation:
    """The configuration `evaluation.*`.

    Args:
        extractor: `lite0`, `inception`, `timm:<model>`, or `run:<folder, number or last>` of a task=transfer.
        size: pixels of a side that images are resized to; null = 64 for lite0, else the extractor's own.
        samples: generated images at the end, for the best and the last generator; 0 = do not measure.
        samples_in_training: the same five times a run; 0 = not while training.
        batch_size: images generated at once.
        raw: measure the generator itself beside its moving average.
        split: the real images to compare with; another one than `train` ends the metrics' names (`fd_lite0_1k_test`)
            and is the honest one where a few training images could be memorised.
        neighbours: measure at the end how near the samples are to training images, over how near unseen real images
            are: `neighbour_ratio_lite0_2k`, about 1 = as new as those, near 0 = copies.
    """

    extractor: str = "lite0"
    size: Annotated[int, Field(ge=32)] | None = None
    samples: Samples = 2000
    samples_in_training: Samples = 1000
    batch_size: Annotated[int, Field(ge=1)] = 64
    raw: bool = True
    split: Literal["train", "val", "test"] = "train"
    neighbours: bool = False


class Extractor:
    """uint8 images -> features, and logits where there is a classifier.

    Attributes:
        name: as it stands in the names of metrics: lite0, inception, resnet50, run.
        key: changes with the weights, the size and the normalisation: what a cache of features needs.
        dim: width D of the features.
        classes: names in the order of the logits; empty where they are not those of a data set of ours.

    Args:
        network: normalised images [N, C, S, S] -> features [N, D].
        head: features -> logits [N, K]; None = no classes.
        weights: fingerprint of the weights.
        preprocessing: size, channels and normalisation. Images are squashed to the size, so that a metric sees their
            borders; `crop` takes the centre that the preprocessing keeps instead, which is what a classifier knows.
    """

    def __init__(
        self,
        name: str,
        network: nn.Module,
        head: nn.Module | None,
        weights: str,
        dim: int,
        preprocessing: Preprocessing,
        *,
        classes: list[str] | None = None,
        crop: bool = False,
    ):
        self.name = name
        self.dim = dim
        self.classes = classes or []
        self.preprocessing = preprocessing
        self.device = torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
        self.format = memory_format(network, "auto")
        self.network = network.eval().requires_grad_(False).to(self.device).to(memory_format=self.format)
        self.head = head.eval().requires_grad_(False).to(self.device) if head is not None else None
        self._resized = int(preprocessing.size / preprocessing.crop_pct) if crop else preprocessing.size
        facts = (name, weights, self._resized, sorted(preprocessing.to_dict().items()))
        self.key = hashlib.blake2b(repr(facts).encode(), digest_size=8).hexdigest()

    @torch.inference_mode()
    def __call__(self, images: Tensor) -> Features:
        """Features float32 [N, D], logits float32 [N, K] or None, on the CPU.

        Args:
            images: uint8 [N, 1 or 3, H, W].
        """
        # a metric in half precision would measure the rounding, whatever precision the run trains with
        with torch.autocast(self.device.type, enabled=False):
            parts = images.split(BATCH)
            batches = [self._batch(batch.to(self.device)) for batch in progress(parts, len(parts), "features")]
        features, logits = ([part.cpu() for part in parts if part is not None] for parts in zip(*batches, strict=True))
        return Features(torch.cat(features), torch.cat(logits) if logits else None)

    def _batch(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        pixels = self.preprocessing.normalise(self._fitted(images)).contiguous(memory_format=self.format)
        features = self.network(pixels).float()
        return features, self.head(features).float() if self.head is not None else None

    def _fitted(self, images: Tensor) -> Tensor:
        """float32 in 0..255, of the network's size and channels; antialiased (Parmar et al. 2022, arXiv 2104.11222)."""
        pixels = images.float()
        if self.preprocessing.channels == 1 and images.shape[1] == 3:
            pixels = (pixels * pixels.new_tensor([0.299, 0.587, 0.114]).view(3, 1, 1)).sum(1, keepdim=True)
        resized = (self._resized, self._resized)
        if pixels.shape[-2:] != resized:
            pixels = F.interpolate(pixels, resized, mode="bicubic", antialias=True).clamp_(0, 255)
        size = self.preprocessing.size
        margin = round((self._resized - size) / 2)
        pixels = pixels[..., margin : margin + size, margin : margin + size]
        return pixels[:, torch.arange(self.preprocessing.channels) % pixels.shape[1]]


def make_extractor(name: str, size: int | None = None) -> Extractor:
    """The extractor of `evaluation.extractor`, on the accelerator if there is one.

    Args:
        size: pixels of a side; None = the extractor's own.

    Raises:
        BadInput: see `check_extractor`; or weights that do not fit.
    """
    return _plan(name, size)()


def check_extractor(name: str, size: int | None = None, key: str = "evaluation.extractor") -> None:
    """Check the extractor's name, size and weights before anything is built.

    Args:
        key: what an error calls it.

    Raises:
        BadInput: unknown name, missing weights, a run of another task or without checkpoint, a size that the
            extractor cannot take.
    """
    try:
        _plan(name, size)
    except BadInput as error:
        raise BadInput(*(problem.replace("evaluation.extractor", key) for problem in error.problems)) from None


def _plan(name: str, size: int | None) -> Callable[[], Extractor]:
    """Check the name, and return a function that makes the extractor."""
    kind, colon, argument = name.partition(":")
    plans = {"lite0": _lite0, INCEPTION: _inception, "timm": _timm, "run": _run}
    if kind not in plans or bool(argument) != (kind in ("timm", "run")) or (colon and not argument):
        raise BadInput(
            f"evaluation.extractor={name}: no such extractor; accepted: {', '.join(NAMES)}.{nearest(kind, plans)}"
        )
    return plans[kind](argument, size)


def _lite0(_: str, size: int | None) -> Callable[[], Extractor]:
    return lambda: _backbone("lite0", PACKAGED, Weights("package"), size or LITE0_SIZE)


def _timm(model: str, size: int | None) -> Callable[[], Extractor]:
    check_weights(model, Weights("hub"))
    short = re.sub(r"[^a-z0-9]+", "_", model.lower().rpartition("/")[2]).strip("_")
    return lambda: _backbone(short, model, Weights("hub"), size)


def _backbone(name: str, model: str, weights: Weights, size: int | None) -> Extractor:
    network = create_backbone(model, weights, image_size=size)
    preprocessing = Preprocessing.from_timm(data_config(network), size)
    return Extractor(name, network, None, weights_fingerprint(model, weights), feature_dim(network), preprocessing)


def _inception(_: str, size: int | None) -> Callable[[], Extractor]:
    _only(inception.SIZE, size, "extractor=inception, as FID defines it")
    path = inception.inception_path(cache_folder("evaluation"))

    def make() -> Extractor:
        network, head = inception.inception(path)
        half = (0.5, 0.5, 0.5)
        preprocessing = Preprocessing(inception.SIZE, mean=half, std=half, crop_pct=1.0)
        weights = weights_fingerprint(INCEPTION, Weights("file", file=str(path)))
        return Extractor(INCEPTION, network, head, weights, inception.DIM, preprocessing)

    return make


def _run(run: str, size: int | None) -> Callable[[], Extractor]:
    key = f"evaluation.extractor=run:{run}"
    folder = find_run(run)
    record = records.read(folder)
    model: dict[str, Any] = record["model"]
    if record["task"] != "transfer":
        raise BadInput(f"{key}: {folder} is a run of task={record['task']}; a classifier (task=transfer) is needed.")
    if not model:
        raise BadInput(
            f"{key}: {folder} ended ({record['status']}) before its network was built, so it cannot be used."
        )
    if model.get("several_labels"):
        raise BadInput(f"{key}: {folder} gives an image several labels; a classifier of one label is needed.")
    complete(folder)
    path = checkpoint_path(folder)
    check_targets(model["head"])
    preprocessing = Preprocessing.from_dict(model["preprocessing"])
    _only(preprocessing.size, size, key)

    def make() -> Extractor:
        weights = read_file(path).weights("network.")
        network = rebuilt(model, instantiate(model["head"]))
        fill(network, weights, path)
        return Extractor(
            "run",
            network.backbone,
            network.head,
            fingerprint(weights),
            feature_dim(network.backbone),
            preprocessing,
            classes=model["classes"],
            crop=True,
        )

    return make


def _only(own: int, size: int | None, who: str) -> None:
    if size not in (None, own):
        raise BadInput(f"evaluation.size={size}: {who} takes images of {own} pixels; give evaluation.size=null.")
