"""What lies beside a module in files of its own: words and other lists that it draws from, templates, scripts, style sheets."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from recordings.parsing import parse_yaml


def read_beside(module: str, name: str) -> str:
    """The text of a file beside a module, which says `read_beside(__file__, "labels.js")`."""
    return Path(module).with_name(name).read_text(encoding="utf-8")


@cache
def beside(module: str) -> dict[str, Any]:
    """What stands in the YAML file of a module's own name, which says `beside(__file__)`."""
    found: dict[str, Any] = parse_yaml(read_beside(module, f"{Path(module).stem}.yaml"))
    return found
