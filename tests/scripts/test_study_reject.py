"""The study of refusing: unknown classes are never trained on, and its threshold of the energy is the command's."""

from pathlib import Path

import numpy as np
import pytest
import torch

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))


def test_left_out_classes_stay_out(tmp_path):
    from study_reject import LEFT_OUT, jobs

    from artesano.config.compose import compose

    for name in (*LEFT_OUT, "airplane", "river"):
        (tmp_path / name).mkdir()
    every = jobs([0, 1], tmp_path)
    assert len({job.name for job in every}) == len(every) == 2 * 2 * 2
    assert compose(every[0].overrides({})).resolved["data"]["classes"] == ["airplane", "river"]
    assert {job.about["data"] for job in jobs([0], None)} == {"mnist5k"}


def test_its_scores_are_those_of_the_command():
    from study_reject import COVERAGE, scores

    from artesano.kinds.transfer.calibration import Calibration
    from artesano.kinds.transfer.refusal import refusal

    logits = 3 * torch.randn(80, 4, generator=torch.Generator().manual_seed(0))
    fitted = Calibration.fitted(logits, logits.argmax(1))
    energies = scores(fitted.temperature)["energy"](logits)
    last = int(np.ceil(COVERAGE * len(logits))) - 1
    assert refusal(fitted, coverage=COVERAGE).threshold == energies.sort(descending=True).values[last]
