"""Transfer learning: a pretrained backbone becomes a classifier of your classes."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artesano.kinds.kind import Kind

if TYPE_CHECKING:
    from torch import Tensor

    from artesano.kinds.transfer.options import TransferOptions


class Transfer(Kind):
    """See `artesano.kinds.kind.Kind`."""

    name = "transfer"
    task = "transfer"
    noun = "a classifier (task=transfer)"

    # Training a run ---------------------------------------------------------------------------------------------

    @property
    def options(self) -> type[TransferOptions]:
        from artesano.kinds.transfer.options import TransferOptions

        return TransferOptions

    def experiment(self, options: Any) -> Any:
        from artesano.kinds.transfer.experiment import TransferExperiment

        return TransferExperiment(options)

    # Using a trained run ----------------------------------------------------------------------------------------

    def load(self, run: str | Path, which: str = "best") -> Any:
        from artesano.kinds.transfer.load import load

        return load(run)

    def evaluate(self, run: str, overrides: list[str], arguments: Namespace) -> int:
        raise NotImplementedError

    def shipped(self, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        raise NotImplementedError

    def summary(self, model: Mapping[str, Any]) -> str:
        return f"A classifier of {len(model['classes'])} classes on {model['backbone']}."

    def next_steps(self, place: str) -> list[str]:
        return [
            f"artesano predict {place} <image, folder or glob>",
            f"artesano evaluate {place} data=<other data with the same classes>",
            f"artesano export {place}",
        ]
