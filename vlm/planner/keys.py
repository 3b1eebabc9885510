"""Keys as people write them, "Ctrl+S" or "Page Down", as the keys of an action."""

from __future__ import annotations

import re

from recordings.action import MODIFIERS, NAMED_KEYS
from vlm.planner.plan import PlanSyntaxError

_OTHER_NAMES = {
    "control": "ctrl", "ctl": "ctrl", "strg": "ctrl", "cmd": "super", "command": "super", "win": "super", "windows": "super",
    "meta": "super", "option": "alt", "opt": "alt", "altgr": "alt", "umschalt": "shift", "return": "enter", "esc": "escape",
    "del": "delete", "ins": "insert", "entf": "delete", "einfg": "insert", "pos1": "home", "ende": "end", "pgup": "pageup",
    "pgdn": "pagedown", "pgdown": "pagedown", "spacebar": "space", "bksp": "backspace", "uparrow": "up", "downarrow": "down",
    "leftarrow": "left", "rightarrow": "right", "arrowup": "up", "arrowdown": "down", "arrowleft": "left", "arrowright": "right",
    "print": "printscreen", "prtsc": "printscreen", "contextmenu": "menu", "plus": "+", "minus": "-",
}  # fmt: skip
MOST = 5
"""Keys that one action presses together."""


def parse_keys(written: str) -> tuple[str, ...]:
    """`Ctrl+Shift+s` → ("ctrl", "shift", "s"); the key `+` is written as itself: `Ctrl++`.

    Raises:
        PlanSyntaxError: a key that there is not, or more than five.
    """
    written = written.strip()
    plus = written == "+" or written.endswith(("++", "+ +"))
    parts = [*written[:-1].rstrip("+ ").split("+"), "+"] if plus and len(written) > 1 else ["+"] if plus else written.split("+")
    keys = tuple(_named(part.strip()) for part in parts)
    if not 0 < len(keys) <= MOST:
        raise PlanSyntaxError(
            f"{written[:40]!r} is no key, nor are these one to {MOST} keys to be pressed together: write Ctrl+S, or Enter"
        )
    if len(keys) > 1:  # with a modifier it is the key that is meant, not its capital letter
        keys = tuple(key.lower() if len(key) == 1 else key for key in keys)
    return keys


def _named(part: str) -> str:
    if len(part) == 1 and not part.isspace():
        return part
    name = re.sub(r"[\s_-]+|\bkey$", "", part.casefold())
    name = _OTHER_NAMES.get(name, name)
    if name in MODIFIERS or name in NAMED_KEYS or len(name) == 1:
        return name
    raise PlanSyntaxError(f"there is no key {part[:40]!r}: write Ctrl+S, Enter, Page Down, F5 or a single character")
