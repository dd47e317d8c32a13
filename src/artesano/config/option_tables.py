"""The YAML files read as documentation: their first comment line, their keys and the comments beside them."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from rich.table import Table
from rich.text import Text

from artesano.config import search_path
from artesano.errors import BadInput, nearest


def groups() -> dict[str, dict[str, Path]]:
    """{group: {choice: file}}; the user's own ./configs replace and add. Names that begin with `_` are parts."""
    files: dict[str, dict[str, Path]] = {}
    for root in (search_path.shipped(), search_path.own()):
        for file in sorted(root.glob("*/*.yaml")) if root else ():
            if not file.name.startswith("_"):
                files.setdefault(file.parent.name, {})[file.stem] = file
    return files


def groups_table() -> Table:
    """Every group and the names of its choices."""
    table = listing("group", "choices")
    for group, choices in sorted(groups().items()):
        table.add_row(group, ", ".join(choices))
    return table


def choices_table(group: str) -> Table:
    """One group's choices and the comment line of each."""
    table = listing(f"{group}=", "")
    for choice, file in chosen_group(group).items():
        table.add_row(choice, headline(file))
    return table


def keys_table(group: str, choice: str) -> Table:
    """The keys of one choice with defaults and comments; `train` alone means those that every run has."""
    if group == "train" and not choice:
        roots = [
            root for root in (search_path.own(), search_path.shipped()) if root and (root / "train.yaml").is_file()
        ]
        file = roots[0] / "train.yaml"
    else:
        choices = chosen_group(group)
        if choice not in choices:
            raise BadInput(
                f"{group}={choice}: no such option; there are {', '.join(choices)}.{nearest(choice, choices)}"
            )
        file = choices[choice]
    table = listing("key", "default", "")
    table.title, table.title_justify = Text(headline(file)), "left"
    package_is_root = "@package _global_" in file.read_text(encoding="utf-8") or not choice
    for key, (default, comment) in keys(file).items():
        table.add_row(key if package_is_root else f"{group}.{key}", default, comment)
    return table


def sections() -> dict[str, list[str]]:
    """{section: tasks}: keys of a task that stand together and are no group, such as `weights`."""
    known: dict[str, list[str]] = {}
    for task, file in groups()["task"].items():
        for name in dict.fromkeys(key.partition(".")[0] for key in keys(file) if "." in key):
            known.setdefault(name, []).append(task)
    return known


def section_table(section: str, task: str) -> Table:
    """The keys of a section as a task has them, with defaults and comments."""
    table = listing("key", "default", "")
    table.title, table.title_justify = Text(f"task={task}"), "left"
    for key, (default, comment) in keys(groups()["task"][task]).items():
        if key.startswith(f"{section}."):
            table.add_row(key, default, comment)
    return table


def belongs_to(group: str, choice: str) -> str:
    """What a command needs besides `<group>=<choice>`: the `gan=...` that the headline says it is for, else the first
    that is made with it, `task=gan` for any other choice that only GANs have, or a target to adapt to; "" if nothing.
    """
    if group in ("gan", "task", "experiment"):
        return ""
    if group == "adapt":
        return "adapt.data=rendered_digits"
    named = re.search(r"(?:\bfor |\()(gan=\w+( data=\w+)?)", headline(groups()[group][choice]))
    if named:
        return f"{named[1]} data.root=<folder>" if named[2] else named[1]
    default, gan = (groups()["task"][task].read_text(encoding="utf-8") for task in ("transfer", "gan"))
    if f"/{group}:" in default:
        return ""
    made = (
        f"gan={name}"
        for name, file in sorted(groups()["gan"].items())
        if re.search(rf"/{group}: {choice}[,\]]", file.read_text(encoding="utf-8"))
    )
    return next(made, "task=gan" if f"/{group}:" in gan else "")


def chosen_group(group: str) -> dict[str, Path]:
    known = groups()
    if group not in known:
        names = sorted({*known, *sections()})
        raise BadInput(f"'{group}' is not a group; accepted: {', '.join(names)}.{nearest(group, names)}")
    return known[group]


def listing(*headings: str) -> Table:
    """A table without frame; text of the YAML is shown as it stands."""
    table = Table(box=None, pad_edge=False, show_header=any(headings))
    for position, heading in enumerate(headings):
        table.add_column(Text(heading), style="bold" if position == 0 else "", overflow="fold", no_wrap=position == 0)
    return table


def headline(file: Path) -> str:
    """The first comment line that is not an instruction to Hydra."""
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") and not line.startswith("# @"):
            return line.lstrip("# ").strip()
    return ""


def keys(file: Path) -> dict[str, tuple[str, str]]:
    """{key: (default, comment)} of a file and of the files of its folder that it builds on, dotted where nested."""
    text = file.read_text(encoding="utf-8")
    rows: dict[str, tuple[str, str]] = {}
    for base in (yaml.safe_load(text) or {}).get("defaults", []):
        beside = file.parent / f"{base}.yaml"
        if isinstance(base, str) and base != "_self_" and beside.is_file():
            rows |= keys(beside)
    path: list[tuple[int, str]] = []
    for line in text.splitlines():
        match = re.match(r"( *)([A-Za-z]\w*):(?: +|$)(.*)$", line)
        if not match:
            continue
        indent, name = len(match[1]), match[2]
        value, _, comment = (part.strip() for part in re.split(r"((?:^|\s+)#\s*)", match[3] + " # ", maxsplit=1))
        path = [outer for outer in path if outer[0] < indent] + [(indent, name)]
        if value and path[0][1] not in ("defaults", "hydra"):
            dotted = ".".join(part for _, part in path)
            said = comment.removesuffix("#").strip()
            rows[dotted] = (value, said or rows.get(dotted, ("", ""))[1])
    return rows
