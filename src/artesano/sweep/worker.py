"""A worker: asks Optuna for a trial, runs it and reports its values, until enough are done."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from artesano.errors import DATA_OF_SWEEP, BadInput, nearest
from artesano.sweep import study as studies
from artesano.sweep.alive import GRACE, Held, Watch
from artesano.sweep.sampling import exhausted, pruner
from artesano.sweep.space import Space
from artesano.sweep.storage import UNREACHABLE, Storage, patiently
from artesano.sweep.trial import Outcome, run_trial

WAITS = (1.0, 15.0)  # seconds until one looks again whether others have finished or died: first, at most
FAILURES = 10  # in a row: then something is wrong with all of them


@dataclass
class Worker:
    """Runs trials of one study.

    Attributes:
        overrides: of every trial, besides the space's own.
        until: seconds since the epoch after which none begins; None = no such time.
        env: of the next trial's process: threads, GPUs.
        grace: seconds without a sign of life after which a trial of another machine counts as killed.
        fresh: each trial is a cold interpreter.
    """

    study: optuna.Study
    storage: Storage
    space: Space
    overrides: list[str]
    n_trials: int
    say: Callable[[str], None]
    until: float | None = None
    env: Callable[[], dict[str, str]] = dict
    grace: float = GRACE
    fresh: bool = False
    watch: Watch = field(default_factory=Watch)

    def work(self) -> None:
        """Until `n_trials` are complete or pruned, the grid has no more points, or the time is over.

        Raises:
            BadInput: the runs do not have the metric that the search is for.
        """
        failures, wait = 0, WAITS[0]
        while self.until is None or time.time() < self.until:
            turn = patiently(self.turn, self.grace)
            if turn == "over":
                return
            if turn == "wait":  # the last ones run elsewhere; should one die, it will be tried again here
                time.sleep(wait)
                wait = min(2 * wait, WAITS[1])
                continue
            wait = WAITS[0]
            outcome = self.run(*turn)
            failures = failures + 1 if outcome.state == "failed" else 0
            if failures >= FAILURES:
                self.say(f"{FAILURES} trials have failed in a row; the last one failed with: {outcome.reason}")
                return

    def turn(self) -> tuple[optuna.Trial, Held] | str:
        """What to do next: a trial, `wait`, or nothing more (`over`)."""
        with self.storage.turn():
            trials = self.study.get_trials(deepcopy=False)  # asked once, as a database is slow
            if lines := studies.bury(self.study, trials, self.watch):
                self.say("\n".join(lines))
                trials = self.study.get_trials(deepcopy=False)
            states = Counter(trial.state for trial in trials)
            done, running = sum(states[one] for one in studies.COUNTED), states[TrialState.RUNNING]
            if done >= self.n_trials:
                return "over"
            if exhausted(self.space, trials):
                return "wait" if running else "over"
            if done + running >= self.n_trials:
                return "wait"
            self.study.pruner = pruner(self.space, self.study)
            trial = self.study.ask(self.space.distributions())
            return trial, Held(self.storage.folder, trial, self.grace)

    def run(self, trial: optuna.Trial, held: Held) -> Outcome:
        """Run one trial; report its outcome to the study and to the user."""
        number = f"{trial.number:04d}"
        overrides = [
            *self.space.overrides,
            *self.overrides,
            *chosen(trial),
            f"name={self.storage.folder.name}-{number}",
        ]
        place, space = self.storage.folder / number, self.space
        with held:
            try:
                prune = space.pruner is not None
                outcome = run_trial(overrides, place, trial, held, space.objectives, prune, self.env(), self.fresh)
            except UNREACHABLE:
                raise
            except BaseException:  # stopped: others need not wait until they know that this one is dead
                if line := studies.again(self.study, trial, "was stopped", blame=False):
                    self.say(line)
                raise
            self.say(patiently(lambda: self.tell(trial, outcome), self.grace))
        if DATA_OF_SWEEP in outcome.reason:
            raise BadInput(outcome.reason.removeprefix("artesano: "))
        if outcome.unknown:
            known = outcome.reason.rpartition("; it has ")[2].split(", ")
            raise BadInput(f"objectives.{outcome.unknown}: {outcome.reason}.{nearest(outcome.unknown, known)}")
        return outcome

    def tell(self, trial: optuna.Trial, outcome: Outcome) -> str:
        """To the study; returns a sentence for the user."""
        states = {"pruned": TrialState.PRUNED, "failed": TrialState.FAIL, "complete": TrialState.COMPLETE}
        try:
            trial.set_user_attr("steps", outcome.steps)
            if outcome.state == "killed":
                return studies.again(self.study, trial, outcome.reason)
            if outcome.reason:
                trial.set_user_attr("reason", outcome.reason)
            return sentence(self.study.tell(trial, outcome.values, states[outcome.state]), self.space)
        except UpdateFinishedTrialError:
            return f"trial {trial.number:04d} sent no heartbeat for too long; another worker has restarted it"


def text(value: object) -> str:
    """A value as Hydra reads it."""
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def sentence(trial: FrozenTrial, space: Space) -> str:
    """How a trial ended, and with which values."""
    if trial.state == TrialState.COMPLETE:
        outcome = "  ".join(f"{name}={value:.4g}" for name, value in zip(space.objectives, trial.values, strict=True))
    elif trial.state == TrialState.PRUNED:
        outcome = f"pruned at step {trial.user_attrs.get('steps')}"
    else:
        outcome = f"failed: {trial.user_attrs['reason']}" if "reason" in trial.user_attrs else "was killed"
    return f"trial {trial.number:04d} {outcome}  {' '.join(chosen(trial))}"


def chosen(trial: FrozenTrial | optuna.Trial) -> list[str]:
    """Its values as overrides."""
    return [f"{key}={text(value)}" for key, value in trial.params.items()]
