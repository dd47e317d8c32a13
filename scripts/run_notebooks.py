"""Run the notebooks of docs/ from top to bottom and store them with what they show.

    python scripts/run_notebooks.py [transfer] [gan]

Each runs in an empty folder of its own. Progress bars and warnings are left out, as are paths of this machine.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[1] / "docs" / "notebooks"


def run(file: Path) -> None:
    """Execute the notebook and write it back."""
    notebook = nbformat.read(file, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(notebook, timeout=1800, resources={"metadata": {"path": folder}}).execute()
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)
            if cell.cell_type == "code":
                cell.outputs = [shown for output in cell.outputs if (shown := without_machine(output, folder))]
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.write(notebook, file)


def without_machine(output: dict, folder: str) -> dict | None:
    """The output without paths of this machine; None for what goes to stderr and for progress bars."""
    if output.get("name") == "stderr":
        return None
    if "text" in output:
        output["text"] = plain(output["text"], folder)
        return output if output["text"].strip() else None
    data = output.get("data", {})
    for kind, text in data.items():
        if isinstance(text, str) and kind.startswith("text/"):
            data[kind] = plain(text, folder)
    return output


def plain(text: str, folder: str) -> str:
    """Text with relative paths, without colours, and of a line that was drawn over only its last state."""
    text = re.sub(r"\x1b\[[\d;]*m", "", text)
    text = text.replace(f"{folder}/", "").replace(folder, ".").replace(str(Path.home()), "~")
    return re.sub(r"[^\n]*\r(?!\n)", "", text)


if __name__ == "__main__":
    for name in sys.argv[1:] or sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")):
        run(NOTEBOOKS / f"{name}.ipynb")
        print(f"docs/notebooks/{name}.ipynb is stored with its outputs")
