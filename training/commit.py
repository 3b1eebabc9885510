"""Which state of the code makes something."""

from __future__ import annotations

import subprocess


def commit() -> str:
    """Of the code that is at work, or `unknown`."""
    try:
        return subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "unknown"
