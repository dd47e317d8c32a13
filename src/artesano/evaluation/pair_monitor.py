"""What chooses best.ckpt of a GAN from images, checked before the first step."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from artesano.config.options import Monitor
from artesano.errors import BadInput, nearest

if TYPE_CHECKING:
    from artesano.evaluation.pair_measures import PairMeasures

OWN = "fd"  # the configured default, which becomes the kind's own
#: metrics that are better the larger, and the smaller they are
SENSES = {"max": re.compile("psnr|ssim|palette|coast_f1|river_f1"), "min": re.compile("l1$|features|colour_shift")}


def chosen(monitor: Monitor, measures: PairMeasures, recorded: Mapping[str, Any] | None = None) -> Monitor:
    """The configured one, or else that of the kind, or the newest where nothing is measured while training.

    Args:
        recorded: what a run that goes on has had before; it stays where it is still measured.
    """
    if monitor.name != OWN:
        return monitor
    if recorded is not None and recorded["name"] in [f"val/{name}" for name in measures.measured()]:
        return Monitor(**recorded)
    return measures.kind.monitor() if measures.while_training else Monitor("newest", "min")


def check_sense(monitor: Monitor) -> None:
    """Raises BadInput: another sense than the metric's, or a name without the part that is measured."""
    if monitor.name == OWN:
        return
    if not monitor.name.startswith("val/"):
        raise BadInput(f"monitor.name={monitor.name}: not measured while training; give monitor.name=val/<metric>")
    for mode, names in SENSES.items():
        if names.search(monitor.name) and monitor.mode != mode:
            better = {"max": "larger", "min": "smaller"}[mode]
            raise BadInput(
                f"monitor.mode={monitor.mode}: {monitor.name} is better the {better} it is, so best.ckpt would be the "
                f"worst state; give monitor.mode={mode}"
            )


def check_name(monitor: Monitor, measures: PairMeasures) -> None:
    """So that a wrong name does not end the run at its first validation.

    Raises:
        BadInput: no such metric is measured while training.
    """
    if monitor.name == OWN:
        return
    names = [f"val/{name}" for name in measures.measured()]
    if not names:
        paired = measures.loaders.listing.paired
        why = "evaluation.images_in_training=0" if paired else "the images have no partners"
        raise BadInput(f"monitor.name={monitor.name}: nothing is measured while training ({why}); leave it out")
    if monitor.name not in names:
        raise BadInput(
            f"monitor.name={monitor.name}: no such metric; accepted: {', '.join(names)}.{nearest(monitor.name, names)}"
        )
