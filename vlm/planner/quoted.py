"""The plan of an instruction that writes out every step, read by rules: quotations, shortcuts and sums, no model.

    Type "dear all", then open "File", choose "Save As..." and press Ctrl+S
    type §0§, then open §1§, choose §2§ and press ctrl+s          quotations become marks, all else is small letters
    └─ type ┘       └ click ┘  └─ click ┘      └─ press ─┘        clause after clause; what no clause explains ends the reading

Whatever is left over is a step in the person's own words, and those are the model's to read.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from vlm.planner.plan import PlannedStep

_QUOTATION = re.compile(r'"([^"]{1,1000})"|“([^”]{1,1000})”|„([^“”]{1,1000})[“”]|«([^»]{1,1000})»|‘([^’\n]{1,1000})’(?!\w)')
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_SIGN = r"(?:[-+*/×÷−]|plus|minus|times|multiplied by|divided by)"
_SUM = re.compile(rf"(?<![\w.§])(?:\( *)*-?{_NUMBER}(?: *\))*(?: *{_SIGN} *(?:\( *)*{_NUMBER}(?: *\))*)+(?: *=)?(?![\w§])")
_SIGNS = {"plus": "+", "minus": "-", "multiplied by": "*", "divided by": "/", "times": "*"}

_MODIFIER = r"(?:ctrl|control|shift|alt|super|win|meta|cmd)"
_NAMED = (
    r"(?:enter|return|tab|space|backspace|delete|del|escape|esc|insert|home|end|page ?up|page ?down|up|down|left|right|menu"
    r"|print ?screen|caps ?lock|f1[0-2]|f[1-9])"
)
_KEYS = rf"(?:(?:{_MODIFIER} ?\+ ?)+(?:{_NAMED}|[^\s§])|{_NAMED})(?![\w+])"

_KEY_NAMES = {
    "control": "Ctrl", "win": "Super", "meta": "Super", "cmd": "Super", "return": "Enter", "del": "Delete", "esc": "Escape",
    "pageup": "PageUp", "page up": "PageUp", "pagedown": "PageDown", "page down": "PageDown",
    "printscreen": "PrintScreen", "print screen": "PrintScreen", "capslock": "CapsLock", "caps lock": "CapsLock",
}  # fmt: skip

_FIELD_KINDS = r"text field|text box|input field|search box|entry|field|box|cell"
_KINDS = rf"menu item|menu entry|menu|button|item|option|tab|link|icon|check ?box|radio button|list|section|page|folder|file|{_FIELD_KINDS}"
_SURE_KEYS = rf"(?:(?:{_MODIFIER} ?\+ ?)+(?:{_NAMED}|\S)|enter|return|tab|esc|escape|space|backspace|page ?up|page ?down|f1[0-2]|f[1-9])"
"""Keys that no button is called like."""
_WHAT, _FIELD = (rf"(?:the |an? )?(?:(?:{kinds}) )?§(\d+)§(?: (?:{kinds}))?" for kinds in (_KINDS, _FIELD_KINDS))
_PLACE = r"(?: (?:from|in|under|of|inside) (?:the |an? )?§(\d+)§(?: (menu|list|dialog box|dialog|window|toolbar|section|tab|page))?)?"
_TIMES = r"(?: (once|twice|(?:\d{1,2}|two|three|four|five|six|seven|eight|nine|ten) times))?"
_CLICK = r"click|left[- ]click|choose|select|pick|open|go to|go|hit|press|tap|push|switch to"
_SWITCH = r"tick|check|enable|turn on|switch on|activate|untick|uncheck|unselect|deselect|disable|deactivate|turn off|switch off"
_FILE = re.compile(r"\w\)?\.\w{1,5}$")
_ASKS_FOR_NAME = re.compile(r"(?i)save|export|rename|open|find|search|replace|new folder")
_CALCULATOR = r"(?: (?:with|on|using|in) (?:the|a) calculator)?"
_REACH = r"work out|calculate|compute|add it up|add up|add|what is|what's|evaluate|solve|find"
_BETWEEN = re.compile(
    r"(?:[\s,.;:!>→]|->|\(?\d{1,2}[.)]|(?:and|then|after that|afterwards|next|finally|now|please|first|firstly|secondly|lastly|also"
    r"|could you|can you|to finish|hi|hello|thanks|thank you|steps|in this order)\b)*"
)
_NUMBERS = {"once": 1, "twice": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}

Made = list[PlannedStep]


class _Reading:
    """One instruction under way.

    Attributes:
        texts, sums: what its marks stand for.
        again: how the last named thing was acted on, for those that follow without a verb; None where nothing can follow so.
        last: that thing.
        gap: what stands before the clause to be read.
    """

    def __init__(self, texts: list[str], sums: list[str]) -> None:
        self.texts, self.sums = texts, sums
        self.again: Callable[[str], PlannedStep] | None = None
        self.last = ""
        self.gap = ""

    def text(self, number: str) -> str:
        return self.texts[int(number)]

    def click(self, found: re.Match[str]) -> Made:
        name, place, kind, times = found.groups()
        if found[0].startswith(("press", "hit")) and place is None and re.fullmatch(_SURE_KEYS, self.text(name).lower()):
            return [_press(self.text(name))] * _count(times)
        if found[0].startswith("open") and (_FILE.search(self.text(name)) or re.search(r"\b(file|folder)\b", found[0])):  # an icon
            return self._point("double_click", name, place, kind) * _count(times)
        return self._point("click", name, place, kind) * _count(times)

    def under(self, found: re.Match[str]) -> Made:
        place, name = found.groups()
        return self._point("click", name, place, "menu")

    def keys(self, found: re.Match[str]) -> Made:
        self.again = None
        return [_press(self.text(found[1]))] * _count(found[2])

    def double(self, found: re.Match[str]) -> Made:
        return self._point("double_click", *found.groups())

    def right(self, found: re.Match[str]) -> Made:
        return self._point("right_click", *found.groups())

    def _point(self, do: str, name: str, place: str | None = None, kind: str | None = None) -> Made:
        self.again, self.last = lambda target: PlannedStep.model_validate({"do": do, "target": target}), self.text(name)
        if place is None:  # a path through menus may stand in one quotation
            return [self.again(part) for part in re.split(r" (?:>|->|→) ", self.text(name))]
        if kind in (None, "menu", "list", "tab"):  # what holds it must be opened first
            return [PlannedStep(do="click", target=self.text(place)), self.again(self.text(name))]
        return [self.again(f"{self.text(name)} in the {self.text(place)} {kind}")]

    def switch(self, found: re.Match[str]) -> Made:
        value = "off" if found[1].startswith(("un", "dis", "de", "turn off", "switch off")) else "on"
        self.again, self.last = lambda target: PlannedStep.model_validate({"do": "set", "value": value, "target": target}), ""
        return [self.again(self.text(found[2]))]

    def set_to(self, found: re.Match[str]) -> Made:
        return [PlannedStep.model_validate({"do": "set", "value": found[2], "target": self.text(found[1])})]

    def type(self, found: re.Match[str]) -> Made:
        text, field = found.groups()
        return self._into(field, text)

    def fill(self, found: re.Match[str]) -> Made:
        field, text = found.groups()
        return self._into(field, text)

    def _into(self, field: str | None, text: str) -> Made:
        self.again = None
        clicked = [] if field is None else [PlannedStep(do="click", target=self.text(field))]
        return [*clicked, PlannedStep(do="type", text=self.text(text))]

    def press(self, found: re.Match[str]) -> Made:
        self.again = None
        return [_press(found[1])] * _count(found[2])

    def drag(self, found: re.Match[str]) -> Made:
        return [PlannedStep(do="drag", target=self.text(found[1]), to=self.text(found[2]))]

    def scroll(self, found: re.Match[str]) -> Made:
        return [PlannedStep.model_validate({"do": "scroll", "direction": found[1]})]

    def wait(self, found: re.Match[str]) -> Made:
        return [PlannedStep(do="wait", seconds=float(found[1]))]

    def sum(self, found: re.Match[str]) -> Made:
        self.again = None
        written = self.sums[int(found[1])]
        for word, sign in _SIGNS.items():
            written = written.replace(word, sign)
        return [PlannedStep(do="click", target=key) for key in [*re.sub(r"[\s=]", "", written), "="]]

    def bare(self, found: re.Match[str]) -> Made | None:
        """A name without a verb goes as the one before it, unless it may be what a dialog asks for, or may begin something else."""
        name = self.text(found[1])
        if self.again is None or _ASKS_FOR_NAME.search(self.last) or _FILE.search(name):
            return None
        if self.again(name).do == "set" and not re.search(r",|\band\b", self.gap):
            return None
        self.last = name
        return [self.again(name)]


_CLAUSES: list[tuple[re.Pattern[str], Callable[[_Reading, re.Match[str]], Made | None]]] = [
    (re.compile(pattern), read)
    for pattern, read in (
        (rf"double[- ]?click (?:on )?{_WHAT}{_PLACE}", _Reading.double),
        (rf"right[- ]?click (?:on )?{_WHAT}{_PLACE}", _Reading.right),
        (rf"(?:press|hit|use) (?:the )?(?:keys?|shortcut) §(\d+)§{_TIMES}", _Reading.keys),
        (rf"(?:press|hit|use) (?:the )?§(\d+)§ (?:keys?|shortcut){_TIMES}", _Reading.keys),
        (rf"(?:{_CLICK})(?: on| at)? {_WHAT}{_PLACE}{_TIMES}", _Reading.click),
        (
            rf"({_SWITCH}) {_WHAT}",
            _Reading.switch,
        ),
        (rf"(?:set|switch|turn) {_WHAT} (?:to )?(on|off)\b", _Reading.set_to),
        (rf"(?:in|from|under) (?:the |an? )?§(\d+)§ menu,? (?:{_CLICK})(?: on)? {_WHAT}", _Reading.under),
        (rf"(?:fill(?: in| out)?) {_FIELD} with §(\d+)§", _Reading.fill),
        (rf"set {_FIELD} to §(\d+)§", _Reading.fill),
        (rf"(?:in|into) {_FIELD},? (?:type|write|enter|put) §(\d+)§", _Reading.fill),
        (
            rf"(?:type|write|enter|fill in|put|input)(?: in)?(?: the text| the words)? §(\d+)§(?: (?:into|in|as|for) {_FIELD})?",
            _Reading.type,
        ),
        (rf"(?:press|hit|use)(?: on)?(?: the)?(?: keys?| shortcut)? ({_KEYS})(?: key)?{_TIMES}", _Reading.press),
        (rf"(?:drag|move) {_WHAT} (?:on ?to|into|to|over) {_WHAT}", _Reading.drag),
        (r"scroll (up|down|left|right)\b", _Reading.scroll),
        (r"wait (?:for )?(\d{1,2}) seconds?\b", _Reading.wait),
        (rf"(?:{_REACH}):? ¤(\d+)¤{_CALCULATOR}(?:\?? use the calculator)?", _Reading.sum),
        (rf"(?:use|take) the calculator (?:and|to) (?:{_REACH}):? ¤(\d+)¤", _Reading.sum),
        (rf"{_WHAT}", _Reading.bare),
    )
]


def quoted_plan(instruction: str) -> tuple[PlannedStep, ...] | None:
    """The steps of an instruction that writes out each of them in quotation marks, as a shortcut or as a sum; else None."""
    texts: list[str] = []
    sums: list[str] = []

    def mark(found: re.Match[str]) -> str:
        texts.append(next(group for group in found.groups() if group is not None))
        return f"§{len(texts) - 1}§"

    def mark_sum(found: re.Match[str]) -> str:
        sums.append(found[0])
        return f"¤{len(sums) - 1}¤"

    if set(instruction) & set("§¤"):
        return None
    shape = _SUM.sub(mark_sum, _QUOTATION.sub(mark, instruction).lower())
    try:
        return _read(" ".join(shape.split()), _Reading(texts, sums))
    except ValueError:  # a quotation that can be no target or key
        return None


def _read(shape: str, reading: _Reading) -> tuple[PlannedStep, ...] | None:
    """Clause after clause; None where one cannot be read or nothing parts it from the next, and where there is none."""
    steps: list[PlannedStep] = []
    end, at = 0, _skip(shape, 0)
    while at < len(shape):
        reading.gap = shape[end:at]
        found, read = next(((found, read) for pattern, read in _CLAUSES if (found := pattern.match(shape, at))), (None, None))
        made = None if found is None or read is None else read(reading, found)
        if found is None or made is None:
            return None
        steps += made
        end = found.end()
        at = _skip(shape, end)
        if at == end < len(shape):
            return None
    return tuple(steps) or None


def _press(written: str) -> PlannedStep:
    """Keys as plans write them: `ctrl + del` is Ctrl+Delete."""
    parts = [part.strip() for part in re.split(r"(?<=[^+\s])\s*\+\s*(?!$)", written)]
    return PlannedStep(do="press", keys="+".join(_KEY_NAMES.get(part.lower(), part.title()) for part in parts))


def _skip(shape: str, at: int) -> int:
    found = _BETWEEN.match(shape, at)
    assert found is not None
    return found.end()


def _count(times: str | None) -> int:
    if times is None:
        return 1
    number = times.split()[0]
    return _NUMBERS[number] if number in _NUMBERS else int(number)
