"""The notebooks run from top to bottom, with the tests' tiny networks."""

import re
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

pytestmark = pytest.mark.e2e

NOTEBOOKS = Path(__file__).parents[2] / "docs" / "notebooks"


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """One for all notebooks, which import torch once: each begins in an empty folder, with no name of the other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTESANO_TINY", "1")
        patch.delenv("ARTESANO_OUTPUTS", raising=False)
        manager, client = start_new_kernel(cwd=str(tmp_path_factory.mktemp("notebooks")))
        client.stop_channels()
        yield manager
        manager.shutdown_kernel(now=True)


def run(name, folder, kernel):
    """The notebook after a run in an empty folder."""
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    begin = nbformat.v4.new_code_cell(f"%reset -f\n%cd -q {folder}")
    notebook.cells.insert(0, begin)
    NotebookClient(notebook, km=kernel, timeout=240).execute()
    notebook.cells.remove(begin)
    return notebook, folder


@pytest.fixture(scope="module")
def executed(tmp_path_factory, kernel):
    return run("transfer.ipynb", tmp_path_factory.mktemp("transfer"), kernel)


@pytest.fixture(scope="module")
def executed_gan(tmp_path_factory, kernel):
    return run("gan.ipynb", tmp_path_factory.mktemp("gan"), kernel)


def output(notebook, text: str) -> str:
    """What the first cell that contains `text` printed and showed."""
    cell = next(cell for cell in notebook.cells if cell.cell_type == "code" and text in cell.source)
    shown = [item.get("text") or item.get("data", {}).get("text/plain", "") for item in cell.outputs]
    return "\n".join(shown)


def test_it_leaves_two_finished_runs(executed):
    notebook, folder = executed
    assert len(list((folder / "outputs" / "transfer").glob("*/per_class.csv"))) == 2
    assert "test/accuracy" in output(notebook, "parameters that learn")
    assert "answer:" in output(notebook, "model.predict(")


def test_only_the_last_groups_differ(executed):
    notebook, _ = executed
    rows = output(notebook, "torch.equal").splitlines()[1:]
    differ = [int(row.split()[-1]) for row in rows]
    assert not any(differ[:-3])
    assert all(differ[-3:])


def test_gans_play_their_game(executed_gan):
    notebook, folder = executed_gan
    assert len(list((folder / "outputs" / "gan").glob("*/plots/timelapse.gif"))) == 3
    game = output(notebook, "def value")
    assert game.count("-1.386") == 2
    slopes = output(notebook, "torch.logit")
    assert "-0.01" in slopes
    assert "-0.99" in slopes
    assert "fd_lite0_50" in output(notebook, "linear output")
    assert "warming up" in output(notebook, 'best.record["health"]') or "verdict" in output(notebook, '["health"]')


def test_lerp_is_shorter_than_slerp(executed_gan):
    notebook, _ = executed_gan
    lengths = dict(line.split() for line in output(notebook, "lengths =").splitlines()[:3])
    assert float(lengths["lerp"]) < 0.85 * float(lengths["slerp"])


@pytest.mark.parametrize("notebook", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_outputs_are_stored_without_paths_of_a_machine(notebook):
    """By scripts/run_notebooks.py, from top to bottom."""
    cells = [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert not any(output.output_type == "error" or output.get("name") == "stderr" for output in outputs)
    pictures = re.compile(r'"image/\w+": "[^"]*"')
    text = pictures.sub("", notebook.read_text(encoding="utf-8"))
    assert not re.search(r"/(?:home|root|tmp|work|Users)\b|site-packages|\d+%\|", text)
    assert notebook.stat().st_size < 2_000_000
