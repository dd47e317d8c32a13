"""`artesano evaluate` of a GAN from images: on another part of its data, or on other images."""

from __future__ import annotations

import json
import math
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from torch import Tensor, nn

from artesano.config.targets import instantiate, load_plain, selected
from artesano.data.batches import Pairs
from artesano.evaluation.pair_evaluation import PairEvaluation
from artesano.evaluation.pair_measures import PairMeasures
from artesano.gan.phases import PIXEL
from artesano.kinds.data_of_run import name_for, results_folder
from artesano.kinds.image_gan.load import LoadedImageGan, load_image_gan
from artesano.kinds.image_gan.next_command import predict_command
from artesano.kinds.image_gan.pairs_for import pairs_for, training_for
from artesano.kinds.image_gan.pictures import before_after
from artesano.kinds.image_gan.report import pair_table
from artesano.kinds.split_of import is_own, split_of
from artesano.lines import say
from artesano.next_steps import next_steps, quoted
from artesano.runs.checkpoint import phases
from artesano.training.memory_format import memory_format

Split = Literal["train", "val", "test", "all"]
LEARNED = ("train", "all")  # what holds images that baselines learn from
LEARNED_HERE = (
    "the run's own data are not here, so baselines, palette and NIQE have learned from most of these images, which "
    "makes them look better than they are; --split test measures others"
)


def command(run: str, overrides: list[str], arguments: Namespace) -> int:
    """Print the states of the model beside the baselines; write the folder of results."""
    gan = load_image_gan(run)
    folder, metrics, notes, split = evaluate(gan, overrides, arguments.split, arguments.name)
    console = Console()
    if (folder / "table.csv").is_file():
        console.print(pair_table(folder / "table.csv", gan.record["name"], split))
    elif metrics:
        table = Table("metric", "best", title=f"{escape(gan.record['name'])}: {split} images", title_justify="left")
        for metric, value in metrics.items():
            table.add_row(metric, f"{value:.4g}")
        console.print(table)
    for note in notes:
        say(console, f"note: {note}", markup=False)
    print(f"results: {folder}")
    where = quoted(gan.folder)
    next_steps(f"artesano sample {where}   # before and after", predict_command(where, gan.record["model"]))
    return 0


@dataclass
class AsTrained:
    """Makes images of prepared batches, as the module does while it trains."""

    gan: LoadedImageGan

    @property
    def device(self) -> torch.device:
        return self.gan.device

    @torch.no_grad()
    def translate(self, batch: Pairs, network: nn.Module | None = None) -> Tensor:
        """float32 [N, C, H, W] in [0, 1]."""
        network = self.gan.generator if network is None else network
        source = batch.source.contiguous(memory_format=memory_format(network, "auto"))
        images = network(source, batch.labels).float()
        return (images * self.gan.pixels.std + self.gan.pixels.mean).clamp(0, 1)


def measures(gan: LoadedImageGan, overrides: list[str], split: str) -> PairMeasures:
    """What compares the run's images with those of its data, or of the data that `overrides` choose.

    Raises:
        BadInput: no pairs of images, or images that this run cannot take.
    """
    config = load_plain(gan.folder / "config.yaml")
    loaders = pairs_for(gan, overrides, split)
    training = training_for(gan, overrides, loaders)
    options: PairEvaluation = instantiate(selected(config, "evaluation"))
    kind = selected(config, "image_to_image.kind")
    return PairMeasures(
        options, loaders, loaders.degradation, kind, training, drawn=loaders.degradation.paper is not None
    )


def states(gan: LoadedImageGan) -> dict[str, nn.Module]:
    """The best generator, and that of the pixel phase where there was one."""
    generators = {"best": gan.generator}
    if PIXEL in phases(gan.folder):
        generators[PIXEL] = load_image_gan(gan.folder, PIXEL).generator
    return generators


def evaluate(
    gan: LoadedImageGan, overrides: list[str], chosen: str | None, name: str | None
) -> tuple[Path, dict, list[str], str]:
    """Write table.csv, metrics.json and strips.png; returns their folder, the metrics, notes to print, and the split.

    Args:
        chosen: the split; None = `test` of the run's own data, `all` of others.
    """
    compare, networks = measures(gan, overrides, chosen or "test"), states(gan)
    split = split_of(chosen, "test", compare.loaders.data, overrides, gan.folder)
    part: Split = "test" if split == "new" else split  # type: ignore[assignment]
    folder = results_folder(gan.folder, name, name_for(overrides, split), overrides)
    translator = AsTrained(gan)
    by_state, notes = compare.at_end(translator, networks, folder, part)
    learns = compare.name == "translation" or compare.options.niqe
    learned = learns and overrides and part in LEARNED and compare.training is compare.loaders
    if learned and not is_own(compare.loaders.data, gan.folder):
        notes = [*notes, LEARNED_HERE]
    metrics = {key.removeprefix("test/"): value for key, value in by_state["best"].items()}
    content = {
        "metrics": {key: value if math.isfinite(value) else None for key, value in metrics.items()},
        "images": len(compare.loaders.listing.parts[part]),
        "split": split,
        "overrides": overrides,
        "data": {"fingerprint": compare.loaders.listing.fingerprint, "skipped": list(compare.loaders.skipped)},
        "notes": notes,
    }
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (folder / "metrics.json").write_text(text, encoding="utf-8", errors="backslashreplace")
    before_after(compare, translator, networks, folder / "strips.png", part)
    return folder, metrics, notes, split
