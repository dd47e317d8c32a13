"""`last.ckpt`, `best.ckpt` and the kept states: written whole, at batch ends, keyed on the module's step."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Checkpoint

from artesano.config.options import Monitor
from artesano.errors import BadInput, Interrupted, NotFinite, RunFailed, nearest
from artesano.experiment.early_end import EarlyEnd
from artesano.experiment.stop import StopSignals
from artesano.runs.kept import kept_file
from artesano.training.lightning_private import validate_after, validation_follows
from artesano.training.logging import log_row

TIE = "val/nll"  # the lower one decides where two steps have the same value of the monitored metric


class SaveFailed(RunFailed):
    """A checkpoint could not be written; the previous one is still valid."""


class Saver(Checkpoint):
    """Logs the training rows, keeps the best and the last state, and ends the run when a signal, a NaN, the patience or
    the clock says so.

    It subclasses Lightning's `Checkpoint` so that it runs after every other callback. Where a validation is due, the
    save waits for it: a checkpoint at step k always comes after all rows of step k.

    Args:
        folder: the run's `checkpoints` folder.
        monitor: the metric that chooses best.ckpt.
        save_every: steps between saves besides those at validations; None = only at validations.
        log_every: steps between training rows.
        stop: the signals' flag.
        early: ends the run before its last step.
        phase_monitors: what chooses the best of a phase, where it is not `monitor`.
        keep: into how many equal parts the run is cut; the state after each of them stays. The last is last.ckpt.
    """

    def __init__(
        self,
        folder: Path,
        monitor: Monitor,
        save_every: int | None,
        log_every: int,
        stop: StopSignals,
        early: EarlyEnd,
        phase_monitors: dict[str, Monitor] | None = None,
        keep: int | None = None,
    ):
        self.folder, self.monitor, self.phase_monitors, self.keep = folder, monitor, phase_monitors or {}, keep
        self.save_every, self.log_every, self.stop = save_every, log_every, stop
        self.early = early
        self.best: dict[str, Any] = {"step": None, "metrics": {}}
        folder.mkdir(parents=True, exist_ok=True)

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.best = state_dict["best"]

    def kept(self, trainer: pl.Trainer, module: Any) -> list[str]:
        """The file that keeps the state of this step, where it is one of those that stay."""
        if not self.keep:
            return []
        gathered = trainer.accumulate_grad_batches  # steps between two states that are whole
        every = gathered * math.ceil(module.max_steps / self.keep / gathered)
        due = module.step % every == 0 and module.step < module.max_steps
        return [kept_file(module.step)] if due else []

    def on_train_start(self, trainer: pl.Trainer, module: Any) -> None:
        self.stop.listen()
        self.stop.patient = True
        self.early.look_at_clock()
        # The run may have been stopped between its last save and its end; one without a validation goes on to have one.
        if module.step and self.best["step"] is not None:
            self.early.look_at_metrics(self.best.get("waited", 0))
            self.agree(trainer, module)
            trainer.should_stop = self.early.key is not None

    def on_train_batch_end(self, trainer: pl.Trainer, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        step = module.step
        if step == module.max_steps:
            validate_after(trainer, step)  # the end is validated wherever it falls
        validation_due = validation_follows(trainer, step)
        # A half-filled gradient is not in a checkpoint, so saves wait for the optimiser.
        whole = (batch_idx + 1) % trainer.accumulate_grad_batches == 0
        save_now = self.save_every is not None and step % self.save_every == 0 and whole and not validation_due
        kept = self.kept(trainer, module)
        save_now = save_now or (bool(kept) and not validation_due)
        log_now = step % self.log_every == 0
        looked = log_now or save_now or validation_due
        self.early.look_at_clock()
        if looked:
            self.agree(trainer, module)
        agreed = looked or trainer.world_size == 1  # all processes have come to the same view
        if self.early.key is not None and whole and agreed and step < module.max_steps:
            validate_after(trainer, step)
            validation_due = trainer.should_stop = True
        stop_now = self.stop.exit_code is not None and whole and agreed and not validation_due
        if looked or stop_now:
            self.refuse_bad_loss(module)
        if log_now:
            log_row(trainer, module.training_metrics(), step)
        if save_now or stop_now:
            self.save(trainer, kept)
        if stop_now:
            raise Interrupted(self.stop.exit_code)  # type: ignore[arg-type]

    def on_train_end(self, trainer: pl.Trainer, module: Any) -> None:
        self.stop.patient = False  # no batch follows, at whose end a signal would be looked at

    def agree(self, trainer: pl.Trainer, module: Any) -> None:
        """Share a signal, a bad loss or an early end with all processes, so that they stop at the same step.

        Only where something is logged or saved, so that no step waits for it.
        """
        if trainer.world_size == 1:
            return
        own = [self.stop.exit_code or 0, int(module.first_bad_step), self.early.code]
        shared = trainer.strategy.reduce(torch.tensor(own, device=module.device), reduce_op="max")
        code, bad, early = shared.tolist()
        self.early.agree(early)
        self.stop.exit_code = code or self.stop.exit_code
        module.first_bad_step.fill_(bad)

    @staticmethod
    def refuse_bad_loss(module: Any) -> None:
        """Raise `NotFinite` before anything that came of a bad loss is logged or saved."""
        bad = int(module.first_bad_step)
        if bad >= 0:
            raise NotFinite(bad)

    def on_validation_end(self, trainer: pl.Trainer, module: Any) -> None:
        if trainer.state.fn != "fit":
            return
        self.judge(trainer, module)
        if module.step < module.max_steps:
            self.early.look_at_metrics(self.best.get("waited", 0))
        self.agree(trainer, module)
        trainer.should_stop = self.early.key is not None
        if self.stop.exit_code is not None:
            raise Interrupted(self.stop.exit_code)

    def judge(self, trainer: pl.Trainer, module: Any) -> None:
        """Log the validation, then save: best.ckpt first, so that last.ckpt never refers to a missing best."""
        metrics = {f"val/{name}": value for name, value in module.evaluated_metrics.items()}
        if metrics and all(math.isnan(value) for value in metrics.values()):
            raise NotFinite(module.step - 1)  # the loss was still finite, the step that followed from it was not
        log_row(trainer, metrics, module.step)
        phase = module.phase
        if phase != self.best.get("phase"):  # the best of the phase before is kept under its name
            self.best = {"step": None, "metrics": {}, "phase": phase}
        monitor = self.phase_monitors.get(phase, self.monitor)
        better, value = self.is_better(metrics, monitor), metrics.get(monitor.name, math.nan)
        beaten = better and not math.isnan(value) and value != self.best["metrics"].get(monitor.name)
        waited = 0 if beaten or not module.settled else self.best.get("waited", 0) + 1
        if better:
            self.best = self.best | {"step": module.step, "metrics": metrics}
        self.best = self.best | {"waited": waited}  # validations in a row without a better value
        twins = ["best.ckpt", *([f"{phase}_best.ckpt"] if phase else [])]
        self.save(trainer, [*(twins if better else []), *self.kept(trainer, module)])

    def is_better(self, metrics: dict[str, float], monitor: Monitor) -> bool:
        """True when the monitored metric beats the best so far, or equals it with a lower `val/nll`.

        A few validation images have few values of accuracy: without nll the first epoch that has them all right would
        stay the best. Where nll is not measured, or is equal too, the earlier step is kept.

        Where nothing is measured while training the newest state is the best that is known.

        Raises:
            BadInput: there is no metric of that name.
        """
        name = monitor.name
        if not metrics:
            return True
        if name not in metrics:
            raise BadInput(f"monitor.name: no metric '{name}'; accepted: {', '.join(metrics)}.{nearest(name, metrics)}")
        so_far = self.best["metrics"]
        value, best = metrics[name], so_far.get(name, math.nan)
        if value == best:
            return metrics.get(TIE, math.nan) < so_far.get(TIE, math.nan)
        return math.isnan(best) or (value > best if monitor.mode == "max" else value < best)

    def save(self, trainer: pl.Trainer, twins: Sequence[str] = ()) -> None:
        """Write beside the target, then rename: a full disk or a kill leaves the previous checkpoint as it was.

        Args:
            twins: names of further files with the same content.

        Raises:
            SaveFailed: the file cannot be written.
        """
        draft = self.folder / f"draft-{os.getpid()}.ckpt"
        try:
            trainer.save_checkpoint(draft)
            if trainer.is_global_zero:
                with draft.open("rb") as stream:
                    os.fsync(stream.fileno())
                for name in twins:
                    twin = draft.with_suffix(".best")
                    shutil.copyfile(draft, twin)
                    os.replace(twin, self.folder / name)
                os.replace(draft, self.folder / "last.ckpt")
        except (OSError, RuntimeError) as error:  # torch's zip writer turns a full disk into a RuntimeError
            raise SaveFailed(f"{self.folder}: the checkpoint could not be written ({error})") from error
        finally:
            for leftover in self.folder.glob(f"draft-{os.getpid()}.*"):
                leftover.unlink(missing_ok=True)
