"""Texts that are typed though they are not quoted and sound like something else: orders, names of lines, several lines."""

from __future__ import annotations

from training.beside import beside
from training.generate.instructions import steps as say
from training.generate.instructions import texts
from training.generate.instructions.draft import Clause, Draft
from training.generate.instructions.parts import chained, click, entered, press, pressed, set_, type_
from training.generate.instructions.words import COMMON, MENUS

SAID = beside(__file__)


def sounding_like_orders(draft: Draft) -> Clause:
    """What stands right behind "type", or behind "the words", is the text, whatever it sounds like."""
    rng = draft.rng
    if draft.chance(0.4):
        text = f"{draft.pick(SAID['numbered'])} {draft.pick(SAID['numbers'])}"
    elif draft.chance(0.75):
        text = draft.said(SAID["orders"], C=draft.pick(COMMON), M=draft.pick(MENUS), W=texts.word(rng))
    else:
        text = texts.some_words(rng)
    t = draft._slot(text, text if draft.chance(0.85) else draft._quoted(text))
    said = "(~type|~type|~type|~write|~type in|~key in) {T}"
    if draft.chance(0.5):
        said = "(~type|~write|~enter|~put) (the words|the words|the text|the sentence|the line|the phrase|the word) {T}"
    parts: list[Clause] = []
    if draft.chance(0.45):
        box = draft.chance(0.5)
        f = draft.exact(draft.pick(SAID["boxes"])) if box else draft.label(say.field_name(draft))
        said += " (in|into) the {F}" if box else " (in|into) (|the ){F}(| field| box)"
        parts.append(Clause(draft.said(said, T=t, F=f), [click(f), type_(t)]))
    else:
        parts.append(Clause(draft.said(said, T=t), [type_(t)]))
        draw = rng.random()
        if draw < 0.25:
            parts.append(pressed(draft, draft.pick(("Save", "OK", "Send", "Search"))))
        elif draw < 0.45:
            parts.append(entered(draft))
    return chained(draft, parts)


def on_lines(draft: Draft) -> Clause:
    """Several lines, or a tab, right behind the verb: one text."""
    rng = draft.rng
    lines = (
        [f"{draft.pick(SAID['numbered'])} {number}" for number in ("one", "two", "three")]
        if draft.chance(0.3)
        else texts.lines(rng).split("\n")
    )
    text = draft.pick(("\n", "\n", "\n", "\t")).join(lines[: rng.choice((2, 2, 3))])
    t = draft._slot(text, text if draft.chance(0.7) else draft._quoted(text))
    return Clause(draft.said("(~type|~write|~type in|~enter) {T}", T=t), [type_(t)], whole=True, last=True)


def in_preferences(draft: Draft) -> Clause:
    """A setting that is said to be in the preferences, which must be opened first."""
    value = draft.pick(("on", "off"))
    x = draft.label(say.option_name(draft))
    said = draft.said(draft.pick(SAID["in_preferences"]).replace("{V}", SAID["setting"][value]).replace("{P}", SAID["preferences"]), X=x)
    return Clause(said, [click("Edit"), click("Preferences"), set_(x, value)])


def many_times(draft: Draft) -> Clause:
    """One thing several times in a row, said each time, or with how often."""
    count = draft.rng.choice((2, 2, 3, 3, 4, 5, 6))
    if draft.chance(0.5):
        x = draft.label(say.button_name(draft))
        said, step = f"{draft.pick(('~click', '~press', '~click on', '~hit', '~tap'))} {x}", click(x)
    else:
        key = draft.pick(("Tab", "Enter", "Down", "Backspace", "Escape", "PageDown", "Right"))
        k = draft.key(key, {"PageDown": "Page Down"}.get(key, key))
        said, step = f"{draft.pick(('~press', '~hit', '~press the', '~tap'))} {k}", press(key)[0]
    if draft.chance(0.3):
        return Clause(draft.pick((", ", " and ", ", then ", " then ", "; ")).join([said] * min(count, 4)), [step] * min(count, 4))
    return Clause(f"{said} {say.times(draft, count)}", [step] * count)
