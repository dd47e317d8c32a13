"""Workers on several machines: they share a storage, and perhaps no folder and no lock."""

import time
from itertools import count

import optuna
import pytest
from optuna.exceptions import UpdateFinishedTrialError

from artesano.sweep import alive
from artesano.sweep import study as studies
from artesano.sweep import worker as workers
from artesano.sweep.space import load_space
from artesano.sweep.storage import Storage
from artesano.sweep.trial import Outcome
from artesano.sweep.worker import Worker

pytestmark = pytest.mark.services

GRACE = 0.5


def worker_on(folder, space, storage, lines):
    """One with a folder and a connection of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    place, found = Storage(storage, folder), load_space(space, {})
    study = studies.open_study(place, found, [])
    return Worker(study, place, found, [], n_trials=3, say=lines.append, grace=GRACE)


@pytest.fixture
def pair(tmp_path, space, monkeypatch):
    """Two machines, and the function that says at which of them we are."""
    database = f"sqlite:///{tmp_path / 'shared.db'}"
    lines = []
    made = {name: worker_on(tmp_path / name / "sweep", space, database, lines) for name in ("one", "two")}

    def at(name):
        monkeypatch.setattr(alive, "HERE", name)
        return made[name]

    return at, lines


def test_a_silent_worker_elsewhere_is_dead_and_its_values_are_tried_again(pair):
    at, lines = pair
    trial, held = at("one").turn()
    held.lock.release()  # its machine has lost its power
    two = at("two")
    other, _ = two.turn()
    assert other.number == 1  # nobody can say yet whether 0 is alive
    time.sleep(1.5 * GRACE)
    again, _ = two.turn()
    assert again.params == trial.params
    assert again.user_attrs["again"] == 0
    assert lines == ["trial 0000 was killed; its values are tried again"]


def test_a_beating_worker_elsewhere_is_alive_though_its_lock_cannot_be_seen(pair):
    at, lines = pair
    _, held = at("one").turn()
    two = at("two")
    two.turn()
    for _ in range(8):
        time.sleep(GRACE / 4)
        held.beat()
        two.watch.dead(two.study.get_trials()[0])
    studies.bury(two.study, two.study.get_trials(), two.watch)
    assert lines == []


def test_on_one_machine_a_free_lock_needs_no_waiting(pair):
    at, _ = pair
    one = at("one")
    _, held = one.turn()
    assert studies.bury(one.study, one.study.get_trials(), one.watch) == []
    held.lock.release()
    assert studies.bury(one.study, one.study.get_trials(), alive.Watch()) == [
        "trial 0000 was killed; its values are tried again"
    ]


def test_a_worker_that_was_given_up_hears_of_it(pair):
    at, _ = pair
    one = at("one")
    trial, held = one.turn()
    studies.again(at("two").study, one.study.get_trials()[0], "was killed")
    time.sleep(GRACE / 4)
    with pytest.raises(UpdateFinishedTrialError):
        held.beat()
    assert "another worker has restarted it" in one.tell(trial, Outcome("lost", None, 5))
    assert studies.again(one.study, trial, "was stopped") == ""  # and it does not queue them once more


def test_values_that_kill_every_worker_are_given_up(pair):
    at, lines = pair
    one = at("one")
    for _ in range(studies.TRIES):
        _, held = one.turn()
        held.lock.release()
    trial, _ = one.turn()
    assert [line.endswith("tried again") for line in lines] == [True, True, False]
    assert "no more tries" in lines[-1]
    assert trial.number == studies.TRIES  # the next one is new
    assert "tries" not in trial.user_attrs


def test_what_a_signal_has_ended_is_tried_again_and_what_failed_is_not(pair, monkeypatch):
    at, lines = pair
    answers = iter([Outcome("killed", None, 3, "was killed by SIGKILL"), Outcome("failed", None, 3, "NotFinite: loss")])
    monkeypatch.setattr(workers, "run_trial", lambda *_: next(answers, Outcome("complete", [0.5], 9)))
    one = at("one")
    one.work()
    states = [trial.state.name for trial in one.study.get_trials()]
    assert states == ["FAIL", "FAIL", "COMPLETE", "COMPLETE", "COMPLETE"]
    assert lines[0] == "trial 0000 was killed by SIGKILL; its values are tried again"
    assert lines[1].startswith("trial 0001 failed: NotFinite: loss")


def test_a_storage_that_is_away_for_a_moment_costs_nothing(pair, monkeypatch):
    at, _ = pair
    one, away = at("one"), count()
    true = one.study.tell

    def tell(*words):
        if next(away) < 1:
            raise optuna.exceptions.StorageInternalError("the server is starting up")
        return true(*words)

    monkeypatch.setattr(workers, "run_trial", lambda *_: Outcome("complete", [0.5], 9))
    monkeypatch.setattr(one.study, "tell", tell)
    one.grace = 5
    one.work()
    assert studies.counted(one.study) == 3


def four(cheap, tmp_path, space, storage, n_trials):
    """Four workers that start at the same instant, on two machines; three of them are told to make no report."""
    words = [f"sweep={space}", "name=many", f"n_trials={n_trials}", f"storage={storage}"]
    machines = ["one", "one", "two", "two"]
    numbers = [{}, *({"ARTESANO_WORKER": str(number)} for number in (1, 2, 3))]
    started = [
        cheap(machine, tmp_path / machine, *words, **number) for machine, number in zip(machines, numbers, strict=True)
    ]
    said = [process.ended() for process in started]
    for machine in machines:
        (tmp_path / machine / "sweeps" / "many").mkdir(parents=True, exist_ok=True)
    study = studies.open_study(Storage(storage, tmp_path / "one" / "sweeps" / "many"), load_space(space, {}), [])
    folders = [
        sorted(path.name for path in (tmp_path / name / "sweeps" / "many").glob("0*")) for name in ("one", "two")
    ]
    return study.get_trials(), folders, said


def test_four_workers_on_two_machines_end_at_exactly_so_many(cheap, tmp_path, space):
    trials, folders, _ = four(cheap, tmp_path, space, f"sqlite:///{tmp_path / 'shared.db'}", 12)
    assert [trial.state.name for trial in trials] == ["COMPLETE"] * 12
    assert sorted(folders[0] + folders[1]) == [f"{number:04d}" for number in range(12)]
    assert all(folders)
    assert len({trial.params["optimizer.lr"] for trial in trials}) == 12  # no two drew alike


def test_four_workers_on_postgresql(cheap, tmp_path, space, postgres):
    trials, folders, said = four(cheap, tmp_path, space, postgres, 20)
    assert [trial.state.name for trial in trials] == ["COMPLETE"] * 20
    assert sorted(folders[0] + folders[1]) == [f"{number:04d}" for number in range(20)]
    assert len({trial.params["optimizer.lr"] for trial in trials}) == 20
    assert "postgresql://artesano:***@127.0.0.1" in said[0]
    password = postgres.split(":")[2].split("@")[0]
    assert not any(password in line for line in said)
    written = [path for machine in ("one", "two") for path in (tmp_path / machine).rglob("*") if path.is_file()]
    assert not any(password.encode() in path.read_bytes() for path in written)
