"""Which state of the code makes something, and with which libraries."""

from __future__ import annotations

import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from recordings.own_module import ROOT


def commit() -> str:
    """Of the code that is at work, whatever folder one works in; `unknown` where it is installed, or no git is."""
    command = ["git", "rev-parse", "HEAD", "--show-toplevel"]
    try:
        head, top = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=10).stdout.splitlines()
    except (OSError, ValueError, subprocess.SubprocessError):
        return "unknown"
    return head if Path(top) == ROOT.resolve() else "unknown"


def makers() -> dict[str, Any]:
    """`commit` and `versions`, as what was made keeps them."""
    return {"commit": commit(), "versions": {name: version(name) for name in ("deskhand", "torch", "transformers", "peft", "accelerate")}}
