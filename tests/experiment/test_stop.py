import os
import signal

import pytest

import artesano
from artesano.errors import Interrupted
from artesano.experiment import run
from artesano.experiment.resume import resume
from artesano.experiment.stop import StopSignals
from artesano.runs import record


def test_a_patient_run_is_only_told_and_a_second_signal_stops_at_once():
    before = signal.getsignal(signal.SIGTERM)
    with StopSignals() as stop:
        stop.patient = True
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.exit_code == 143
        with pytest.raises(Interrupted) as raised:
            os.kill(os.getpid(), signal.SIGINT)
        assert raised.value.exit_code == 130
    assert signal.getsignal(signal.SIGTERM) is before


def test_outside_training_a_signal_stops_at_once():
    with StopSignals(), pytest.raises(Interrupted):
        os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.slow
def test_a_signal_while_the_end_is_measured_stops_at_once_and_the_run_goes_on(tiny, outputs, monkeypatch, capsys):
    words = [*tiny, "max_steps=2", "eval_every=2"]
    with monkeypatch.context() as patch:
        patch.setattr(run, "waiting", lambda text: os.kill(os.getpid(), signal.SIGINT))
        with pytest.raises(Interrupted):
            artesano.train(*words)
    assert "Stopping after this batch" not in capsys.readouterr().out
    (folder,) = (path.parent for path in outputs.glob("*/*/run.json"))
    assert record.read(folder)["status"] == "interrupted"
    assert record.read(resume(str(folder), []).folder)["status"] == "finished"
