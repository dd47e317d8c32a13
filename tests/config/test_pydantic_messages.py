"""pydantic's error types and texts are those that we reword; where a new version changes them, this says so."""

from typing import Annotated, Literal, get_args

import pydantic
import pytest
from pydantic import Field
from pydantic_core.core_schema import ErrorType

from artesano.config.pydantic_messages import KINDS, OBJECTS, SPECIAL, error_lines

CHANGED = f"pydantic {pydantic.VERSION} has changed it; see config/pydantic_messages.py"


def test_every_type_of_error_that_we_know_exists():
    unknown = {*KINDS, *OBJECTS, *SPECIAL} - set(get_args(ErrorType))
    assert not unknown, f"there are no errors {unknown}: {CHANGED}"


def even(value):
    if value % 2:
        raise ValueError("must be even")
    return value


@pytest.mark.parametrize(
    ("hint", "value", "line"),
    [
        (Annotated[float, Field(gt=0)], -1.0, "x: -1.0 must be greater than 0."),
        (Annotated[str, Field(pattern="^a")], "b", "x: 'b' must match pattern '^a'."),
        (Annotated[list[int], Field(min_length=2)], [1], "x: [1] must have at least 2 items, not 1."),
        (Annotated[int, pydantic.AfterValidator(even)], 3, "x: 3 must be even."),
        (int, "5", "x: '5' is not a whole number."),
        (float | None, "a", "x: 'a' is not a number."),
        (Literal["mean", "sum"], "men", "x: 'men' is not mean, sum. Did you mean 'mean'?"),
        (Literal["a", "b", "c"] | int, [], "x: [] is not a, b, c or a whole number."),
    ],
)
def test_errors_are_reworded(hint, value, line):
    model = pydantic.create_model("Model", __config__={"strict": True}, x=(hint, ...))
    with pytest.raises(pydantic.ValidationError) as caught:
        model(x=value)
    assert error_lines("x", value, caught.value.errors(), ["x"]) == [line], CHANGED
