"""How good the images of a run are: per image, beside the baselines, with intervals over blocks."""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

import dataclasses
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor, nn

from artesano.backbones.feature_maps import FeatureMaps, architecture, check_feature_maps
from artesano.data.batches import Pairs
from artesano.data.pairs.loaders import PairLoaders
from artesano.data.spoiling import shrunk
from artesano.errors import BadInput
from artesano.evaluation.bootstrap import block_interval
from artesano.evaluation.lpips import NAME as LPIPS
from artesano.evaluation.lpips import Lpips, missing_lpips
from artesano.evaluation.paired_table import PairedTable
from artesano.evaluation.palette import Palette
from artesano.evaluation.similarity import quantised
from artesano.experiment.pair_kinds import Inpainting, Kind, Restoration, Translation
from artesano.figures.strips import strips
from artesano.gan.image_module import ImageGanModule
from artesano.gan.phases import PIXEL

FITTED = 64  # training batches that baselines and palette learn from
SHOWN = 6  # images of the strips


@dataclass
class PairEvaluation:
    """The configuration `evaluation.*` of GANs from images.

    Args:
        features: the network of the feature distance: `lite1`, `lite0` or `timm:<model>`; never that of a perceptual
            loss; null = none.
        images_in_training: of the validation part, five times a run; 0 = nothing is measured while training.
        lpips: measured where AlexNet's weights are in torch's cache; otherwise a row says which file it wants.
        palette: colours of the palette of maps.
    """

    features: str | None = "lite1"
    images_in_training: Annotated[int, Field(ge=0)] = 64
    lpips: bool = True
    palette: Annotated[int, Field(ge=2, le=64)] = 8

    def check(self, terms: dict[str, Any]) -> None:
        """Raises BadInput: the network of the metric is that of a loss, or its weights are missing."""
        nets = {name: node["net"] for name, node in terms.items() if "net" in node and node.get("weight")}
        for name, net in nets.items():
            check_feature_maps(net, f"terms.{name}.net")
        if self.features is None:
            return
        check_feature_maps(self.features, "evaluation.features")
        same = [name for name, net in nets.items() if architecture(net) == architecture(self.features)]
        if same:
            other = "lite0" if architecture(self.features) == architecture("lite1") else "lite1"
            raise BadInput(
                f"evaluation.features={self.features}: terms.{same[0]} is trained on that very network, so the metric "
                f"would only repeat the loss; give evaluation.features={other}, or another terms.{same[0]}.net"
            )


class PairMeasures:
    """Measures the networks of a run on the validation or test part.

    Args:
        kind: restoration, translation or inpainting.
    """

    def __init__(self, options: PairEvaluation, loaders: PairLoaders, degradation: Any, kind: str):
        self.options, self.loaders, self.degradation, self.name = options, loaders, degradation, kind

    @functools.cached_property
    def kind(self) -> Kind:
        made: dict[str, Any] = {
            "restoration": lambda: Restoration(self.degradation.scale, self.maps, self.degraded),
            "translation": lambda: Translation(self.fitted_palette()),
            "inpainting": lambda: Inpainting(self.maps),
        }
        return made[self.name]()

    @functools.cached_property
    def maps(self) -> FeatureMaps | None:
        if self.options.features is None:
            return None
        device = torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
        return FeatureMaps(self.options.features).to(device)

    def degraded(self, images: Tensor) -> Tensor:
        """As the low resolution was made, without what is random in it."""
        return quantised(shrunk(images, self.degradation.scale))

    def monitor(self, given: dict[str, str]) -> dict[str, str]:
        """What chooses the best checkpoint: as given, else the kind's own."""
        if given["name"] != "fd":
            return given
        measured = self.options.images_in_training and self.loaders.listing.paired
        return self.kind.monitor() if measured else {"name": "newest", "mode": "min"}

    @property
    def pixel_monitor(self) -> dict[str, str]:
        return self.kind.pixel_monitor()

    # What is measured -------------------------------------------------------------------------------------------

    def in_training(self, module: ImageGanModule) -> dict[str, float]:
        """Means over some validation images."""
        if not self.options.images_in_training or not self.loaders.listing.paired:
            return {}
        sums: dict[str, list[Tensor]] = {}
        for unit, fake in self.made(module, None, "val", self.options.images_in_training):
            for name, values in self.values(unit, fake).items():
                sums.setdefault(name, []).append(values.double().cpu())
        return {name: float(torch.cat(parts).nanmean()) for name, parts in sums.items()}

    def at_end(
        self, module: ImageGanModule, states: dict[str, nn.Module], folder: Path
    ) -> tuple[dict[str, dict[str, float]], list[str]]:
        """Metrics of each state with the baselines' beside them, and notes; the whole table in <folder>/table.csv."""
        if not self.loaders.listing.paired:
            return {"last": {}}, ["the images have no partners, so nothing is measured image by image; look at plots"]
        part = self.loaders.listing.parts["test"]
        table = PairedTable(part.blocks, part.labels, self.loaders.listing.classes)
        self.fit_baselines()
        lpips = Lpips(module.device) if self.options.lpips and missing_lpips() is None else None
        for batch in self.loaders.evaluate("test"):
            prepared, unit = self.prepared(module, batch)
            images = {name: module.translate(prepared, network) for name, network in states.items()}
            images |= self.baseline_images(unit)
            for method, fake in images.items():
                values = self.values(unit, fake, images[self.kind.reference])
                if lpips is not None:
                    values[LPIPS] = lpips(quantised(fake), unit.target)
                table.add(method, batch.index, values)
        if self.options.lpips and (wanted := missing_lpips()):
            table.note(LPIPS, wanted)
        table.write(folder / "table.csv", self.kind.reference)
        found = {state: self.named(table, state) for state in states if state != PIXEL}
        return found, [self.sentence(table, "best" if "best" in states else "last")]

    def named(self, table: PairedTable, state: str) -> dict[str, float]:
        """`test/l1` of a state, `test/l1_copy` of a baseline, `test/l1_level_64` of a label, intervals of gains."""
        frame = table.frame(self.kind.reference)
        metrics: dict[str, float] = {}
        for row in frame[frame["method"].notna()].itertuples():
            others = {state: "", **{name: f"_{name}" for name in [PIXEL, *self.kind.baselines]}}
            if row.method not in others or (row.label != "all" and row.method != state):
                continue
            label = "" if row.label == "all" else "_" + re.sub(r"\W+", "_", str(row.label))
            name = f"test/{row.metric}{others[row.method]}{label}"
            metrics[name] = float(row.mean)
            if row.label == "all" and row.metric.endswith("_gain"):
                interval = block_interval(table.values[row.method, row.metric], table.blocks)
                metrics |= {f"{name}_low": interval.low, f"{name}_high": interval.high}
        return metrics

    def sentence(self, table: PairedTable, state: str) -> str:
        """What the difference to the strongest trivial method is, and how sure."""
        metric = self.kind.pixel_monitor()["name"].removeprefix("val/")
        frame = table.frame(self.kind.reference)
        row = frame[(frame["label"] == "all") & (frame["method"] == state) & (frame["metric"] == metric)].iloc[0]
        return (
            f"{metric} of the {state} state is {row['difference']:+.3f} beside {self.kind.reference}, 95 % interval "
            f"{row['low']:+.3f} to {row['high']:+.3f} over {row['blocks']:.0f} independent blocks; all in table.csv"
        )

    def values(self, unit: Pairs, fake: Tensor, reference: Tensor | None = None) -> dict[str, Tensor]:
        """Per-image values of images made, as 8-bit files would have them."""
        if reference is None and self.name == "restoration":
            reference = self.baseline_images(unit)[self.kind.reference]
        assert unit.source is not None
        reference = None if reference is None else quantised(reference)
        return self.kind.values(quantised(fake), unit.target, unit.source, reference)

    # Images -----------------------------------------------------------------------------------------------------

    def made(
        self, module: ImageGanModule, network: nn.Module | None, part: str, count: int
    ) -> Iterator[tuple[Pairs, Tensor]]:
        """Batches in [0, 1] with what the network makes of them, of the first `count` images."""
        for batch in self.loaders.evaluate(part):
            if count <= 0:
                return
            some = Pairs(*(None if tensor is None else tensor[:count] for tensor in batch))  # type: ignore[arg-type]
            count -= len(some.target)
            prepared, unit = self.prepared(module, some)
            yield unit, module.translate(prepared, network)

    def prepared(self, module: ImageGanModule, batch: Pairs) -> tuple[Pairs, Pairs]:
        """On the module's device: as the networks see it, and in [0, 1]."""
        moved = Pairs(*(None if tensor is None else tensor.to(module.device) for tensor in batch))  # type: ignore[arg-type]
        prepared = self.loaders.prepare(moved, None)
        return prepared, self.unit(prepared)

    def unit(self, prepared: Pairs) -> Pairs:
        """In [0, 1]."""
        mean, std = self.loaders.mean, self.loaders.std
        assert prepared.source is not None
        source, target = (images.float() * std + mean for images in (prepared.source, prepared.target))
        return prepared._replace(source=source, target=target)

    def baseline_images(self, unit: Pairs) -> dict[str, Tensor]:
        """What needs no network makes of a batch."""
        channels, height, width = unit.target.shape[1:]
        assert unit.source is not None
        source, shape = unit.source, (channels, height, width)
        return {name: made(source, unit.labels, shape) for name, made in self.kind.baselines.items()}

    # What the training part teaches --------------------------------------------------------------------------------

    @functools.cached_property
    def true_pairs(self) -> PairLoaders:
        """Loaders of the training part with its true partners, also in a control run that has shuffled them."""
        loaders = self.loaders
        data = dataclasses.replace(loaders.data, pairing="given")
        return PairLoaders(data, degradation=loaders.degradation, mean=loaders.mean, std=loaders.std, seed=0)

    def training_pairs(self) -> Iterator[Pairs]:
        """Some batches of it in [0, 1]."""
        count = min(FITTED, 4 * self.true_pairs.steps_per_epoch)
        for step, batch in enumerate(self.true_pairs.train(lambda: 0, count)):
            yield self.unit(self.true_pairs.prepare(batch, step))

    def fitted_palette(self) -> Palette | None:
        if not self.loaders.listing.paired:
            return None
        return Palette.fit((batch.target for batch in self.training_pairs()), self.options.palette)

    def fit_baselines(self) -> None:
        for batch in self.training_pairs() if self.name == "translation" else ():
            for baseline in self.kind.baselines.values():
                assert batch.source is not None
                baseline.fit(batch.source, batch.target, batch.labels)

    # Pictures -----------------------------------------------------------------------------------------------------

    def strips(self, module: ImageGanModule, states: dict[str, nn.Module], path: Path) -> None:
        """Some test images: what goes in, the baselines, each state, the truth."""
        part = self.loaders.listing.parts["test"]
        chosen = torch.linspace(0, len(part) - 1, min(SHOWN, len(part))).long()
        columns: dict[str, list[Tensor]] = {}
        captions: list[str] = []
        for batch in self.loaders.evaluate("test"):
            rows = torch.isin(batch.index, chosen)
            if not rows.any():
                continue
            prepared, unit = self.prepared(
                module,
                Pairs(*(None if tensor is None else tensor[rows] for tensor in batch)),  # type: ignore[arg-type]
            )
            assert unit.source is not None
            made = {"input": unit.source[:, : unit.target.shape[1]]} | self.baseline_images(unit)
            made |= {name: module.translate(prepared, network) for name, network in states.items()}
            for name, images in (made | {"truth": unit.target}).items():
                columns.setdefault(name, []).extend(images.cpu())
            captions += [Path(part.names[int(row)]).name for row in prepared.index]
        strips(columns, path, captions)
