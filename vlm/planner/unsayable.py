"""What of a person's words is no name and no order, and yet asks for something that a plan cannot say: a run asks first.

    if a dialog asks, click Yes               "click Yes" is done whether one asks or not
    click Save or Apply                       which of them, the screen decides
    paste it at the end                       "press Ctrl+V" pastes where the caret is
    insert Hello before World                 "type Hello before World" is another text
    type it's fine, don't worry               "type it's fine" is half of it
    add 3 to Count                            "click Count, type 3" types it over what is there, or beside it
    write Hello, then delete it               "press Delete" deletes what follows the caret
    select the first paragraph                a click chooses no part of a text
    make the window bigger                    "press Ctrl++" makes what it shows bigger

Courtesies ("if you like") and conditions that a step keeps by itself ("tick it if it is off") are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from vlm.planner.idle import ORDERS
from vlm.planner.parts import VERB
from vlm.planner.plan import PlannedStep
from vlm.planner.quotations import QUOTATION, blank_quotations, quoted_part
from vlm.planner.repeats import clauses

_CONDITION = re.compile(
    r"(?<!see )(?<!check )(?<!wonder )(?<!wondering )(?<!as )(?<!what )(?<!even )(?<!it )\b(?P<which>if|unless|otherwise|in case)\b"
    r"(?! (?:you|i|we|u|possible|needed|necessary|ok|okay|not too|so)\b)"
    r"(?! (?:it|that)(?:['’]s| is| isn['’]t|) (?:(?:not )?too|possible|ok|okay|fine|all ?right|no (?:trouble|problem)|works)\b)"
    r"(?P<rest>[^.;\n]*)",
    re.I,
)
"""No courtesy (“if you like”), and nothing that is only looked at (“see if”)."""
_STATE = re.compile(r"\b(?:already|yet|on|off|ticked|unticked|checked|unchecked|set|enabled|disabled|selected|active|activated)\b", re.I)
"""A condition that `set` heeds: who finds a box ticked leaves it."""
_EITHER = re.compile(r"\bor\b", re.I)
_BOTH = re.compile(r"(?P<one>\w[^,]*?) (?P<which>and) (?P<two>\w.*)", re.I)
_PUT = re.compile(
    r"\b(?:paste|type|write|add|append|insert|put)\b[^,;:\n]*? (?:at|to|on) the (?:very )?(?P<which>end|bottom|top|beginning|start)$", re.I
)
_GOES_TO = {
    "end": ("end", "ctrl+end"), "bottom": ("end", "ctrl+end"), "top": ("home", "ctrl+home"), "beginning": ("home", "ctrl+home"),
    "start": ("home", "ctrl+home"),
}  # fmt: skip
_INSERT = re.compile(r"\b(?:insert|add|append|put)(?: the)?(?: (?:text|words?|line|sentence))? $", re.I)
_BESIDE = re.compile(r" (?P<which>(?:before|after|above|below|behind) .+)$", re.I)
_REFUSED = re.compile(r",? (?:and |but )?(?P<which>(?:\w+n['’]t|do not|never) (?P<order>\w+)[^,.;:!?\n]*)", re.I)
_ORDER = re.compile(
    rf"(?:{'|'.join(sorted(ORDERS))}|{VERB}|hit|change|touch|do|confirm|use|add|insert|move|include|let|replace|go|forget|bother|start|turn"
    r"|switch|leave|keep|try|mind)",
    re.I,
)
_ADDED = re.compile(
    r"\b(?P<which>add|append) (?P<text>(?:(?! and )[^,;\n]){1,60}?) to (?!the (?:very )?(?:end|bottom|top|beginning|start)\b)", re.I
)
_ON_SELECTED = frozenset({"delete", "ctrl+b", "ctrl+i", "ctrl+u", "ctrl+c", "ctrl+x"})
_DONE_TO_IT = re.compile(r"\b(?:delete|remove|erase|clear|wipe|make|copy|cut|underline)\w*(?: out)? (?P<which>it|that|this|them)\b", re.I)
_PIECE = re.compile(
    r"\b(?:select|mark|highlight)\w* (?:the|this|that|my|its|only) (?:[\w-]+ ){0,2}?"
    r"(?-i:(?P<which>words?|sentences?|paragraphs?|headings?|phrases?|lines?|letters?|characters?|passage))\b",
    re.I,
)
_SIZED = re.compile(
    r"\b(?:(?:make|let|want|need|have)\b[^,.;\n]*?|(?:en)?large|increase|decrease|reduce|shrink) (?:the |this |that |my )?"
    r"(?P<which>(?:window|dialog|column|row|cell|picture|image|photo|table|panel|pane|sidebar|field|icon|button|margin|volume)s?)\b",
    re.I,
)
_MANNER = re.compile(
    r"\b(?P<which>in (?:all )?(?:caps|capitals?|(?:capital|block|big|large|small|red|green|blue|bold|italic) letters|(?:upper|lower) ?case"
    r"|bold|italics?|red|green|blue|reverse|one word))\b",
    re.I,
)
_TAKEN_BACK = re.compile(r"\b(?P<which>no,? (?:sorry|wait)|(?:sorry|wait|oh),? no|i mean(?:t)?|scratch that|or rather)\b", re.I)
_TOGETHER = re.compile(
    r"(?P<which> and (?:beneath|below|under(?:neath)?|above|before|after|behind|beside|next to) (?:it|that|them)\b.*"
    r"| (?:full stop|comma|question mark|exclamation (?:mark|point)|new (?:line|paragraph))\b.*"
    r"| (?:again|once more|period)$| (?:from|in) (?:~|/|[A-Z]:\\).*)"
)
"""What is said about a text, and no part of it."""
_PRONOUNS = frozenset({"it", "them", "that", "this", "there", "here", "the same"})
_TYPING = re.compile(r"\b(?:type|write|enter|put|input|key in) $", re.I)


def unsayable(instruction: str, steps: Sequence[PlannedStep]) -> list[str]:
    """The words that make the plan doubtful, in no order."""
    quoted = {quoted_part(found) for found in QUOTATION.finditer(instruction)}
    free = blank_quotations(instruction)
    typed = [step.text for step in steps if step.text is not None and step.text not in quoted]
    for text in typed:
        if len(text) > 2 and free.count(text) == 1:
            free = free.replace(text, "|" * len(text))
    found = [*_conditions(free, steps), *_several(free, steps), *_places(free, steps), *_unlike(free, steps)]
    return found + [word for text in typed for word in (*_around(instruction, text), *_said(_TAKEN_BACK, text), *_said(_TOGETHER, text))]


def _conditions(free: str, steps: Sequence[PlannedStep]) -> Iterator[str]:
    only_sets = all(step.do == "set" for step in steps)
    for found in _CONDITION.finditer(free):
        if not (only_sets and _STATE.search(found["rest"])):
            yield found["which"]


def _several(free: str, steps: Sequence[PlannedStep]) -> Iterator[str]:
    """What joins two names that one step takes for one."""
    said = free.casefold()
    for number, step in enumerate(steps):
        if step.target is None or step.target.casefold() not in said:
            continue
        if (either := _EITHER.search(step.target)) is not None:
            yield either[0]
        follows = steps[number + 1].do if number + 1 < len(steps) else None
        if step.do == "click" and follows == "type" and (both := _BOTH.fullmatch(step.target)) is not None:
            yield both["which"]


def _places(free: str, steps: Sequence[PlannedStep]) -> Iterator[str]:
    """Where something is to be pasted or typed, of plans that do not go there."""
    pressed = {(step.keys or "").casefold() for step in steps}
    targets = " ".join(step.target for step in steps if step.target is not None).casefold()
    if not pressed & {"ctrl+v"} and not any(step.do == "type" for step in steps):
        return
    for span in clauses(free):
        place = _PUT.search(free[span.start : span.stop].strip(" .!"))
        if place is not None and not pressed & set(_GOES_TO[which := place["which"].lower()]) and which not in targets:
            yield place["which"]


def _unlike(free: str, steps: Sequence[PlannedStep]) -> Iterator[str]:
    """What asks for something else than the steps do, though they have its words."""
    pressed = [(step.keys or "").casefold() for step in steps]
    texts = any(step.do == "type" for step in steps)
    yield from (target for step in steps for target in (step.target, step.to) if target is not None and target.casefold() in _PRONOUNS)
    if texts:
        yield from _said(_ADDED, free)
        yield from _said(_MANNER, free)
    since_typing = "".join(
        "t" if step.do == "type" else "d" if key in _ON_SELECTED else "s" if key == "ctrl+a" or step.target else " "
        for step, key in zip(steps, pressed, strict=True)
    )
    if re.search("t *d", since_typing):  # nothing is selected
        yield from _said(_DONE_TO_IT, free)
    if any(key in ("ctrl++", "ctrl+-") for key in pressed):
        yield from _said(_SIZED, free)
    clicked = " ".join(step.target for step in steps if step.do == "click" and step.target is not None).casefold()
    yield from (which for which in _said(_PIECE, free) if which in clicked)


def _said(pattern: re.Pattern[str], words: str) -> Iterator[str]:
    return (found["which"].strip() for found in pattern.finditer(words))


def _around(instruction: str, text: str) -> Iterator[str]:
    """What belongs to a text, or says where it goes, and was taken otherwise."""
    if instruction.count(text) != 1 or not text.strip():
        return
    before, after = instruction[: (at := instruction.index(text))], instruction[at + len(text) :]
    if _INSERT.search(before) and (beside := _BESIDE.search(text)) is not None:
        yield beside["which"]
    if _TYPING.search(before) and (more := _REFUSED.match(after)) is not None and _ORDER.fullmatch(more["order"]) is None:
        yield more["which"]
