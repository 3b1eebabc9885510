"""The ways to say what is to be typed into which field. In templates: {F} a field, {T} a text, {R} a role word."""

from __future__ import annotations

from training.beside import beside
from training.generate.instructions import texts
from training.generate.instructions.draft import Clause, Draft
from training.generate.instructions.parts import click, enumerated, press, type_
from training.generate.instructions.ways.names import field_name
from training.generate.instructions.ways.qualifying import qualified

SAID = beside(__file__)


def field_text(draft: Draft) -> tuple[str, str]:
    """(what a field is called, what is typed into it)."""
    if draft.chance(0.6):
        return texts.any_field(draft.rng)
    return field_name(draft), texts.any_text(draft.rng)


def fill_in(draft: Draft, given: tuple[str, str] | None = None) -> Clause:
    """Type into a named field: a click on its label, then the text."""
    rng = draft.rng
    draw = rng.random()
    if draw < 0.12 and given is None:
        return fill_many(draft)
    name, text = given or field_text(draft)
    whole = draw < 0.27
    if given is None and rng.random() < 0.04:
        return fill_anew(draft, name, text)
    template = draft.pick(SAID["fielded"] if whole else SAID["fielding"])
    t = draft.text(text, closed=template.find("{T}") < template.find("{F}"))
    if rng.random() < 0.07:
        written, target = qualified(draft, name, "field|box|input")
        verb = draft.pick(SAID["short"])
        tail = {"~fill in": " with {T}", "~click": " and ~type {T}"}.get(verb, "")
        return Clause((verb + " " + written + tail).replace("{T}", t), [click(target), type_(t)])
    if rng.random() < 0.04:
        f = draft.label(name)
        relation = draft.pick(SAID["relations"])
        thing = draft.pick(("field", "box", "text field", "input", "entry", "text box"))
        place = f"{thing} {relation} {f}"
        return Clause(draft.said("(~type|~write|~enter|~put) {T} (in|into) the {O}", T=t, O=place), [click(place), type_(t)])
    f = draft.label(name)
    said = draft.said(template, F=f, T=t, roles="field|box|text box|field|input|line|entry|text field")
    return Clause(said, [click(f), type_(t)], whole=whole)


def fill_anew(draft: Draft, name: str, text: str) -> Clause:
    """What stands in a field goes first."""
    t, f = draft.text(text), draft.label(name)
    text = draft.said(SAID["anew"], F=f, T=t, roles="field|box|text box|input|line|entry")
    return Clause(text, [click(f), *press("Ctrl+A"), type_(t)])


def fill_many(draft: Draft) -> Clause:
    rng = draft.rng
    pairs = []
    for _ in range(rng.choice((2, 2, 3, 3, 4, 5))):
        name, text = field_text(draft)
        pairs.append((draft.label(name), draft.text(text, closed=False)))
    steps = [step for f, t in pairs for step in (click(f), type_(t))]
    if draft.chance(1 / 6):
        listing = "\n".join(f"{f}: {t}" for f, t in pairs)
        return Clause(f"{draft.said(SAID['as_follows'])}\n{listing}", steps, last=True)
    opening, wording = draft.pick(SAID["many"])
    listed = [draft.said(wording, F=f, T=t) for f, t in pairs]
    return Clause(draft.said(opening) + enumerated(draft, listed, (" and ", ", and ", ", ", "; ", " and ")), steps)
