"""GANs that make images from images: super-resolution, translation, inpainting."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artesano.kinds.image_gan.flags import FLAGS
from artesano.kinds.image_gan.next_command import predict_command
from artesano.kinds.kind import Kind

if TYPE_CHECKING:
    from rich.table import Table

    from artesano.kinds.image_gan.load import LoadedImageGan
    from artesano.kinds.image_gan.options import ImageGanOptions


class ImageGan(Kind):
    """See `artesano.kinds.kind.Kind`."""

    name = "image_gan"
    task = "gan"
    noun = "a GAN from images (task=gan gan=srgan, pix2pix, ...)"
    weights = ("network.a2b.generator.", "network.b2a.generator.")
    flags = FLAGS
    start = "phases.run={run}"

    def claims(self, config: Mapping[str, Any]) -> bool:
        return config.get("gan.kind") == "image"

    # Training a run ---------------------------------------------------------------------------------------------

    @property
    def options(self) -> type[ImageGanOptions]:
        from artesano.kinds.image_gan.options import ImageGanOptions

        return ImageGanOptions

    def experiment(self, options: Any) -> Any:
        from artesano.kinds.image_gan.experiment import ImageGanExperiment

        return ImageGanExperiment(options)

    # Using a trained run ----------------------------------------------------------------------------------------

    def load(self, run: str | Path, which: str = "best", **options: Any) -> LoadedImageGan:
        from artesano.kinds.image_gan.load import load_image_gan

        return load_image_gan(run, which, **options)

    def evaluate(self, run: str, overrides: list[str], arguments: Namespace) -> int:
        from artesano.kinds.image_gan import evaluate

        return evaluate.command(run, overrides, arguments)

    def predict(self, run: str | None, inputs: list[str], arguments: Namespace) -> int:
        from artesano.kinds.image_gan import predict

        return predict.command(run, inputs, arguments)

    def sample(self, run: str, positional: list[str], arguments: Namespace) -> int:
        from artesano.kinds.image_gan import sample

        return sample.command(run, positional, arguments)

    def export(self, run: str, inputs: list[str], arguments: Namespace) -> int:
        from artesano.kinds.image_gan import export

        return export.command(run, inputs, arguments)

    def results(self, folder: Path, record: dict[str, Any]) -> Table | None:
        from artesano.kinds.image_gan.report import pair_table

        path = folder / "table.csv"
        return pair_table(path, record["name"]) if path.is_file() else None

    def summary(self, model: Mapping[str, Any]) -> str:
        return f"A GAN from images ({model['gan']}, {model['image_to_image']})."

    def next_steps(self, place: str, model: Mapping[str, Any]) -> list[str]:
        return [
            predict_command(place, model, "<image or folder>"),
            f"artesano sample {place}   # before and after",
            f"artesano export {place}",
        ]
