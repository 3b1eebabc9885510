"""How a module of Deskhand's own runs in a process of its own: as it is installed, whatever lies in the folder that somebody works in.

`python -m` looks there first, and a folder from elsewhere may hold an `agent/`, or a `json.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
"""Where the packages lie."""
_RUN = "import runpy, sys; sys.path.insert(0, {root!r}); runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"


def own_module(module: str, *words: str) -> list[str]:
    """The command that runs a module with these arguments, as `python -m` would."""
    return [sys.executable, "-P", "-c", _RUN.format(root=str(ROOT), module=module), *words]
