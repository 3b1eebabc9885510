"""Standard input and output as they come: in any encoding, closed, or with nobody reading at the other end."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress

LOST_OUTPUT = (errno.ENOSPC, errno.EIO, errno.EBADF, errno.EFBIG, errno.EDQUOT)


def prepare_streams() -> None:
    """Have every line survive its terminal: odd characters are replaced, and what goes to a closed stream goes nowhere."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 — it is open as long as Python runs
        elif isinstance(stream, io.TextIOWrapper):
            with suppress(OSError, ValueError):
                stream.reconfigure(errors="replace")


def give_up_output() -> None:
    """Give up what waits to be written where it cannot be, so that Python does not complain at its end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
