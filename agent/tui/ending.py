"""How the terminal UI ends from outside: by a signal, or with its terminal, and never leaving a run behind that nobody watches."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from agent.undisturbed import ENDING


def on_ending_signals(ended: Callable[[int], None]) -> None:
    """Have the running loop call `ended` with the number of what ends a program. Nothing where no loop may: on Windows, and in a thread.

    As an exception, it would strike wherever the loop is just then, which then waits for the run's thread, and that for nobody.
    """
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError, RuntimeError, ValueError):
        for number in ENDING:
            loop.add_signal_handler(number, ended, number)


@contextmanager
def terminal_may_go() -> Iterator[None]:
    """While this is open, what is drawn on a terminal that was closed goes nowhere.

    The library's thread that draws would die of it, and its loop wait for ever until that has drawn.
    """
    before = sys.__stderr__
    vars(sys)["__stderr__"] = _Forgiving(before)
    try:
        yield
    finally:
        vars(sys)["__stderr__"] = before


class _Forgiving:
    """A stream to which writing never fails."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """As the stream's own."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """As the stream's own."""
        with suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
