"""Whole instructions that are not made of clauses: shorthand, forms, calculations, goals that nobody taught, and chatter."""

from __future__ import annotations

from training.beside import beside
from training.generate.instructions import texts
from training.generate.instructions.draft import Clause, Draft, Step
from training.generate.instructions.keys import any_keys, spelled
from training.generate.instructions.parts import click, press, set_, type_
from training.generate.instructions.steps import button_name, option_name
from training.generate.instructions.words import MENUS

SAID = beside(__file__)


def shorthand(draft: Draft) -> tuple[str, list[Step]]:
    """Names and texts in a row, as people write who have done it often: "file, save as, report.txt, save"."""
    rng = draft.rng
    draft.style.roles = 0.0
    parts: list[Clause] = []
    if rng.random() < 0.35:
        name = texts.file_name(rng)
        menu, item = draft.label("File"), draft.label(draft.pick(("Save As...", "Save As...", "Open...", "Export...", "Rename...")))
        t = draft.text(name)
        button = draft.label(draft.pick(("Save", "OK", "Open", "Save")))
        parts = [
            Clause(menu, [click(menu)]),
            Clause(item, [click(item)]),
            Clause(t, [type_(t)]),
            Clause(button, [click(button)]),
        ]
    else:
        for number in range(rng.choice((2, 2, 3, 3, 4, 5, 6, 7))):
            draw = rng.random()
            if number == 0 or draw < 0.6:
                x = draft.label(draft.pick(MENUS) if number == 0 and rng.random() < 0.8 else button_name(draft))
                parts.append(Clause(x, [click(x)]))
            elif draw < 0.74:
                t = draft.text(texts.any_text(rng))
                parts.append(Clause(f"{draft.pick(('type', 'type', 'write', 'enter'))} {t}", [type_(t)]))
            elif draw < 0.84:
                keys = any_keys(rng)
                k = draft.key(keys, spelled(rng, keys))
                parts.append(
                    Clause(f"{draft.pick(('press', 'hit', 'press', 'key'))} {k}" if "+" not in keys or rng.random() < 0.6 else k, press(k))
                )
            elif draw < 0.93:
                value = draft.pick(("on", "off"))
                x = draft.label(option_name(draft))
                word = draft.pick(("tick", "check", "enable", "turn on") if value == "on" else ("untick", "uncheck", "disable", "turn off"))
                parts.append(Clause(draft.pick((f"{word} {x}", f"{word} {x}", f"{x} {value}")), [set_(x, value)]))
            else:
                parts.append(Clause(draft.pick(("wait", "wait a bit", "wait a moment")), [{"do": "wait"}]))
    joined = draft.pick(
        (", ", ", ", ", ", ", ", " > ", " → ", " -> ", "; ", " - ", " / ", "\n", " | ", " >> ", ". ", " … ", " + ", " then ", ",", " => ")
    )
    text = joined.join(part.text for part in parts)
    text = (
        draft.pick(("", "", "", "", "just ", "quick: ", "steps: ", "please: ", "do: ", "go "))
        + text
        + draft.pick(("", "", "", "", ".", " please", ", done", ", thanks"))
    )
    return text, [step for part in parts for step in part.steps]


def calculation(draft: Draft) -> tuple[str, list[Step]]:
    """A sum on a calculator: its keys one after the other, and `=`."""
    rng = draft.rng
    numbers = []
    for _ in range(rng.choice((2, 2, 2, 3))):
        value = str(rng.randint(0, 10 ** rng.randint(1, 4)))
        numbers.append(value + f".{rng.randint(1, 99)}" if rng.random() < 0.12 else value)
    written = numbers[0]
    gap = draft.pick((" ", " ", " ", ""))
    sign = draft.pick("+-*/×÷")
    for value in numbers[1:]:
        sign = sign if rng.random() < 0.6 else draft.pick("+-*/")
        written += f"{gap}{sign}{gap}{value}"
    keys = [character for character in written if character != " "] + ["="]
    slot = draft.exact(written)
    return draft.said(SAID["calculation"], S=slot), [click(key) for key in keys]


def untaught(draft: Draft) -> tuple[str, list[Step]]:
    """A goal that names no step and that nobody showed: there is no honest plan."""
    rng = draft.rng
    draw = rng.random()
    if draw < 0.7:
        thing = draft.pick(SAID["things"])
        goal = f"{draft.pick(SAID['verbs'])} {draft.pick(('the', 'the', 'the', 'my', 'our', 'this', 'all the', 'that'))} {thing}"
        if rng.random() < 0.25:
            goal += draft.said(
                draft.pick((" for {N}", " from {N}", " of {D}", " number {C}", " with {N}", " to {N}")),
                N=draft.exact(texts.person(rng)),
                D=draft.exact(texts.date(rng)),
                C=draft.exact(texts.code(rng)),
            )
    elif draw < 0.85:
        goal = draft.said(draft.pick(SAID["wishes"]), O=draft.label(option_name(draft)))
    else:
        goal = draft.said(draft.pick(SAID["errands"]), N=draft.exact(texts.person(rng)), C=draft.exact(texts.code(rng)))
    return draft.pick(SAID["around"]).replace("{G}", goal), []


def chatter(draft: Draft) -> tuple[str, list[Step]]:
    """What is no task at all."""
    template, city, person = draft.pick(SAID["chatter"]), draft.exact(texts.city(draft.rng)), draft.exact(texts.person(draft.rng))
    return draft.said(template, P=city, N=person), []
