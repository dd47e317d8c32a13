"""A search space: YAML of `configs/sweep/`, checked, and its distributions for Optuna."""

# No `from __future__ import annotations`: pydantic reads the annotations.

import math
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator
from pydantic_core import ErrorDetails

from artesano.config import search_path
from artesano.config.former_names import warn_of
from artesano.config.pydantic_messages import must
from artesano.errors import BadInput, nearest

Value = str | int | float | bool | None


class Numbers(BaseModel):
    """Numbers from `low` to `high`, both included; whole ones where all given are whole."""

    model_config = ConfigDict(extra="forbid")
    low: int | float
    high: int | float
    log: bool = False
    step: int | float | None = None

    @model_validator(mode="after")
    def possible(self) -> "Numbers":
        if self.low >= self.high:
            raise ValueError(f"low={self.low} must lie below high={self.high}")
        if self.log and (self.low <= 0 or self.step is not None):
            raise ValueError("log needs low above 0, and no step")
        return self

    def distribution(self) -> BaseDistribution:
        whole = all(isinstance(one, int) for one in (self.low, self.high, self.step or 1))
        if whole:
            return IntDistribution(int(self.low), int(self.high), log=self.log, step=int(self.step or 1))
        return FloatDistribution(float(self.low), float(self.high), log=self.log, step=self.step)


def kind(node: Any) -> str:
    """The branch of `Node` whose errors are reported."""
    return "range" if isinstance(node, dict | Numbers) else "choice"


Node = Annotated[Annotated[Numbers, Tag("range")] | Annotated[list[Value], Tag("choice")], Discriminator(kind)]


class Space(BaseModel):
    """What `sweep=<name>` holds."""

    model_config = ConfigDict(extra="forbid")
    overrides: list[str] = []
    objectives: dict[str, Literal["min", "max"]] = Field(min_length=1)
    sampler: Literal["tpe", "random", "grid", "cmaes", "nsga2"] = "tpe"
    pruner: Literal["median", "hyperband"] | None = None
    space: dict[str, Node] = Field(min_length=1)

    @model_validator(mode="after")
    def consistent(self) -> "Space":
        if self.pruner and len(self.objectives) > 1:
            raise ValueError("pruner: pruning is not possible with several objectives; give pruner=null")
        if empty := [key for key, values in self.space.items() if values == []]:
            raise ValueError(f"space.{empty[0]}: an empty list; give at least one value")
        if self.sampler == "grid" and (loose := [key for key in self.space if self.grid_values(key) is None]):
            raise ValueError(f"space.{loose[0]}: a grid needs a list, or low, high and step")
        if self.sampler == "cmaes":
            numbers = [key for key, node in self.space.items() if isinstance(node, Numbers)]
            if len(numbers) < 2 or len(self.objectives) > 1:
                counts = f"{len(numbers)} of {len(self.space)} keys are, of {len(self.objectives)} objectives"
                raise ValueError(f"sampler: cmaes needs two keys with low and high, and one objective; here {counts}")
        return self

    def distributions(self) -> dict[str, BaseDistribution]:
        return {
            key: node.distribution() if isinstance(node, Numbers) else CategoricalDistribution(node)
            for key, node in self.space.items()
        }

    def grid_values(self, key: str) -> list | None:
        """All values of a key; None where they cannot be counted."""
        node = self.space[key]
        if isinstance(node, list):
            return node
        if node.step is None:
            return None
        count = int((node.high - node.low) / node.step + 1e-9) + 1
        return [node.low + place * node.step for place in range(count)]

    def points(self) -> int:
        """Of a grid; 0 = it is none."""
        if self.sampler != "grid":
            return 0
        return math.prod(len(self.grid_values(key) or []) for key in self.space)


def load_space(name: str, changes: dict[str, Any]) -> Space:
    """The space of `configs/sweep/<name>.yaml`, the user's own first, or of a YAML file.

    Args:
        changes: `sampler`, `pruner`, given on the command line.

    Raises:
        BadInput: no such space, or one that makes no sense; with the key.
    """
    roots = [root for root in (search_path.shipped(), search_path.own()) if root]
    known = {path.stem: path for root in roots for path in root.glob("sweep/*.yaml")}
    path = Path(name) if name.endswith((".yaml", ".yml")) else known.get(name)
    if path is None or not path.is_file():
        there = ", ".join(sorted(known))
        raise BadInput(f"sweep={name}: no such search space; accepted: {there}.{nearest(name, known)}")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise BadInput(f"{path}: holds no keys and values.")
        if "words" in content:
            warn_of(f"words in {path}", "overrides")
            content["overrides"] = content.pop("words")
        return Space(**(content | changes))
    except yaml.YAMLError as error:
        raise BadInput(f"{path}: cannot be read ({' '.join(str(error).split())}).") from None
    except ValidationError as error:
        raise BadInput(*dict.fromkeys(f"{path}: {problem_line(problem)}" for problem in error.errors())) from None


def problem_line(problem: ErrorDetails) -> str:
    """`space.optimizer.lr: low=2.0 must lie below high=1.0`."""
    of_space = problem["loc"][:1] == ("space",)
    where = ".".join(str(part) for place, part in enumerate(problem["loc"]) if not (of_space and place == 2))  # the tag
    what = must(problem["msg"])
    if of_space and problem["type"] == "list_type":
        what = f"{problem['input']!r} is neither a list of values nor low and high"
    return f"{where}: {what}" if where else what
