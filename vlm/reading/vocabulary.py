"""The words that people use around a name: what a thing is, which of several, where it lies."""

from __future__ import annotations

from typing import Literal, TypeVar

Role = Literal["button", "menu", "tab", "field", "check", "link", "icon", "item", "other"]
Area = Literal["dialog", "menu", "toolbar", "menubar", "statusbar", "sidebar", "titlebar", "window"]
Side = Literal["near", "right", "left", "above", "below", "row", "in"]
_Kind = TypeVar("_Kind")
_ROLES: dict[Role, str] = {
    "button": "button, push button, btn, key, toolbar button, command, action",
    "menu": "menu, pull-down menu",
    "tab": "tab, page tab",
    "field": "field, text field, text box, textbox, input, input field, input box, edit box, entry, entry field, box, spin box, "
    "spin button, spinbox, text area, textarea, combo box, combobox, combo, drop-down, dropdown, drop down, drop-down list, "
    "dropdown list, dropdown menu, drop-down menu, selector",
    "check": "check box, checkbox, tick box, tickbox, toggle, switch, radio button, radio, option button, radio box",
    "link": "link, hyperlink",
    "icon": "icon, symbol",
    "item": "item, menu item, menu entry, menu option, menu command, option, list item, choice",
    "other": "label, text, word, heading, title, column, column header, header, row, cell, line, folder, directory, file, document, page, "
    "section, panel, category, group, setting, image, picture",
}
_AREAS: dict[Area, str] = {
    "dialog": "dialog, dialogue, dialog box, popup, pop-up, pop up, pop-up window, popup window, message, message box, alert, prompt",
    "menu": "menu, popup menu, context menu, submenu, sub-menu, drop-down, dropdown, drop-down list, dropdown list, dropdown menu",
    "toolbar": "toolbar, tool bar, ribbon, button bar",
    "menubar": "menu bar, menubar",
    "statusbar": "status bar, statusbar, footer",
    "sidebar": "sidebar, side bar, side panel, side pane, navigation pane, navigation panel, navigation",
    "titlebar": "title bar, titlebar",
    "window": "window, tab, page, screen, panel, pane, section, group, area, list, table, form, view, box, frame, header, app, "
    "application, column",
}
_SIDES: dict[Side, str] = {
    "right": "immediately to the right of, to the right of, on the right of, right of, behind, after",
    "left": "immediately to the left of, to the left of, on the left of, left of, in front of, before",
    "below": "directly below, directly under, underneath, beneath, below, under",
    "above": "directly above, above, over",
    "near": "right next to, next to, close to, beside, adjacent to, near to, near, along with, labelled, labeled, by",
    "row": "in the same row as, in the row of, in the row for, in the row with, in the row, in row, in the line of, on the line of, "
    "on the row of, belonging to, for, of",
    "in": "inside, within, from, in, on, at",
}
_ORDINALS: dict[int, str] = {
    1: "first, 1st, topmost, top-most, uppermost", 2: "second, 2nd", 3: "third, 3rd", 4: "fourth, 4th", 5: "fifth, 5th", 6: "sixth, 6th",
    7: "seventh, 7th", 8: "eighth, 8th", 9: "ninth, 9th", 10: "tenth, 10th",
    -1: "last, final, bottommost, bottom-most, lowest", -2: "penultimate, second last, second-last, second to last, last but one",
}  # fmt: skip


def _by_word(table: dict[_Kind, str]) -> dict[str, _Kind]:
    """The longest words first, so that a "text box" is found before a "box"."""
    words = {word: kind for kind, words in table.items() for word in words.split(", ")}
    return {word: words[word] for word in sorted(words, key=len, reverse=True)}


ROLES, AREAS, SIDES, ORDINALS = _by_word(_ROLES), _by_word(_AREAS), _by_word(_SIDES), _by_word(_ORDINALS)
"""By their words, the longest first."""
NEVER_NAMES: frozenset[Role] = frozenset({"button", "check", "item", "icon"})
"""Roles that are hardly ever the object of a command's name, as the tab of "Close Tab" is."""
VERBS = frozenset(
    word
    for words in (
        "new add insert delete remove close open create edit rename copy next previous select hide show move split duplicate reload",
        "restore save clear reset import export go find replace search attach print view main first last empty join merge sort pin load",
        "send cut paste set choose resize switch",
    )
    for word in words.split()
)
"""What names of commands begin with: after them a role may be the object ("Close Tab")."""
MENU_VERBS = frozenset({"show", "hide", "open", "close", "main", "context"})
WEAK = frozenset({"for", "of", "by", "from", "in", "on", "at", "before", "after", "over", "inside", "within", "behind"})
"""Prepositions that stand in names so often that alone they only choose between several."""
MENU_NAMES = frozenset(
    word
    for words in (
        "file edit view search tools settings options help window windows session bookmarks insert format go document documents project",
        "terminal tabs history preferences actions plugins image graphics layers colors filters data sheet table layout page game archive",
        "calculator mode torrent item map encoding messages navigate run debug build macros language transfers connection favorites",
    )
    for word in words.split()
)
"""Names of menus in menu bars, folded."""
NAMED_PARTS = frozenset({"menu", "dialog", "window", "tab", "section", "panel"})
"""What may stand before its name: "the tab General"."""
BARE_AREAS: frozenset[Area] = frozenset({"toolbar", "menubar", "statusbar", "sidebar", "titlebar"})
"""What needs no article: "Save in toolbar"."""
