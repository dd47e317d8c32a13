"""The second pass of validation: types and ranges. The signature of each class is its schema.

A new class needs nothing but annotations: `Annotated[float, Field(gt=0)]`, `Literal["a", "b"]`, `int | None`.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import logging
import typing
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    PydanticSchemaGenerationError,
    PydanticUserError,
    ValidationError,
    create_model,
)

from artesano.config.options import AUTO, OWNED, RunOptions
from artesano.config.pydantic_messages import error_lines
from artesano.config.targets import plain, resolve, targets
from artesano.errors import BadInput
from artesano.file_names import readable_values

Options = TypeVar("Options", bound=RunOptions)
Made = TypeVar("Made")


def check_types(config: Any, options: type[Options], origins: Mapping[str, str] | None = None) -> Options:
    """The whole config as an object; the root, the nodes without a target and every node with one are checked.

    Args:
        options: the schema of the config's root, which depends on the kind of run.
        origins: {generator.output: hacks.output}: a value that was interpolated is reported where the user gives it.

    Raises:
        BadInput: all problems, one line each.
    """
    config = plain(config)
    problems = check_root(config, options)
    for key, node in targets(config):
        problems += check_node(key, node)
    if problems:
        raise BadInput(*dict.fromkeys(at_origin(problem, origins or {}) for problem in problems))
    typed = instance(options, config)
    typed.resolved = config
    return typed


def instance(cls: type[Made], values: dict[str, Any]) -> Made:
    """A dataclass of checked values; mappings whose annotation is a dataclass become one too."""
    hints = hints_of(cls)  # type: ignore[arg-type]  # instances of a dataclass have no hash; it has one
    names = [field.name for field in dataclasses.fields(cls) if field.init and field.name in values]  # type: ignore[arg-type]
    nested = {name for name in names if dataclasses.is_dataclass(hints[name])}
    return cls(**{name: instance(hints[name], values[name]) if name in nested else values[name] for name in names})


def at_origin(problem: str, origins: Mapping[str, str]) -> str:
    """The line with the key that the value came from."""
    key, colon, rest = problem.partition(":")
    return f"{origins.get(key, key)}{colon}{rest}"


def check_root(config: dict[str, Any], options: type[RunOptions]) -> list[str]:
    """Problems of the keys that no `_target_` owns."""
    # The user's own configs may add nodes to interpolate from or to build: those with a target are checked below.
    extra = [key for key, value in config.items() if isinstance(value, dict) and "_target_" in value]
    known = {field.name for field in dataclasses.fields(options)}
    problems = check_signature(options, {k: v for k, v in config.items() if k in known or k not in extra}, "")
    trainer = config.get("trainer")
    return problems + (check_trainer(trainer) if isinstance(trainer, dict) else [])


def check_node(key: str, node: dict[str, Any]) -> list[str]:
    """Problems of one node with a `_target_`; the nodes inside it are checked on their own."""
    try:
        target = resolve(node["_target_"])
    except BadInput as error:
        return [f"{key}.{problem}" for problem in error.problems]
    values = {name: value for name, value in node.items() if name not in ("_target_", "_partial_", "_args_")}
    if key == "optimizer" and values.get("lr") == AUTO:
        del values["lr"]
    complete = not node.get("_partial_", False) and "_args_" not in node
    return check_signature(target, values, key, complete) or check_optimizer(key, target, values)


def check_signature(target: Callable[..., Any], values: dict[str, Any], key: str, complete: bool = True) -> list[str]:
    """Problems of the arguments `values` of `target`.

    Validated as strict JSON: a list may become a tuple, but '5' is no number and true is no 1, because the class gets
    the values as they are. A mapping whose annotation is a dataclass is checked by that one's signature.
    """
    hints = hints_of(target)
    of_run = isinstance(target, type) and issubclass(target, RunOptions)
    nested = {
        name: hints[name]
        for name, value in values.items()
        if isinstance(value, dict)
        and dataclasses.is_dataclass(hints.get(name))
        and (of_run or "_target_" not in value)  # an argument with a target is checked as a node of its own
    }
    problems = [
        problem
        for name, hint in nested.items()
        for problem in check_signature(hint, values[name], f"{key}.{name}".lstrip("."))
    ]
    built_inside = {name for name, value in values.items() if any(targets(value))}
    model, position, accepted = arguments(target, complete, frozenset(built_inside | nested.keys()))
    by_position = {position.get(name, name): value for name, value in values.items()}
    try:
        model.model_validate_json(json.dumps(readable_values(by_position), default=str), strict=True)
    except ValidationError as error:
        return lines(error, values, {short: name for name, short in position.items()}, key, accepted) + problems
    return problems


@lru_cache(256)  # the jobs of a grid and the runs of a notebook share them
def arguments(
    target: Callable[..., Any], complete: bool, elsewhere: frozenset[str]
) -> tuple[type[BaseModel], dict[str, str], list[str]]:
    """A model of the arguments of `target`, the name of each in the model, and those that a config may give.

    Args:
        complete: arguments without a default are required; otherwise code fills them.
        elsewhere: arguments that are checked on their own.
    """
    hints = hints_of(target)
    fields: dict[str, Any] = {}
    extra, filled_by_code = "forbid", set()
    for name, parameter in parameters(target).items():
        if parameter.kind is parameter.VAR_KEYWORD:
            extra = "allow"
        elif parameter.kind is not parameter.VAR_POSITIONAL:
            required = parameter.default is parameter.empty and complete
            if parameter.default is parameter.empty and not complete:
                filled_by_code.add(name)
            hint = Any if name in elsewhere else hints.get(name, Any)
            fields[name] = (described(hint), ... if required else None)
    settings = ConfigDict(extra=extra, strict=True, arbitrary_types_allowed=True, protected_namespaces=())  # type: ignore[typeddict-item]
    # Positions instead of names: a parameter may be called `copy` or `_x`, which a pydantic model cannot have.
    position = {name: f"p{position}" for position, name in enumerate(fields)}
    model = create_model("Arguments", __config__=settings, **{position[name]: fields[name] for name in fields})
    return model, position, [name for name in fields if name not in filled_by_code]


def parameters(target: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """Of the signature. A network without a constructor of its own has torch's `*args, **kwargs`, which takes none."""
    from torch.nn import Module

    if inspect.isclass(target) and issubclass(target, Module) and target.__init__ is Module.__init__:
        return {}
    return inspect.signature(target).parameters


def lines(
    error: ValidationError, values: dict[str, Any], back: dict[str, str], key: str, accepted: list[str]
) -> list[str]:
    """pydantic's errors gathered by the key they are about."""
    gathered: dict[str, list[dict[str, Any]]] = {}
    entered: dict[str, Any] = {}
    for problem in error.errors():
        first, *rest = problem["loc"]
        path: list[str | int] = [back.get(str(first), str(first))]
        value: Any = values.get(str(path[0]))
        for part in rest:  # beyond the value's own keys come pydantic's names for the branches of a union
            inside = isinstance(value, dict) and part in value
            inside |= isinstance(value, list) and isinstance(part, int) and part < len(value)
            if not inside:
                break
            value = value[part]
            path.append(part)
        name = ".".join([key, *map(str, path)]).lstrip(".")
        entered[name] = value
        gathered.setdefault(name, []).append(dict(problem))
    return [line for name, errors in gathered.items() for line in error_lines(name, entered[name], errors, accepted)]


@lru_cache(512)  # every key of every check asks
def hints_of(target: Callable[..., Any]) -> dict[str, Any]:
    """Annotations of the arguments, with what `Annotated` holds; a dataclass's are read in the module of each base."""
    if dataclasses.is_dataclass(target):
        owners: list[Any] = [base for base in inspect.getmro(target) if dataclasses.is_dataclass(base)]
    else:
        owners = [target.__init__ if inspect.isclass(target) else target]
    annotations: dict[str, Any] = {}
    for owner in owners:
        try:
            hints = typing.get_type_hints(owner, include_extras=True)
        except (NameError, TypeError, AttributeError):  # names that exist for type checkers only
            hints = {}
        annotations = {**hints, **annotations}
    return annotations


def described(hint: Any) -> Any:
    """The annotation, or Any where pydantic can make nothing of it."""
    try:
        create_model("Probe", __config__=ConfigDict(arbitrary_types_allowed=True), x=(hint, ...))
    except (PydanticSchemaGenerationError, PydanticUserError, TypeError):
        return Any
    return hint


def check_optimizer(key: str, target: Callable[..., Any], values: dict[str, Any]) -> list[str]:
    """Ranges of optimisers, which their annotations do not tell: one is made for a single number."""
    import torch

    if not (inspect.isclass(target) and issubclass(target, torch.optim.Optimizer)):
        return []
    try:
        target([torch.nn.Parameter(torch.zeros(1))], **values)
    except (ValueError, TypeError, AssertionError, RuntimeError) as error:
        return [f"{key}: {target.__name__} raised an error: {error}."]
    return []


def check_trainer(node: dict[str, Any]) -> list[str]:
    """Problems of `trainer.*`: arguments that are ours, their types, and what Lightning says of them."""
    import pytorch_lightning as pl

    owned = [
        f"trainer.{name}: this argument of Lightning's Trainer cannot be set; {OWNED[name]}."
        for name in node
        if name in OWNED
    ]
    arguments = {name: value for name, value in node.items() if name not in OWNED}
    return owned + (check_signature(pl.Trainer, arguments, "trainer") or refused_by_lightning(arguments))


def refused_by_lightning(arguments: dict[str, Any]) -> list[str]:
    """What Lightning says of the machine and of arguments that exclude each other: one trainer is made and dropped."""
    import pytorch_lightning as pl

    log = logging.getLogger("pytorch_lightning")
    level = log.level
    log.setLevel(logging.ERROR)
    off: dict[str, Any] = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar"), False)
    try:
        with warnings.catch_warnings(action="ignore"):
            trainer = pl.Trainer(**arguments, **off, enable_model_summary=False)
    except Exception as error:
        return [f"trainer: Lightning does not accept these arguments: {' '.join(str(error).split())}"]
    finally:
        log.setLevel(level)
    if arguments.get("sync_batchnorm") and trainer.strategy.root_device.type == "cpu":
        return ["trainer.sync_batchnorm=True: on CPUs batch norm is over each process's share; give false, or GPUs."]
    return []
