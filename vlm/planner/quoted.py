"""The plan of an instruction that writes out every step, read by rules: quotations, shortcuts and sums, no model.

    Type "dear all", then open "File", choose "Save As..." and press Ctrl+S
    type §0§, then open §1§, choose §2§ and press ctrl+s          quotations become marks, all else is small letters
    └─ type ┘       └ click ┘  └─ click ┘      └─ press ─┘        clause after clause; what no clause explains ends the reading

Whatever is left over is a step in the person's own words, and those are the model's to read.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from vlm.planner.arithmetic import keys_of, mark_sums
from vlm.planner.languages import in_english, language_of
from vlm.planner.plan import PlannedStep
from vlm.planner.quotations import QUOTATION, quoted_part
from vlm.planner.repeats import TIMES, count_of

_MODIFIER = r"(?:ctrl|control|shift|alt|super|win|meta|cmd)"
_NAMED = (
    r"(?:enter|return|tab|space|backspace|delete|del|escape|esc|insert|home|end|page ?up|page ?down|up|down|left|right|menu"
    r"|print ?screen|caps ?lock|f1[0-2]|f[1-9])"
)
_KEYS = rf"(?:(?:{_MODIFIER} ?\+ ?)+(?:{_NAMED}|[^\s§])|{_NAMED})(?![\w+])"

_KEY_NAMES = {
    "control": "Ctrl", "windows": "Super", "command": "Super",
    "win": "Super", "meta": "Super", "cmd": "Super", "return": "Enter", "del": "Delete", "esc": "Escape",
    "pageup": "PageUp", "page up": "PageUp", "pagedown": "PageDown", "page down": "PageDown",
    "printscreen": "PrintScreen", "print screen": "PrintScreen", "capslock": "CapsLock", "caps lock": "CapsLock",
}  # fmt: skip

_FIELD_KINDS = r"text field|text box|input field|search box|entry|field|box|cell"
_KINDS = rf"menu item|menu entry|menu|button|item|option|tab|link|icon|check ?box|radio button|list|section|page|folder|file|{_FIELD_KINDS}"
_SURE_KEYS = rf"(?:(?:{_MODIFIER} ?\+ ?)+(?:{_NAMED}|\S)|enter|return|tab|esc|escape|space|backspace|page ?up|page ?down|f1[0-2]|f[1-9])"
"""Keys that no button is called like."""
_WHAT, _ALSO, _FIELD = (
    rf"(?:the |an? )?(?:(?:{kinds}) )?§(?P<{name}>\d+)§(?: (?:{kinds}))?"
    for kinds, name in ((_KINDS, "what"), (_KINDS, "to"), (_FIELD_KINDS, "field"))
)
_PLAIN_FIELD = (
    r"(?:the |this |that )?(?P<plain>(?:(?!and |then |§)[\w-]+ ){0,2}?(?:text box|text field|input field|search box"
    r"|search bar|address bar|location bar|box|field|entry|cell))"
)
_TEXT = r"§(?P<text>\d+)§"
_TYPE = rf"(?:type|write|enter|fill in|put|input)(?: in)?(?: the (?:text|words?|sentence|line|phrase))?:? {_TEXT}"
_PLACE = (
    r"(?: (?:from|in|under|of|inside) (?:the |an? )?(?P<before>menu )?§(?P<place>\d+)§"
    r"(?: (?P<kind>menu|list|dialog box|dialog|window|toolbar|section|tab|page))?)?"
)
_OFTEN = re.compile(rf" {TIMES}")
_CLICK = r"click|left[- ]click|choose|select|pick|open|go to|go|hit|press|tap|push|switch to"
_SWITCH = r"tick|check|enable|turn on|switch on|activate|untick|uncheck|unselect|deselect|disable|deactivate|turn off|switch off"
_FILE = re.compile(r"\w\)?\.\w{1,5}$")
_ASKS_FOR_NAME = re.compile(r"(?i)save|export|rename|open|find|search|replace|new folder")
_WITH_CALCULATOR = r" (?:with|on|using|in) (?:the|a) calculator"
_REACH = r"work out|calculate|compute|add it up|add up|add|what is|what's|evaluate|solve|find|how much is"
_BETWEEN = re.compile(
    r"(?:[\s,.;:!>→]|->|\(?\d{1,2}[.)]|(?:and|then|after that|afterwards|next|finally|now|please|first|firstly|secondly|lastly|also"
    r"|could you|can you|to finish|hi|hello|thanks|thank you|steps|in this order)\b)*"
)
Made = list[PlannedStep]


class _Reading:
    """One instruction under way.

    Attributes:
        texts, sums: what its marks stand for.
        quoted: how many of the texts stood in quotation marks; the others are names in an order of another language.
        again: how the last named thing was acted on, for those that follow without a verb; None where nothing can follow so.
        last: that thing.
        gap: what stands before the clause to be read.
    """

    def __init__(self, texts: list[str], sums: list[str], quoted: int) -> None:
        self.texts, self.sums, self.quoted = texts, sums, quoted
        self.again: Callable[[str], PlannedStep] | None = None
        self.last = ""
        self.gap = ""

    def text(self, number: str) -> str:
        return self.texts[int(number)]

    def point(self, found: re.Match[str]) -> Made:
        name, place, kind, verb = (found[group] for group in ("what", "place", "kind", "verb"))
        if verb in ("press", "hit") and place is None and re.fullmatch(_SURE_KEYS, self.text(name).lower()):
            return [_press(self.text(name))]
        do = "double_click" if verb.startswith("double") else "right_click" if verb.startswith("right") else "click"
        if verb == "open" and (_FILE.search(self.text(name)) or re.search(r"\b(file|folder)\b", found[0])):  # an icon
            do = "double_click"
        return self._point(do, name, place, kind or (found["before"] or "").strip() or None) * count_of(found["often"] or "once")

    def under(self, found: re.Match[str]) -> Made:
        return self._point("click", found["what"], found["place"], "menu")

    def keys(self, found: re.Match[str]) -> Made:
        self.again = None
        return [_press(self.text(found["keys"]))]

    def _point(self, do: str, name: str, place: str | None = None, kind: str | None = None) -> Made:
        self.again, self.last = lambda target: PlannedStep.model_validate({"do": do, "target": target}), self.text(name)
        if place is None:  # a path through menus may stand in one quotation
            return [self.again(part) for part in re.split(r" (?:>|->|→) ", self.text(name))]
        if kind in (None, "menu", "list", "tab"):  # what holds it must be opened first
            return [PlannedStep(do="click", target=self.text(place)), self.again(self.text(name))]
        return [self.again(f"{self.text(name)} in the {self.text(place)} {kind}")]

    def switch(self, found: re.Match[str]) -> Made:
        value = "off" if found["verb"].startswith(("un", "dis", "de", "turn off", "switch off")) else "on"
        self.again, self.last = lambda target: PlannedStep.model_validate({"do": "set", "value": value, "target": target}), ""
        return [self.again(self.text(found["what"]))]

    def set_to(self, found: re.Match[str]) -> Made:
        return [PlannedStep.model_validate({"do": "set", "value": found["value"], "target": self.text(found["what"])})]

    def type(self, found: re.Match[str]) -> Made:
        self.again = None
        said = found.groupdict()
        field = self.text(found["field"]) if said.get("field") is not None else said.get("plain")
        clicked = [] if field is None else [PlannedStep(do="click", target=field)]
        return [*clicked, PlannedStep(do="type", text=self.text(found["text"]))]

    def press(self, found: re.Match[str]) -> Made:
        self.again = None
        return [_press(found["keys"])]

    def drag(self, found: re.Match[str]) -> Made:
        return [PlannedStep(do="drag", target=self.text(found["what"]), to=self.text(found["to"]))]

    def scroll(self, found: re.Match[str]) -> Made:
        return [PlannedStep.model_validate({"do": "scroll", "direction": found["direction"]})]

    def wait(self, found: re.Match[str]) -> Made:
        return [PlannedStep(do="wait", seconds=float(found["seconds"]))]

    def sum(self, found: re.Match[str]) -> Made:
        self.again = None
        return [PlannedStep(do="click", target=key) for key in keys_of(self.sums[int(found["sum"])])]

    def bare(self, found: re.Match[str]) -> Made | None:
        """A name without a verb goes as the one before it, unless it may be what a dialog asks for, or may begin something else."""
        name = self.text(found["what"])
        if self.again is None or _ASKS_FOR_NAME.search(self.last) or _FILE.search(name):
            return None
        if int(found["what"]) >= self.quoted and not found[0].startswith("on "):  # "Suchen und Ersetzen" may be one name
            return None
        if self.again(name).do == "set" and not re.search(r",|\band\b", self.gap):
            return None
        self.last = name
        return [self.again(name)]


_CLAUSES: list[tuple[re.Pattern[str], Callable[[_Reading, re.Match[str]], Made | None]]] = [
    (re.compile(pattern), read)
    for pattern, read in (
        (
            r"(?:press|hit|use) (?=(?:the )?(?:keys?|shortcut|§\d+§ (?:keys?|shortcut))\b)(?:the )?(?:(?:keys?|shortcut) )?"
            r"§(?P<keys>\d+)§(?: (?:keys?|shortcut))?",
            _Reading.keys,
        ),
        (rf"(?P<verb>double[- ]?click|right[- ]?click|{_CLICK})(?: (?P<often>{TIMES}))?(?: on| at)? {_WHAT}{_PLACE}", _Reading.point),
        (rf"(?P<verb>{_SWITCH}) {_WHAT}", _Reading.switch),
        (rf"(?:set|switch|turn) {_WHAT} (?:to )?(?P<value>on|off)\b", _Reading.set_to),
        (rf"(?:in|from|under) (?:the |an? )?§(?P<place>\d+)§ menu,? (?:{_CLICK})(?: on)? {_WHAT}", _Reading.under),
        (rf"(?:fill(?: in| out)?|set) {_FIELD} (?:with|to) {_TEXT}", _Reading.type),
        (rf"(?:in|into) {_FIELD},? (?:type|write|enter|put) {_TEXT}", _Reading.type),
        (rf"{_TYPE}(?: (?:into|in|as|for) {_FIELD})?(?! (?:into|in|as|for|on|at)\b)", _Reading.type),
        (rf"{_TYPE} (?:into|in|on) {_PLAIN_FIELD}(?![\w§-])", _Reading.type),
        (rf"(?:press|hit|use)(?: on)?(?: the)?(?: keys?| shortcut)? (?P<keys>{_KEYS})(?: key)?", _Reading.press),
        (r"(?:press|hit|tap) (?:the )?(?P<keys>windows|super|win|meta|command|cmd) key\b", _Reading.press),
        (rf"(?:drag|move) {_WHAT} (?:on ?to|into|to|over) {_ALSO}", _Reading.drag),
        (r"scroll (?P<direction>up|down|left|right)\b", _Reading.scroll),
        (r"wait (?:for )?(?P<seconds>\d{1,2}) seconds?\b", _Reading.wait),
        (rf"(?:{_REACH}):? ¤(?P<sum>\d+)¤(?:{_WITH_CALCULATOR})?\??(?: use the calculator)?", _Reading.sum),
        (
            rf"(?:(?:use|take) the calculator (?:and|to)(?: (?:{_REACH}):?)?|{_WITH_CALCULATOR[1:]},?(?: (?:{_REACH}):?)?) ¤(?P<sum>\d+)¤",
            _Reading.sum,
        ),
        (rf"¤(?P<sum>\d+)¤(?:{_WITH_CALCULATOR}|(?= *[?=.]* *$))", _Reading.sum),
        (rf"(?:on )?{_WHAT}", _Reading.bare),
    )
]


def quoted_plan(instruction: str) -> tuple[PlannedStep, ...] | None:
    """The steps of an instruction that writes out each of them in quotation marks, as a shortcut or as a sum; else None.

    In other languages that are known (`languages`), names may stand without quotation marks where every other word is understood.
    """
    if set(instruction) & set("§¤"):
        return None
    words, texts = mark_quotations(instruction)
    quoted = len(texts)
    if (language := language_of(words)) is not None:
        if (read := in_english(words, language, quoted)) is None:
            return None
        words, texts = read.shape, [*texts, *read.names]
    sums: list[str] = []

    def mark(written: str) -> str:
        sums.append(written)
        return f"¤{len(sums) - 1}¤"

    shape = mark_sums(words.lower(), mark)
    try:
        return _read(" ".join(shape.split()), _Reading(texts, sums, quoted))
    except ValueError:  # a quotation that can be no target or key
        return None


def mark_quotations(instruction: str) -> tuple[str, list[str]]:
    """The instruction with `§0§`, `§1§`, … for its quotations, and what stands in them."""
    texts: list[str] = []

    def mark(found: re.Match[str]) -> str:
        texts.append(quoted_part(found))
        return f"§{len(texts) - 1}§"

    return QUOTATION.sub(mark, instruction), texts


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
        end = found.end()
        if (times := _OFTEN.match(shape, end)) is not None:
            made, end = made * count_of(times[0][1:]), times.end()
        steps += made
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
