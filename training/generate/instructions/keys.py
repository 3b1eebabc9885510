"""Keys and shortcuts as people spell them, and the one name that a plan gives them: `Ctrl+Shift+T`, `Enter`, `PageDown`."""

from __future__ import annotations

import random

MODIFIERS = {
    "Ctrl": ("ctrl", "Ctrl", "CTRL", "control", "Control", "ctl", "Ctrl", "ctrl", "Strg", "strg", "the control key", "ctrl key"),
    "Alt": ("alt", "Alt", "ALT", "Alt", "alt", "the alt key"),
    "Shift": ("shift", "Shift", "SHIFT", "Shift", "shift", "the shift key"),
    "Super": ("super", "Super", "win", "Windows", "Win", "windows key", "the Windows key", "meta", "cmd"),
}
NAMED = {
    "Enter": ("enter", "Enter", "ENTER", "return", "Return", "enter", "Enter", "the enter key", "the return key", "⏎"),
    "Escape": ("escape", "Escape", "esc", "Esc", "ESC", "the escape key", "Esc key", "the esc key"),
    "Tab": ("tab", "Tab", "TAB", "the tab key", "the Tab key", "tabulator"),
    "Delete": ("delete", "Delete", "del", "Del", "DEL", "the delete key", "the Del key"),
    "Backspace": ("backspace", "Backspace", "the backspace key", "back space", "BACKSPACE", "⌫"),
    "Space": ("space", "Space", "the space bar", "the spacebar", "spacebar", "space bar", "the space key"),
    "Home": ("Home", "home", "the home key", "Pos1", "the Home key"),
    "End": ("End", "the end key", "the End key", "End key"),
    "PageUp": ("page up", "Page Up", "PgUp", "PageUp", "pgup", "the page up key", "page-up"),
    "PageDown": ("page down", "Page Down", "PgDn", "PageDown", "pgdn", "the page down key", "pagedown", "page-down"),
    "Up": ("up", "the up arrow", "arrow up", "Up", "up arrow", "the up key", "cursor up", "↑"),
    "Down": ("down", "the down arrow", "arrow down", "Down", "down arrow", "the down key", "cursor down", "↓"),
    "Left": ("left", "the left arrow", "arrow left", "Left", "left arrow", "the left arrow key", "←"),
    "Right": ("right", "the right arrow", "arrow right", "Right", "right arrow", "the right arrow key", "→"),
    "Insert": ("insert", "Insert", "Ins", "the insert key", "ins"),
    "PrintScreen": ("print screen", "Print Screen", "PrtSc", "the print screen key", "PrintScreen"),
    "Menu": ("the menu key", "the context menu key", "Menu key"),
    **{
        f"F{number}": (f"F{number}", f"f{number}", f"F{number}", f"the F{number} key", f"f {number}", f"F-{number}")
        for number in range(1, 13)
    },
}
COMMON = (
    "Enter",
    "Enter",
    "Enter",
    "Escape",
    "Escape",
    "Tab",
    "Tab",
    "Delete",
    "Backspace",
    "Space",
    "Home",
    "End",
    "PageUp",
    "PageDown",
    "Up",
    "Down",
    "Left",
    "Right",
)
SIGNS = {
    "+": ("+", "plus", "the plus key"),
    "-": ("-", "minus"),
    "0": ("0", "zero"),
    "=": ("=", "equals"),
    ",": (",", "comma"),
    ".": (".", "dot"),
}


def any_keys(rng: random.Random) -> str:
    """The name of a key or of keys pressed together."""
    draw = rng.random()
    if draw < 0.36:
        return rng.choice(COMMON) if rng.random() < 0.75 else rng.choice(tuple(NAMED))
    if draw < 0.78:
        modifiers = ["Ctrl"]
    elif draw < 0.9:
        modifiers = rng.choice((["Ctrl", "Shift"], ["Ctrl", "Shift"], ["Ctrl", "Alt"], ["Alt", "Shift"], ["Ctrl", "Alt", "Shift"]))
    else:
        modifiers = rng.choice((["Alt"], ["Alt"], ["Shift"], ["Super"]))
    if rng.random() < 0.78 and modifiers != ["Shift"]:
        last = rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        last = rng.choice("0123456789+-,.") if rng.random() < 0.12 else last
    else:
        last = rng.choice(tuple(NAMED))
    return "+".join([*modifiers, last])


def spelled(rng: random.Random, keys: str) -> str:
    """Keys as somebody would write them: `ctrl s`, `Control-Shift-T`, `the enter key`."""
    *modifiers, last = keys.removesuffix("++").split("+") if keys.endswith("++") else keys.split("+")
    if keys.endswith("++"):
        modifiers, last = [*modifiers, last], "+"
    if not modifiers:
        return rng.choice(NAMED[last]) if last in NAMED else last
    if rng.random() < 0.3:
        return keys
    parts = [rng.choice(MODIFIERS[name][:10] if len(modifiers) > 1 else MODIFIERS[name]) for name in modifiers]
    if (len(parts) == 1 and parts[0].startswith("the ")) or any(part.endswith("key") for part in parts):
        joiner = rng.choice((" and ", " + ", " plus ", " and "))
        parts = [part if number == 0 else part.removeprefix("the ").removesuffix(" key") for number, part in enumerate(parts)]
    else:
        joiner = rng.choice(("+", "+", "+", "+", "-", "-", " ", " ", " + ", " plus ", " and "))
    if len(parts) > 1 and rng.random() < 0.15:
        parts.reverse()
    if last in NAMED:
        last_said = rng.choice([name for name in NAMED[last] if not name.startswith("the ")])
    elif last in SIGNS:
        last_said = rng.choice(SIGNS[last][:2])
    else:
        last_said = last.lower() if rng.random() < 0.55 else last
    return joiner.join([*parts, last_said])
