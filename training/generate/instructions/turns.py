"""Turns of speech in which one thing is spoken of twice, or one sentence fills in several: “turn it off and on again”, “Large for the size”."""

from __future__ import annotations

from collections.abc import Sequence

from training.generate.instructions import steps as say
from training.generate.instructions import texts
from training.generate.instructions.draft import Clause, Draft, Step
from training.generate.instructions.parts import chained, click, press, pressed, spelled_out, type_
from training.generate.instructions.words import TABS

_CHOICES = (
    "size:Small,Medium,Large,A4,A5,Letter;colour:Red,Green,Blue,Black,Grey;language:English,German,French,Polish;paper:Plain,Glossy,Recycled;"
    "quality:Low,High,Best,Draft;format:PDF,PNG,CSV,JPEG;orientation:Portrait,Landscape;country:Norway,Japan,Chile,Kenya;theme:Light,Dark,Sepia;"
    "unit:Metre,Inch,Mile;shipping:Standard,Express;seat:Window,Aisle;class:Economy,Business;currency:Euro,Dollar,Yen;encoding:UTF-8,Latin-1;"
    "Font:Serif,Sans,Mono;Printer:Office,Kitchen,Cellar;Account:Private,Shared;Difficulty:Easy,Hard;Category:Food,Travel,Rent;Priority:Normal,Urgent"
)
_OFFERED = tuple((name, tuple(values.split(","))) for name, values in (part.split(":") for part in _CHOICES.split(";")))
_BY_NUMBER = ("first", "second", "third", "fourth", "fifth", "last", "next to last")


def chosen_for(draft: Draft) -> Clause:
    """Values for several lists of choices: each list is opened, and its value taken."""
    chosen = draft.rng.sample(_OFFERED, draft.rng.choice((1, 1, 2, 2, 3)))
    pairs = [(draft.label(name), draft.label(draft.pick(values))) for name, values in chosen]
    pattern = draft.pick(("{V} for (the |the ||my ){N}", "{V} as (the |the ||my ){N}", "(the |the ||for the ){N} {V}", "{N}: {V}"))
    listed = [spelled_out(draft, pattern, V=value, N=name) for name, value in pairs]
    said = ", ".join(listed) if draft.chance(0.3) or len(listed) == 1 else ", ".join(listed[:-1]) + " and " + listed[-1]
    text = spelled_out(draft, "(~pick|~choose|~select|~take|~go for|~use)(|:) {S}", S=said) if ":" not in pattern else f"~choose {said}"
    return Clause(text, [step for name, value in pairs for step in (click(name), click(value))])


def there_and_back(draft: Draft) -> Clause:
    """Something set, and set back later, spoken of as “it”."""
    x, on = draft.label(say.option_name(draft)), draft.chance(0.5)
    word, back = ("on", "off") if on else ("off", "on")
    first: tuple[str, Sequence[Step]] = (
        spelled_out(draft, f"(~turn {{X}} {word}|~switch {{X}} {word}|~turn {word} {{X}}|~switch {word} {{X}})", X=x),
        [{"do": "set", "value": word, "target": x}],
    )
    middle = draft.rng.choice((say.button, say.wait, say.press))(draft)
    last: tuple[str, Sequence[Step]] = (
        spelled_out(draft, f"(~turn|~switch) it (back |){back}(| again)"),
        [{"do": "set", "value": back, "target": x}],
    )
    parts = [first, last] if middle.whole or middle.last or draft.chance(0.3) else [first, (middle.text, middle.steps), last]
    return chained(draft, parts)


def pasted_into(draft: Draft) -> Clause:
    """Copied here, pasted into a field."""
    f = draft.label(say.field_name(draft))
    copied: tuple[str, Sequence[Step]] = draft.rng.choice(
        (
            ("~copy (the selected text|the selection|what is selected|this|it|the marked text)", press("Ctrl+C")),
            ("~copy (everything|all the text|all of it)", press("Ctrl+A", "Ctrl+C")),
            ("~cut (the selected text|the selection|it)", press("Ctrl+X")),
        )
    )
    pasted = spelled_out(draft, "(~paste it|~paste that|~paste the text|~put it|~insert it) (into|in) (|the ){F}(| field| box)", F=f)
    return chained(draft, [(spelled_out(draft, copied[0]), copied[1]), (pasted, [click(f), *press("Ctrl+V")])])


def said_before(draft: Draft) -> Clause:
    """A value told first, and its field named afterwards."""
    f, t = (
        draft.label(say.field_name(draft)),
        draft.text(draft.rng.choice((texts.word, texts.number, texts.email, texts.person, texts.code))(draft.rng)),
    )
    head = spelled_out(draft, "(the (value|name|number|code|address|word|password|text|date) is|my (name|number|code|address) is|here is the (text|code|name):) {T}", T=t)  # fmt: skip
    tail = spelled_out(draft, "(~put|~type|~enter|~write) (it|that|this) (into|in) (|the ){F}(| field| box)", F=f)
    text = head + draft.pick((", ", "; ", ". ", ", so ", ", please ")) + tail
    after = (
        pressed(draft, draft.pick(("OK", "Unlock", "Next", "Continue", "Search", "Apply", "Go", "Log in"))) if draft.chance(0.5) else None
    )
    steps: list[Step] = [click(f), type_(t), *(after[1] if after else ())]
    return Clause(text + (draft.pick((" and ", ", then ", ", and ")) + after[0] if after else ""), steps, whole=True)


def by_number(draft: Draft) -> Clause:
    """A tab, row or entry by its place."""
    which = draft.pick(_BY_NUMBER)
    thing = draft.pick(("tab", "tab", "tab", "row", "entry", "result", "item", "link", "message", "file", "picture", "line", "option"))
    verb = "~go to|~switch to|~change to|~open|~click|~select" if thing == "tab" else "~click|~select|~choose|~open|~pick|~take|~go to"
    return Clause(spelled_out(draft, f"({verb}) the {which} {thing}"), [click(f"{which} {thing}")])


def closed_by_name(draft: Draft) -> Clause:
    """Something taken in a dialog, which is then closed with its button."""
    made = draft.rng.choice((say.tabbed, say.chosen, say.set_one))(draft)
    way = say.menu_path(draft)
    parts: list[tuple[str, Sequence[Step]]] = [(one.text, one.steps) for one in (way, made) if not (one.whole or one.last)]
    if draft.chance(0.6):
        x = draft.label(draft.pick(TABS))
        parts.append((spelled_out(draft, "(~pick|~choose|~select|~take) {X}", X=x), [click(x)]))
    name = draft.exact(draft.pick(("close", "Close", "cancel", "apply", "ok", "OK", "save", "done", "next")))
    return chained(draft, [*parts, (spelled_out(draft, "(|~click |~press |~hit |~finish with |~end with ){X}", X=name), [click(name)])])
