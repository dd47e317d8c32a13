"""A storage that cannot be used says why, and nobody ever reads its password."""

import errno
import os

import pytest

from artesano.cli import main
from artesano.sweep import run
from artesano.sweep import study as studies
from artesano.sweep.space import load_space
from artesano.sweep.storage import Storage, hidden


@pytest.mark.parametrize(
    ("storage", "message"),
    [
        ("postgresql://me:s3cret@127.0.0.1:1/none", "cannot be used (connection failed: connection to server"),
        ("postgresql://me:s3:c@r@t@127.0.0.1:1/none", "cannot be used ("),
        ("postgresql://me@127.0.0.1:x/none?password=s3cret", "cannot be used ("),
        ("mysql://me:s3cret@host/none", "journal, sqlite, sqlite:///<file> and postgresql://"),
        ("journl", "Did you mean 'journal'?"),
        ("sqlite:////nowhere/at/all.db", "cannot be used ("),
    ],
)
def test_a_storage_that_cannot_be_used(outputs, space, capsys, monkeypatch, storage, message):
    monkeypatch.setattr(run, "check_overrides", lambda *_: None)
    assert main(["sweep", f"sweep={space}", f"storage={storage}"]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "s3" not in error
    assert len(error.splitlines()) == 1


def test_a_wrong_password_is_not_shown_either(outputs, space, capsys, monkeypatch, postgres):
    monkeypatch.setattr(run, "check_overrides", lambda *_: None)
    right = postgres.split(":")[2].split("@")[0]
    monkeypatch.setenv("ARTESANO_STORAGE", postgres.replace(right, "wr%20ong"))
    assert main(["sweep", f"sweep={space}"]) == 2
    error = capsys.readouterr().err
    assert 'password authentication failed for user "artesano"' in error
    assert "wr" not in error.replace("artesano[", "")


def test_a_missing_driver_names_the_extra(outputs, space, capsys, monkeypatch):
    monkeypatch.setattr(run, "check_overrides", lambda *_: None)
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    assert main(["sweep", f"sweep={space}", "storage=postgresql://me@127.0.0.1/x"]) == 2
    assert "pip install 'artesano[postgres]'" in capsys.readouterr().err


def test_passwords_in_any_place_are_hidden():
    assert hidden("x postgresql://me:a@b:c@host/db y") == "x postgresql://me:***@host/db y"
    assert hidden("no p w", "postgresql://me:p%20w@host/db") == "no ***"


def test_a_journal_whose_last_line_is_torn_goes_on(tmp_path, space):
    storage, found = Storage("journal", tmp_path), load_space(space, {})
    studies.open_study(storage, found, []).ask()
    with (tmp_path / "study.journal").open("ab") as stream:
        stream.write(b'{"op_code":4,"worker')
    studies.open_study(storage, found, []).ask()
    assert len(studies.open_study(storage, found, []).get_trials()) == 2


def test_a_full_disk_is_told_and_leaves_a_readable_journal(outputs, space, capsys, monkeypatch):
    monkeypatch.setattr(run, "check_overrides", lambda *_: None)
    folder = outputs / "sweeps" / "little"
    folder.mkdir(parents=True)
    storage, found = Storage("journal", folder), load_space(space, {})
    study = studies.open_study(storage, found, [])

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert main(["sweep", f"sweep={space}"]) == 1
    assert "the disk is full; free some space and run the same command to continue" in capsys.readouterr().err
    assert len(study.get_trials()) == 0
    study.ask()
