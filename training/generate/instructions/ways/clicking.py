"""The ways to say that one thing is to be clicked. In templates: {X} what is clicked, {Y} what is not, {R} a role word."""

from __future__ import annotations

from training.beside import beside
from training.generate.instructions import parts, texts
from training.generate.instructions.draft import Clause, Draft
from training.generate.instructions.ways.names import button_name, some_listed
from training.generate.instructions.ways.qualifying import PLACES, qualified
from training.generate.instructions.words import CHOICES, ITEMS, MENUS, TABS

SAID = beside(__file__)

QUALIFIED = 0.07
"""How often it is said where the thing is that is clicked."""


def _with_purpose(draft: Draft, text: str) -> str:
    """What it is for, or where one is by then: words that add no step."""
    draw = draft.rng.random()
    if draw < 0.45:
        return f"{text} to {draft.pick(SAID['purposes'])}"
    if draw < 0.55:
        return f"to {draft.pick(SAID['purposes'])}, {text}"
    if draw < 0.6:
        return f"{text} so that {draft.pick(SAID['so_that'])}"
    return draft.pick(SAID["there"]) + text


def _click(draft: Draft, name: str, templates: tuple[str, ...], roles: str) -> Clause:
    rng = draft.rng
    if rng.random() < QUALIFIED:
        return qualified_click(draft, name)
    template = draft.pick(templates)
    bare = name.lower().removesuffix("...").rstrip()
    if bare in SAID["key_names"] and (
        "press" in template or "hit" in template or "push" in template or "tap" in template or "strike" in template
    ):
        template = "~click (|on )(|the ){X}{R}"
    quoted, kept = None, False
    opens = any(verb in template for verb in SAID["opens"])
    if bare in SAID["procedural"] and opens:
        # "open Settings" names what is on the screen, "open the settings" a goal.
        quoted, kept = draft.chance(0.5), True
        template = template if quoted else "(~open|~go to|~open up|~bring up|~choose) {X}"
    x = draft.label(name, quoted, kept)
    text = draft.said(template, X=x, roles=roles)
    whole = templates is SAID["clicked"]
    if not whole and rng.random() < 0.09:
        text = _with_purpose(draft, text)
    return Clause(text, [parts.click(x)], whole=whole)


def click(draft: Draft) -> Clause:
    """Click something: a button, a menu's name, a menu item, a tab, a link, an item of a list."""
    draw = draft.rng.random()
    if draw < 0.34:
        return _click(draft, button_name(draft), SAID["pressing"], "button|button|button|icon|key")
    if draw < 0.56:
        name = draft.pick((*CHOICES, *ITEMS)) if draft.chance(0.4) else button_name(draft)
        return _click(draft, name, SAID["choosing"], "option|entry|item|menu item|command|button|radio button|choice")
    if draw < 0.72:
        name = draft.pick(MENUS) if draft.chance(0.8) else button_name(draft)
        return _click(draft, name, SAID["opening"], "menu|menu|menu|dialog|window")
    if draw < 0.84:
        name = draft.pick(TABS) if draft.chance(0.7) else some_listed(draft, "name", "foreign")
        return _click(draft, name, SAID["tabbing"], "tab|page")
    if draw < 0.88:
        return linked(draft)
    if draw < 0.95:
        return _click(draft, button_name(draft), SAID["clicked"], "button|option|link|tab")
    return not_that(draft)


def button(draft: Draft, name: str | None = None) -> Clause:
    wordings = SAID["clicked" if draft.chance(0.06) else "pressing"]
    return _click(draft, name or button_name(draft), wordings, "button|button|button|icon")


def chosen(draft: Draft) -> Clause:
    name = draft.pick(CHOICES) if draft.chance(0.5) else button_name(draft)
    return _click(draft, name, SAID["choosing"], "option|entry|item|radio button|choice")


def opened(draft: Draft, name: str | None = None) -> Clause:
    return _click(draft, name or draft.pick(MENUS), SAID["opening"], "menu|menu|menu")


def tabbed(draft: Draft, name: str | None = None) -> Clause:
    return _click(draft, name or draft.pick(TABS), SAID["tabbing"], "tab|tab|page")


def linked(draft: Draft) -> Clause:
    return _click(draft, button_name(draft), SAID["linking"], "link")


def selected(draft: Draft) -> Clause:
    name = draft.pick(ITEMS) if draft.chance(0.6) else texts.file_name(draft.rng)
    return _click(draft, name, SAID["choosing"], "file|folder|entry|item|row|line")


def not_that(draft: Draft) -> Clause:
    """Click one thing and leave another."""
    target = draft.label(button_name(draft))
    other = draft.label(button_name(draft))
    return Clause(draft.said(SAID["negated"], X=target, Y=other), [parts.click(target)])


def qualified_click(draft: Draft, name: str) -> Clause:
    rng = draft.rng
    draw = rng.random()
    if draw < 0.72:
        written, target = qualified(draft, name, "button|button|link|option|tab|icon")
        return Clause(f"{draft.pick(SAID['verbs'])} {written}", [parts.click(target)])
    x = draft.label(name)
    place = draft.pick(PLACES) if draft.chance(0.7) else draft.pick(SAID["sections"]).replace("{Y}", draft.label(draft.pick(TABS)))
    return Clause(draft.said(SAID["placed"], P=place, X=x, roles="button|link|option"), [parts.click(f"{x} {place}")])
