"""The ways to say that an option is to be on or off. In templates: {X} an option, {R} a role word."""

from __future__ import annotations

from training.beside import beside
from training.generate.instructions.draft import Clause, Draft, Step
from training.generate.instructions.parts import set_
from training.generate.instructions.ways.names import option_name
from training.generate.instructions.ways.qualifying import qualified
from training.generate.instructions.words import TABS

SAID = beside(__file__)


def set_one(draft: Draft, given: str | None = None) -> Clause:
    rng = draft.rng
    value = "on" if rng.random() < 0.55 else "off"
    draw = rng.random() if given is None else 0.31 + 0.69 * rng.random()
    if draw < 0.2:
        return set_many(draft, value)
    if draw < 0.27:
        written, target = qualified(draft, option_name(draft), "checkbox|option|box|check box")
        verb = draft.pick(SAID["verbs"][value])
        return Clause(f"{verb} {written}", [set_(target, value)])
    if draw < 0.31:
        x, y = draft.label(option_name(draft)), draft.label(draft.pick(TABS))
        place = draft.pick(SAID["places"]).replace("{Y}", y)
        verb = draft.pick(SAID["verbs"][value][:5])
        return Clause(
            f"{place}{draft.pick((',', ',', ''))} {verb} {draft.pick(('', 'the '))}{x}{draft.role('option|checkbox|box')}",
            [set_(f"{x} {place}", value)],
        )
    if given is None and rng.random() < 0.07:
        return shown(draft, value)
    whole = draw > 0.84
    templates = SAID[("" if value == "on" else "un") + ("ticked" if whole else "ticking")]
    x = draft.label(given or option_name(draft))
    return Clause(
        draft.said(templates, X=x, roles="option|checkbox|check box|box|setting|switch|tick box|toggle"),
        [set_(x, value)],
        whole=whole,
    )


def shown(draft: Draft, value: str) -> Clause:
    """Something of the window that is to be seen or not."""
    x = draft.label(draft.pick(SAID["shown"]))
    return Clause(draft.said(SAID["show" if value == "on" else "hide"], X=x), [set_(x, value)])


def set_many(draft: Draft, value: str) -> Clause:
    rng = draft.rng
    count = rng.choice((2, 2, 2, 3, 3, 4))
    names = [draft.label(option_name(draft)) for _ in range(count)]
    steps: list[Step] = [set_(name, value) for name in names]
    on = value == "on"
    verb = draft.pick([*SAID["verbs"][value], "~select the boxes" if on else "~clear"])
    draw = rng.random()
    listing = ", ".join(names[:-1]) + draft.pick((" and ", ", and ", " and ", " as well as ", " and also ", " & ")) + names[-1]
    if draw < 0.22 and count == 2:
        return Clause(f"{verb} {draft.pick(('both ', 'both '))}{names[0]} and {names[1]}", steps)
    if draw < 0.4:
        other = "off" if on else "on"
        opposite = draft.pick(SAID["verbs"][other][:5])
        extra = draft.label(option_name(draft))
        template = "{V} {A} (and|but|, but|,|; ) {O} {B}" if draft.chance(0.75) else "{V} {A} and {O} {B}(| again| instead| too)"
        said = draft.said(template, V=verb, A=names[0], O=opposite, B=extra)
        return Clause(said.replace(" ,", ",").replace(" ;", ";").replace("  ", " "), [steps[0], set_(extra, other)])
    if draw < 0.5:
        a, b = ("on", "off") if on else ("off", "on")
        return Clause(f"~turn {names[0]} {a} and {names[1]} {b}", [set_(names[0], a), set_(names[1], b)])
    if draw < 0.58:
        spared = draft.label(option_name(draft))
        but = draft.pick(SAID["spared"])
        but = but.replace("{Y}", spared) if "{Y}" in but else but + spared
        return Clause(f"{verb} {names[0]}{but}", steps[:1])
    if draw < 0.68 and count >= 3:
        kept = rng.randrange(count)
        rest = [name for number, name in enumerate(names) if number != kept]
        text = draft.said(
            "(of|from|out of|among) {L}(,|) {V} (everything|all) (but|except|except for|apart from|other than) {X}",
            L=listing,
            V=draft.pick(SAID["plain_verbs"][value]),
            X=names[kept],
        )
        return Clause(text, [set_(name, value) for name in rest])
    if draw < 0.8:
        state = draft.pick(SAID["states"][value])
        text = draft.pick(
            (
                f"~make sure {listing} are {draft.pick(('', 'all ' if count > 2 else 'both '))}{state}",
                f"~turn {listing} {value}",
                f"~switch {listing} {value}",
                f"~have {listing} {state}",
            )
        )
        return Clause(text, steps)
    return Clause(f"{verb} {draft.pick(('', '', 'the options ', 'the boxes ', 'the following: '))}{listing}", steps)
