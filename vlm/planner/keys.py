"""Keys as people write them: "Ctrl+S" or "Page Down" as the keys of an action, "control and the letter s" as a plan writes it.

ctrl-shift-v, alt f4             press Ctrl+Shift+V, press Alt+F4
tab tab enter, then space        press tab, press tab, press enter, then press space
"""

from __future__ import annotations

import re

from recordings.action import MODIFIERS, NAMED_KEYS
from vlm.planner.plan import PlanSyntaxError
from vlm.planner.quotations import blank_quotations
from vlm.planner.repeats import clauses

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
_HELD = r"(?:ctrl|control|ctl|strg|alt|shift|umschalt|super|win|cmd)"
_KEY = (
    r"(?:enter|return|tab|space|backspace|delete|del|escape|esc|insert|home|end|page ?up|page ?down|up|down|left|right|print ?screen"
    r"|f1[0-2]|f[1-9])"
)
_JOINED = r"(?: ?\+ ?|[ -]|(?: key)? (?:and|plus) (?:the )?)"
_TOGETHER = re.compile(
    r"(?<![\w+-])(?:(?P<hold>hold(?: down)? (?:the )?)?"
    rf"(?P<held>{_HELD}(?:{_JOINED}{_HELD})*)(?(hold)(?: key)?,? and (?:then )?(?:press|hit) (?:the )?|{_JOINED})"
    r"|(?P<letter>(?-i:[CM]))-)"
    rf"(?:(?:the )?(?:letter|key) )?(?P<key>{_KEY}|[a-z0-9])(?: arrow)?(?=\s*(?:$|[,.;:!?)\n]|\d+ ?(?:times|x)\b"
    r"|(?:and|then|keys?|shortcut|once|twice|thrice|please|to|for|in|or|type|write|press|hit|(?:one|two|three|four|five) times)\b))",
    re.I,
)
"""A shortcut that is written without a plus sign: "control panel" and "shift a row" are none."""
_COMBINED = rf"{_HELD}(?: ?\+ ?{_HELD})* ?\+ ?(?:{_KEY}|[^\s,;.])"
_IN_A_ROW = re.compile(
    r"(?:(?:please|now) )*(?P<verb>(?:press|hit)(?: on)?(?: the)?(?: keys?)? )?"
    rf"(?P<keys>(?:{_COMBINED}|{_KEY})(?: (?:{_COMBINED}|{_KEY}))*)",
    re.I,
)
_SURE = re.compile(rf"{_COMBINED}|(?:enter|tab|esc|escape|backspace|f\d\d?) .*", re.I)
"""What is no name without a verb: a shortcut, and keys in a row of which the first is one that no button is called like."""
_ONE = re.compile(rf"{_COMBINED}|{_KEY}", re.I)


def spelled(words: str) -> str:
    """The words with shortcuts as plans write them, and keys in a row as one order each; quotations are left as they are."""
    made, end = "", 0
    for found in _TOGETHER.finditer(blank_quotations(words)):
        names = re.findall(_HELD, found["held"], re.I) if found["held"] else ["ctrl" if found["letter"] == "C" else "alt"]
        held = [_OTHER_NAMES.get(name.casefold(), name.casefold()).title() for name in names]
        made += words[end : found.start()] + ("press " if found["hold"] else "") + "+".join([*held, found["key"].title()])
        end = found.end()
    words = made + words[end:]
    made, end, pressing = "", 0, False
    for span in clauses(words):
        row = _IN_A_ROW.fullmatch(words[span.start : span.stop].rstrip(" .!"))
        pressing = row is not None and bool(pressing or row["verb"] or _SURE.fullmatch(row["keys"]))
        if row is not None and pressing:
            made += words[end : span.start] + ", ".join(f"press {one[0]}" for one in _ONE.finditer(row["keys"]))
            end = span.start + row.end()
    return made + words[end:]


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
