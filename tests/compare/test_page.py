"""The page in Chromium: what is chosen changes the numbers that are shown, and a link or a reload keeps it."""

from pathlib import Path

import numpy as np
import pytest
from chromium import launched

from artesano.cli import main
from artesano.compare import axes, curves
from artesano.compare.runs import gather
from artesano.compare.table import compare
from artesano.runs import record

pytestmark = pytest.mark.services

STEPS = range(10, 210, 10)
PER_EPOCH = 50
SECONDS = 3.0  # of a step
SIZES = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]


def loss(number, step):
    return 2.0 / number + 0.1 * (step // 10 % 2)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Of a page of six runs: two strategies x (two rates, the first with two seeds); one kind."""
    place = tmp_path_factory.mktemp("page")
    runs = [(strategy, rate, seed) for strategy in ("freeze", "full") for rate, seed in ((1, 0), (1, 1), (2, 0))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record, "git_state", dict)
        patch.setattr(record, "versions", dict)
        for number, (strategy, rate, seed) in enumerate(runs, 1):
            folder = place / "transfer" / f"{number:04d}-run"
            folder.mkdir(parents=True)
            content = record.new(
                name=f"a rather long name of run {number}", task="transfer", seed=seed,
                overrides=[f"strategy={strategy}", f"optimizer.lr={rate}"],
                choices={"strategy": strategy}, config={"optimizer": {"lr": rate}, "seed": seed},
            )  # fmt: skip
            metrics = {"test/accuracy": number / 10, "test/nll": 1 / number, "val/loss": 3.0 / number}
            content |= {"status": "finished", "seconds": 600.0, "steps_per_epoch": PER_EPOCH}
            content |= {"monitor": {"name": "val/loss", "mode": "min"}, "metrics": {"best": metrics, "last": metrics}}
            record.write(folder, content)
            rows = (f"{step},{name},{loss(number, step)}\n" for step in STEPS for name in ("train/loss", "val/loss"))
            (folder / "metrics.csv").write_text("step,name,value\n" + "".join(rows))
            times = (f"{step},{SECONDS * step}\n" for step in STEPS)
            (folder / "times.csv").write_text("step,seconds\n" + "".join(times))
        assert main(["compare", str(place), "--metric", "accuracy,nll", "--html", str(place / "page.html")]) == 0
    return f"file://{place / 'page.html'}"


@pytest.fixture(scope="module")
def opened(address):
    """The page in a browser, opened once, and the errors that it prints."""
    with launched() as browser:
        page, errors = browser.new_page(viewport={"width": 1440, "height": 1000}), []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(address)
        yield page, errors


@pytest.fixture
def page(opened):
    """The page as it is at first; no error may be printed."""
    page, errors = opened
    page.evaluate("location.hash = ''; recall()")
    yield page
    assert not errors


def drawn(page):
    """The traces of the curves: kind, name, x, y."""
    return page.evaluate("""() => document.querySelector(".curves").data.map(trace =>
        ({ kind: trace.meta.kind, name: trace.name, x: [...trace.x], y: [...trace.y] }))""")


def shown(page):
    """The cells of the table that are seen, row by row."""
    return page.evaluate("""() => {
        const seen = part => part.offsetParent, text = cell => cell.textContent.trim().replaceAll("\\u00a0", " ");
        return [...document.querySelectorAll("table.runs tr")].filter(seen)
            .map(row => [...row.cells].slice(1).filter(seen).map(text));
    }""")


def choose(page, name, value):
    page.locator(f".of-curves [name={name}]").select_option(value)


def test_curves_are_smoothed_and_the_raw_ones_stay(page):
    assert page.locator("[name=metric]").input_value() == "val/loss"  # the monitored one
    before = drawn(page)
    assert [trace["kind"] for trace in before] == ["line", "band", "line", "line", "band", "line"]
    page.locator("[name=smoothing]").fill("0.8")
    after = drawn(page)
    raw = [trace for trace in after if trace["kind"] == "raw"]
    lines = [trace for trace in after if trace["kind"] == "line"]
    for plain, faint, smooth in zip([trace for trace in before if trace["kind"] == "line"], raw, lines, strict=True):
        assert faint["y"] == plain["y"]
        assert smooth["y"] == pytest.approx(curves.smoothed(plain["y"], 0.8))
        assert np.ptp(smooth["y"][5:]) < 0.5 * np.ptp(plain["y"])


def test_x_is_step_epoch_or_time_and_both_axes_can_be_logarithmic(page):
    layout = lambda: page.evaluate("""() => { const { xaxis, yaxis } = document.querySelector(".curves").layout;
        return [xaxis.title.text, xaxis.type, yaxis.type] }""")  # noqa: E731
    assert (layout(), drawn(page)[0]["x"][-1]) == (["step", "linear", "linear"], 200)
    choose(page, "axis", "epoch")
    assert (layout(), drawn(page)[0]["x"][-1]) == (["epoch", "linear", "linear"], 200 / PER_EPOCH)
    choose(page, "axis", "time")
    assert layout()[0] == "minutes"
    assert drawn(page)[0]["x"] == pytest.approx([step * SECONDS / 60 for step in STEPS])
    page.locator("[name=logx]").check()
    page.locator("[name=logy]").check()
    assert layout() == ["minutes", "log", "log"]


@pytest.mark.parametrize("axis", axes.AXES)
def test_the_dashboard_draws_what_the_page_draws(page, address, axis):
    choose(page, "axis", axis)
    runs, _ = gather([str(Path(address.removeprefix("file://")).parent)])
    figure = curves.curve(compare(runs), "val/loss", axis=axis)
    assert page.evaluate("document.querySelector('.curves').layout.xaxis.title.text") == figure.layout.xaxis.title.text
    lines = [trace for trace in drawn(page) if trace["kind"] == "line"]
    same = [trace for trace in figure.data if trace.showlegend is not False]
    assert len(same) == len(lines) == 4
    for one, other in zip(same, lines, strict=True):
        assert list(one.x) == pytest.approx(other["x"])
        assert list(one.y) == pytest.approx(other["y"], rel=1e-4)


def test_groups_are_means_with_a_spread_in_table_and_curves(page):
    assert [row[:4] for row in shown(page)[1:3]] == [
        ["0006 a rather long name of run 6", "0.6000", "0.1667", "1"],
        ["0004 +1 a rather long name of run 4", "0.4500 ± 0.0707", "0.2250 ± 0.0354", "2"],
    ]
    page.locator("select.group").select_option("strategy")
    assert shown(page)[1:] == [
        ["strategy=full", "0.5000 ± 0.1000", "0.2056 ± 0.0419", "3", "full", "2 values"],
        ["strategy=freeze", "0.2000 ± 0.1000", "0.6111 ± 0.3469", "3", "freeze", "2 values"],
    ]
    band, line, *_ = drawn(page)
    assert (band["kind"], line["name"]) == ("band", "strategy=full (3)")
    losses = [[loss(number, step) for step in STEPS] for number in (4, 5, 6)]
    assert line["y"] == pytest.approx(np.mean(losses, 0), rel=1e-4)
    assert max(band["y"]) == pytest.approx(np.max(losses), rel=1e-4)
    choose(page, "lines", "each")
    assert [trace["name"] for trace in drawn(page)] == ["strategy=full (3)"] * 3 + ["strategy=freeze (3)"] * 3
    page.locator(".legend button").first.click()
    assert [trace["name"] for trace in drawn(page)] == ["strategy=freeze (3)"] * 3


def test_columns_are_chosen_and_a_link_keeps_what_is_chosen(page):
    assert shown(page)[0] == ["run", "accuracy", "nll", "n", "strategy", "optimizer.lr"]
    page.locator("summary").click()
    page.get_by_role("checkbox", name="nll").uncheck()
    page.get_by_role("checkbox", name="val/loss").check()
    page.locator("select.group").select_option("seed")
    choose(page, "axis", "time")
    page.locator("[name=smoothing]").fill("0.5")
    chosen = shown(page)
    assert chosen[0] == ["run", "accuracy", "val/loss", "n", "strategy", "optimizer.lr"]
    assert {row[0] for row in chosen[1:]} == {"seed=0", "seed=1"}
    curves_then = drawn(page)
    page.locator("nav a", has_text="Curves").click()
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    assert (shown(page), drawn(page)) == (chosen, curves_then)


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_nothing_is_wider_than_the_window(page, width, scheme):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(f"document.documentElement.scrollWidth === {width}", timeout=10_000)  # plots follow
    wider = """() => [...document.querySelectorAll("body *")].filter(part => part.offsetParent
        && !part.closest(".wide, svg") && part.getBoundingClientRect().right > innerWidth + 1)
        .map(part => part.outerHTML.slice(0, 80))"""
    assert page.evaluate(wider) == []
    cut = """() => [...document.querySelectorAll(".legend button, .controls *")].filter(part => part.offsetParent
        && part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).overflowX !== "visible").length"""
    assert page.evaluate(cut) == 0
