"""The commands of `python -m training.…`: what is wrong is said in one line, and the exit status is 1."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from recordings.errors import DeskhandError

Given = ParamSpec("Given")


def command(main: Callable[Given, int | None]) -> Callable[Given, int]:
    """A module's `main`, which returns the exit status or nothing for 0, as its command."""

    @wraps(main)
    def run(*arguments: Given.args, **named: Given.kwargs) -> int:
        try:
            return main(*arguments, **named) or 0
        except DeskhandError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1

    return run
