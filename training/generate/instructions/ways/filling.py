"""The ways to say what is to be typed into which field. In templates: {F} a field, {T} a text, {R} a role word."""

from __future__ import annotations

from training.generate.instructions import texts
from training.generate.instructions.draft import Clause, Draft, Step
from training.generate.instructions.frames import spell
from training.generate.instructions.ways.names import field_name
from training.generate.instructions.ways.qualifying import qualified

FIELDING = (
    "(~type|~write|~enter|~put|~input|~key) {T} (in|into|in|into) (|the ){F}{R}",
    "(~type|~write|~enter|~put|~insert) {T} (in|into) the {F} (field|box|text box|input|line|entry)",
    "~enter {T} (for|as|as the|under) {F}",
    "~fill in (|the ){F}{R} (with|as) {T}",
    "~fill (|the |out the ){F}{R} with {T}",
    "~fill {T} into (|the ){F}{R}",
    "~set (|the ){F}{R} to {T}",
    "~make (|the ){F}{R} {T}",
    "~change (|the ){F}{R} to {T}",
    "~give {T} as (|the ){F}",
    "~use {T} (as|for) (|the ){F}",
    "for (|the ){F}(|,) (~enter|~type|~put|~write|~use|~say|~give) {T}",
    "in (|the ){F}{R}(|,) (~type|~enter|~write|~put) {T}",
    "in the {F} (field|box|text box|entry)(|,) (~type|~enter|~write|~put) {T}",
    "as (|the ){F}(|,) (~use|~enter|~type|~put) {T}",
    "(~click|~click on|~click in|~click into|~select|~tap|~go to|~focus|~activate) (|the ){F}{R} and (~type|~write|~enter|~put) {T}",
    "~put the cursor in (|the ){F}{R} and (~type|~write) {T}",
    "~go to the {F} (field|box) and (~type|~enter) {T}",
    "into (|the ){F}{R}(|,) (~type|~enter|~write|~put) {T}",
    "~put {F}(:| as| =) {T}",
    "~write {T} (next to|after|behind) {F}",
    "~complete (|the ){F}{R} with {T}",
    "~provide {T} as (|the ){F}",
    "~specify {T} (as|for) (|the ){F}",
    "~let (|the ){F} be {T}",
    "~have (|the ){F}{R} (say|read) {T}",
    "~tell it that (|the ){F} is {T}",
    "~click (|on )(|the ){F}{R}(,|;| then|, then) ~type {T}",
    "~set {F}(=| = |: ){T}",
    "~enter {T} where it says {F}",
    "~type {T} in the (field|box|input) (called|named|labelled|labeled|for|marked) (|the ){F}",
)
FIELDED = (
    "(|the |The ){F}{R} (is|should be|must be|has to be|needs to be|shall be|will be|should read|should say|ought to be) {T}",
    "I want (|the ){F}{R} to (be|say|read) {T}",
    "{F}: {T}",
    "{F} = {T}",
    "{F} -> {T}",
    "{T} goes (in|into) (|the ){F}{R}",
    "{T} (is|for) the {F}",
)


def field_text(draft: Draft) -> tuple[str, str]:
    """(what a field is called, what is typed into it)."""
    if draft.chance(0.6):
        name, make = draft.rng.choice(texts.FIELDS)
        return name, make(draft.rng)
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
    template = draft.pick(FIELDED if whole else FIELDING)
    t = draft.text(text, closed=template.find("{T}") < template.find("{F}"))
    if rng.random() < 0.07:
        written, target = qualified(draft, name, "field|box|input")
        verb = draft.pick(("~type {T} in", "~type {T} into", "~enter {T} in", "~write {T} into", "~put {T} in", "~fill in", "~click"))
        tail = {"~fill in": " with {T}", "~click": " and ~type {T}"}.get(verb, "")
        return Clause((verb + " " + written + tail).replace("{T}", t), [{"do": "click", "target": target}, {"do": "type", "text": t}])
    if rng.random() < 0.04:
        f = draft.label(name)
        relation = draft.pick(("next to", "beside", "under", "below", "to the right of", "after", "right of", "behind", "above"))
        thing = draft.pick(("field", "box", "text field", "input", "entry", "text box"))
        return Clause(
            spell(rng, "(~type|~write|~enter|~put) {T} (in|into) the {O}", {"T": t, "O": f"{thing} {relation} {f}"}),
            [{"do": "click", "target": f"{thing} {relation} {f}"}, {"do": "type", "text": t}],
        )
    f = draft.label(name)
    return Clause(
        spell(rng, template, {"F": f, "T": t, "R": draft.role("field|box|text box|field|input|line|entry|text field")}),
        [{"do": "click", "target": f}, {"do": "type", "text": t}],
        whole=whole,
    )


def fill_anew(draft: Draft, name: str, text: str) -> Clause:
    """What stands in a field goes first."""
    t, f = draft.text(text), draft.label(name)
    templates = (
        "(~clear|~empty|~wipe|~erase) (|the ){F}{R} and (~type|~write|~enter) {T}",
        "~replace (what is in|what stands in|the text in|the contents of|the value in) (|the ){F}{R} (by|with) {T}",
        "~delete what is in (|the ){F}{R} and (~type|~write|~enter) {T}(| instead)",
        "~overwrite (|the |the text in ){F}{R} with {T}",
        "(~type|~write|~enter) {T} (in place of|instead of) what is in (|the ){F}{R}",
    )
    text = spell(draft.rng, draft.pick(templates), {"F": f, "T": t, "R": draft.role("field|box|text box|input|line|entry")})
    return Clause(text, [{"do": "click", "target": f}, {"do": "press", "keys": "Ctrl+A"}, {"do": "type", "text": t}])


def fill_many(draft: Draft) -> Clause:
    rng = draft.rng
    pairs = []
    for _ in range(rng.choice((2, 2, 3, 3, 4, 5))):
        name, text = field_text(draft)
        pairs.append((draft.label(name), draft.text(text, closed=False)))
    steps: list[Step] = []
    for f, t in pairs:
        steps += [{"do": "click", "target": f}, {"do": "type", "text": t}]
    kind = rng.randrange(6)
    if kind == 0:
        listing = "\n".join(f"{f}: {t}" for f, t in pairs)
        return Clause(
            spell(
                rng,
                "(~fill in|~fill out|~complete|~enter|~put in) (the form|the fields|the following|this|the form with this|these values|the details)(:|:| as follows:)",
            )
            + f"\n{listing}",
            steps,
            last=True,
        )
    joins = {1: " with ", 2: ": ", 3: " = ", 4: " as ", 5: None}
    join = joins[kind]
    if join is None:
        parts = [f"{t} {draft.pick(('into', 'in', 'for', 'as'))} {f}" for f, t in pairs]
        opening = draft.pick(("~enter ", "~type ", "~put ", "~write ", "~fill "))
    else:
        parts = [f"{f}{join}{t}" for f, t in pairs]
        opening = {
            " with ": "~fill in ",
            ": ": draft.pick(("~enter ", "~fill in the form: ", "~fill in ", "~enter the following: ", "~put ")),
            " = ": draft.pick(("~set ", "~fill in ", "~enter ")),
            " as ": draft.pick(("~enter ", "~give ", "~put ")),
        }[join]
        if join == " as ":
            parts = [f"{t} as {f}" for f, t in pairs]
    return Clause(opening + ", ".join(parts[:-1]) + draft.pick((" and ", ", and ", ", ", "; ", " and ")) + parts[-1], steps)
