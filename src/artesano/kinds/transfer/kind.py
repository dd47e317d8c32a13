"""Transfer learning: a pretrained backbone becomes a classifier of your classes."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artesano.kinds.kind import Kind
from artesano.kinds.transfer.flags import FLAGS

if TYPE_CHECKING:
    from artesano.kinds.transfer.classifier import LoadedClassifier
    from artesano.kinds.transfer.options import TransferOptions


class Transfer(Kind):
    """See `artesano.kinds.kind.Kind`."""

    name = "transfer"
    task = "transfer"
    noun = "a classifier (task=transfer)"
    flags = FLAGS
    start = "weights.source=run weights.run={run}"

    # Training a run ---------------------------------------------------------------------------------------------

    @property
    def options(self) -> type[TransferOptions]:
        from artesano.kinds.transfer.options import TransferOptions

        return TransferOptions

    def experiment(self, options: Any) -> Any:
        from artesano.kinds.transfer.experiment import TransferExperiment

        return TransferExperiment(options)

    # Using a trained run ----------------------------------------------------------------------------------------

    def load(self, run: str | Path, which: str = "best", **options: Any) -> LoadedClassifier:
        from artesano.kinds.transfer.load import load

        return load(run, which, **options)

    def evaluate(self, run: str, overrides: list[str], arguments: Namespace) -> int:
        from artesano.kinds.transfer import evaluate, interpolate

        if arguments.interpolate is not None:
            return interpolate.command(run, overrides, arguments)
        return evaluate.command(run, overrides, arguments)

    def predict(self, run: str | None, inputs: list[str], arguments: Namespace) -> int:
        from artesano.kinds.transfer import predict

        return predict.command(run, inputs, arguments)

    def embed(self, run: str | None, inputs: list[str], arguments: Namespace) -> int:
        from artesano.kinds.transfer import embed

        return embed.command(run, inputs, arguments)

    def export(self, run: str, inputs: list[str], arguments: Namespace) -> int:
        from artesano.kinds.transfer import export

        return export.command(run, inputs, arguments)

    def soup(self, runs: list[Path], arguments: Namespace) -> int:
        from artesano.kinds.transfer import soup

        return soup.command(runs, arguments)

    def summary(self, model: Mapping[str, Any]) -> str:
        each = "; an image may have several" if model.get("several_labels") else ""
        return f"A classifier of {len(model['classes'])} classes on {model['backbone']}{each}."

    def next_steps(self, place: str, model: Mapping[str, Any]) -> list[str]:
        return [
            f"artesano predict {place} <image, folder or glob>",
            f"artesano evaluate {place} data=<other data with the same classes>",
            f"artesano export {place}",
        ]
