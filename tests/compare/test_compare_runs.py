"""Many runs beside each other: what differs, seeds as mean and spread, what is refused, and how fast."""

import csv
import io
import json
import re
import statistics
import subprocess
import sys
import time

import pytest
from rich.console import Console

from artesano.cli import main
from artesano.compare.charts import importance
from artesano.compare.grid import conclude
from artesano.compare.runs import gather
from artesano.compare.table import compare, lower_is_better
from artesano.compare.text import terminal
from artesano.compare.where import where
from artesano.errors import BadInput
from artesano.experiment.announce import report
from artesano.runs.folder import alive, locked

ACCURACY = "test/accuracy"


@pytest.fixture
def six(made):
    """Two strategies of three seeds."""
    values = {"freeze": (0.90, 0.91, 0.95), "full": (0.93, 0.97, 0.98)}
    for place, (strategy, accuracies) in enumerate(values.items()):
        for seed, accuracy in enumerate(accuracies):
            made(3 * place + seed + 1, words=[f"strategy={strategy}"], seed=seed, metrics={ACCURACY: accuracy})
    return values


def test_seeds_are_grouped_to_mean_and_standard_deviation(six):
    found = compare(gather([])[0])
    assert found.columns == ["strategy"]
    assert [row.about["strategy"] for row in found.rows] == ["full", "freeze"]  # the best first
    for row in found.rows:
        accuracies = six[row.about["strategy"]]
        assert row.mean(ACCURACY) == pytest.approx(statistics.fmean(accuracies))
        assert row.spread(ACCURACY) == pytest.approx(statistics.stdev(accuracies))
    assert found.best[ACCURACY] == [0]


def test_a_rerun_is_no_second_seed(six, made, capsys):
    again = made(7, words=["strategy=full"], seed=0, metrics={ACCURACY: 0.93}, rerun_of="/elsewhere/transfer/0004-run")
    comparison = compare(gather([])[0])
    assert [len(row.runs) for row in comparison.rows] == [3, 3]
    assert again not in [run.folder for row in comparison.rows for run in row.runs]
    assert "1 rerun left out" in comparison.notes[0]
    alone = compare([run for run in gather([])[0] if run.folder == again])
    assert [run.folder for run in alone.rows[0].runs] == [again]
    assert not alone.notes


def test_the_same_command_twice_is_no_second_seed(made):
    for number, metric in enumerate((0.9, 0.9, 0.8, 0.9), start=1):
        made(number, words=["strategy=full"], metrics={ACCURACY: metric}, seed=number // 4)
    comparison = compare(gather([])[0])
    assert comparison.rows[0].numbers(ACCURACY) == [0.9, 0.8, 0.9]  # with another result or another seed it counts
    assert "1 rerun left out" in comparison.notes[0]


def test_files_of_weights_stand_for_the_networks_they_replace(made):
    for number, file in enumerate(("anime.pth", "photos.pth", None), start=1):
        start = {"files": {"generator_a2b": file}} if file else None
        choices = {"data": "sr_folder", "generator": "srresnet" if file else "rrdb"}  # that of the bundle stays
        made(number, words=["generator=rrdb"], choices=choices, start=start, metrics={"test/l1": number / 10})
    comparison = compare(gather([])[0])
    assert comparison.columns == ["generator"]
    assert [row.about["generator"] for row in comparison.rows] == ["anime.pth", "photos.pth", "rrdb"]


@pytest.mark.parametrize(("columns", "widest"), [("90", 90), (None, 200)])
def test_outside_a_terminal_it_is_as_wide_as_columns_says(made, capsys, monkeypatch, columns, widest):
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    made(1, status="failed", error={"type": "BadInput", "message": "x" * 300})
    main(["compare"])
    assert max(map(len, capsys.readouterr().out.splitlines())) == widest


def test_brackets_in_names_are_no_markup(made, capsys):
    for number, status in enumerate(("finished", "finished", "failed"), start=1):
        folder = f"/data/[old] {number}"
        made(
            number, words=[f"data.root={folder}"], config={"data.root": folder}, status=status, name=f"[/red] {number}",
            error={"type": "BadInput", "message": f"{folder} is gone"},
            metrics={ACCURACY: number / 10} if status == "finished" else {},
        )  # fmt: skip
    runs = gather([])[0]
    conclude([run.folder for run in runs])
    printed = capsys.readouterr().out
    assert all(text in printed for text in ("[/red] 1", "[old] 2", "[/red] 3", "[old] 3 is gone"))
    report(
        Console(width=200), runs[0].folder.parent / "[old]", runs[0].record | {"monitor": {"name": "nll"}, "wandb": {}}
    )
    printed = capsys.readouterr().out
    assert "[/red] 1:" in printed
    assert "/[old]" in printed


def test_all_rows_that_tie_are_the_best(made):
    for number, accuracy in enumerate((0.9, 0.9, 0.8), start=1):
        made(number, words=[f"data.shots={number}"], metrics={ACCURACY: accuracy})
    comparison = compare(gather([])[0])
    assert comparison.best[ACCURACY] == [0, 1]
    assert "seconds" not in comparison.best  # all have the same


def test_files_that_changed_between_runs_are_told_and_options_of_the_data_are_not(made):
    """Fewer shots are other images by choice, which a column shows; the same choice with other files is not."""
    for number, shots in enumerate((5, 10), start=1):
        data = {"fingerprint": f"listing of {shots}", "images": {}, "skipped": []}
        made(number, words=[f"data.shots={shots}"], metrics={ACCURACY: 0.9}, data=data)
    assert compare(gather([])[0]).notes == []
    made(3, words=["data.shots=10", "data.batch_size=4"], metrics={ACCURACY: 0.9}, data=data | {"fingerprint": "other"})
    assert compare(gather([])[0]).notes == ["data=mnist5k: the files changed between runs of the same options"]


def test_two_folders_of_photos_are_different_data(made):
    for number, folder in enumerate(("birds", "cats"), start=1):
        words, data = ["data=folder", f"data.root={folder}"], {"fingerprint": folder, "images": {}, "skipped": []}
        made(number, words=words, config={"data.root": folder}, metrics={ACCURACY: 0.9}, data=data)
    assert compare(gather([])[0]).notes == ["the runs were measured on different data: folder birds, folder cats"]


def test_a_rerun_of_a_trial_is_no_copy_of_another_sweeps_trial(made):
    made(3, words=["strategy=full"], metrics={ACCURACY: 0.9})
    again = made(7, words=["strategy=full"], metrics={ACCURACY: 0.8}, rerun_of="/outputs/sweeps/other/0003-run")
    assert again in [run.folder for row in compare(gather([])[0]).rows for run in row.runs]


def test_an_unpacked_bundle_counts_only_where_it_is_named(six, made):
    bundle = made(9, metrics={ACCURACY: 1.0}, checkpoints={"best": "checkpoints/best.safetensors", "last": None})
    assert bundle not in [run.folder for run in gather([])[0]]
    assert [run.folder for run in gather([str(bundle)])[0]] == [bundle]


def test_numbers_that_never_repeat_have_an_importance(made):
    """As a search draws learning rates: six values, the larger three better."""
    for number, rate in enumerate((1e-5, 1e-4, 2e-4, 1e-3, 2e-3, 5e-3), start=1):
        made(
            number,
            words=[f"optimizer.lr={rate}"],
            config={"optimizer.lr": rate},
            metrics={ACCURACY: 0.5 + 0.4 * (rate >= 1e-3)},
        )
    assert importance(compare(gather([])[0]))["optimizer.lr"] > 0.9


def test_a_pruned_trial_is_pruned(made):
    error = {"type": "Pruned", "message": "worse than the others at this step", "step": 15}
    made(1, status="interrupted", error=error, metrics={ACCURACY: 0.5})
    run = gather([])[0][0]
    assert run.state == "pruned"
    assert run.trouble == "pruned at step 15: worse than the others at this step"


def test_only_keys_that_somebody_has_set_and_that_differ_are_columns(made):
    made(1, words=["data.shots=10", "data.batch_size=4"], metrics={ACCURACY: 0.5}, config={"optimizer.lr": 1})
    made(2, words=["data.shots=20", "data.batch_size=4"], metrics={ACCURACY: 0.6}, config={"optimizer.lr": 2})
    runs, _ = gather([])
    assert compare(runs).columns == ["data.shots"]
    assert {"data.shots", "optimizer.lr"} <= set(compare(runs, every_key=True).columns)
    assert len(compare(runs, group_by=[]).rows) == 1
    assert compare(runs, group_by=[]).rows[0].mean(ACCURACY) == pytest.approx(0.55)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("strategy=freeze", {1, 2, 3}),
        ("strategy!=freeze", {4, 5, 6}),
        ("strategy=freeze and test/accuracy>=0.91", {2, 3}),
        ("strategy=freeze and seed=0 or test/accuracy>0.975", {1, 6}),
        ("name~RUN 4", {4}),
        ("data.shots=null and seed<1", {1, 4}),
        ("run=0002-run", {2}),
    ],
)
def test_conditions(six, text, expected):
    assert {int(run.folder.name[:4]) for run in where(gather([])[0], text)} == expected


def test_what_conditions_cannot_say(six):
    runs, _ = gather([])
    with pytest.raises(BadInput, match=r"stratgy.*'strategy'"):
        where(runs, "stratgy=freeze")
    with pytest.raises(BadInput, match="<key><operator><value>"):
        where(runs, "strategy")


def test_the_better_way_of_a_metric():
    lower = [
        "test/nll",
        "test/aurc",
        "test/ece_calibrated",
        "test/fd_lite0_2k",
        "val/l1",
        "test/features_lite1",
        "seconds",
        "test/kid_lite0_1k",
    ]
    assert all(map(lower_is_better, lower))
    higher = [ACCURACY, "test/psnr_rgb_crop4", "test/psnr_rgb_crop4_gain", "test/coverage_lite0_2k", "test/ssim"]
    assert not any(map(lower_is_better, higher))


def test_broken_and_half_written_folders_are_told_and_left_out(six, outputs, made, capsys):
    (outputs / "transfer" / "0001-run" / "run.json").write_text('{"schema": 1, "na')
    (outputs / "transfer" / "0099-half").mkdir()
    (outputs / "transfer" / "0099-half" / "config.yaml").write_text("a: 1")
    newer = made(50, metrics={ACCURACY: 0.99})
    (newer / "run.json").write_text((newer / "run.json").read_text().replace('"schema": 1', '"schema": 2'))
    assert main(["compare"]) == 0
    out, err = capsys.readouterr()
    assert "5 runs" in out
    for words in ("0001-run", "0099-half", "schema 2; this version reads schema 1"):
        assert words in err


def test_failed_interrupted_and_killed_runs_have_their_reason(six, made, capsys):
    made(10, status="failed", error={"type": "NotFinite", "message": "loss is NaN\nmore", "step": 12})
    made(11, status="interrupted", error={"type": "Interrupted", "message": "stopped by Ctrl-C", "step": 3})
    made(12, status="running")
    running = made(13, status="running")
    with locked(running):
        assert alive(running)
        assert main(["compare"]) == 0
    assert not alive(running)
    out = capsys.readouterr().out
    for words in ("failed at step 12: NotFinite: loss is NaN", "interrupted at step 3", "killed", "running"):
        assert words in out
    assert "6 runs" in out


def test_formats_hold_the_same_numbers(six, capsys):
    main(["compare", "--metric", "accuracy", "--json"])
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["n"] for row in rows] == [3, 3]
    main(["compare", "--metric", "accuracy", "--csv"])
    table = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [float(line[ACCURACY]) for line in table] == pytest.approx([row[ACCURACY] for row in rows])
    main(["compare", "--metric", "accuracy", "--markdown"])
    assert "| full | 3 | 0.9600 ± 0.0265 * |" in capsys.readouterr().out
    main(["compare", "--metric", "accuracy", "--latex"])
    assert r"full & 3 & \textbf{0.9600 $\pm$ 0.0265} \\" in capsys.readouterr().out


def test_drawn_values_are_short_where_people_read_and_whole_where_programs_do(made, tmp_path, capsys):
    for number, rate in enumerate((0.003490336004297573, 0.004927338079432045), start=1):
        words, config = [f"optimizer.lr={rate}"], {"optimizer.lr": rate}
        made(number, words=words, metrics={ACCURACY: number / 10}, config=config)
    assert main(["compare", "--html", str(tmp_path / "page.html")]) == 0
    assert "<td>0.00349034</td>" in (tmp_path / "page.html").read_text()
    for form, expected in (([], "0.00492734"), (["--csv"], "0.004927338079432045")):
        capsys.readouterr()
        assert main(["compare", *form]) == 0
        assert expected in capsys.readouterr().out.replace(",", " ").split()


def test_what_is_refused(six, made, tmp_path, capsys):
    assert main(["compare", "--metric", "acuracy"]) == 2
    assert "accuracy" in capsys.readouterr().err
    assert main(["compare", "--group-by", "colour"]) == 2
    assert main(["compare", "--where", "seed=77"]) == 2
    assert "there are 6 in all" in capsys.readouterr().err
    assert main(["compare", str(tmp_path / "nothing")]) == 2
    assert "nothing" in capsys.readouterr().err
    made(30, task="gan", metrics={"test/fd_lite0_2k": 200})
    assert main(["compare", "--csv"]) == 2
    assert "1 of gan, 6 of transfer" in capsys.readouterr().err
    assert main(["compare"]) == 0  # on a terminal: one table for each kind
    assert main(["compare", "--where", "kind=gan", "--csv"]) == 0


def test_standard_output_on_a_full_disk(six):
    with open("/dev/full", "w") as full:
        words = [sys.executable, "-m", "artesano", "compare", "--csv"]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "artesano: --csv: standard output cannot be written (No space left on device).\n"


def test_a_thousand_runs_without_torch(made):
    for number in range(1000):
        made(number + 1, words=[f"data.shots={number % 40}"], seed=number // 40, metrics={ACCURACY: number / 1000})
    code = "import sys; from artesano.cli import main; main(['compare']); sys.exit('torch' in sys.modules)"
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    print(f"{time.perf_counter() - began:.2f} s")  # seen with -s; no test asserts on time
    assert done.returncode == 0, done.stderr
    assert "1000 runs" in done.stdout


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_no_number_or_word_is_broken_at_any_width(made, width):
    for number, root in enumerate(("/data/pictures/cats and dogs", "/data/pictures/birds"), start=1):
        metrics = {f"test/{name}": 0.1234 * number for name in ("accuracy", "macro_f1", "fd_lite0_2k", "nll")}
        made(number, words=[f"data.root={root}", f"optimizer.lr={number}e-05"], metrics=metrics,
             config={"data.root": root, "optimizer.lr": number * 1e-5})  # fmt: skip
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(terminal(compare(gather([])[0]), width))
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= width
    for word in ("0001 run 1", "0002 run 2", "0.1234", "0.2468", "accuracy", "data.root", "optimizer.lr"):
        assert word in text, word
    assert re.search(r"…/cats\s+and\s+dogs|…/cats and", text)
    assert ("not shown at this width" in text) == (width < 100)


def test_a_grid_ends_with_its_comparison_and_the_next_command(made, capsys, monkeypatch):
    """Its runs only; the command that goes on names the best."""
    folders = [made(n, metrics={"test/accuracy": n / 10}, words=[f"strategy=s{n}"], seed=n) for n in range(1, 4)]
    monkeypatch.chdir(folders[0].parents[2])
    conclude(folders[:2])
    text = capsys.readouterr().out
    assert "0.2000" in text
    assert "0.3000" not in text
    names = [f"outputs/transfer/{number:04d}-run" for number in (1, 2)]
    assert f"artesano compare {names[0]} {names[1]} --html grid.html" in text
    assert f"{names[1]} " in text.split("grid.html")[1]
    conclude([])
    assert capsys.readouterr().out == ""
