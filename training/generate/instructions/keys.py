"""Keys and shortcuts as people spell them, and the one name that a plan gives them: `Ctrl+Shift+T`, `Enter`, `PageDown`."""

from __future__ import annotations

import random

from training.beside import beside

SAID = beside(__file__)
NAMED: dict[str, list[str]] = {
    **SAID["named"],
    **{f"F{one}": [f"F{one}", f"f{one}", f"F{one}", f"the F{one} key", f"f {one}", f"F-{one}"] for one in range(1, 13)},
}


def any_keys(rng: random.Random) -> str:
    """The name of a key or of keys pressed together."""
    draw = rng.random()
    if draw < 0.36:
        return rng.choice(SAID["common"]) if rng.random() < 0.75 else rng.choice(tuple(NAMED))
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
    ways: dict[str, list[str]] = SAID["modifiers"]
    parts = [rng.choice(ways[name][:10] if len(modifiers) > 1 else ways[name]) for name in modifiers]
    if (len(parts) == 1 and parts[0].startswith("the ")) or any(part.endswith("key") for part in parts):
        joiner = rng.choice((" and ", " + ", " plus ", " and "))
        parts = [part if number == 0 else part.removeprefix("the ").removesuffix(" key") for number, part in enumerate(parts)]
    else:
        joiner = rng.choice(("+", "+", "+", "+", "-", "-", " ", " ", " + ", " plus ", " and "))
    if len(parts) > 1 and rng.random() < 0.15:
        parts.reverse()
    if last in NAMED:
        last_said = rng.choice([name for name in NAMED[last] if not name.startswith("the ")])
    elif last in SAID["signs"]:
        last_said = rng.choice(SAID["signs"][last][:2])
    else:
        last_said = last.lower() if rng.random() < 0.55 else last
    return joiner.join([*parts, last_said])
