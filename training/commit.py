"""Which state of the code makes something, and with which libraries."""

from __future__ import annotations

import subprocess
from importlib.metadata import version
from typing import Any


def commit() -> str:
    """Of the code that is at work, or `unknown`."""
    try:
        return subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def makers() -> dict[str, Any]:
    """`commit` and `versions`, as what was made keeps them."""
    return {"commit": commit(), "versions": {name: version(name) for name in ("deskhand", "torch", "transformers", "peft", "accelerate")}}
