"""GANs on points in the plane."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artesano.kinds.kind import Illness, Kind
from artesano.kinds.points.flags import FLAGS

if TYPE_CHECKING:
    from artesano.kinds.points.generator import LoadedPointGan
    from artesano.kinds.points.options import PointGanOptions


class Points(Kind):
    """See `artesano.kinds.kind.Kind`; the training of GANs from noise, with data, metrics and pictures of its own."""

    name = "points"
    task = "gan"
    noun = "a GAN on points (task=gan gan=toy)"
    weights = ("network.generator.",)
    further = ("network.discriminator.",)
    flags = FLAGS

    def claims(self, config: Mapping[str, Any]) -> bool:
        return config.get("gan.kind") == "points"

    # Training a run ---------------------------------------------------------------------------------------------

    @property
    def options(self) -> type[PointGanOptions]:
        from artesano.kinds.points.options import PointGanOptions

        return PointGanOptions

    def experiment(self, options: Any) -> Any:
        from artesano.kinds.points.experiment import PointExperiment

        return PointExperiment(options)

    # Using a trained run ----------------------------------------------------------------------------------------

    def load(self, run: str | Path, which: str = "best", **options: Any) -> LoadedPointGan:
        from artesano.kinds.points.load import load_point_gan

        return load_point_gan(run, which, **options)

    def evaluate(self, run: str, overrides: list[str], arguments: Namespace) -> int:
        from artesano.kinds.points import evaluate

        return evaluate.command(run, overrides, arguments)

    def sample(self, run: str, positional: list[str], arguments: Namespace) -> int:
        from artesano.kinds.points import sample

        return sample.command(run, positional, arguments)

    def export(self, run: str, inputs: list[str], arguments: Namespace) -> int:
        from artesano.kinds.points import export

        return export.command(run, inputs, arguments)

    def illness(self, folder: Path, record: dict[str, Any]) -> Illness:
        from artesano.kinds.adversarial.illness import illness_of
        from artesano.kinds.points.training import PointTraining

        return illness_of(folder, record, PointTraining.unfit_advice)

    def summary(self, model: Mapping[str, Any]) -> str:
        return f"A GAN ({model['gan']}) that makes points in the plane from noise."

    def next_steps(self, place: str, model: Mapping[str, Any]) -> list[str]:
        return [f"artesano sample {place}", f"artesano evaluate {place}", f"artesano export {place}"]
