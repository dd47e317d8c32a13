"""The evidence for an advice: one pass of features, probes on them, and the time of a step."""

from __future__ import annotations

import copy
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from artesano.advisor.evidence import Evidence
from artesano.data.batches import Features
from artesano.data.dataset import ImageData
from artesano.data.io.images import UnreadableImage
from artesano.data.loaders import Loaders
from artesano.errors import BadInput
from artesano.kinds.transfer.timing import seconds_per_image
from artesano.metrics.neighbours import nearest_accuracy
from artesano.metrics.transferability import RidgeProbe, copies, h_score, learning_curve, logme
from artesano.progress_bars import waiting
from artesano.transfer.network import Classifier
from artesano.transfer.short_run import short_run
from artesano.transfer.strategies import LpFt

if TYPE_CHECKING:
    from artesano.kinds.transfer.experiment import TransferExperiment
    from artesano.kinds.transfer.options import TransferOptions

FEW = 160  # images of a part that show what each depth is worth
LOOKED_AT = 32  # images whose size is read
PROBED = 10_000  # features of a part that are probed
PROBING = LpFt.probe  # share of the steps of lpft that train the head alone
FEWEST = 2  # training images of a class, validation images in all: below, nothing can be said


def check_enough(data: ImageData) -> None:
    """Raise BadInput where nothing can be said, of too few images or of several labels; no image is read."""
    if data.several:
        raise BadInput(
            f"{data.place()}: an advice, and strategy=auto, forecast the accuracy of one label for each image, and "
            "these may have several; give strategy=freeze, partial or full, and compare test/map."
        )
    listing = data.listing()
    counts = np.bincount(listing.splits["train"].labels, minlength=len(listing.classes))
    held_out = len(listing.splits["val"])
    problems = []
    if len(counts) < 2:
        problems.append(f"{data.place()}: there is one class; an advice needs two or more.")
    elif counts.min() < FEWEST:
        rare = listing.classes[int(counts.argmin())]
        problems.append(
            f"{data.place()}: {counts.min()} training image(s) of {rare}; an advice needs {FEWEST} or more of each "
            "class: without any to compare, take strategy=freeze."
        )
    if held_out < max(FEWEST, len(counts)):
        problems.append(
            f"{data.place()}: {held_out} validation image(s) of {len(counts)} classes say nothing; give more images, "
            "or data.val_fraction=0.3."
        )
    if problems:
        raise BadInput(*problems)


def device_of(options: TransferOptions) -> torch.device:
    """Where a run of these options trains."""
    if options.trainer.get("accelerator") == "cpu":
        return torch.device("cpu")
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


def probed(frozen: TransferExperiment, images: Loaders, network: Classifier) -> Evidence:
    """What a pass of features tells; the network and all random generators stay as they were.

    Args:
        frozen: the experiment with strategy=freeze.
        images: enough of them (`check_enough`).
        network: with its pretrained weights, and a new head.
    """
    began = time.monotonic()
    options = frozen.options
    loaders = frozen.features(images, network, device_of(options))
    train, held_out = (chosen(loaders.features(part)) for part in ("train", "val"))
    module = frozen.training(images, copy.deepcopy(network), loaders).module
    short_run(module, loaders.train(lambda: 0, module.max_steps))
    counts, probe = images.class_counts, RidgeProbe(train.features, train.labels)
    share = probe.accuracy(held_out.features, held_out.labels)
    splits = images.listing.splits
    return Evidence(
        backbone=options.backbone,
        classes=len(images.classes),
        images=len(splits["train"]),
        held_out=len(splits["val"]),
        tested=len(splits["test"]),
        fewest=int(counts.min()),
        most=int(counts.max()),
        pixels=shorter_side(images),
        size=images.preprocessing.size,
        steps=module.max_steps,
        batch_size=images.data.batch_size,
        cached=frozen.uses_cache,
        copies=copies(train.features, held_out.features),
        knn=nearest_accuracy(train.features, train.labels, held_out.features, held_out.labels),
        probe=share,
        leave_one_out=probe.leave_one_out,
        freeze=accuracy(module, loaders.evaluate("val")),
        logme=logme(train.features, train.labels),
        h_score=h_score(train.features, train.labels),
        curve=learning_curve(*train[:2], *held_out[:2]) | {round(len(train.labels) / len(counts)): share},
        depths=by_depth(network, images, loaders.device),
        seconds=time.monotonic() - began,
    )


def chosen(features: Features) -> Features:
    """At most `PROBED` rows, at random: a decomposition of all of a large set would take minutes."""
    count = len(features.labels)
    rows = torch.randperm(count, generator=torch.Generator().manual_seed(0))[:PROBED].sort().values
    return features if count <= PROBED else Features(*(tensor[rows] for tensor in features))


def timed(
    evidence: Evidence, variants: dict[str, TransferExperiment], images: Loaders, network: Classifier
) -> Evidence:
    """The same with the seconds of an image, on the device of the run.

    Args:
        variants: {strategy: the experiment with it}: `partial` and `full`.
    """
    seconds, forward, device = dict[str, float](), 0.0, device_of(variants["full"].options)
    for name, variant in variants.items():
        module = variant.training(images, copy.deepcopy(network)).module
        forward, seconds[name] = seconds_per_image(module, images.preprocessing, images.data.batch_size, device)
    seconds["lpft"] = PROBING * forward + (1 - PROBING) * seconds["full"]
    return replace(evidence, step_seconds=seconds, forward_seconds=forward)


def accuracy(module: Any, batches: Any) -> float:
    """Of the module's present state."""
    logits, labels, _ = module.collect(batches)
    return float((logits.argmax(dim=1) == labels).double().mean())


@torch.inference_mode()
def by_depth(network: Classifier, images: Loaders, device: torch.device) -> dict[float, float]:
    """{share of the backbone: accuracy of a ridge probe on its averaged output}; empty where timm cannot tell."""
    backbone: Any = copy.deepcopy(network.backbone).to(device).eval()
    if not hasattr(backbone, "forward_intermediates"):
        return {}

    def pooled(part: str) -> tuple[list[Tensor], Tensor]:
        batches = images.some(part, FEW)
        layers = [
            [
                output.flatten(2).mean(2).float().cpu()
                for output in backbone.forward_intermediates(
                    images.prepare(batch._replace(images=batch.images.to(device)), None).images, intermediates_only=True
                )
            ]
            for batch in batches
        ]
        return [torch.cat(layer) for layer in zip(*layers, strict=True)], torch.cat([one.labels for one in batches])

    with waiting("features at each depth"):
        (train, labels), (held_out, wanted) = pooled("train"), pooled("val")
    if labels.unique().numel() < len(images.classes):  # more classes than images looked at
        return {}
    return {
        round((place + 1) / len(train), 2): RidgeProbe(layer, labels).accuracy(other, wanted)
        for place, (layer, other) in enumerate(zip(train, held_out, strict=True))
    }


def shorter_side(images: Loaders) -> int:
    """Pixels, the median of some training images as they lie on the disk."""
    part = images.listing.splits["train"]
    sides = []
    for row in np.linspace(0, len(part) - 1, min(LOOKED_AT, len(part))).astype(int):
        try:
            sides.append(min(part.read(int(row)).size))
        except UnreadableImage:
            continue
    return int(np.median(sides)) if sides else 0
