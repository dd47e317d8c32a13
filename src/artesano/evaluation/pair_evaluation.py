"""The configuration `evaluation` of GANs from images, and its checks."""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from artesano.backbones.feature_maps import architecture, check_feature_maps
from artesano.errors import BadInput, all_of
from artesano.evaluation.extractors import check_extractor
from artesano.evaluation.perceptual import MEASURES


@dataclass
class PairEvaluation:
    """The configuration `evaluation.*` of GANs from images.

    Args:
        features: the network of the feature distance: `lite1`, `lite0` or `timm:<model>`; never that of a perceptual
            loss; null = none.
        distance: the extractor of the Fréchet distance between all images made and all wanted ones: `lite0`,
            `inception`, `timm:<model>` or `run:<classifier>`; null = none. The only measure where there are no
            partners; below 50 test images it is left out.
        images_in_training: of the validation part, five times a run; 0 = nothing is measured while training.
        lpips, dists: measured where the weights of AlexNet, of VGG-16, are in torch's cache; otherwise a row says which
            file is missing.
        lpips_file, dists_file: the file of these weights, wherever it is.
        niqe: how natural each image looks, without the true one, by a model of the training photos.
        palette: colours of the palette of maps that bring no legend.
    """

    features: str | None = "lite1"
    distance: str | None = None
    images_in_training: Annotated[int, Field(ge=0)] = 64
    lpips: bool = True
    lpips_file: str | None = None
    dists: bool = True
    dists_file: str | None = None
    niqe: bool = False
    palette: Annotated[int, Field(ge=2, le=64)] = 8

    @property
    def perceptual(self) -> dict[str, str | None]:
        """The measures among `lpips` and `dists` that are wanted, with the file of their weights."""
        return {m.key: getattr(self, f"{m.key}_file") for m in MEASURES if getattr(self, m.key)}

    def check(self, terms: dict[str, Any]) -> None:
        """Raises BadInput: the network of a metric is that of a loss, or its weights are missing or others."""
        nets = {name: node["net"] for name, node in terms.items() if "net" in node and node.get("weight")}
        files = [partial(measure.check, getattr(self, f"{measure.key}_file")) for measure in MEASURES]
        all_of(*files, partial(self.check_networks, nets))

    def check_networks(self, nets: dict[str, str]) -> None:
        """Raises BadInput: a network is unknown or not here, or that of a metric is that of a loss.

        Args:
            nets: of the losses, by name.
        """
        checks: list[Callable[[], object]] = []
        if self.distance is not None:
            checks.append(partial(check_extractor, self.distance, key="evaluation.distance"))
        checks += [partial(check_feature_maps, net, f"terms.{name}.net") for name, net in nets.items()]
        if self.features is not None:
            checks.append(partial(check_feature_maps, self.features, "evaluation.features"))
        all_of(*checks)
        compared = [
            ("features", self.features, "lite0" if self.features and same_network(self.features, "lite1") else "lite1"),
            ("distance", self.distance, "null"),
        ]
        problems = [
            f"evaluation.{key}={net}: terms.{name} is trained with the same network, so the metric would repeat "
            f"the loss; give evaluation.{key}={other}, or another terms.{name}.net"
            for key, net, other in compared
            for name, trained_on in nets.items()
            if net is not None and same_network(net, trained_on)
        ]
        if problems:
            raise BadInput(*problems)


def same_network(metric: str, loss: str) -> bool:
    """True for networks of one architecture; Inception and runs of ours are never the network of a loss."""
    return metric.startswith(("lite", "timm:")) and architecture(metric) == architecture(loss)
