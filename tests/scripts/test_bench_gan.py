"""The GAN benchmark's own parts. What it measures is run by `make bench`."""

import contextlib
import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.slow

SCRIPTS = Path(__file__).parents[2] / "scripts"
TINY = [
    "trainer.accelerator=cpu",
    "data=mnist5k",
    "data.batch_size=4",
    "image_size=8",
    "generator.width=2",
    "discriminator.width=2",
    "latent.size=4",
]
TURNS = {"ours": [100.0, 10.0, 50.0], "bare": [50.0, 10.0, 10.0]}


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))


def test_speed_is_above_one_for_the_faster_and_taken_turn_by_turn():
    from bench_gan_rows import speed_row

    row = speed_row("part", "ours", TURNS, "bare", batch=64)
    assert (row.ratio, row.lowest, row.highest) == (2.0, 1.0, 5.0)
    assert (row.images_per_second, row.milliseconds, row.repeats) == (50.0, 1280.0, 3)


def test_cost_is_above_one_for_the_slower():
    from bench_gan_rows import cost_row

    row = cost_row("costs", "bare", TURNS, "ours", batch=64)
    assert (row.ratio, row.lowest, row.highest) == (2.0, 1.0, 5.0)


def test_table_and_file_hold_every_row(tmp_path):
    from bench_gan_rows import cost_row, markdown, save

    rows = [cost_row("costs", name, TURNS, "ours", 64, words=name) for name in TURNS]
    table = markdown(rows).splitlines()
    assert len(table) == 4
    assert len({line.count("|") for line in table}) == 1
    path = tmp_path / "new" / "costs.csv"
    for anew, expected in ((False, 2), (False, 4), (True, 2)):
        save(rows, path, {"command": "python it"}, anew)
        with path.open() as stream:
            found = list(csv.DictReader(stream))
        assert len(found) == expected
    assert {row["command"] for row in found} == {"python it"}
    assert [float(row["ratio"]) for row in found] == [1.0, 2.0]


def test_speed_and_memory_of_whole_images_go_into_a_file(tmp_path, monkeypatch, capsys):
    """Memory is that of the first time, before anything was kept; the speed that of the last."""
    import bench_image_gan
    import bench_predict

    sizes = {"made_megapixels": 4.0, "tiles": 9, "tile": 570, "before_mib": 300.0, "seam": 0.01}
    answers = [
        {"source_megapixels": float(turn), "peak_mib": 1000.0 + turn, **sizes} for turn in range(bench_predict.TIMES)
    ]

    def process(*_):
        left = iter(answers)
        return lambda: SimpleNamespace(answer=lambda: next(left), end=lambda: None)

    monkeypatch.setattr(bench_image_gan, "process", process)
    monkeypatch.setattr(bench_predict.subprocess, "run", lambda *_, **__: None)
    monkeypatch.setattr(bench_image_gan, "RESULTS", tmp_path)
    monkeypatch.setattr(sys, "argv", ["bench_image_gan.py", "--predict", "--peers", "checkouts", "--save"])
    assert bench_image_gan.main() == 0
    with (tmp_path / "bench_predict.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    both = [(network, way) for network in bench_predict.RESTORING for way in ("artesano", "Real-ESRGAN, pad 10")]
    assert [(row["network"], row["tiles_of"]) for row in rows] == [*both, ("U-Net", "artesano")]
    assert {(row["source_megapixels"], row["peak_mib"]) for row in rows} == {("1.0", "1000.0")}
    assert "--threads 2 --side 4000 --predict --peers <checkouts>" in rows[0]["command"]
    assert "| U-Net | artesano | 1.00 | 4.00 | 9 of 570 px | 1,000 | 300 | 1.0e-02 |" in capsys.readouterr().out


def test_data_path_is_compared_with_the_loader_in_speed_and_in_processors_time(tmp_path, monkeypatch):
    import bench_image_gan

    speeds = {"plain": (100.0, 8.0), "stream": (120.0, 4.0), "memory": (900.0, 0.5)}

    def process(words, *_):
        speed, used = speeds[words[1]]
        turn = {"images_per_second": speed, "cpu_ms": used}
        return lambda: SimpleNamespace(answer=dict, turn=lambda *_: turn, end=lambda: None)

    monkeypatch.setattr(bench_image_gan, "process", process)
    monkeypatch.setattr(bench_image_gan, "RESULTS", tmp_path)
    monkeypatch.setattr(sys, "argv", ["bench_image_gan.py", "--data", str(tmp_path), "--save"])
    assert bench_image_gan.main() == 0
    with (tmp_path / "bench_pair_data.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["variant"] for row in rows] == [f"{task}: {name}" for task in ("sr", "pairs") for name in speeds]
    assert [float(row["ratio"]) for row in rows[:3]] == [1.0, 1.2, 9.0]
    assert [float(row["cpu_ratio"]) for row in rows[:3]] == [1.0, 2.0, 16.0]


def test_only_variants_that_run_are_compared():
    import bench_gan

    parts = [*bench_gan.ON_CPU, bench_gan.on_cuda(64)]
    assert all({name for pair in part.pairs for name in pair} == set(part.kinds) for part in parts)


def test_every_cost_is_a_composition_of_its_own():
    import bench_gan
    from bench_gan_variants import composed

    from artesano.config.compose import compose

    plain, *configs = [compose(composed(words.split())).resolved for words in ("", *bench_gan.COSTS)]
    assert plain not in configs
    assert len({json.dumps(config, sort_keys=True, default=str) for config in configs}) == len(configs)


def test_extra_critic_steps_do_not_count_as_images():
    from bench_gan_variants import Paced

    paced, ticks = Paced(), []
    paced.pace = SimpleNamespace(tick=ticks.append)
    for critic_steps in (1, 2):
        batch = SimpleNamespace(labels=range(4 * critic_steps))
        paced.on_train_batch_end(None, SimpleNamespace(critic_steps=critic_steps), None, batch, 0)
    assert ticks == [4, 4]


@pytest.mark.parametrize("loop", ["ours", "bare", "tutorial"])
def test_a_variant_takes_two_steps(tmp_path, monkeypatch, capfd, loop):
    import bench_gan_variants

    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps({"steps": 2, "skip": 1}) + "\n"))
    variant = {each.__name__: each for each in bench_gan_variants.VARIANTS}[loop]
    with contextlib.suppress(bench_gan_variants.Enough):
        variant(tmp_path, *TINY)
    ready, found = (json.loads(line) for line in capfd.readouterr().out.splitlines() if line.startswith("{"))
    assert ready == {"ready": True}
    assert found["images_per_second"] > 0


def test_help_needs_no_torch():
    code = "import sys; sys.argv = ['x', '--help']; import bench_gan\ntry: bench_gan.main()\n"
    code += "except SystemExit: sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=SCRIPTS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--costs" in done.stdout
