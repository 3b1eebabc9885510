"""Steps that belong together, as they do in real requests: a dialog is opened, filled in and closed; a text is written and saved."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from training.beside import beside
from training.generate.instructions import steps as say
from training.generate.instructions import texts
from training.generate.instructions.draft import Clause, Draft
from training.generate.instructions.parts import click
from training.generate.instructions.procedures import procedure
from training.generate.instructions.words import CHOICES, MENUS, TABS

SAID = beside(__file__)

DIALOGS = tuple(tuple(way.split(" > ")) for way in SAID["dialogs"])


def choose_in(draft: Draft) -> Clause:
    """Open a list by its label, and take something from it."""
    rng = draft.rng
    name, values = rng.choice(SAID["lists"]) if draft.chance(0.65) else (say.field_name(draft), CHOICES)
    value, label = draft.label(draft.pick(values)), draft.label(name)
    return Clause(draft.said(SAID["choose_in"], V=value, L=label), [click(label), click(value)])


def _goal(draft: Draft, *names: str) -> Clause:
    return procedure(draft, draft.pick(names))


def _button(draft: Draft, *names: str) -> Clause:
    return say.button(draft, draft.pick(names))


def _goals(*names: str) -> list[Callable[[Draft], Clause]]:
    return [partial(procedure, name=name) for name in names]


_ON_PAGES = (say.scroll, say.linked, say.linked, say.wait, *_goals("find", "back", "bookmark", "reload", "zoom in"), say.button)
_WITH_FILES = (
    *(say.double_click, say.double_click, say.context_menu, say.right_click, say.drag),
    *_goals("new folder", "rename this", "trash", "select all", "copy", "paste", "hidden"),
    say.selected,
)


def _some(draft: Draft, makers: tuple[Callable[[Draft], Clause], ...], most: int) -> list[Clause]:
    return [draft.rng.choice(makers)(draft) for _ in range(draft.rng.randint(1, most))]


def dialog(draft: Draft) -> list[Clause]:
    """Through a menu into a dialog, perhaps to a tab, some settings, and out with a button."""
    made = (
        [say.menu_path(draft, draft.rng.choice(DIALOGS))]
        if draft.chance(0.8)
        else [procedure(draft, "preferences")]
        if draft.chance(0.4)
        else [say.opened(draft, draft.pick(MENUS)), say.chosen(draft)]
    )
    if draft.chance(0.4):
        made.append(say.tabbed(draft, draft.pick(TABS)))
    made += _some(draft, (say.set_one, say.set_one, say.fill_in, choose_in, say.chosen, say.set_one), 3)
    if draft.chance(0.75):
        made.append(_button(draft, *SAID["buttons"]))
    return made


def menu_only(draft: Draft) -> list[Clause]:
    made = [say.menu_path(draft, draft.rng.choice(DIALOGS))]
    if draft.chance(0.5):
        made.append(say.menu_path(draft, draft.rng.choice(DIALOGS)) if draft.chance(0.3) else _button(draft, *SAID["buttons"]))
    return made


def writing(draft: Draft) -> list[Clause]:
    """Some text, perhaps formatted, then kept."""
    made = [procedure(draft, "new")] if draft.chance(0.3) else []
    made.append(say.typing(draft))
    if draft.chance(0.3):
        made += [say.press(draft) if draft.chance(0.5) else procedure(draft, "new line"), say.typing(draft)]
    if draft.chance(0.35):
        made.append(_goal(draft, *SAID["changing"]))
    made.append(_goal(draft, *SAID["keeping"]))
    if draft.chance(0.25):
        made.append(_goal(draft, "close window", "quit", "print", "close file"))
    return made


def saving(draft: Draft) -> list[Clause]:
    """The save dialog by hand."""
    name = draft.pick(("Save As...", "Save As...", "Save", "Export...", "Rename...", "Save a Copy..."))
    made = [say.menu_path(draft, ("File", name))]
    made.append(
        say.typing(draft, texts.file_name(draft.rng)) if draft.chance(0.5) else say.fill_in(draft, ("Name", texts.file_name(draft.rng)))
    )
    made.append(_button(draft, "Save", "Save", "OK", "Export", "Rename") if draft.chance(0.75) else say.press(draft, "Enter"))
    return made


def browsing(draft: Draft) -> list[Clause]:
    made = [procedure(draft, "new tab")] if draft.chance(0.5) else []
    made.append(
        procedure(draft, "address")
        if draft.chance(0.7)
        else say.fill_in(draft, (draft.pick(("Search", "Address bar", "Location", "Search bar")), texts.word(draft.rng)))
    )
    return made + [draft.rng.choice(_ON_PAGES)(draft) for _ in range(draft.rng.randint(0, 3))]


def form(draft: Draft) -> list[Clause]:
    """A form: fields, boxes, a list, and a button to send it."""
    made = _some(draft, (say.fill_in, say.fill_in, say.fill_in, choose_in), 4)
    if draft.chance(0.6):
        made.append(say.set_one(draft))
    if draft.chance(0.8):
        made.append(_button(draft, *SAID["sending"]))
    return made


def files(draft: Draft) -> list[Clause]:
    return _some(draft, _WITH_FILES, 3)


def replacing(draft: Draft) -> list[Clause]:
    """The replace dialog by hand."""
    rng = draft.rng
    made = [
        say.menu_path(draft, (draft.pick(("Edit", "Search")), draft.pick(("Replace...", "Find and Replace...", "Find..."))))
        if draft.chance(0.6)
        else procedure(draft, "open replace")
    ]
    made.append(say.fill_in(draft, (draft.pick(("Find", "Search for", "Find what")), texts.word(rng))))
    made.append(say.fill_in(draft, (draft.pick(("Replace with", "Replace by", "Replacement")), texts.word(rng))))
    if draft.chance(0.5):
        made.append(say.set_one(draft, draft.pick(SAID["options_of_search"])))
    made.append(_button(draft, "Replace All", "Replace All", "Replace", "Find Next", "Close"))
    return made


def keyboard(draft: Draft) -> list[Clause]:
    return _some(draft, (say.press, say.press, say.typing, say.press), 5)


def passing_on(draft: Draft) -> list[Clause]:
    """Copied here, pasted there."""
    made = [
        _goal(draft, "copy all", "copy", "cut", "select all", "copy all"),
        _goal(draft, "switch window", "new", "new tab", "new window", "switch window", "bottom"),
    ]
    made.append(procedure(draft, "paste") if draft.chance(0.8) else say.press(draft, "Ctrl+V"))
    if draft.chance(0.4):
        made.append(_goal(draft, "save", "save as", "undo", "print"))
    return made


def mail(draft: Draft) -> list[Clause]:
    rng = draft.rng
    made = [_button(draft, "Compose", "New Message", "Write", "New", "New Mail", "Reply")] if draft.chance(0.8) else []
    made.append(say.fill_in(draft, ("To", texts.email(rng))))
    if draft.chance(0.8):
        made.append(say.fill_in(draft, ("Subject", texts.noun_phrase(rng) if draft.chance(0.5) else texts.sentence(rng))))
    if draft.chance(0.7):
        made.append(
            say.fill_in(draft, (draft.pick(("Message", "Body", "Text")), texts.sentence(rng))) if draft.chance(0.6) else say.typing(draft)
        )
    made.append(_button(draft, "Send", "Send", "Send", "Save draft", "Attach"))
    return made


def viewing(draft: Draft) -> list[Clause]:
    """A menu by its name, and something in it to turn on or off."""
    menu = draft.pick(("View", "View", "View", "Options", "Tools", "Settings", "Format", "Document"))
    made = [say.opened(draft, menu), say.set_one(draft)]
    if draft.chance(0.3):
        made.append(say.set_one(draft))
    return made


def deletion(draft: Draft) -> list[Clause]:
    made = [
        say.selected(draft),
        _button(draft, "Delete", "Remove", "Move to Trash", "Rename", "Copy", "Edit", "Open", "Properties"),
    ]
    if draft.chance(0.5):
        made.append(_button(draft, "Yes", "OK", "Delete", "Confirm", "Cancel", "No"))
    return made


SCENARIOS: tuple[tuple[Callable[[Draft], list[Clause]], int], ...] = (
    (dialog, 20), (menu_only, 10), (writing, 12), (saving, 8), (browsing, 9), (form, 14), (files, 7), (replacing, 4), (keyboard, 5),
    (passing_on, 4), (mail, 4), (viewing, 7), (deletion, 4),
)  # fmt: skip


def scenario(draft: Draft) -> list[Clause]:
    makers, weights = zip(*SCENARIOS, strict=True)
    made: list[Clause] = draft.rng.choices(makers, weights)[0](draft)
    return made
