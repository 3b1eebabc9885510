"""What varies from run to run: values drawn from a seed, and their insertion into texts as `{name}` or `{name.field}`.

Nothing in a definition is evaluated: a parameter is one of the kinds below, an insertion is a look-up.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Value = int | str | dict[str, str]

LONGEST = 1000
"""Characters of a value: a short text may hold it ten thousand times."""
INSERTION = re.compile(r"\{([a-z_]+)(?:\.([a-z_]+))?\}")
_SIGNS: dict[str, int] = {"+": 1, "-": -1, "−": -1}


class _Parameter(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Integer(_Parameter):
    """A whole number, both bounds included."""

    kind: Literal["integer"]
    low: int
    high: int

    @model_validator(mode="after")
    def _ordered(self) -> Integer:
        if self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        return self


class Choice(_Parameter):
    """One of a list of texts, or of records whose fields are inserted one by one; never the one that `other_than` drew."""

    kind: Literal["choice"]
    of: Annotated[list[str | dict[str, str]], Field(min_length=1)]
    other_than: str | None = None


class Words(_Parameter):
    """A number of different words of a list, in any order, with a space between them."""

    kind: Literal["words"]
    low: Annotated[int, Field(ge=1)]
    high: int
    of: list[str]

    @model_validator(mode="after")
    def _enough(self) -> Words:
        if not self.low <= self.high <= len(self.of):
            raise ValueError(f"{self.low} to {self.high} different words cannot be drawn from {len(self.of)}")
        return self


class Total(_Parameter):
    """The result of `left sign right`, where each names an earlier parameter and the sign's value is + or -."""

    kind: Literal["total"]
    left: str
    sign: str
    right: str


Parameter = Annotated[Integer | Choice | Words | Total, Field(discriminator="kind")]


def draw(parameters: Mapping[str, Parameter], generator: random.Random) -> dict[str, Value]:
    """One value for each parameter, in the order of the definition.

    Raises:
        ValueError: a parameter refers to one that does not come before it, or that has no fitting value.
    """
    values: dict[str, Value] = {}
    for name, parameter in parameters.items():
        match parameter:
            case Integer(low=low, high=high):
                values[name] = generator.randint(low, high)
            case Words(low=low, high=high, of=words):
                values[name] = " ".join(generator.sample(words, generator.randint(low, high)))
            case Choice(of=options, other_than=other):
                taken = _earlier(values, name, other) if other is not None else None
                free = [option for option in options if option != taken]
                if not free:
                    raise ValueError(f"the parameter {name} has no value other than that of {other}")
                values[name] = generator.choice(free)
            case Total(left=left, sign=sign, right=right):
                first, how, second = (_earlier(values, name, part) for part in (left, sign, right))
                if not (isinstance(first, int) and isinstance(second, int) and isinstance(how, str) and how in _SIGNS):
                    raise ValueError(f"the parameter {name} needs two integers and a sign, + or -")
                values[name] = first + _SIGNS[how] * second
        drawn = values[name]
        if any(len(text) > LONGEST for text in (drawn.values() if isinstance(drawn, dict) else [str(drawn)])):
            raise ValueError(f"a value of the parameter {name} is longer than {LONGEST:,} characters")
    return values


def _earlier(values: Mapping[str, Value], name: str, other: str) -> Value:
    if other not in values:
        raise ValueError(f"the parameter {name} refers to {other!r}, which is not a parameter before it")
    return values[other]


def insert(template: str, values: Mapping[str, Value], *, escape: bool = False) -> str:
    """The template with every `{name}` and `{name.field}` replaced; other braces stay as they are.

    Args:
        escape: make the inserted values literal parts of a regular expression.

    Raises:
        ValueError: a name or field that there is not.
    """

    def value_of(found: re.Match[str]) -> str:
        name, field = found[1], found[2]
        value: Any = values.get(name)
        if field is not None:
            value = value.get(field) if isinstance(value, dict) else None
        if value is None or isinstance(value, dict):
            raise ValueError(f"{found[0]} names no parameter: there are {', '.join(values) or 'none'}")
        return re.escape(str(value)) if escape else str(value)

    return INSERTION.sub(value_of, template)


def insert_everywhere(data: Any, values: Mapping[str, Value]) -> Any:
    """Plain data with `insert` applied to every text in it; the value of a key `matches` is a regular expression."""
    match data:
        case str():
            return insert(data, values)
        case dict():
            return {
                key: insert(value, values, escape=True) if key == "matches" and isinstance(value, str) else insert_everywhere(value, values)
                for key, value in data.items()
            }
        case list() | tuple():
            return [insert_everywhere(value, values) for value in data]
        case _:
            return data
