"""GANs that make images from noise."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artesano.kinds.gan.flags import FLAGS
from artesano.kinds.kind import Illness, Kind

if TYPE_CHECKING:
    from artesano.kinds.adversarial.options import GanOptions
    from artesano.kinds.gan.generator import LoadedGan


class Gan(Kind):
    """See `artesano.kinds.kind.Kind`."""

    name = "gan"
    task = "gan"
    noun = "a GAN (task=gan) that makes images from noise"
    weights = ("network.generator.",)
    further = ("network.discriminator.",)
    flags = FLAGS

    def claims(self, config: Mapping[str, Any]) -> bool:
        return config.get("gan.kind", "noise") == "noise"

    # Training a run ---------------------------------------------------------------------------------------------

    @property
    def options(self) -> type[GanOptions]:
        from artesano.kinds.adversarial.options import GanOptions

        return GanOptions

    def experiment(self, options: Any) -> Any:
        from artesano.kinds.gan.experiment import GanExperiment

        return GanExperiment(options)

    # Using a trained run ----------------------------------------------------------------------------------------

    def load(self, run: str | Path, which: str = "best", **options: Any) -> LoadedGan:
        from artesano.kinds.gan.load import load_gan

        return load_gan(run, which, **options)

    def evaluate(self, run: str, overrides: list[str], arguments: Namespace) -> int:
        from artesano.kinds.gan import evaluate

        return evaluate.command(run, overrides, arguments)

    def sample(self, run: str, positional: list[str], arguments: Namespace) -> int:
        from artesano.kinds.gan import sample

        return sample.command(run, positional, arguments)

    def export(self, run: str, inputs: list[str], arguments: Namespace) -> int:
        from artesano.kinds.gan import export

        return export.command(run, inputs, arguments)

    def illness(self, folder: Path, record: dict[str, Any]) -> Illness:
        from artesano.kinds.adversarial.illness import illness_of

        return illness_of(folder, record)

    def summary(self, model: Mapping[str, Any]) -> str:
        return f"A GAN ({model['gan']}) that makes images of {model['image_size']} px from noise."

    def next_steps(self, place: str, model: Mapping[str, Any]) -> list[str]:
        return [f"artesano sample {place}", f"artesano evaluate {place}", f"artesano export {place}"]
