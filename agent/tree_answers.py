"""What applications answer about themselves on the accessibility bus: whatever they like, so each is taken only as what was asked for.

What is none of that would end the look at all of them, and with it the run: the library that asks refuses a path that is none, say.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

MOST_CHILDREN = 2000
"""What has more is a table of data, whose cells are not looked at."""
_PATH = re.compile(r"/|(?:/[A-Za-z0-9_]{1,200}){1,50}")
_GET = "Get"


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 31


def _are_numbers(values: Any, count: int) -> bool:
    return len(values) == count and all(map(_is_number, values))


_FORMS: dict[str, Callable[[Any], bool]] = {
    "GetRoleName": lambda body: isinstance(body[0], str),
    "GetState": lambda body: len(body[0]) > 0 and all(isinstance(word, int) and 0 <= word < 1 << 32 for word in body[0]),
    "GetChildren": lambda body: (
        len(body[0]) <= MOST_CHILDREN and all(isinstance(bus, str) and _PATH.fullmatch(path) is not None for bus, path in body[0])
    ),
    "GetExtents": lambda body: _are_numbers(body[0], 4),
    "GetRangeExtents": lambda body: _are_numbers(body, 4),
    "GetText": lambda body: isinstance(body[0], str),
    "GetConnectionUnixProcessID": lambda body: _is_number(body[0]),
    "Name": lambda body: isinstance(body[0][1], str),
    "ChildCount": lambda body: _is_number(body[0][1]),
}
"""By the method, or by the property that was asked for: whether an answer is of the kind that it should be."""


def fitting(call: tuple[Any, ...], body: Any) -> Any:
    """The answer to a call of `agent.bus.ask_all`; None for one of another kind, as if none had come."""
    method, asked = call[3], call[5]
    try:
        return body if body is not None and _FORMS[asked[1] if method == _GET else method](body) else None
    except (IndexError, KeyError, TypeError, ValueError):
        return None
