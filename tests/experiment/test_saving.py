"""Which validation best.ckpt is of, and that a state that was loaded goes on with the same choice."""

from types import SimpleNamespace

import pytest

from artesano.config.options import Monitor
from artesano.experiment import saving
from artesano.experiment.saving import Saver
from artesano.experiment.stop import StopSignals


@pytest.fixture
def best_step(tmp_path, monkeypatch):
    """The step of best.ckpt after validations with these metrics at steps 1, 2, ..., the state reloaded each time."""
    monkeypatch.setattr(saving, "log_row", lambda *_: None)
    monkeypatch.setattr(Saver, "save", lambda *_: None)

    def after(monitor, *validations):
        state = None
        for step, metrics in enumerate(validations, start=1):
            saver = Saver(tmp_path, monitor, None, 1, StopSignals())
            if state is not None:
                saver.load_state_dict(state)
            saver.judge(None, SimpleNamespace(evaluated_metrics=metrics, step=step, phase=None))
            state = saver.state_dict()
        return state["best"]["step"]

    return after


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
