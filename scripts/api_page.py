"""docs/api.md from the docstrings of the Python API. A test compares the file with what this writes."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import artesano
from artesano.experiment.run import Run
from artesano.kinds.gan.generator import LoadedGan
from artesano.kinds.image_gan.load import LoadedImageGan
from artesano.kinds.transfer.classifier import LoadedClassifier

PAGE = Path(__file__).parents[1] / "docs" / "api.md"
# Each class with the members that users call.
CLASSES: dict[type, tuple[str, ...]] = {
    Run: ("metrics",),
    LoadedClassifier: ("predict", "logits", "features", "transform"),
    LoadedGan: ("sample",),
    LoadedImageGan: ("transform_image", "predict"),
}
SECTION = re.compile(r"^(Args|Attributes|Returns|Raises):$")


def page() -> str:
    """The whole page."""
    parts = ["# The Python API", "Written from the docstrings by `python scripts/api_page.py`.", text(artesano)]
    parts += [
        entry(f"artesano.{name}", getattr(artesano, name), "##") for name in ("train", "advise", "load", "compare")
    ]
    for cls, members in CLASSES.items():
        parts += [f"## {cls.__name__}", text(cls)]
        parts += [entry(f"{cls.__name__}.{name}", inspect.getattr_static(cls, name), "###") for name in members]
    return "\n\n".join(parts) + "\n"


def entry(name: str, member: Any, level: str) -> str:
    """A heading with the signature, and the docstring."""
    if isinstance(member, property):
        return f"{level} {name}\n\n{text(member)}"
    signature = str(inspect.signature(member)).replace("(self, ", "(")
    signature = re.sub(r"(: |-> )'([^']*)'", r"\1\2", signature)  # annotations are texts
    return f"{level} {name}\n\n```python\n{name}{signature}\n```\n\n{text(member)}"


def text(item: Any) -> str:
    """A docstring as Markdown: its sections become lists, its indented examples code blocks."""
    parts = []
    for block in (inspect.getdoc(item) or "").split("\n\n"):
        head, _, body = block.partition("\n")
        if match := SECTION.match(head):
            parts += [f"**{match[1]}**", inspect.cleandoc(body) if match[1] == "Returns" else listed(body)]
        elif block.startswith("    "):
            code = inspect.cleandoc(block)
            joined = parts[-1].endswith("```")  # an example may have empty lines
            before = parts.pop().removesuffix("```") + "\n" if joined else "```python\n"
            parts.append(f"{before}{code}\n```")
        else:
            parts.append(block)
    return "\n\n".join(parts)


def listed(body: str) -> str:
    """`name: what it is` lines, as a list."""
    return re.sub(r"^(\S.*?): ", r"- `\1`: ", inspect.cleandoc(body), flags=re.MULTILINE)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
