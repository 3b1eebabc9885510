"""The ways to say that an option is to be on or off. In templates: {X} an option, {R} a role word."""

from __future__ import annotations

from training.beside import beside
from training.generate.instructions.draft import Clause, Draft, Step
from training.generate.instructions.parts import enumerated, set_
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
        said = draft.said("{P}(,|,|) {V} (|the ){X}{R}", P=place, V=verb, X=x, roles="option|checkbox|box")
        return Clause(said, [set_(f"{x} {place}", value)])
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
    if draw < 0.22 and count == 2:
        return Clause(f"{verb} both {names[0]} and {names[1]}", steps)
    other = "off" if on else "on"
    if draw < 0.4:
        extra = draft.label(option_name(draft))
        said = draft.said(SAID["and_other"], V=verb, A=names[0], O=draft.pick(SAID["verbs"][other][:5]), B=extra)
        return Clause(said, [steps[0], set_(extra, other)])
    if draw < 0.5:
        return Clause(f"~turn {names[0]} {value} and {names[1]} {other}", [steps[0], set_(names[1], other)])
    if draw < 0.58:
        return Clause(draft.said(SAID["spared"], V=verb, X=names[0], Y=draft.label(option_name(draft))), steps[:1])
    listing = enumerated(draft, names, (" and ", ", and ", " and ", " as well as ", " and also ", " & "))
    if draw < 0.68 and count >= 3:
        kept = rng.randrange(count)
        said = draft.said(SAID["all_but"], L=listing, V=draft.pick(SAID["plain_verbs"][value]), X=names[kept])
        return Clause(said, [step for number, step in enumerate(steps) if number != kept])
    both = "(|all )" if count > 2 else "(|both )"
    wordings = SAID["every"] if draw >= 0.8 else [wording.replace("{BOTH}", both) for wording in SAID["together"]]
    return Clause(draft.said(wordings, V=verb, L=listing, S=draft.pick(SAID["states"][value]), O=value), steps)
