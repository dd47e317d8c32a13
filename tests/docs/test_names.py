"""docs/architecture.md names files, folders and classes that exist."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "artesano"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
NAMES = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL))
FOREIGN = {"Checkpoint", "EarlyStopping"}  # of Lightning


def exists(path):
    """Below the repository, the package or configs/, or, for the name of a file alone, anywhere in the package."""
    places = [ROOT, SOURCE, ROOT / "configs"]
    return any((place / path).exists() for place in places) or ("/" not in path and any(SOURCE.rglob(path)))


def definitions():
    """{class: names in its body} of the package; classes of one name share an entry."""
    names = defaultdict(set)
    for file in SOURCE.rglob("*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                names[node.name] |= set(re.findall(r"^    (?:def )?(\w+)", ast.unparse(node), re.MULTILINE))
    return names


def test_files_and_folders_exist():
    paths = [name for name in NAMES if re.fullmatch(r"[\w./]+(\.py|\.ya?ml|\.csv|/)", name)]
    of_examples = [name for name in paths if name.startswith(("mine/", "configs/")) and f"`{name}`:\n" in PAGE]
    of_runs = {"config.yaml", "metrics.csv", "times.csv", "files.csv", "images/"}
    missing = [name for name in paths if name not in of_examples and name not in of_runs and not exists(name)]
    assert len(paths) > 50
    assert not missing


def test_classes_and_their_methods_exist():
    classes = definitions()
    dotted = [name.split(".") for name in NAMES if re.fullmatch(r"[A-Z][a-z]\w*(\.\w+)?", name)]
    assert len(dotted) > 10
    for name, *attribute in dotted:
        assert name in classes or name in FOREIGN, name
        assert not attribute or attribute[0] in classes[name], f"{name}.{attribute[0]}"


@pytest.mark.parametrize("name", ["gan/module.py", "wandb_run.py", "tests/test_imports.py", "generator/dcgan.yaml"])
def test_the_check_takes_names_as_the_page_writes_them(name):
    assert exists(name)
    assert not exists(name.replace(".", "_gone."))
