"""Words, wordings and other lists that a module draws from: the YAML file of its name beside it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from recordings.parsing import parse_yaml


@cache
def beside(module: str) -> dict[str, Any]:
    """What stands in the YAML file beside a module, which says `beside(__file__)`."""
    found: dict[str, Any] = parse_yaml(Path(module).with_suffix(".yaml").read_text(encoding="utf-8"))
    return found
