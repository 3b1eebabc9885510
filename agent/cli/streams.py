"""Standard input and output as they come: in any encoding, closed, or with nobody reading at the other end."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress


def prepare_streams() -> None:
    """Have every line survive its terminal: odd characters are replaced, and what goes to a closed stream goes nowhere."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))
        elif isinstance(stream, io.TextIOWrapper):
            with suppress(OSError, ValueError):
                stream.reconfigure(errors="replace")


def output_trouble() -> str:
    """Why output cannot be written, where it cannot: what waits there is given up, so that Python does not complain at its end."""
    trouble = ""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError) as error:
            trouble = trouble or getattr(error, "strerror", None) or str(error)
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return trouble
