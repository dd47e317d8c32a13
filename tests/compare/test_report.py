"""The page: complete without a network, its numbers those of the table, readable whatever a run is called."""

import json
import re
import resource
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from plotly.offline import get_plotlyjs

from artesano.cli import main
from artesano.compare import axes, charts, curves, pictures
from artesano.compare.runs import gather
from artesano.compare.table import compare

pytestmark = pytest.mark.slow

FD = "test/fd_lite0_1k"


@pytest.fixture
def gans(made):
    """Three configs of two seeds; the second one's name would break a page that does not escape."""
    for place, width in enumerate((8, 16, 32)):
        for seed in range(2):
            number = 2 * place + seed + 1
            health = {"verdict": "healthy", "sentence": "D(x) < 0.9 & well", "advice": []}
            folder = made(
                number, task="gan", words=[f"generator.width={width}"], seed=seed,
                metrics={FD: 100.0 * (3 - place) + seed}, health=health, seconds=10.0 * number,
                parameters={"trainable": 1000 * width},
            )  # fmt: skip
            rows = "".join(f"{step},val/fd,{1000 / step + seed}\n" for step in range(1, 1001))
            (folder / "metrics.csv").write_text(f"step,name,value\n{rows}7,val/f")
            (folder / "images").mkdir()
            for step in range(0, 2000, 100):
                Image.fromarray(np.full((8, 8, 3), step // 8, np.uint8)).save(folder / f"images/step_{step:06d}.png")
    made(20, task="gan", status="failed", error={"type": "A", "message": "<script>alert(1)</script>"})


def test_the_page_is_whole_and_escapes_what_runs_say(gans, tmp_path, capsys):
    page = tmp_path / "ñ report.html"
    assert main(["compare", "--html", str(page)]) == 0
    assert str(page) in capsys.readouterr().out
    text = page.read_text().replace(get_plotlyjs(), "")
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", text)
    assert "<script>alert(1)" not in text
    for section in ("Runs", "Curves", "Coordinates", "Importance", "Costs", "Samples", "Health", "Unfinished"):
        assert f'<h2 id="{section}">' in text
    data = json.loads(re.search(r"^const parts = (.*);$", text, re.MULTILINE)[1].replace("<\\/", "</"))[0]
    assert data["titles"] == ["0005-run", "0003-run", "0001-run"]  # the best first
    assert data["config"] == {"generator.width": [32, 16, 8]}
    assert len(data["samples"]) == 3
    assert [step for step, _ in data["samples"][0]][::11] == [0, 1900]
    assert text.count(" best") >= 1


def test_kinds_have_a_part_each(gans, made, tmp_path):
    made(30, words=["strategy=full"], metrics={"test/accuracy": 0.9})
    page = tmp_path / "page.html"
    assert main(["compare", "--html", str(page)]) == 0
    text = page.read_text().replace(get_plotlyjs(), "")
    assert re.findall(r"<article>\s*<h1>(.*?)</h1>", text) == [
        "6 runs of gan, by fd_lite0_1k",
        "1 run of transfer, by accuracy",
    ]
    parts = json.loads(re.search(r"^const parts = (.*);$", text, re.MULTILINE)[1].replace("<\\/", "</"))
    assert [part["titles"] for part in parts] == [["0005-run", "0003-run", "0001-run"], ["0030-run"]]


def test_the_page_in_a_browser(gans, tmp_path, chromium):
    assert main(["compare", "--html", str(tmp_path / "page.html")]) == 0
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    errors, asked = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: asked.append(request.url.partition(":")[0]))
    page.goto(f"file://{tmp_path / 'page.html'}")
    page.locator(".js-plotly-plot .main-svg").first.wait_for(state="attached", timeout=60_000)
    assert page.evaluate("document.documentElement.scrollWidth") == 390  # a phone scrolls tables, not the page
    first = page.locator("table.sortable").first
    widths = lambda: first.locator("tbody:not([hidden]) td:last-child").all_text_contents()  # noqa: E731
    assert widths() == ["32", "16", "8"]  # the best first
    first.locator("th").last.click()
    assert widths() == ["8", "16", "32"]
    assert page.locator("table.difference td").all_text_contents() == ["generator.width", "32", "16"]
    times = page.locator("[name=axis] option[value=time]")
    assert times.is_disabled()  # such old runs have no times.csv
    assert "no times.csv" in times.get_attribute("title")
    wider = """() => [...document.querySelectorAll(".broad > div")].some(part =>
        part.querySelector(".main-svg").getBoundingClientRect().width > part.clientWidth + 1)"""
    assert not page.evaluate(wider)  # no plot is drawn over the next one
    page.locator("input.choose:checked").first.uncheck()
    assert "Tick two runs" in page.locator("table.difference").inner_text()
    picture = page.locator("figure.moments img").first
    before = picture.get_attribute("src")
    page.locator("input.moment").fill("0")
    assert page.locator("figure.moments output").all_text_contents() == ["step 0"] * 3
    assert picture.get_attribute("src") != before
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 25, 30)"
    assert page.pdf().startswith(b"%PDF")
    assert not errors
    assert set(asked) <= {"file", "data", "blob"}


def test_curves_are_means_over_seeds_and_thinned(gans):
    found = compare(gather([])[0])
    figure = curves.curve(found, "val/fd")
    line = next(trace for trace in figure.data if trace.name == "0001 +1 · generator.width=8")
    assert len(line.x) <= axes.POINTS
    assert line.x[-1] == 1000
    assert line.y[-1] == pytest.approx(1000 / 1000 + 0.5)


def test_importance_is_the_share_of_the_variance_beyond_chance(gans):
    shares = charts.importance(compare(gather([])[0]))
    values = np.array([300, 301, 200, 201, 100, 101.0])
    total, groups = values.var() * 6, values.reshape(3, 2)
    within = groups.var(1).sum() * 2
    assert shares == {"generator.width": pytest.approx((total - within - 2 * within / 3) / total)}


def test_what_does_not_matter_has_no_importance(made):
    random = np.random.default_rng(0)
    for number in range(60):
        words = [f"data.shots={number}", f"data.batch_size={number % 2}"]
        made(number + 1, words=words, metrics={"test/accuracy": number % 2 + 0.1 * random.random()})
    shares = charts.importance(compare(gather([])[0]))
    assert shares["data.batch_size"] > 0.95
    assert shares["data.shots"] < 0.05  # each run has its own


def test_a_torn_picture_is_no_obstacle(gans, outputs):
    (outputs / "gan" / "0005-run" / "images" / "step_000000.png").write_bytes(b"\x89PNG torn")
    assert pictures.samples(gather([])[0])[outputs / "gan" / "0005-run"][0] == (0, "")


def test_trials_have_the_name_of_their_sweep(made, outputs, tmp_path):
    """Two sweeps hold trials of the same numbers."""
    for place, sweep in enumerate(("first", "second")):
        folder = made(place + 1, words=[f"strategy={sweep}"], metrics={"test/accuracy": 0.5 + place / 10})
        (folder / "plots").mkdir()
        Image.new("RGB", (8, 8)).save(folder / "plots" / "confusion.png")
        (outputs / "sweeps" / sweep).mkdir(parents=True)
        folder.rename(outputs / "sweeps" / sweep / "0000")
    page = tmp_path / "page.html"
    assert main(["compare", str(outputs / "sweeps"), "--html", str(page)]) == 0
    text = page.read_text()
    assert '"titles": ["second/0000", "first/0000"]' in text
    assert text.count("<figure") == 2


def test_a_page_that_cannot_be_written(gans, tmp_path, capsys):
    assert main(["compare", "--html", str(tmp_path / "no" / "such" / "folder.html")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_runs_validated_at_other_steps_have_a_mean_too():
    runs = [{10: 1.0, 30: 3.0}, {10: 3.0, 20: 4.0}, {30: 7.0, 40: float("nan")}]
    assert curves.band(runs)[:3] == [(10, 2.0, 1.0, 3.0), (20, 3.0, 2.0, 4.0), (30, 5.0, 3.0, 7.0)]
    assert np.isnan(curves.band(runs)[3][1])


def test_the_mean_goes_as_far_as_the_longest_seed():
    runs = [{10: 1.0, 20: 2.0, 30: 3.0}, {10: 3.0, 20: 4.0}, {10: 5.0}]
    assert curves.band(runs) == [(10, 3.0, 1.0, 5.0), (20, 3.0, 2.0, 4.0), (30, 3.0, 3.0, 3.0)]


def test_curves_over_steps_epochs_or_time(made):
    """A run that does not record an axis is left out; where none does, the reason is told."""
    for number, known in enumerate(({}, {"steps_per_epoch": 50}), 1):
        folder = made(number, words=[f"data.shots={number}"], metrics={"test/accuracy": 0.5}, **known)
        (folder / "metrics.csv").write_text("step,name,value\n" + "".join(f"{s},val/x,{s}\n" for s in (100, 200, 300)))
    found = compare(gather([])[0])
    runs = [run for row in found.rows for run in row.runs]
    assert list(axes.missing(runs)) == ["time"]
    assert "no times.csv" in axes.missing(runs)["time"]
    assert curves.curve(found, "val/x", axis="time") is None
    (folder / "times.csv").write_text("step,seconds\n100,600\n200,1200\n250,1800\n")
    (timed,) = (run for run in runs if not axes.lacks(run, "time"))
    assert (timed.folder, axes.missing(runs)) == (folder, {})
    over = {axis: curves.curve(found, "val/x", axis=axis) for axis in axes.AXES}
    assert [len(figure.data) for figure in over.values()] == [2, 1, 1]
    assert {axis: figure.layout.xaxis.title.text for axis, figure in over.items()} == {
        "step": "step", "epoch": "epoch", "time": "minutes",
    }  # fmt: skip
    assert [list(over[axis].data[0].x) for axis in ("step", "epoch")] == [[100, 200, 300], [2, 4, 6]]
    assert list(over["time"].data[0].x) == [10, 20, 30]
    assert [axes.unit("time", seconds)[1] for seconds in (100, 130, 7100, 7200)] == [
        "seconds", "minutes", "minutes", "hours",
    ]  # fmt: skip


def test_axes_of_coordinates():
    rates = charts.axis("optimizer.lr", [0.01, 0.001, 0.001])
    assert rates["values"] == pytest.approx([-2, -3, -3])  # by powers of ten
    assert rates["ticktext"] == ["0.001", "0.01"]
    mixed = charts.axis("data.shots", [50, None, 5, "all"])
    assert mixed["ticktext"] == ["5", "50", "-", "all"]
    assert mixed["values"] == [1, 2, 0, 3]


def test_a_full_disk_leaves_what_was_there(gans, tmp_path):
    """A file of a megabyte is as much as this process may write."""
    page = tmp_path / "page.html"
    page.write_text("before")
    limited = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))  # noqa: E731
    words = [sys.executable, "-m", "artesano", "compare", "--html", str(page)]
    done = subprocess.run(words, preexec_fn=limited, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"--html {page}: cannot be written (File too large)" in done.stderr
    assert [path.name for path in tmp_path.glob("page*")] == ["page.html"]
    assert page.read_text() == "before"


def test_runs_without_a_measure_are_compared_too(made, tmp_path):
    """evaluation=none: health and pictures are all there is."""
    for number in (1, 2):
        health = {"verdict": "mode collapse", "sentence": "", "advice": ["hacks.lr=0.0002"]}
        made(number, task="gan", words=[f"generator.width={number}"], health=health)
    assert main(["compare", "--html", str(tmp_path / "page.html")]) == 0
    text = (tmp_path / "page.html").read_text()
    assert "2 runs of gan, by seconds" in text
    assert text.count("<td>hacks.lr=0.0002</td>") == 2


def test_a_page_of_many_rows_says_what_it_leaves_out(made, tmp_path):
    for number in range(1, 601):
        made(number, words=[f"data.shots={number}"], metrics={"test/accuracy": number / 1000})
    for number in range(580, 601):
        folder = tmp_path / "outputs" / "transfer" / f"{number:04d}-run"
        (folder / "metrics.csv").write_text("step,name,value\n1,val/accuracy,0.1\n2,val/accuracy,0.2\n")
    assert main(["compare", "--html", str(tmp_path / "page.html")]) == 0
    text = (tmp_path / "page.html").read_text()
    for words in ("Of the 200 best runs of 600.", "The best 500 rows can be ticked.", "The first 40 of 600 rows."):
        assert words in text
    assert text.count('class="choose"') == 500
