"""`artesano evaluate --interpolate`: networks between the pretrained and the fine-tuned one (WiSE-FT; Wortsman et al.
2022, arXiv 2109.01903), on a run's own data and on those of another domain."""

from __future__ import annotations

import copy
import dataclasses
from argparse import Namespace
from collections.abc import Mapping
from typing import cast

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from artesano.backbones.create import create_backbone
from artesano.backbones.weights import Weights, weights_fingerprint
from artesano.config.targets import load_plain
from artesano.data.loaders import Loaders
from artesano.errors import BadInput
from artesano.figures.interpolation import interpolation_curve
from artesano.kinds.data_of_run import data_for, name_for, results_folder
from artesano.kinds.split_of import split_of
from artesano.kinds.transfer.classifier import LoadedClassifier
from artesano.kinds.transfer.evaluate import answer, places
from artesano.kinds.transfer.load import load
from artesano.kinds.transfer.pictures import write_table
from artesano.next_steps import next_steps, quoted
from artesano.training.memory_format import memory_format
from artesano.transfer.cache import FeatureLoaders
from artesano.transfer.network import Classifier

ITERATIONS = 100  # of L-BFGS
PULL = 1e-4  # holds the refitted head near the run's own, where few images leave it undetermined


def command(run: str, overrides: list[str], arguments: Namespace) -> int:
    """Print and draw the accuracy, or mAP, at each share, on the run's own test images and those that `overrides`
    name."""
    loaded = load(run)
    folder = loaded.folder
    assert folder is not None
    first, images = starting_point(loaded)
    measured = {}
    for words in ([], overrides) if overrides else ([],):
        chosen = arguments.split if words == overrides else None
        data = data_for(words, folder, chosen or "test")
        split = split_of(chosen, "test", data, words, folder)
        loaders = Loaders(data, loaded.preprocessing, seed=0)
        measured[name_for(words, split)] = loaders, "test" if split == "new" else split
    rows = []
    for alpha in arguments.interpolate:
        between = blended(loaded, first, alpha)
        for name, (loaders, split) in measured.items():
            said = answer(between, loaders, split)
            metrics = said.labelling.metrics(said.logits, said.labels)
            rows.append({"alpha": alpha, "data": name, "images": len(said.labels), **metrics})

    results = results_folder(folder, arguments.name, name_for(overrides, "interpolation"), overrides)
    write_table(rows, results / "interpolation.csv")
    headline = loaded.labelling.headline
    curves = {name: [row[headline] for row in rows if row["data"] == name] for name in measured}
    interpolation_curve(arguments.interpolate, curves, results / "interpolation.png", headline)
    table = Table("alpha", *measured, title=headline, title_justify="left")
    for place, alpha in enumerate(arguments.interpolate):
        table.add_row(f"{alpha:g}", *(f"{curve[place]:.4f}" for curve in curves.values()))
    Console().print(table)
    print(f"alpha 0: the pretrained backbone, with this run's head refitted to it on its {images:,} training images")
    print("alpha 1: the run")
    print(f"results: {results}")
    where = quoted(folder)
    next_steps(f"artesano evaluate {where} --interpolate data=<other data with the same classes>")
    return 0


def starting_point(loaded: LoadedClassifier) -> tuple[dict[str, Tensor], int]:
    """The weights at alpha 0, under the network's own names, and the number of images that the head was refitted on.

    The head that a run ends with belongs to the fine-tuned features; on the pretrained ones it may be no better than
    chance. So it is fitted to those, from where it is, by logistic regression without augmentation: a linear probe.

    Raises:
        BadInput: a run from random weights, one whose backbone has not moved, or weights or images that are gone.
    """
    folder, model = loaded.folder, loaded.record["model"]
    assert folder is not None
    if "adapter_width" in model:
        raise BadInput(
            "--interpolate: this run of strategy=adapter left the backbone as it was; give a fine-tuned one."
        )
    weights = Weights(**load_plain(folder / "config.yaml")["weights"])
    if weights.source == "none":
        raise BadInput("--interpolate: this run began with random weights, so there is no pretrained network to go to.")
    network = cast(Classifier, copy.deepcopy(loaded.network))
    pretrained = create_backbone(
        model["backbone"], weights, in_chans=model["in_chans"], image_size=model["image_size"], **model["backbone_args"]
    )
    network.backbone.load_state_dict(pretrained.state_dict())
    trained = loaded.network.state_dict()
    if all(torch.equal(tensor, trained[name]) for name, tensor in network.state_dict().items()):
        raise BadInput("--interpolate: this run left the backbone as it was; give one that is fine-tuned.")
    images = Loaders(data_for([], folder, "train"), loaded.preprocessing, seed=0)
    features = FeatureLoaders(
        images,
        network.backbone,
        name=f"{model['backbone']} {model['backbone_args']}",
        weights=weights_fingerprint(model["backbone"], weights),
        memory_format=memory_format(network, "auto"),
    ).features("train")
    place = images.data.place()
    own = places(loaded.classes, images.classes, place)
    labels = loaded.labelling.aligned(features.labels, own, len(loaded.classes), place)
    device = next(network.parameters()).device
    refit(network.head, features.features.to(device), labels.to(device), loaded.labelling.loss())
    return network.state_dict(), len(labels)


def refit(head: nn.Module, features: Tensor, labels: Tensor, loss_of: nn.Module) -> None:
    """Fit a head to features [N, D] and labels, from where it is; `loss_of` takes logits and labels."""
    head.requires_grad_(True)
    parameters = list(head.parameters())
    before = [parameter.detach().clone() for parameter in parameters]
    optimizer = torch.optim.LBFGS(parameters, max_iter=ITERATIONS, line_search_fn="strong_wolfe")

    def closure() -> float:
        optimizer.zero_grad()
        moved = torch.stack([(now - then).square().sum() for now, then in zip(parameters, before, strict=True)]).sum()
        loss = loss_of(head(features), labels) + 0.5 * PULL * moved
        loss.backward()
        return loss.item()

    optimizer.step(closure)
    head.requires_grad_(False)


def blended(loaded: LoadedClassifier, first: Mapping[str, Tensor], alpha: float) -> LoadedClassifier:
    """The run with the weights (1 - alpha) * first + alpha * its own, statistics of BatchNorm among them."""
    network = copy.deepcopy(loaded.network)
    own = loaded.network.state_dict()
    network.load_state_dict(
        {
            name: torch.lerp(first[name], tensor, alpha) if tensor.is_floating_point() else tensor
            for name, tensor in own.items()
        }
    )
    return dataclasses.replace(loaded, network=network, calibration=None)  # which is that of the run itself
