"""A fourth kind of run, from a package of the user's, as docs/architecture.md shows it: nothing in src/ knows of it."""

import re
import sys
from pathlib import Path

import pytest
import torch

import artesano
from artesano.cli import main
from artesano.errors import BadInput
from artesano.kinds import registry
from artesano.next_steps import shortest
from artesano.runs import record
from artesano.runs.checkpoint import read_checkpoint
from artesano.runs.find import find_run
from killed import killed_after

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text(encoding="utf-8")
FILES = re.findall(r"^`([\w/]+\.(?:py|yaml))`:\n\n```\w+\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)
WORDS = ["task=autoencoder", "code=8", "image_size=16", "max_steps=12", "eval_every=4", "checkpoint_every=1"]
WORDS += ["data.shots=10", "data.batch_size=16", "log_every=1", "logger.wandb.mode=disabled", "trainer=cpu"]


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The folder of a project with the package."""
    for name, content in FILES:
        if "autoencoder" in name or name == "mine/__init__.py":
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("ARTESANO_PLUGINS", "mine")
    monkeypatch.setenv("ARTESANO_OUTPUTS", str(tmp_path / "outputs"))
    registry.instance.cache_clear()
    yield tmp_path
    registry.instance.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] == "mine"]:
        del sys.modules[name]


@pytest.fixture
def run(package):
    return artesano.train(*WORDS)


def test_it_is_trained_and_recorded(run):
    assert run.folder.parent.name == "autoencoder"
    assert run.record["status"] == "finished"
    assert run.record["model"] == {"image_size": 16, "code": 8}
    assert registry.of_run("last").name == "autoencoder"
    assert run.metrics["test/mse"] <= run.record["metrics"]["last"]["test/mse"] + 1e-6


def test_killed_and_resumed_equals_straight(run, monkeypatch):
    with killed_after(7):
        artesano.train(*WORDS)
    assert main(["resume", "last"]) == 0
    resumed = find_run("last")
    assert resumed != run.folder
    assert (resumed / "metrics.csv").read_bytes() == (run.folder / "metrics.csv").read_bytes()
    assert record.read(resumed)["metrics"] == run.record["metrics"]
    one, other = (read_checkpoint(folder, "last").tensors for folder in (run.folder, resumed))
    assert all(torch.equal(tensor, other[name]) for name, tensor in one.items())


def test_every_command_uses_it(run, package, photos, capsys):
    assert main(["evaluate", "last"]) == 0
    assert f"test/mse {run.metrics['test/mse']:.6f}" in capsys.readouterr().out
    assert main(["predict", "last", str(photos / "rojo")]) == 0
    rows = [line.rsplit(",", 8) for line in capsys.readouterr().out.splitlines()]
    assert [Path(path).name for path, *_ in rows] == [f"{number}.png" for number in range(6)]
    assert all(torch.isfinite(torch.tensor([float(number) for number in code])).all() for _, *code in rows)
    assert main(["rerun", "last"]) == 0
    assert "identical" in capsys.readouterr().out
    assert main(["sample", str(run.folder)]) == 2
    message = "sample does not apply to an autoencoder (task=autoencoder). With this run: artesano predict"
    assert f"{message} {shortest(run.folder)}" in capsys.readouterr().err
    assert main(["evaluate", str(run.folder), "--samples", "9"]) == 2
    assert "this is an autoencoder" in capsys.readouterr().err


def test_it_is_exported(run, capsys):
    pytest.importorskip("onnxruntime")
    assert main(["export", "last"]) == 0
    assert "largest difference to torch over 3 images" in capsys.readouterr().out
    assert (run.folder / "export" / "model.onnx").is_file()


def test_its_bundle_is_loaded(run, package, capsys):
    assert main(["bundle", "last", "-o", "b.safetensors"]) == 0
    assert "An autoencoder that makes 8 numbers of an image of 16 px." in capsys.readouterr().out
    loaded, bundled = artesano.load(run.folder), artesano.load("b.safetensors")
    images = torch.randint(0, 256, (3, 1, 16, 16), dtype=torch.uint8)
    assert bundled.codes(images).shape == (3, 8)
    assert torch.equal(bundled.codes(images), loaded.codes(images))
    assert main(["resume", "b.safetensors"]) == 2
    assert "no optimiser state" in capsys.readouterr().err


def test_it_is_compared(run, capsys):
    artesano.train(*WORDS, "code=4")
    table = artesano.compare(where="kind=autoencoder")
    assert table["code"].tolist() == [8, 4]
    assert table["test/mse"].notna().all()
    capsys.readouterr()
    assert main(["compare", "--where", "kind=autoencoder", "--csv"]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith("code,n,test/mse")


def test_without_the_package_its_runs_are_named_and_others_go_on(run, package, monkeypatch, capsys):
    monkeypatch.delenv("ARTESANO_PLUGINS")
    with pytest.raises(BadInput, match="task: 'autoencoder' is not transfer or gan"):
        artesano.load(run.folder)
    assert artesano.compare()["kind"].tolist() == ["autoencoder"]
    monkeypatch.setenv("ARTESANO_PLUGINS", "nowhere")
    assert main(["evaluate", str(run.folder)]) == 2
    assert "ARTESANO_PLUGINS: the package nowhere cannot be imported" in capsys.readouterr().err
    assert main(["compare", str(run.folder)]) == 0
    (package / "broken.py").write_text("import nothing_of_that_name")
    monkeypatch.setenv("ARTESANO_PLUGINS", "broken")
    assert main(["evaluate", str(run.folder)]) == 2
    assert "the package broken cannot be imported (No module named 'nothing_of_that_name')" in capsys.readouterr().err
