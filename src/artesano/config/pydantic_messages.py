"""pydantic's errors as messages of our own: `optimizer.lr: 'abc' is not a number.`

pydantic names classes and the branches of a union; these messages name the key and what it accepts. Only this file
uses its error types and texts (tested with pydantic 2.14).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from artesano.errors import nearest

KINDS = {
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "string_type": "text",
    "none_required": "null",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "dict_type": "a mapping",
    "dataclass_type": "a mapping",
    "callable_type": "a function",
}
# Objects that only Python code can pass; mentioned only when nothing else is accepted.
OBJECTS = {"is_instance_of", "needs_python_object", "is_subclass_of", "callable_type", "missing_sentinel_error"}
SPECIAL = {"extra_forbidden", "missing", "literal_error"}  # have sentences of their own below


def error_lines(key: str, entered: Any, errors: list[dict[str, Any]], accepted: Iterable[str]) -> list[str]:
    """The lines for one key; the branches of a union become one line.

    Args:
        key: dotted key.
        entered: its value.
        errors: pydantic's errors at this key.
        accepted: the keys beside it, for an unknown one.
    """
    types = {error["type"] for error in errors}
    if "extra_forbidden" in types:
        parent, _, last = key.rpartition(".")
        names = [name for name in accepted if not name.startswith("_")]
        known = f"{parent or 'the config'} has {', '.join(names) or 'none'}" if len(names) <= 15 else ""
        return [f"{key}: no such key{known and '; '}{known}.{nearest(last, names)}"]
    if "missing" in types:
        return [
            f"{key}: required; give a value." if entered is None else f"{key}: {shown(entered)} holds too few values."
        ]
    # A value of the right type out of range: the other branches of the union have nothing to add.
    said = [error for error in errors if error["type"] not in {*KINDS, *OBJECTS, *SPECIAL}]
    if said:
        return [f"{key}: {shown(entered)} {must(said[0]['msg'])}."]
    choices = [str(item) for error in errors if error["type"] == "literal_error" for item in literals(error)]
    kinds = list(dict.fromkeys(KINDS[error["type"]] for error in errors if error["type"] in KINDS))
    if "a number" in kinds and "a whole number" in kinds:
        kinds.remove("a whole number")
    wanted = [", ".join(dict.fromkeys(choices))] if choices else []
    wanted += kinds
    if len(wanted) == 1 and len(set(choices)) == 1:
        return [f"{key}: {shown(entered)} is not {choices[0]}, the only value that fits here; give {key}={choices[0]}."]
    if not wanted:
        return [
            f"{key}: {shown(entered)} is not accepted; the argument takes a Python object that YAML cannot express."
        ]
    items = entered if isinstance(entered, list) else [entered]
    wrong = next((str(item) for item in items if item not in choices), str(entered))
    return [f"{key}: {shown(entered)} is not {' or '.join(wanted)}.{nearest(wrong, dict.fromkeys(choices))}"]


def literals(error: dict[str, Any]) -> list[str]:
    """The names in a literal's error, which pydantic gives as one sentence: `'a', 'b' or 'c'`."""
    names = error["ctx"]["expected"].replace(" or ", ", ").split(", ")
    return [name.strip("'\"") for name in names]


def must(message: str) -> str:
    """`Input should be greater than 0` -> `must be greater than 0`."""
    for ours in ("Input should", "String should", "List should", "Tuple should", "Dictionary should"):
        message = message.replace(ours, "must")
    return message.removeprefix("Value error, ").replace(" after validation", "")


def shown(value: Any) -> str:
    """The value as YAML writes it, short."""
    text = {None: "null", True: "true", False: "false"}.get(value, repr(value)) if is_scalar(value) else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, bool)
