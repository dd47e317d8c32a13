"""A few of the random folders: no traceback, every file accounted for, check and train agree."""

import argparse
from collections import Counter
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.mark.slow
def test_random_folders(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import fuzz_folders

    rows = fuzz_folders.tried_all(tmp_path, range(6), argparse.Namespace(seed=1, draw_every=100))
    assert not [fault for _, outcome in rows for fault in outcome.faults]
    codes = Counter(outcome.codes["train"] for _, outcome in rows)
    assert set(codes) == {0, 2}
