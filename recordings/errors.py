"""The error that a person can act on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class DeskhandError(Exception):
    """One line that says what is wrong and what to do; the command line prints it and exits with `exit_status`."""

    exit_status = 1


def words_of(error: Mapping[str, Any]) -> str:
    """One error of a pydantic model in words: a validator's own, without the library's opening and terms."""
    if error["type"] == "string_too_short" and error["ctx"]["min_length"] == 1:
        return "it is empty"
    said = {"missing": "it is missing", "extra_forbidden": "nothing is known of it"}.get(error["type"], str(error["msg"]))
    return said.removeprefix("Value error, ").replace("Input should", "it should")
