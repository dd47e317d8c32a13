"""The page: complete without a network, its numbers those of the table, readable whatever a run is called."""

import json
import re

import numpy as np
import pytest
from PIL import Image
from plotly.offline import get_plotlyjs

from artesano.cli import main
from artesano.compare import charts, pictures
from artesano.compare.runs import gather
from artesano.compare.table import compare

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
    for section in ("Runs", "Curves", "Coordinates", "Importance", "Costs", "Samples", "Health", "Stopped"):
        assert f'<h2 id="{section}">' in text
    data = json.loads(re.search(r"^const data = (.*);$", text, re.MULTILINE)[1].replace("<\\/", "</"))
    assert data["config"]["0001-run"]["generator.width"] == 8
    assert len(data["samples"]) == 3
    assert [step for step, _ in data["samples"]["0005-run"]][::11] == [0, 1900]
    assert text.count(" best") >= 1


def test_curves_are_means_over_seeds_and_thinned(gans):
    found = compare(gather([])[0])
    figure = charts.curves(found)["val/fd"]
    line = next(trace for trace in figure.data if trace.name == "generator.width=8")
    assert len(line.x) <= charts.POINTS
    assert line.x[-1] == 1000
    assert line.y[-1] == pytest.approx(1000 / 1000 + 0.5)


def test_importance_is_the_share_of_the_variance(gans):
    shares = charts.importance(compare(gather([])[0]))
    values = np.array([300, 301, 200, 201, 100, 101.0])
    between = 2 * ((values.reshape(3, 2).mean(1) - values.mean()) ** 2).sum()
    assert shares == {"generator.width": pytest.approx(between / ((values - values.mean()) ** 2).sum())}


def test_a_torn_picture_is_no_obstacle(gans, outputs):
    (outputs / "gan" / "0005-run" / "images" / "step_000000.png").write_bytes(b"\x89PNG torn")
    assert pictures.samples(compare(gather([])[0]))["0005-run"][0] == (0, "")


def test_a_page_that_cannot_be_written(gans, tmp_path, capsys):
    assert main(["compare", "--html", str(tmp_path / "no" / "such" / "folder.html")]) == 2
    assert "cannot be written" in capsys.readouterr().err
