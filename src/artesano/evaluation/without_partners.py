"""Evaluation of generated images that have no true partner: whole sets are compared, and how natural each image is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor, nn

from artesano.data.batches import Pairs
from artesano.evaluation.notes import few, in_words
from artesano.evaluation.pair_images import Translator
from artesano.evaluation.set_distances import WANTED, New
from artesano.metrics.paired_table import PairedTable

if TYPE_CHECKING:
    from artesano.evaluation.pair_measures import Metrics, PairMeasures

UNTRAINED = ("bicubic", "copy")


def without_partners(
    measures: PairMeasures, translator: Translator, states: dict[str, nn.Module], folder: Path, part: str
) -> tuple[Metrics, list[str]]:
    """Data without pairs: distances between whole sets of generated images, targets and sources, and naturalness.

    Of what is measured image by image there is a table in <folder>/table.csv.
    """
    notes = ["the images have no targets, so none is compared with its own; see strips.png"]
    listing, distances = measures.loaders.listing, measures.distances()
    table = PairedTable(listing.parts[part].blocks, listing.parts[part].labels, listing.classes)
    if distances is None and measures.natural is None:
        return {state: {} for state in states}, [*notes, *in_words(measures.not_natural)]
    new_source, new_target = New(), New()
    shapes = map(listing.parts[part].shape, range(len(listing.parts[part])))
    copied = all(shape[:2] == shape[2:4] for shape in shapes)
    for batch in measures.batches(part):
        prepared, unit = measures.images.prepared(translator, batch)
        images = {name: translator.translate(prepared, network) for name, network in states.items()}
        images |= untrained(measures, unit, next(iter(images.values())), copied=copied)
        made, wanted = new_source(unit.source), new_target(unit.target)
        measures.add_naturalness(table, batch, images, made)
        measures.add_naturalness(table, batch, {WANTED: unit.target}, wanted)
        if distances is not None:
            for method, fake in images.items():
                distances.add(method, fake[made])
            distances.add(WANTED, unit.target[wanted])
    values = {} if distances is None else distances.values()
    for method in table.methods:
        values[method] = values.get(method, {}) | table.means(method)
    compared = [method for method in UNTRAINED if method in values]
    if table.methods:
        table.write(folder / "table.csv", [*compared, *states][0])
    beside = {f"test/{name}_{method}": value for method in compared for name, value in values[method].items()}
    metrics = {
        state: {f"test/{name}": value for name, value in values.get(state, {}).items()} | beside for state in states
    }
    return metrics, [*notes, *few(distances), *in_words(measures.not_natural)]


def untrained(measures: PairMeasures, unit: Pairs, made: Tensor, *, copied: bool) -> dict[str, Tensor]:
    """What needs neither a network nor partners: bicubic of a restoration, else the source.

    Args:
        made: a network's images.
        copied: the source too, as all of the part are as large as their targets.
    """
    if (bicubic := measures.kind.baselines.get("bicubic")) is not None:
        channels, height, width = made.shape[1:]
        return {"bicubic": bicubic(unit.source, unit.labels, (channels, height, width))}
    return {"copy": unit.source} if copied and unit.source.shape == unit.target.shape else {}
