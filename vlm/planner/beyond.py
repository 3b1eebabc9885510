"""What no plan can say, told in one line with what to say instead: a set that only the screen could list, a click with a key held down.

A plan is made before the screen is seen. "Untick everything" names nothing, "untick all of them: Ruler, Grid and Toolbar" does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vlm.planner.instruction import NoPlan
from vlm.planner.plan import PlannedStep
from vlm.planner.quotations import blank_quotations

_THINGS = (
    r"(?:check ?)?box(?:es)?|checkmarks?|buttons?|options?|settings?|files?|folders?|items?|rows?|columns?|cells?|links?|messages?"
    r"|mails?|e-?mails?|entries|entry"
    r"|fields?|tabs?|windows?|switch(?:es)?|pictures?|photos?|images?|pages?|icons?|menus?|lines?|words?|one|things?|elements?|days|names|programs?|documents?"
)
_SET = re.compile(
    rf"\b(?:everything|(?:all|every|each|any|every single)(?: one)? (?:of )?(?:the |these |those |my |its |other |remaining"
    rf" )*(?:[\w-]+ )?(?:{_THINGS})"
    rf"|all of (?:them|these|those)|them all|all (?:but|except)|each of (?:them|these|those)"
    r"|(?:the )?(?:other|remaining) [a-z]+s|the rest of (?:the|them)\b[a-z ]*|(?<=tick )all|(?<=check )all|(?<=able )all|(?<=click )all"
    r"|(?<=turn )all)\b",
    re.I,
)
_SET_SAID = re.compile(rf"{_SET.pattern}|\b(?:all|every|each) [a-z]+", re.I)
_ONE_BY_ONE = re.compile(
    r"\b(?:click|press|tap|push|tick|untick|check|uncheck|enable|disable|activate|deactivate|deselect|turn (?:on|off)|turn|switch|switch"
    r" (?:on|off)|choose|pick|open|close|fill"
    r"|expand|collapse|download|rename|drag|move|double[- ]click|right[- ]click)\b",
    re.I,
)
_BUT = re.compile(
    r"\b(?:except(?: for)?|apart from|other than|save for|excluding|but not|(?<=everything )but|(?<=all )but|but(?= the| for))\b", re.I
)
_KEY = r"(?:shift|ctrl|control|alt|super|command|cmd)(?: ?key)?"
_HELD = re.compile(
    rf"\b(?:hold|holding|keep|keeping)(?: down)?(?: the)? {_KEY}\b[^.;)\n]{{0,30}}?\b(?:click|double-click|drag|select)(?:ing)?\b"
    r"|\b(?:shift|ctrl|control|alt)[- +]+(?:and )?(?:left[- ])?(?:click|drag|double[- ]click)\w*"
    rf"|\bclick\b[^.,;\n]{{0,40}}? (?:with|while|holding)(?: holding| pressing)?(?: down)?(?: the)? {_KEY}\b(?! ?[-+])"
    r"|\b(?:middle|triple|treble)[- ]click\w*|\blong[- ]press\w*|\bpress and hold\b|\bhold(?:ing)?(?: down)? the (?:left |right"
    r" )?(?:mouse|button)\b[^,.;\n]*"
    r"|\b(?:middle|wheel) (?:mouse )?button\b",
    re.I,
)
_ENDLESSLY = re.compile(
    r"\b(?:click|press|hit|tap|push)(?:ing)?\b(?:(?!\b(?:wait\w*|and|then)\b)[^,.;:\n])* (?:until|till|as long as)\b[^,.;\n]*"
    r"|\bhover(?:ing)?\b[^,.;\n]*|\bgo to line (?:number )?\d+",
    re.I,
)
"""What only the screen could end, what is no click, and what each program has other keys for."""
_NOTHING_CLICKED = re.compile(
    r"\bright[- ]?click(?:,| and| then)+ (?P<order>choose|select|pick|click|press|hit|use|take)(?: on)?(?: the)? (?P<name>[^,.;\n]+)", re.I
)
"""A menu is opened, and nothing is said to have it."""
_ONE_OF_THEM = re.compile(r"\breplace (?:only |just )?(?:the )?(?:first|second|third|next|last|one|only)\b", re.I)
_SIDES = frozenset(
    {"left", "right", "up", "down", "top", "bottom", "middle", "center", "centre", "the left", "the right", "the top", "the bottom"}
)
_LIST_BEFORE = re.compile(r"\b(?:of|from|among|there are|we have|you see|these)\b[^.\n]*(?:,| and )|(?:,| and )[^.\n]+[;:,]\s*$", re.I)
_LIST_AFTER = re.compile(r"(?::| [-–—] | of )[^.\n]*(?:,| and )|: *\S")
_VERB_BEFORE = re.compile(rf"{_ONE_BY_ONE.pattern}(?:\W+\w+){{0,2}}\W*$", re.I)
_VERB_AT_END = re.compile(rf"{_ONE_BY_ONE.pattern}\s*$", re.I)
_SOME = re.compile(
    rf"(?:every|each) (?:second|third|fourth|other|\d+\w\w)\b|{_SET.pattern} (?:that|which|who|called|named"
    r"|(?:old|new|bigg|larg|small)er than|starting|ending|containing)\b",
    re.I,
)
"""Some of what the screen shows, picked by what only the screen can tell."""


def check_beyond(instruction: str, steps: Sequence[PlannedStep]) -> None:
    """Raise NoPlan where the words ask for what no plan can say, whatever was planned for them."""
    texts = [step.text for step in steps if step.text is not None]
    said, typed = blank_quotations(instruction), " ".join(texts)
    clicked = [(step.target or "").casefold() for step in steps if step.do == "right_click"]
    if (found := _NOTHING_CLICKED.search(said)) is not None and any(name in found["name"].casefold() for name in clicked):
        raise NoPlan(f"these words do not say what to right-click: say “right-click NAME and {found['order']} {found['name'].strip()}”")
    if (found := _ONE_OF_THEM.search(said)) is not None and any(step.target == "Replace All" for step in steps):
        raise NoPlan(f"“{found[0]}” is not all of them, and that is what I would replace: say which buttons to click")
    if (found := _HELD.search(said)) is not None and found[0] not in typed:
        raise NoPlan(f"a plan cannot say “{found[0].strip()}”, a plain click is all it knows: do that by hand, or say another way to it")
    if (found := _ENDLESSLY.search(said)) is not None and found[0] not in typed:
        raise NoPlan(f"a plan cannot say “{found[0].strip()}”: say what to click, type and press, and how often")
    if (aside := next((step.to for step in steps if step.to is not None and step.to.casefold() in _SIDES), None)) is not None:
        raise NoPlan(f"a plan cannot drag {aside}, only onto something that is there: say onto what")
    for text in texts:
        if len(text) > 2 and said.count(text) == 1:
            said = said.replace(text, "|" * len(text))
    for found in _SET_SAID.finditer(said):
        if found[0] not in typed and _is_unlisted(said, found, steps):
            raise NoPlan(
                f"a plan is made before the screen is seen, and “{found[0]}” says no names: name each one, as in “untick Ruler,"
                f" Grid and Toolbar”"
            )


def _is_unlisted(said: str, found: re.Match[str], steps: Sequence[PlannedStep]) -> bool:
    """Whether a set is to be gone through one by one, and the plan does not do that with names from the words."""
    before = said[: found.start()]
    if found[0][0].isupper() and before.strip() and not before.rstrip().endswith((".", "!", "?", ":", ">")):
        return False  # a name: "click All files"
    spared = _exception(said, found)
    verb = _VERB_BEFORE.search(re.split(r"[.;\n,]|\b(?:and|then)\b", before)[-1])
    if spared is None and verb is None and _SOME.match(said, found.start()) is None:
        return False  # "select everything", "delete all files": one key for all of them
    targets = [target.lower() for step in steps for target in (step.target, step.to) if target is not None]
    if not steps or any(
        re.match("(?:all|every|each) ", target) or set(target.split()) <= set(found[0].lower().split()) for target in targets
    ):
        return True
    if any(f" {found[0].split()[0].lower()}" in target for target in targets):
        return False  # a part of a name: "click Show all files"
    listed = _LIST_BEFORE.search(_VERB_AT_END.sub("", before)) or _LIST_AFTER.search(said, found.end())
    return listed is None or len(targets) < (2 if spared is None else 1)


def _exception(said: str, found: re.Match[str]) -> str | None:
    """The word that begins what is left out of a set."""
    but = re.compile(r"\s*(but)\b", re.I).match(said, found.end()) or _BUT.search(said, found.start())
    return None if but is None else but[but.lastindex or 0]
