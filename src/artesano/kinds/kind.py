"""What a kind of run offers, in two halves: training it and using a trained one. A kind is one folder. No torch here.

Commands, sweeps, comparisons and bundles ask the registry for the kind of a run and call it; none of them names a kind.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from artesano.config.options import Monitor, RunOptions
from artesano.errors import BadInput
from artesano.next_steps import quoted
from artesano.runs import record as records
from artesano.runs.find import find_run

if TYPE_CHECKING:
    import pytorch_lightning as pl
    import torch
    from rich.console import RenderableType
    from rich.table import Table

    from artesano.training.module import StepModule


@dataclass(frozen=True)
class Flag:
    """An option of a command that only some kinds understand.

    Attributes:
        name: `--mask`.
        settings: the further arguments of argparse's `add_argument`, `help` among them; its default must be None or
            False.
        instead_of_run: it names what is used in place of a run.
    """

    name: str
    settings: Mapping[str, Any]
    instead_of_run: bool = False

    @property
    def destination(self) -> str:
        """The attribute of argparse's namespace."""
        return self.settings.get("dest") or self.name.lstrip("-").replace("-", "_")


def flag(name: str, *, instead_of_run: bool = False, **settings: Any) -> Flag:
    """A flag, written like a call of argparse's `add_argument`."""
    return Flag(name, settings, instead_of_run)


@dataclass(frozen=True)
class Illness:
    """What is wrong with the training of a run, as `artesano doctor` wants to know it.

    Attributes:
        state: the verdict in a word or two.
        sentence: the evidence for it.
        advice: overrides that may help, one change each; empty for a run that is not ill.
        first_sign: the step at which it could first be seen.
        ill: False where there is nothing to heal.
    """

    state: str
    sentence: str
    advice: list[str]
    first_sign: int
    ill: bool


class Kind(ABC):
    """A kind of run.

    Attributes:
        name: as in the registry, in run.json and in `--where kind=...`.
        task: the `task=` whose config composes it; several kinds may share one.
        noun: what a trained run is, for messages: "a classifier (task=transfer)".
        weights: what the names of the shipped weights begin with in a checkpoint; see `artesano.runs.checkpoint`.
        further: what the names of weights begin with that using a run does not need, and training on does: a GAN's
            discriminator. `bundle --discriminator` adds them.
        flags: {command: its options that only this kind and perhaps others understand}.
        start: overrides with which a new run starts from the weights of `{run}`; None = there are none.
    """

    name: ClassVar[str]
    task: ClassVar[str]
    noun: ClassVar[str]
    weights: ClassVar[tuple[str, ...]] = ("network.",)
    further: ClassVar[tuple[str, ...]] = ()
    flags: ClassVar[Mapping[str, tuple[Flag, ...]]] = {}
    start: ClassVar[str | None] = None

    def claims(self, config: Mapping[str, Any]) -> bool:
        """True for a config of this kind.

        Args:
            config: flat, {dotted key: value}, with `task` equal to the kind's own.
        """
        return True

    # Training a run ---------------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def options(self) -> type[RunOptions]:
        """The schema of the config's root."""

    @abstractmethod
    def experiment(self, options: Any) -> Experiment:
        """An experiment of a config whose keys and types have been checked; `options` is an instance of `options`."""

    # Using a trained run ----------------------------------------------------------------------------------------

    @abstractmethod
    def load(self, run: str | Path, which: str = "best", **options: Any) -> Any:
        """The trained network with all that using it from Python needs: what `artesano.load` returns.

        Args:
            run: a run folder, its number, `last`, or a bundle.
            which: the checkpoint: `best`, `last`, `raw` (the best, without the average), or a phase.
            options: of this kind.
        """

    @abstractmethod
    def evaluate(self, run: str, overrides: list[str], arguments: Namespace) -> int:
        """`artesano evaluate`; `overrides` choose other data than the run's own. Returns the exit code."""

    def predict(self, run: str | None, inputs: list[str], arguments: Namespace) -> int:
        """`artesano predict`: one result for each input image."""
        raise self.cannot("predict", run)

    def sample(self, run: str, positional: list[str], arguments: Namespace) -> int:
        """`artesano sample`: images from a generator."""
        raise self.cannot("sample", run)

    def embed(self, run: str | None, inputs: list[str], arguments: Namespace) -> int:
        """`artesano embed`: features of images."""
        raise self.cannot("embed", run)

    def export(self, run: str, inputs: list[str], arguments: Namespace) -> int:
        """`artesano export`: ONNX, compared with torch."""
        raise self.cannot("export", run)

    def soup(self, runs: list[Path], arguments: Namespace) -> int:
        """`artesano soup`: one run from the averaged weights of several."""
        raise self.cannot("soup", str(runs[0]))

    def illness(self, folder: Path, record: dict[str, Any]) -> Illness:
        """`artesano doctor`: what is wrong with the run, and since when; also of one that has failed."""
        raise self.cannot("doctor", str(folder))

    def results(self, folder: Path, record: dict[str, Any]) -> Table | None:
        """The table that ends a run; None = the metrics of the last and the best checkpoint."""
        return None

    @abstractmethod
    def summary(self, model: Mapping[str, Any]) -> str:
        """One sentence of the model card; `model` as in run.json."""

    @abstractmethod
    def next_steps(self, place: str, model: Mapping[str, Any]) -> list[str]:
        """Commands that are useful with a trained run, the most useful first.

        Args:
            place: of the run, quoted for a shell.
            model: as in run.json.
        """

    def cannot(self, command: str, run: str | None) -> BadInput:
        """The error of a command that makes no sense for this kind."""
        model = {} if run is None else records.read(find_run(run))["model"]
        instead = self.next_steps(quoted(run), model)[0]
        return BadInput(f"{run}: artesano {command} does not apply to {self.noun}. With this run: {instead}")


class Experiment(Protocol):
    """A config that can be checked against the world and then built; nothing heavy has been made yet.

    One that may start from files of weights has `go_on(record)`: a checkpoint holds all of them, so none is read again.

    Attributes:
        options: the config.
        data: the data set, of which a run of images in files keeps the split (`artesano.kinds.split_of_run`).
    """

    options: RunOptions
    data: Any

    def check(self) -> None:
        """The third pass of validation: the data listing and the weights' header. Raises BadInput with all problems."""

    def default_name(self, choices: dict[str, str]) -> str:
        """What ends the folder's name when the user gives none."""

    def build(self) -> Training:
        """Make the networks, the loaders and the Lightning module."""


class Training(Protocol):
    """A built experiment: everything exists, and `fit` may be called.

    One that counts in epochs has `steps_per_epoch` as well; the table of its validations then begins with the epoch.
    One in which the names of tensors depend on keys that may change in mid-run has `carried(tensors, before)`: the
    tensors of a run of the config `before` under the names of this one.

    Attributes:
        module: what Lightning trains.
        options: the config.
        data: the data set; it has a `batch_size`.
        max_steps: of the whole run.
        eval_every: steps from one validation to the next.
        monitor: the metric that chooses best.ckpt.
        phase_monitors: the same for phases that are judged by another metric.
    """

    module: StepModule
    options: RunOptions
    data: Any
    max_steps: int
    eval_every: int
    monitor: Monitor
    phase_monitors: dict[str, Monitor]

    @property
    def step(self) -> int:
        """Steps done."""

    def facts(self) -> dict[str, Any]:
        """The record's `model`, `data` and `parameters`, and what else the kind records."""

    def table(self) -> RenderableType:
        """What is about to learn."""

    def expected_seconds(self, device: torch.device) -> float:
        """Rough time from now on: training, evaluations, pictures and what is still to be decoded; a few are timed."""

    def fit(self, trainer: pl.Trainer, checkpoint: Path | None) -> None:
        """Train to max_steps, from `checkpoint` where there is one, validated at the end."""

    def measure(self, folder: Path, best: dict[str, Any]) -> dict[str, dict[str, float]]:
        """Metrics of the last and of the best state: {"last": {...}, "best": {...}}."""

    def pictures(self, folder: Path) -> list[Path]:
        """Draw into <folder>/plots what people would rather look at than read."""
