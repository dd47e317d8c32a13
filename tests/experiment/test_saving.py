"""Which validation best.ckpt is of, and that a state that was loaded goes on with the same choice."""

from types import SimpleNamespace

import pytest

from artesano.config.options import Monitor
from artesano.experiment import saving
from artesano.experiment.early_end import EarlyEnd
from artesano.experiment.saving import Saver
from artesano.experiment.stop import StopSignals


@pytest.fixture
def best(tmp_path, monkeypatch):
    """What is known of best.ckpt after validations with these metrics, one a step, the state reloaded each time."""
    monkeypatch.setattr(saving, "log_row", lambda *_: None)
    monkeypatch.setattr(Saver, "save", lambda *_: None)

    def after(monitor, *validations, settled=0):
        state = None
        for step, metrics in enumerate(validations, start=1):
            saver = Saver(tmp_path, monitor, None, 1, StopSignals(), EarlyEnd(None, None, lambda: 0.0))
            if state is not None:
                saver.load_state_dict(state)
            saver.judge(
                None, SimpleNamespace(evaluated_metrics=metrics, step=step, phase=None, settled=step >= settled)
            )
            state = saver.state_dict()
        return state["best"]

    return after


@pytest.fixture
def best_step(best):
    """The step alone."""
    return lambda monitor, *validations: best(monitor, *validations)["step"]


ACCURACY = Monitor("val/accuracy", "max")


def test_of_equal_values_the_lower_nll_is_the_best(best_step):
    values = [{"accuracy": 1.0, "nll": nll} for nll in (0.9, 0.2, 0.4, 0.2)]
    assert best_step(ACCURACY, *values) == 2
    assert best_step(ACCURACY, *values, {"accuracy": 0.9, "nll": 0.1}) == 2  # the monitor comes first
    assert best_step(Monitor("val/error", "min"), *({"error": 0.0, "nll": nll} for nll in (0.9, 0.2, 0.4))) == 2


def test_without_nll_the_earlier_is_the_best(best_step):
    assert best_step(ACCURACY, *[{"accuracy": 1.0}] * 3) == 1
    assert best_step(ACCURACY, {"accuracy": 1.0}, {"accuracy": 1.0, "nll": 0.1}) == 1  # a state of an older version
    nan = float("nan")
    assert best_step(ACCURACY, {"accuracy": 1.0, "nll": 0.1}, {"accuracy": 1.0, "nll": nan}) == 1
    assert best_step(ACCURACY, {"accuracy": nan, "nll": 0.1}, {"accuracy": 0.1, "nll": 0.2}) == 2


def test_a_tie_and_a_nan_are_no_better_value(best):
    accuracies = [0.5, 0.6, 0.6, float("nan"), 0.7]
    values = [{"accuracy": accuracy, "nll": 1 / step} for step, accuracy in enumerate(accuracies, start=1)]
    assert [best(ACCURACY, *values[:count])["waited"] for count in range(1, 6)] == [0, 0, 1, 2, 0]
    error = [{"error": error} for error in (0.3, 0.2, 0.4, 0.4)]
    assert best(Monitor("val/error", "min"), *error)["waited"] == 2


def test_nothing_is_waited_for_while_what_learns_still_changes(best):
    assert best(ACCURACY, *[{"accuracy": 1.0}] * 5, settled=4)["waited"] == 2
