import os
import signal

import pytest

from artesano.errors import Interrupted
from artesano.experiment.stop import StopSignals


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
