"""From clauses to an instruction: what joins them, in which order they are said, and what people say around them."""

from __future__ import annotations

import re

from training.beside import beside
from training.generate.instructions.draft import Clause, Draft, Step
from training.generate.instructions.words import COMMON

SAID = beside(__file__)


def compose(draft: Draft, clauses: list[Clause]) -> tuple[str, list[Step]]:
    """The instruction's text, slots in it, and its steps in the order they are to be taken."""
    rng = draft.rng
    steps = [step for clause in clauses for step in clause.steps]
    if any(clause.last for clause in clauses[:-1]):
        clauses = [clause for clause in clauses if not clause.last] + [clause for clause in clauses if clause.last][:1]
        steps = [step for clause in clauses for step in clause.steps]
    draw = rng.random()
    if len(clauses) == 1:
        text, clauses = _single(draft, clauses[0])
    elif len(clauses) == 2 and draw < 0.2 and not any(clause.whole or clause.last for clause in clauses):
        text = _reversed(draft, clauses[0], clauses[1])
    elif len(clauses) >= 2 and draw < 0.33:
        return _list(draft, clauses), steps
    elif draw < 0.55 and len(clauses) <= 6:
        text = _run_on(draft, clauses)
    else:
        text = _sentences(draft, clauses)
    return _around(draft, text, bool(clauses) and clauses[-1].last), steps


def _single(draft: Draft, clause: Clause) -> tuple[str, list[Clause]]:
    if not clause.whole and not clause.last and draft.chance(0.05):
        return draft.pick(SAID["mind"]).replace("{G}", clause.inflected("ing")), [clause]
    if not clause.whole and draft.chance(0.38):
        return _politely(draft, clause.inflected()), [clause]
    return _sentence(draft, clause.inflected()), [clause]


def _politely(draft: Draft, said: str) -> str:
    template = draft.pick(SAID["polite"])
    head, _, tail = template.partition("{C}")
    return head + said + ("" if tail == "?" and draft.chance(0.2) else tail)


def _sentence(draft: Draft, said: str) -> str:
    return said[0].upper() + said[1:] if said and draft.chance(0.7) else said


def _around(draft: Draft, text: str, last: bool) -> str:
    if draft.chance(0.08):
        context = draft.pick(SAID["context"])
        text = context + (text[0].lower() + text[1:] if context.endswith((", ", ": ")) and text[:1].isalpha() else text)
    if last:
        return text
    if draft.chance(0.025):
        text = text.rstrip(".?! ") + _unwanted(draft)
    draw = draft.rng.random()
    if draw < 0.1:
        text = text.rstrip(".?") + draft.pick(SAID["suffixes"])
    elif draw < 0.13:
        text = text.rstrip(".") + ". " + draft.pick(SAID["idle"])
    elif draw < 0.55 and text[-1:] not in ".?!":
        text += "."
    return text


def _unwanted(draft: Draft) -> str:
    """What is not to be done: no step."""
    other = draft.label(draft.pick(COMMON))
    return draft.said(SAID["unwanted"], Y=other)


def _reversed(draft: Draft, one: Clause, two: Clause) -> str:
    """Two clauses whose order the words tell, mostly against the order they are said in."""
    templates = SAID["reversed"]
    text = draft.pick(templates)
    for number, clause in (("1", one), ("2", two)):
        for mark, form in (("g", "ing"), ("d", "done"), ("", "base")):
            text = text.replace("{" + number + mark + "}", clause.inflected(form))  # type: ignore[arg-type]
    return _sentence(draft, text)


def _run_on(draft: Draft, clauses: list[Clause]) -> str:
    """One sentence."""
    steady = draft.pick(SAID["then"]) if draft.chance(0.5) else ""
    text = clauses[0].inflected()
    for number, clause in enumerate(clauses[1:], 1):
        final = number == len(clauses) - 1
        joiner = draft.pick(SAID["last_joiners"]) if final and draft.chance(0.6) else steady or draft.pick(SAID["then"])
        text += joiner + clause.inflected()
    if draft.chance(0.3) and not clauses[0].whole:
        return _politely(draft, text)
    if draft.chance(0.08):
        return draft.pick(SAID["firsts"]) + text
    return _sentence(draft, text)


def _sentences(draft: Draft, clauses: list[Clause]) -> str:
    """Several sentences, each of one to three clauses."""
    rng = draft.rng
    groups: list[list[Clause]] = []
    left = list(clauses)
    while left:
        size = 1 if left[0].whole else rng.choice((1, 1, 2, 2, 3))
        group = [left.pop(0)]
        while left and len(group) < size and not left[0].whole:
            group.append(left.pop(0))
        groups.append(group)
    told = []
    for number, group in enumerate(groups):
        if len(group) == 2 and rng.random() < 0.15 and not any(clause.whole or clause.last for clause in group):
            told.append(_reversed(draft, group[0], group[1]))
            continue
        text = group[0].inflected()
        for clause in group[1:]:
            text += draft.pick((", then ", " and ", " and then ", ", ", ", and ", "; ", " and ", " and ")) + clause.inflected()
        if group[0].whole:
            told.append(_sentence(draft, text))
        elif number == 0:
            draw = rng.random()
            told.append(
                _politely(draft, text) if draw < 0.25 else draft.pick(SAID["firsts"]) + text if draw < 0.37 else _sentence(draft, text)
            )
        elif number == len(groups) - 1 and rng.random() < 0.4:
            told.append(draft.pick(SAID["lasts"]) + text)
        elif rng.random() < 0.55:
            told.append(draft.pick(SAID["starters"]) + text)
        else:
            told.append(_sentence(draft, text))
    stop = draft.pick((". ", ". ", ". ", ". ", ".\n", "; ", " ", "! ", "... ", "\n")) if draft.chance(0.25) else ". "
    said = ""
    for number, part in enumerate(told):
        if number:
            said += (" " if stop.startswith((".", "!")) else stop) if said[-1:] in "?!" and stop != "\n" else stop
        said += part
    return said


def _list(draft: Draft, clauses: list[Clause]) -> str:
    """Numbered or bulleted lines, or everything in one line with numbers."""
    said = [_sentence(draft, clause.inflected()) for clause in clauses]
    kind = draft.rng.randrange(8)
    head = draft.pick(SAID["list_heads"])
    stop = draft.pick(("", "", "."))
    letters = "abcdefghijklmnopqrstuvwxyz"
    if kind == 0:
        return head + "\n".join(f"{number}. {one}{stop}" for number, one in enumerate(said, 1))
    if kind == 1:
        return head + "\n".join(f"{number}) {one}{stop}" for number, one in enumerate(said, 1))
    if kind == 2:
        bullet = draft.pick(("- ", "* ", "• ", "– ", "+ "))
        return head + "\n".join(f"{bullet}{one}{stop}" for one in said)
    if kind == 3:
        return head.replace("\n", " ") + " ".join(
            f"{number}. {one}{stop or draft.pick(('.', '', ';', ','))}" for number, one in enumerate(said, 1)
        )
    if kind == 4:
        return "\n".join(f"Step {number}: {one}{stop}" for number, one in enumerate(said, 1))
    if kind == 5:
        return head.replace("\n", " ") + " ".join(f"({number}) {one}{stop}" for number, one in enumerate(said, 1))
    if kind == 6:
        return " ".join(f"{letters[number % 26]}) {one}{stop or draft.pick(('', ',', ';'))}" for number, one in enumerate(said))
    return head + "\n".join(f"{one}{stop}" for one in said)


def tidy(text: str) -> str:
    """Blanks that came of left-out words."""
    text = re.sub(r" {2,}", " ", text)
    return re.sub(r" ([,;.?!])(?=\s|$)", r"\1", text).strip()
