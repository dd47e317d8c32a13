"""`optimizer.lr=auto`: the run is the one of the rate that was found, and it is found once."""

import pytest
from test_resume import same_ending

import artesano
from artesano.config.check_keys import check_keys
from artesano.config.targets import load_plain
from artesano.errors import BadInput
from artesano.experiment.resume import resume
from artesano.kinds.transfer import find_rate
from artesano.runs import record
from artesano.runs.find import find_run
from killed import killed_after


@pytest.mark.e2e
@pytest.mark.parametrize("strategy", ["freeze", "full"])
def test_the_run_is_that_of_the_rate(tiny, outputs, strategy):
    words = [*tiny, f"strategy={strategy}", "data.augment=none"]
    found = artesano.train(*words, "optimizer.lr=auto")
    rate = load_plain(found.folder / "config.yaml")["optimizer"]["lr"]
    assert 1e-6 < rate < 1
    assert found.record["config"]["optimizer.lr"] == rate
    assert "optimizer.lr=auto" in found.record["overrides"]
    assert "plots/learning_rate.png" in found.record["images"]
    given = artesano.train(*words, f"optimizer.lr={rate}")
    same_ending(found.folder, given.folder)


@pytest.mark.e2e
def test_a_resumed_run_keeps_the_rate(tiny, outputs, monkeypatch):
    words = [*tiny, "optimizer.lr=auto", "checkpoint_every=1"]
    with killed_after(7):
        artesano.train(*words)
    rate = record.read(find_run("last"))["config"]["optimizer.lr"]
    with monkeypatch.context() as patch:
        patch.setattr(find_rate, "range_test", lambda *_: pytest.fail("tested again"))
        resumed = resume("last", [])
    assert resumed.record["config"]["optimizer.lr"] == rate
    same_ending(resumed.folder, artesano.train(*words).folder)


def test_gans_and_several_processes_are_refused():
    with pytest.raises(BadInput, match=r"hacks\.lr=auto: a range test follows the loss of one network"):
        check_keys(["gan=dcgan", "hacks.lr=auto"])
    for words in (["trainer=ddp"], ["trainer.devices=2"]):
        with pytest.raises(BadInput, match=r"trainer\.devices=1"):
            check_keys(["optimizer.lr=auto", *words])
    check_keys(["optimizer.lr=auto", "trainer.devices=[0]"])
