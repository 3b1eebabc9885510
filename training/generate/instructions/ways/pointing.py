"""The ways to say double clicks, right clicks and drags. In templates: {X} what is acted on, {Y} where to, {R} and {Q} role words."""

from __future__ import annotations

from collections.abc import Callable

from training.generate.instructions import texts
from training.generate.instructions.draft import Clause, Draft
from training.generate.instructions.frames import spell
from training.generate.instructions.ways.names import button_name, some_listed
from training.generate.instructions.ways.qualifying import qualified
from training.generate.instructions.words import ITEMS

DOUBLE = (
    "~open the (folder|directory) {X}",
    "(~open|~go into|~enter) the {X} (folder|directory)",
    "~go into (|the folder ){X}",
    "~double-click (|on )(|the |the file |the folder |the icon |the entry ){X}{R}",
    "(double click|doubleclick|double-click|dblclick) (|on )(|the ){X}{R}",
    "~double-tap (|on )(|the ){X}{R}",
    "~open (|the |the file |the folder ){X} (with|by|using) (a double-click|a double click|double-clicking|double clicking(| it| on it))",
    "~give (|the ){X}{R} a double(-| )click",
    "~do a double(-| )click on (|the ){X}{R}",
    "~make a double click on {X}",
    "~click {X} (two times quickly|twice in a row quickly|twice quickly|twice fast)",
    "~use a double(-| )click on {X}",
    "~double-click {X} (to open it|so it opens|so that it opens|to start it|in the list)",
    "~find {X} and ~double-click it",
    "~select {X} by double-clicking(| it)",
    "~launch {X} (with|by) a double(-| )click",
    "a double(-| )click on (|the ){X}{R}",
    "double click: {X}",
    "~point at {X} and ~double-click",
    "~perform a double(-| )click on {X}",
    "~hit {X} with a double click",
    "~start {X} by double-clicking(| it| on it| its icon)",
)
RIGHT = (
    "~right-click (|on )(|the |the file |the folder |the icon ){X}{R}",
    "(right click|rightclick|right-click|rclick) (|on )(|the ){X}{R}",
    "~click (|on )(|the ){X}{R} with the right (mouse button|button|mouse key)",
    "~use the right mouse button on (|the ){X}{R}",
    "~open the (context|right-click|popup|shortcut) menu (of|for|on) (|the ){X}{R}",
    "~bring up the (context|right-click|popup) menu (of|for|on) (|the ){X}{R}",
    "~get the context menu (of|for|on) {X}",
    "~do a right(-| )click on (|the ){X}{R}",
    "~give (|the ){X}{R} a right(-| )click",
    "~show the context menu (of|for) {X}",
    "~call up the context menu (of|for|on) {X}",
    "~click the right (mouse |)button on {X}",
    "~press the right mouse button (on|over) (|the ){X}{R}",
    "~pop up the context menu (of|for) {X}",
    "~find {X} and ~right-click it",
    "~make a right click on {X}",
    "~point at {X} and ~right-click",
    "~secondary-click {X}",
    "right mouse click on {X}",
    "~tap {X} with the right mouse button",
    "~perform a right(-| )click on {X}",
)
DRAGGING = (
    "~move (the file|the folder|the picture|the document) {X} (to|into) (|the |the folder ){Y}{Q}",
    "~put (the file|the folder) {X} (in|into) (the folder |){Y}",
    "~drag (|the |the file |the icon |the folder ){X}{R} (to|onto|into|over to|on|on top of|over|in) (|the |the folder ){Y}{Q}",
    "~drag and drop {X} (on|onto|into|to|in) (|the ){Y}{Q}",
    "~move {X} (to|onto|into) {Y} (by dragging|with the mouse|by drag and drop|by dragging it)",
    "~pull (|the ){X}{R} (to|onto|over to|into|over) (|the ){Y}{Q}",
    "~take {X} and ~drop it (on|onto|into|in) {Y}",
    "~grab (|the ){X}{R} and (~move|~drag|~pull|~drop) it (to|onto|into|over to|on) (|the ){Y}{Q}",
    "~drop {X} (on|onto|into) (|the ){Y}{Q}",
    "~pick up {X} and ~drop it (on|onto|into|in) {Y}",
    "~drag {X} from where it is (to|onto|into) {Y}",
    "~put {X} (in|into|on|onto) {Y} (by dragging(| it)|with drag and drop|with the mouse)",
    "~use (the mouse|drag and drop) to (move|drag|bring|get) {X} (to|into|onto) {Y}",
    "~pull {X} over and ~drop it (on|into|onto) {Y}",
    "~hold {X} with the mouse and ~move it (to|onto|into) {Y}",
    "~drag {X} -> {Y}",
    "~slide {X} (to|onto|into) {Y}",
    "drag & drop {X} (to|onto|into) {Y}",
    "~click and drag {X} (to|onto|into|over to) {Y}",
    "~shift {X} (to|into) {Y} by dragging",
    "~carry {X} (over |)to {Y} with the mouse",
    "~throw {X} (into|onto) {Y} by dragging",
)


def pointing(do: str, templates: tuple[str, ...], roles: str) -> Callable[[Draft], Clause]:
    def make(draft: Draft) -> Clause:
        name = draft.pick(ITEMS) if draft.chance(0.5) else texts.file_name(draft.rng) if draft.chance(0.3) else button_name(draft)
        if draft.chance(0.08):
            written, target = qualified(draft, name, roles)
            verb = {
                "double_click": ("~double-click", "double click", "~double-click on"),
                "right_click": ("~right-click", "right click", "~right-click on"),
            }[do]
            return Clause(f"{draft.pick(verb)} {written}", [{"do": do, "target": target}])
        x = draft.label(name)
        return Clause(spell(draft.rng, draft.pick(templates), {"X": x, "R": draft.role(roles)}), [{"do": do, "target": x}])

    return make


double_click = pointing("double_click", DOUBLE, "icon|file|folder|entry|item|row")
right_click = pointing("right_click", RIGHT, "icon|file|folder|entry|item|tab|row")


def context_menu(draft: Draft) -> Clause:
    x, y = draft.label(draft.pick(ITEMS) if draft.chance(0.6) else texts.file_name(draft.rng)), draft.label(button_name(draft))
    templates = (
        "~right-click (|on )(|the ){X} and (~choose|~select|~pick|~click|~hit|~take) {Y}",
        "(~choose|~select|~pick|~use) {Y} (from|in) the (context|right-click) menu of {X}",
        "from the context menu of {X}(,|) (~choose|~pick|~select) {Y}",
        "right click {X}, (choose|then|pick|select|) {Y}",
        "~open the context menu (of|on|for) {X} and (~choose|~click|~pick) {Y}",
        "~click {X} with the right mouse button and ~choose {Y}",
        "in {X}'s context menu(,|) ~pick {Y}",
    )
    return Clause(
        spell(draft.rng, draft.pick(templates), {"X": x, "Y": y}),
        [{"do": "right_click", "target": x}, {"do": "click", "target": y}],
    )


def drag(draft: Draft) -> Clause:
    x = draft.label(draft.pick(ITEMS) if draft.chance(0.5) else texts.file_name(draft.rng) if draft.chance(0.6) else button_name(draft))
    y = draft.label(draft.pick(ITEMS) if draft.chance(0.6) else some_listed(draft, "name"))
    folder = draft.pick((" folder", " icon", " panel", " window", " area")) if draft.chance(draft.style.roles * 0.4) else ""
    return Clause(
        spell(draft.rng, draft.pick(DRAGGING), {"X": x, "Y": y, "R": draft.role("icon|file|tab|row|item"), "Q": folder}),
        [{"do": "drag", "target": x, "to": y}],
    )
