"""Slips of a small model that the person's words give away, put right: what must be open first, how many boxes, where a name goes.

    turn the toolbar off in the View menu        "set off toolbar"                 click View, set off toolbar
    tick Sunday and Monday                       "set on Sunday and Monday"        set on Sunday, set on Monday
    tick the second and third check boxes        "set on second, set on third"   set on second check box, …
    click New Folder, call it Letters            "click New Folder, press F2, …"   click New Folder, type Letters
    open the file menu and save it as a.txt      "click file, click File, …"    click File, click Save As..., …
    clear the search field                       "press Ctrl+A, press Delete"      click search, press Ctrl+A, press Delete
    choose option 3 in the Size list             "click Size, click 3"             click Size, click option 3 in the list
    open Firefox                                 "press Ctrl+L, type Firefox, …"   click Firefox
    open the menu and choose About               "click About"                     click main menu, click About
    add the word END to the end                  "press Ctrl+End, press Enter, …"   press Ctrl+End, type END
    open ~/a/b.md                                "double_click ~/a/b.md"           press Ctrl+O, type ~/a/b.md, press Enter

Nothing is added that the words do not say, but the menu, the tab or the field that they speak of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vlm.planner.instruction import NoPlan
from vlm.planner.plan import PlannedStep
from vlm.planner.quotations import blank_quotations
from vlm.planner.repeats import clauses
from vlm.planner.ways import MAIN_MENU

_PREFERENCES = re.compile(r"(?:the )?(?:\w+ )?(?:preferences|settings|options)(?: window| dialog| menu)?(?:…|\.\.\.)?", re.I)
_IN_MENU = re.compile(
    r"(?P<name>.+) (?:(?:in|from|under|of|inside) (?:the )?(?P<menu>[^ ].*) menu|(?:in|on|under) (?:the )?(?P<tab>[^ ].* tab))", re.I
)
_PLACE_OF_IT = r"\b(?:it|them|this|that)(?: (?:on|off))? (?:in|under|from|via|through) (?:the |my )?{}(?!\w)"
_IN_PREFERENCES = re.compile(
    r"\b(?:in|from|under) (?:the |my |its )?(?:program's |editor's )?(?:preferences|settings|options)(?: window| dialog)?(?! menu)\b", re.I
)
_NAMELESS = re.compile(
    r"(?:the )?(?:(?:first|second|third|fourth|fifth|last|only) )?(?:(?:check ?|tick ?)?box|(?:radio )?button|entry|item|field|link)", re.I
)
_CLEARED = re.compile(
    r"\b(?:clear|empty|erase|wipe|blank|delete|remove)(?: out)?(?: all| everything| whatever is)?(?: (?:of )?(?:the )?(?:text|contents?))?"
    r"(?: (?:of|in|from))?(?: (?:the|my|this))? (?P<name>[^,.;:!?\n]{1,40}?) (?:field|box|bar|input|entry)\b",
    re.I,
)
_MAIN_MENU = re.compile(
    r"(?:(?:please|first|now),? )*(?:open|click(?: on)?|press|show|go to|go into|use) (?:the |its |your )?"
    r"(?:(?:main|hamburger|app|application|program|program's) )?menu(?: button| icon)?",
    re.I,
)
"""The first clause of some orders, which a small model leaves out: it names no menu."""
_ASKING = re.compile(r"\b(?:new|add|create|save|export|insert)\b", re.I)
_RENAMING = re.compile(r"renam|\b(?:change|new) (?:its|the|this|that|my|file)? ?name|\bf2\b", re.I)
_ASKING_KEYS = frozenset({"ctrl+n", "ctrl+s", "ctrl+shift+s", "ctrl+shift+n"})
"""After what a name is asked for, or may be typed at once."""
_ORDINAL = r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|last|\d+(?:st|nd|rd|th))"
_SIDE = r"(?:left|right|top|bottom|upper|lower)"
_KIND = (
    r"(?P<kind>(?:check |text )?(?:box(?:es)?|fields?)|checkbox(?:es)?|radio buttons?|buttons?|tabs?|links?|rows?|(?:list |menu )?items?"
    r"|panes?|panels?|lists?|columns?)\b"
)
_AND_MORE = rf"(?:(?:,? and |, )(?:the )?{_ORDINAL})* {_KIND}"
_NUMBERED = r"\b(?P<kind>option|item|entry|choice|row) (?:number |no\.? |#)?{}(?!\w)"
_ADDRESS = re.compile(r"[./:@]|\blocalhost\b", re.I)
_WORDS_ADDED = re.compile(r"\b(?:add|append|put|write|type|insert) the (?:words?|letters?|signs?|numbers?|characters?)\b", re.I)
_PATH = re.compile(r"(?:~|\.{0,2})/\S.*|[A-Za-z]:\\\S.*")
_ONLINE = re.compile(
    r"\b(?:address|url|web|website|site|internet|online|browser|google|search|visit|go to|page|surf|look up|https?)\b", re.I
)
_SEVERAL_TIMES = re.compile(r"\b(?:twice|thrice|times|again)\b", re.I)
_TWO = re.compile(r"(?:both )?([^\s,]+(?: [^\s,]+)?) and ([^\s,]+(?: [^\s,]+)?)", re.I)


def mend(instruction: str, steps: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    """The steps as the words mean them. Raises NoPlan where a name is given to nothing that they speak of."""
    for mended in (
        tick_each,
        name_kind,
        number_kind,
        type_names,
        open_first,
        open_once,
        click_cleared,
        click_program,
        type_path,
        add_words,
        open_main_menu,
    ):
        steps = mended(instruction, steps)
    return tuple(steps)


def open_first(instruction: str, steps: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    """The steps, with a menu, a tab or the preferences opened before what the words say to be in it."""
    made: list[PlannedStep] = []
    for step in steps:
        if made and step.do in ("set", "click") and made[-1].do == "set" and _holds_it(step.target or "", instruction):
            made.insert(-1, PlannedStep(do="click", target=step.target))
            continue
        held = _IN_MENU.fullmatch(step.target or "") if step.do in ("click", "set") else None
        if held is not None:
            opened = held["menu"] or held["tab"]
            if not made or made[-1].target != opened:
                made.append(PlannedStep(do="click", target=opened))
            step = step.model_copy(update={"target": held["name"]})
        made.append(step)
    return _with_preferences(instruction, made)


def open_once(instruction: str, steps: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    """The steps, with a menu clicked once that is said once: the procedure that the words go on with opens it, too, which would shut it."""
    free = blank_quotations(instruction)
    made: list[PlannedStep] = []
    for step in steps:
        again = made and step.do == made[-1].do == "click" and (step.target or "").casefold() == (made[-1].target or "").casefold()
        said = re.findall(rf"\b{re.escape(step.target or '')} menu\b", free, re.I) if again else []
        if len(said) == 1 and not _SEVERAL_TIMES.search(free):
            made.pop()
        made.append(step)
    return tuple(made)


def type_names(instruction: str, steps: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    """The steps, with a name simply typed where one is asked for: "click New Folder, call it Letters". F2 renames what is there."""
    made: list[PlannedStep] = []
    asked = False
    for at, step in enumerate(steps):
        follows = steps[at + 1] if at + 1 < len(steps) else None
        if step.keys == "F2" and made and follows is not None and follows.do == "type" and "renam" not in instruction.casefold():
            last = made[-1]
            asked = _ASKING.search(last.target or "") is not None if last.do == "click" else (last.keys or "").casefold() in _ASKING_KEYS
            if asked:
                continue
        elif step.keys == "F2" and not made and not _RENAMING.search(instruction):
            raise NoPlan("these words do not say what gets that name: say what to create, save or select first")
        elif step.keys == "Enter" and asked and follows is not None and follows.do == "click":
            asked = False
            continue
        made.append(step)
    return tuple(made)


def tick_each(instruction: str, steps: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    """The steps, with "tick Sunday and Monday" as two boxes; a quotation stays one."""
    free = blank_quotations(instruction).casefold()
    made: list[PlannedStep] = []
    for step in steps:
        two = _TWO.fullmatch(step.target or "") if step.do == "set" and (step.target or "").casefold() in free else None
        made += [step] if two is None else [step.model_copy(update={"target": target}) for target in two.groups()]
    return tuple(made)


def name_kind(instruction: str, steps: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    """The steps, with the kind of each thing in "the second and third check boxes" and "the first box and the second": one alone has it."""
    free = blank_quotations(instruction)
    made: list[PlannedStep] = []
    for step in steps:
        bare = (step.target or "").removeprefix("the ")
        counted = re.fullmatch(_ORDINAL, bare, re.I) is not None
        shared = re.search(rf"\b{bare}{_AND_MORE}", free, re.I) if counted or re.fullmatch(_SIDE, bare, re.I) else None
        if counted and shared is None:
            shared = re.search(rf"\b{_ORDINAL} {_KIND}(?=.* the {bare}\b)", free, re.I)
        kind = re.sub(r"(?<=x)es$|s$", "", shared["kind"]) if shared is not None else ""
        made.append(step.model_copy(update={"target": f"{bare} {kind}"}) if kind else step)
    return tuple(made)


def number_kind(instruction: str, steps: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    """The steps, with the word before a number that is no name: "option 3" is the third, and not what shows a 3."""
    free = blank_quotations(instruction)
    made: list[PlannedStep] = []
    for step in steps:
        bare = step.target or ""
        told = re.search(_NUMBERED.format(bare), free, re.I) if bare.isdecimal() else None
        if told is not None:
            held = re.search(r"\b(?:list|menu|drop-?down|box)\b", free, re.I) is not None and bool(made) and made[-1].do == "click"
            step = step.model_copy(update={"target": f"{told['kind']} {bare}{' in the list' if held else ''}"})
        made.append(step)
    return tuple(made)


def click_program(instruction: str, steps: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    """The steps, with what is opened by its name clicked: "open Firefox" is no address."""
    made = list(steps)
    for at in range(len(made) - 2):
        name = made[at + 1].text or ""
        if [made[at].keys, made[at + 1].do, made[at + 2].keys] != ["Ctrl+L", "type", "Enter"] or _ADDRESS.search(name):
            continue
        opened = re.search(rf"\b(?:open|launch|start|run)(?: up)? (?:the )?{re.escape(name)}(?!\w)", blank_quotations(instruction), re.I)
        if opened is not None and _ONLINE.search(instruction.replace(name, "")) is None:
            return click_program(instruction, [*made[:at], PlannedStep(do="click", target=name), *made[at + 3 :]])
    return tuple(made)


def type_path(instruction: str, steps: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    """The steps, with a whole path typed where a file is asked for: no list shows it."""
    made: list[PlannedStep] = []
    for step in steps:
        path = step.target or ""
        if step.do == "double_click" and _PATH.fullmatch(path) and path in instruction:
            made += [PlannedStep(do="press", keys="Ctrl+O"), PlannedStep(do="type", text=path), PlannedStep(do="press", keys="Enter")]
        else:
            made.append(step)
    return tuple(made)


def add_words(instruction: str, steps: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    """The steps, without a new line at the end of a text before what is said to be a word: only a line begins one."""
    if _WORDS_ADDED.search(blank_quotations(instruction)) is None:
        return tuple(steps)
    around = zip((None, *steps), steps, (*steps[1:], None), strict=False)
    return tuple(
        step for before, step, after in around
        if step.keys != "Enter" or before is None or after is None or before.keys != "Ctrl+End" or after.do != "type"
    )  # fmt: skip


def _holds_it(name: str, instruction: str) -> bool:
    """Whether it is where something is that was named before: "I don't want the toolbar, untick it in View"."""
    return re.search(_PLACE_OF_IT.format(re.escape(name)), blank_quotations(instruction), re.I) is not None


def click_cleared(instruction: str, steps: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    """The steps, with a field clicked before all in it is deleted: "clear the search field" says which one, the focus may be elsewhere."""
    made: list[PlannedStep] = []
    for number, step in enumerate(steps):
        pressed = [(one.keys or "").casefold() for one in steps[number : number + 2]]
        if pressed[:1] == ["ctrl+a"] and pressed[1:] in (["delete"], ["backspace"]) and not (made and made[-1].do == "click"):
            field = _CLEARED.search(blank_quotations(instruction))
            if field is not None:
                made.append(PlannedStep(do="click", target=instruction[field.start("name") : field.end("name")]))
        made.append(step)
    return tuple(made)


def open_main_menu(instruction: str, steps: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    """The steps, with the menu opened first where that is said first and no step does it."""
    spans = clauses(instruction)
    first = instruction[spans[0].start : spans[0].stop].strip(" .!") if spans else ""
    if not _MAIN_MENU.fullmatch(first) or not steps or steps[0].do != "click" or "menu" in (steps[0].target or "").casefold():
        return tuple(steps)
    return (PlannedStep(do="click", target=MAIN_MENU), *steps)


def _with_preferences(instruction: str, steps: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    if _IN_PREFERENCES.search(blank_quotations(instruction)) is None or any(_PREFERENCES.fullmatch(step.target or "") for step in steps):
        return tuple(steps)
    first = next((number for number, step in enumerate(steps) if step.do in ("set", "click") and step.target is not None), None)
    if first is None:
        return tuple(steps)
    under = _IN_PREFERENCES.search(blank_quotations(instruction))
    if (
        under is not None
        and under[0].lower().startswith("under")
        and _NAMELESS.fullmatch(_IN_PREFERENCES.sub("", steps[first].target or "").strip())
    ):
        placed = f"{_IN_PREFERENCES.sub('', steps[first].target or '').strip()} {under[0]}"  # a heading with boxes below it
        return (*steps[:first], steps[first].model_copy(update={"target": placed}), *steps[first + 1 :])
    made = [
        step if step.target is None else step.model_copy(update={"target": _IN_PREFERENCES.sub("", step.target).strip() or step.target})
        for step in steps
    ]
    return (*made[:first], *(PlannedStep(do="click", target=target) for target in ("Edit", "Preferences")), *made[first:])
