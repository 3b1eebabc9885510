"""Words that tell one of several things of the same name apart: which one, where it is, next to what."""

from __future__ import annotations

from training.generate.instructions.draft import Draft
from training.generate.instructions.ways.names import field_name
from training.generate.instructions.words import COMMON, TABS

BEFORE = (
    "first",
    "second",
    "third",
    "last",
    "fourth",
    "2nd",
    "1st",
    "3rd",
    "top",
    "bottom",
    "left",
    "right",
    "upper",
    "lower",
    "other",
    "leftmost",
    "rightmost",
    "topmost",
    "next-to-last",
    "fifth",
)
PLACES = (
    "in the dialog",
    "in the toolbar",
    "at the bottom",
    "at the top",
    "on the left",
    "on the right",
    "in the sidebar",
    "in the popup",
    "in the status bar",
    "in the title bar",
    "in the side pane",
    "in the main window",
    "in the top right corner",
    "in the bottom left corner",
    "in the corner",
    "at the end",
    "in the middle",
    "in the header",
    "in the footer",
    "at the bottom of the window",
    "at the top of the page",
    "on the left side",
    "in the right column",
    "in the list",
    "in the panel",
    "in the tool bar",
    "in the dialog box",
    "in the message",
    "in the first row",
    "in the second row",
    "in the last column",
    "in the navigation",
    "at the bottom right",
    "in the upper left",
)
RELATIONS = (
    "next to {Y}",
    "under {Y}",
    "below {Y}",
    "above {Y}",
    "beside {Y}",
    "to the right of {Y}",
    "to the left of {Y}",
    "in the {Y} section",
    "in the {Y} group",
    "in the {Y} dialog",
    "in the {Y} window",
    "behind {Y}",
    "near {Y}",
    "in the row of {Y}",
    "under the heading {Y}",
    "in the {Y} box",
    "in the {Y} panel",
    "on the {Y} tab",
    "right of {Y}",
    "left of {Y}",
    "after {Y}",
    "before {Y}",
    "opposite {Y}",
    "in {Y}'s row",
    "for {Y}",
)


def qualified(draft: Draft, name: str, roles: str) -> tuple[str, str]:
    """(as it is written, as the plan names it): words that tell one of several apart stay with the target, but for the role."""
    rng = draft.rng
    x = draft.label(name)
    role = draft.role(roles)
    draw = rng.random()
    if draw < 0.34:
        which = draft.pick(BEFORE)
        return f"the {which} {x}{role}", f"{which} {x}"
    if draw < 0.68:
        place = draft.pick(PLACES)
        return f"{draft.pick(('', 'the '))}{x}{role} {place}", f"{x} {place}"
    relation = draft.pick(RELATIONS).replace(
        "{Y}", draft.label(draft.pick((*TABS, *COMMON[:40])) if draft.chance(0.5) else field_name(draft))
    )
    if draw < 0.71:
        things = draft.pick(
            (
                "link",
                "result",
                "item",
                "entry",
                "button",
                "tab",
                "icon",
                "row",
                "message",
                "picture",
                "checkbox",
                "field",
                "file",
                "line",
                "option",
                "menu",
                "arrow",
                "column",
                "item in the list",
                "file in the list",
                "link on the page",
                "button in the toolbar",
                "search result",
                "e-mail",
                "suggestion",
            )
        )
        draft.slots.pop()
        which = draft.pick(BEFORE[:8])
        return f"the {which} {things}", f"{which} {things}"
    if draw < 0.78:
        thing = draft.pick(
            (
                "button",
                "field",
                "box",
                "checkbox",
                "icon",
                "arrow",
                "drop-down",
                "list",
                "link",
                "text field",
                "slider",
                "combo box",
                "entry",
                "input",
            )
        )
        return f"the {thing} {relation}", f"{thing} {relation}"
    return f"{draft.pick(('', 'the '))}{x}{role} {relation}", f"{x} {relation}"
