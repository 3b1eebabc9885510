"""A checkpoint's own chat template, rendered in a process that cannot take longer or grow larger than renderings do.

Jinja that somebody else wrote is a program: in its sandbox it touches no file, but it may loop for ever or build gigabytes.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from recordings.errors import DeskhandError

CHILD = Path(__file__).with_name("template_child.py")
TEMPLATE_BYTES = 256 << 10
SECONDS = 20.0
"""Of the clock, for one rendering: its own limit counts what it computes."""


class TemplateError(DeskhandError):
    """A chat template that renders nothing."""


class Template:
    """One template and the process that renders it, which begins with the first rendering and ends with this one."""

    def __init__(self, text: str) -> None:
        if len(text) > TEMPLATE_BYTES:
            raise TemplateError(f"the checkpoint's chat template is longer than {TEMPLATE_BYTES:,} characters: restore its tokenizer files")
        self._text = text
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def render(self, messages: Sequence[Mapping[str, str]], add_generation_prompt: bool, **values: Any) -> str:
        """The conversation as text. Raises TemplateError: it fails, takes too long, or grows too large."""
        values |= {"messages": messages, "tools": None, "documents": None, "add_generation_prompt": add_generation_prompt}
        with self._lock:
            if self._process is None or self._owner != os.getpid():
                told = self._ask({"template": self._text, "values": values}, self._begin())
            else:
                told = self._ask({"values": values}, self._process)
        if "text" not in told:
            raise TemplateError(f"the checkpoint's chat template cannot be used ({told['error']}): restore its tokenizer files")
        return str(told["text"])

    def _begin(self) -> subprocess.Popen[bytes]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen([sys.executable, "-I", str(CHILD)], env={"PATH": os.defpath}, close_fds=True, **pipes)  # type: ignore[call-overload]
        self._owner = os.getpid()
        weakref.finalize(self, _end, self._process)
        return self._process

    def _ask(self, asked: dict[str, Any], process: subprocess.Popen[bytes]) -> dict[str, str]:
        assert process.stdin is not None and process.stdout is not None
        answer = b""
        with contextlib.suppress(OSError):
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            process.stdin.flush()
            with selectors.DefaultSelector() as waiting:
                waiting.register(process.stdout, selectors.EVENT_READ)
                answer = process.stdout.readline() if waiting.select(SECONDS) else b""
        if answer.endswith(b"\n"):  # else it ended while it wrote, or wrote nothing
            told: dict[str, str] = json.loads(answer)
            return told
        self._process = None
        _end(process)
        return {"error": "it takes too long, or too much memory"}


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


@lru_cache(8)
def template_of(text: str) -> Template:
    """The same object for the same template: loading a checkpoint anew begins no other process."""
    return Template(text)
