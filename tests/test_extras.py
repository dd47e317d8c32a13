"""Without the extras of pyproject.toml: the core works, and what is missing is named in one sentence."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from artesano.cli import main
from artesano.compare.output import to_page
from artesano.errors import BadInput
from artesano.extras import require
from artesano.metrics.palette import Palette

pytestmark = pytest.mark.slow

EXTRAS = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]["optional-dependencies"]
HIDDEN = ("mlxtend", "mpl_toolkits.basemap_data", "sklearn", "pyarrow", "plotly", "optuna", "cmaes", "streamlit")
HIDDEN += ("wandb_workspaces", "onnx", "onnxruntime", "onnxscript", "ray", "submitit", "psycopg", "pytest")
CORE = """
import sys
sys.modules |= dict.fromkeys({hidden}, None)
from artesano.cli import main
tiny = "backbone=test_resnet weights.source=none image_size=32 max_steps=2 trainer=cpu logger.wandb.mode=disabled"
assert main(["train", "data=rendered_digits", "data.samples=100", *tiny.split()]) == 0
assert main(["predict", "last", "photo.png"]) == 0
assert main(["compare", "--csv"]) == 0
assert main(["options", "gan"]) == 0
"""


@pytest.mark.parametrize(
    ("command", "module", "extra"),
    [
        ("train", "mlxtend", "demo"),
        ("train gan=pix2pix", "mpl_toolkits.basemap_data", "demo"),
        ("sweep sweep=transfer", "optuna", "sweep"),
        ("embed --backbone test_resnet photos", "pyarrow", "embed"),
        ("dashboard", "plotly", "dashboard"),
    ],
)
def test_a_command_says_which_extra_it_needs(command, module, extra, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, module, None)
    assert main(command.split()) == 2
    [message] = capsys.readouterr().err.strip().splitlines()
    assert module in message
    assert message.endswith(f"pip install 'artesano[{extra}]'")
    assert not list(tmp_path.iterdir())
    assert extra in EXTRAS


def test_the_page_of_a_comparison_needs_plotly(monkeypatch):
    monkeypatch.setitem(sys.modules, "plotly", None)
    with pytest.raises(BadInput, match=r"compare --html needs plotly: pip install 'artesano\[pages\]'"):
        to_page([], "page.html", "")


def test_the_palette_of_maps_needs_k_means(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(BadInput, match=r"sklearn: pip install 'artesano\[maps\]'"):
        Palette.fit([])


def test_all_missing_packages_are_named_together():
    with pytest.raises(BadInput, match=r"^it needs no_such and no\.such: pip install 'artesano\[demo\]'$"):
        require("demo", "it", "sys", "no_such", "no.such")


def test_the_extra_all_has_every_extra_for_users():
    [everything] = EXTRAS["all"]
    assert set(everything.removeprefix("artesano[").removesuffix("]").split(",")) == set(EXTRAS) - {"all", "dev"}


@pytest.mark.e2e
def test_the_core_trains_predicts_and_compares(tmp_path):
    from PIL import Image

    Image.new("RGB", (40, 40), "red").save(tmp_path / "photo.png")
    words = [sys.executable, "-c", CORE.format(hidden=HIDDEN)]
    done = subprocess.run(
        words, check=False, cwd=tmp_path, env=os.environ | {"ARTESANO_OUTPUTS": "runs"}, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
