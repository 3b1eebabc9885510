"""What an episode may be called: a folder's name on every system, and one that a person can type."""

from __future__ import annotations

import re

_NAME = re.compile(r"[^\W_][\w .,+=()-]{0,119}")


def name_problem(name: str) -> str:
    """Why an episode cannot be called so; empty where it can."""
    if _NAME.fullmatch(name) and name[-1] not in " .":
        return ""
    return f"an episode cannot be called {name!r}: use letters, digits, spaces and .,+=()_- (at most 120)"
