"""The notebook runs from top to bottom, with the tests' tiny network."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebooks" / "transfer.ipynb"


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """The notebook after a run in an empty folder."""
    folder = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTESANO_TINY", "1")
        patch.delenv("ARTESANO_OUTPUTS", raising=False)
        notebook = nbformat.read(NOTEBOOK, as_version=4)
        NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(folder)}}).execute()
    return notebook, folder


def output(notebook, text: str) -> str:
    """What the first cell that contains `text` printed and showed."""
    cell = next(cell for cell in notebook.cells if cell.cell_type == "code" and text in cell.source)
    shown = [item.get("text") or item.get("data", {}).get("text/plain", "") for item in cell.outputs]
    return "\n".join(shown)


def test_it_leaves_two_finished_runs(executed):
    notebook, folder = executed
    assert len(list((folder / "outputs" / "transfer").glob("*/per_class.csv"))) == 2
    assert "test/accuracy" in output(notebook, "parameters that learn")
    assert "answer:" in output(notebook, "load_image(")


def test_only_the_last_groups_differ(executed):
    notebook, _ = executed
    rows = output(notebook, "torch.equal").splitlines()[1:]
    differ = [int(row.split()[-1]) for row in rows]
    assert not any(differ[:-3])
    assert all(differ[-3:])


def test_no_output_is_stored():
    for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
        assert not cell.get("outputs"), cell.source
        assert cell.get("execution_count") is None
