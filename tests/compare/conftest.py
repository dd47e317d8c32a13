import pytest
from chromium import launched

from artesano.runs import record


@pytest.fixture
def chromium():
    """A browser, or a skipped test."""
    with launched() as browser:
        yield browser


@pytest.fixture
def made(outputs, monkeypatch):
    """`made(1, metrics={"test/accuracy": 0.9}, words=["strategy=freeze"])`: a run folder as training leaves it."""

    for slow in ("git_state", "versions"):  # of a thousand folders
        monkeypatch.setattr(record, slow, dict)
    monkeypatch.setattr("os.fsync", lambda _: None)

    def make(number, *, words=(), metrics=None, task="transfer", seed=0, status="finished", config=None, **fields):
        folder = outputs / task / f"{number:04d}-run"
        folder.mkdir(parents=True)
        choices = {"strategy": "freeze", "data": "mnist5k"}
        values = {"data": {"shots": None, "batch_size": 8}, "seed": seed, "strategy": {"groups": 1}}
        given = dict(word.split("=", 1) for word in words)
        choices |= {key: value for key, value in given.items() if key in choices}
        content = record.new(
            name=f"run {number}",
            task=task,
            seed=seed,
            overrides=[*words, f"seed={seed}"],
            choices=choices,
            config=values,
        )
        numbers = {key: int(value) for key, value in given.items() if key not in choices and value.isdigit()}
        content["config"] |= numbers | (config or {})
        content |= {
            "status": status,
            "seconds": 60.0,
            "metrics": {"best": metrics or {}, "last": metrics or {}},
        } | fields
        record.write(folder, content)
        return folder

    return make
