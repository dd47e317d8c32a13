"""The benchmark's own parts: turns, medians and ratios. What it measures is run by `make bench`."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
LOOP = """
import sys, time
sys.path.insert(0, {scripts!r})
from contextlib import suppress
from pace import Enough, Pace
pace = Pace()
print("noise")
with suppress(Enough):
    pace.begin()
    while True:
        time.sleep({seconds})
        pace.tick(10)
"""


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))


def test_variants_take_turns(tmp_path):
    from pace import Variant

    def start(name, seconds):
        code = LOOP.format(scripts=str(SCRIPTS), seconds=seconds)
        return Variant([sys.executable, "-c", code], tmp_path / name)

    quick, slow = start("quick", 0.001), start("slow", 0.1)
    assert quick.answer() == slow.answer() == {"ready": True}
    for _ in range(2):
        first, second = quick.turn(3, 1), slow.turn(3, 1)
        assert first["images_per_second"] > second["images_per_second"]
        assert 60 < second["images_per_second"] < 100
        assert 3 < first["peak_mib"] < 1000
    for variant in (quick, slow):
        variant.end()
        assert variant.process.returncode == 0


def test_our_variants_wait_as_artesano_does():
    from pace import AS_ARTESANO, AS_ARTESANO_BESIDE

    from artesano.threads import ALONE, CROWDED

    assert AS_ARTESANO == {"GOMP_SPINCOUNT": ALONE}
    assert AS_ARTESANO_BESIDE == {"GOMP_SPINCOUNT": CROWDED}


def test_trainings_beside_go_on_until_they_are_killed(tmp_path):
    from neighbours import busy_loop, trainings
    from pace import Variant

    variant = Variant([sys.executable, "-c", LOOP.format(scripts=str(SCRIPTS), seconds=0.001)], tmp_path / "log")
    assert variant.answer() == {"ready": True}
    with busy_loop(), trainings([variant], seconds=0.1):
        assert variant.process.poll() is None
    assert variant.process.returncode == -9


def test_a_variant_that_fails_says_why(tmp_path):
    from pace import Variant

    with pytest.raises(RuntimeError, match="no such thing"):
        Variant([sys.executable, "-c", "raise SystemExit('no such thing')"], tmp_path / "log").answer()


def test_ratios_are_taken_within_a_turn():
    from bench_rows import Turns, measured

    turns = Turns({"ours": [100.0, 10.0, 50.0], "other": [50.0, 5.0, 10.0]})
    turns.peaks = {"ours": 1.0, "other": 2.0}
    rows = measured("full", turns, lambda name, turn: turns["ours"][turn] / turns[name][turn], "ours / this")
    assert [row.ratio for row in rows] == [1.0, 2.0]
    assert (rows[1].images_per_second, rows[1].lowest, rows[1].highest) == (10.0, 5.0, 50.0)


def test_help_needs_no_torch():
    code = "import sys; sys.argv = ['x', '--help']; import bench_transfer\ntry: bench_transfer.main()\n"
    code += "except SystemExit: sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=SCRIPTS, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "--peers-python" in done.stdout


def test_drawn_images_are_a_folder_of_classes(tmp_path):
    from bench_transfer import drawn_images

    root = drawn_images(tmp_path, 6)
    assert sorted(path.name for path in root.iterdir()) == ["class0", "class1", "class2"]
    assert {path.suffix for path in root.rglob("*.*")} == {".jpg", ".webp"}
