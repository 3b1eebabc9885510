"""Readings made by hand, what is asked of them, and what must come of it."""

from __future__ import annotations

from collections.abc import Sequence

from recordings.geometry import Box
from vlm.reading.reading import Reading, ScreenElement

SIZE = (1000, 800)
Placed = tuple[str, int, int]


def box(left: float, top: float, width: float, height: float) -> Box:
    return Box.from_pixels(left, top, width, height, SIZE)


def element(text: str, left: int, top: int, height: int = 16) -> ScreenElement:
    return ScreenElement(text, box(left, top, 8 * len(text), height), 0.97)


def reading(*placed: Placed) -> Reading:
    return Reading(tuple(element(*each) for each in sorted(placed, key=lambda each: (each[2], each[1]))), SIZE)


EDITOR = reading(
    ("Untitled 1 - Editor", 400, 4),
    ("File", 10, 30),
    ("Edit", 60, 30),
    ("Search", 110, 30),
    ("View", 180, 30),
    ("Help", 230, 30),
    ("New", 10, 60),
    ("Open...", 60, 60),
    ("Save", 140, 60),
    ("Dear all, please press the Submit key before noon, then read the terms of service", 12, 140),
    ("Ln 1, Col 1", 800, 780),
)
MENU = (("Export…", 12, 60), ("Import CSV", 12, 84), ("Save As...", 12, 108), ("Deselect", 12, 132), ("Close Tab    Ctrl+W", 12, 156))
FILE_MENU = reading(("File", 10, 30), ("Edit", 60, 30), ("View", 120, 30), *MENU)
FORM = reading(
    ("Settings", 400, 10),
    ("Name:", 100, 100),
    ("E-mail address:", 100, 140),
    ("Width", 100, 180),
    ("120", 260, 180),
    ("Height", 100, 220),
    ("90", 260, 220),
    ("Appearance", 60, 300),
    ("Font", 100, 330),
    ("Theme", 100, 360),
    ("Printing", 60, 420),
    ("Font", 100, 450),
    ("Wrap long lines", 130, 500),
    ("OK", 700, 700),
    ("Cancel", 800, 700),
)
TABLE = reading(
    ("Contacts", 40, 20),
    ("John Smith", 40, 80),
    ("Edit", 400, 80),
    ("Delete", 480, 80),
    ("Mary Poppins", 40, 120),
    ("Edit", 400, 120),
    ("Delete", 480, 120),
    ("report.txt", 40, 160),
    ("Edit", 400, 160),
    ("Delete", 480, 160),
)
DIALOG = reading(
    ("File", 10, 30),
    ("Edit", 60, 30),
    ("View", 120, 30),
    ("Save", 20, 60),
    ("Open", 80, 60),
    ("Save changes to the document before closing?", 320, 320),
    ("Close without saving", 320, 420),
    ("Cancel", 520, 420),
    ("Save", 620, 420),
)
DIALOG_BOX = box(300, 290, 420, 170)
KEYS = [
    ("7", 20, 200),
    ("8", 70, 200),
    ("9", 120, 200),
    ("/", 170, 200),
    ("4", 20, 240),
    ("5", 70, 240),
    ("6", 120, 240),
    ("×", 170, 240),
    ("1", 20, 280),
    ("2", 70, 280),
    ("3", 120, 280),
    ("-", 170, 280),
    ("0", 20, 320),
    (".", 70, 320),
    ("=", 120, 320),
    ("+", 170, 320),
    ("sin", 20, 360),
    ("C", 70, 360),
    ("CE", 120, 360),
    ("x²", 170, 360),
]
CALCULATOR = Reading(
    (
        element("Calculator", 60, 4),
        element("File", 10, 30),
        element("Edit", 60, 30),
        element("View", 120, 30),
        element("7", 260, 90, 40),
        *(element(*key) for key in KEYS),
    ),
    SIZE,
)

FOUND: Sequence[tuple[str, Reading, tuple[int, int]]] = [
    # letter for letter, and but for case, ellipses, mnemonics, punctuation, accents, ligatures
    ("File", FILE_MENU, (10, 30)),
    ("file", FILE_MENU, (10, 30)),
    ("FILE", FILE_MENU, (10, 30)),
    ("_File", FILE_MENU, (10, 30)),
    ("&File", FILE_MENU, (10, 30)),
    ("Export", FILE_MENU, (12, 60)),
    ("Export...", FILE_MENU, (12, 60)),
    ("export…", FILE_MENU, (12, 60)),
    ("save as", FILE_MENU, (12, 108)),
    ("Save As…", FILE_MENU, (12, 108)),
    ("SaveAs", FILE_MENU, (12, 108)),
    ("“Save As”", FILE_MENU, (12, 108)),
    ('"Save As..."', FILE_MENU, (12, 108)),
    ("Close Tab", FILE_MENU, (12, 156)),
    ("E-Mail Address", FORM, (100, 140)),
    ("email address", FORM, (100, 140)),
    ("name", FORM, (100, 100)),
    ("Name:", FORM, (100, 100)),
    ("Cafe", reading(("Café", 10, 10)), (10, 10)),
    ("Größe", reading(("Grosse", 10, 10)), (10, 10)),
    ("profile", reading(("Proﬁle", 10, 10)), (10, 10)),
    ("Øre", reading(("ore", 10, 10)), (10, 10)),
    ("Find and Replace", reading(("Find & Replace...", 10, 10)), (10, 10)),
    ("don't save", reading(("Don’t Save", 10, 10)), (10, 10)),
    ("Close & Quit", reading(("Close and Quit", 10, 10)), (10, 10)),
    ("colours", reading(("Colors", 10, 10)), (10, 10)),
    ("Customise", reading(("Customize…", 10, 10)), (10, 10)),
    ("Greyscale", reading(("Grayscale", 10, 10)), (10, 10)),
    ("center", reading(("Centre", 10, 10)), (10, 10)),
    # what a reader makes of arrows, tick boxes, shortcuts
    ("Open Recent", reading(("Open Recent >", 10, 10)), (10, 10)),
    ("Word wrap", reading(("□ Word wrap", 10, 10)), (10, 10)),
    ("Word wrap", reading(("✓ Word wrap", 10, 10)), (10, 10)),
    ("Search", reading(("Q Search", 10, 10)), (26, 10)),
    ("Save", reading(("Save Ctrl+S", 10, 10), ("Save As Shift+Ctrl+S", 10, 40)), (10, 10)),
    ("Contents", reading(("Contents F1", 10, 10)), (10, 10)),
    ("Paper size", reading(("Paper size ▾", 10, 10)), (10, 10)),
    # slips of readers, typing slips in long words
    ("Import CSV", reading(("lmport CSV", 10, 10)), (10, 10)),
    ("Tools", reading(("Too1s", 10, 10)), (10, 10)),
    ("Open Log", reading(("0pen L0g", 10, 10)), (10, 10)),
    ("Terminal", reading(("Terrninal", 10, 10)), (10, 10)),
    ("File", reading(("Fi1e", 10, 10)), (10, 10)),
    ("Preferances", reading(("Preferences", 10, 10)), (10, 10)),
    ("Perferences", reading(("Preferences", 10, 10)), (10, 10)),
    ("Illustration", reading(("1llustration", 10, 10)), (10, 10)),
    # whole before part, exact before folded
    ("Save", reading(("Save As...", 10, 10), ("Save All", 10, 40), ("Save", 10, 70)), (10, 70)),
    ("save", reading(("Save", 10, 10), ("save", 10, 70)), (10, 70)),
    ("Edit", reading(("Edit profile", 10, 10), ("edit", 10, 40)), (10, 40)),
    # a label in two parts, on two lines, before a colon
    ("Save As...", reading(("Save", 10, 10), ("As...", 50, 10)), (10, 10)),
    ("Restore default settings", reading(("Restore default", 10, 10), ("settings", 10, 28)), (10, 10)),
    ("Author", reading(("Author: Jane Austen", 10, 10)), (10, 10)),
    ("Quarterly report 2026 final", reading(("Quarterly report…", 10, 10)), (10, 10)),
    ("View", reading(("Session Edit View Settings Help", 100, 10)), (204, 10)),
    # roles are fluff
    ("the File menu", EDITOR, (10, 30)),
    ("File menu", EDITOR, (10, 30)),
    ("menu File", EDITOR, (10, 30)),
    ("the Save button", EDITOR, (140, 60)),
    ("button Save", EDITOR, (140, 60)),
    ("the button “Save”", EDITOR, (140, 60)),
    ("the Open button", EDITOR, (60, 60)),
    ("Wrap long lines check box", FORM, (130, 500)),
    ("checkbox Wrap long lines", FORM, (130, 500)),
    ("the Theme label", FORM, (100, 360)),
    ("the 7 key", reading(*KEYS), (20, 200)),
    ("the Edit menu", EDITOR, (60, 30)),
    ("Insert tab", reading(("Home", 10, 30), ("Insert", 80, 30), ("Layout", 150, 30)), (80, 30)),
    ("the link Terms", reading(("Terms", 10, 700), ("Privacy", 80, 700)), (10, 700)),
    ("tab called General", reading(("General", 10, 30), ("Advanced", 80, 30)), (10, 30)),
    # names that hold the words of qualifiers
    ("Zoom in", reading(("Zoom", 10, 10), ("Zoom In", 10, 40), ("Zoom Out", 10, 70)), (10, 40)),
    ("Last name", reading(("First name", 10, 10), ("Last name", 10, 50), ("Name", 10, 90)), (10, 50)),
    ("New Tab", reading(("New", 10, 10), ("New Tab", 10, 40)), (10, 40)),
    ("Insert Row Above", reading(("Insert", 10, 10), ("Insert Row Above", 10, 40)), (10, 40)),
    ("Open in Terminal", reading(("Open", 10, 10), ("Terminal", 60, 10), ("Open in Terminal", 10, 40)), (10, 40)),
    ("Second Edit", reading(("Edit", 10, 10), ("Second Edit", 10, 40), ("Edit", 10, 70)), (10, 40)),
    ("Go to top", reading(("Go to top", 10, 700), ("Go to", 10, 10)), (10, 700)),
    # which of several
    ("second Edit", TABLE, (400, 120)),
    ("the second Edit button", TABLE, (400, 120)),
    ("the 3rd Delete", TABLE, (480, 160)),
    ("last Edit", TABLE, (400, 160)),
    ("first Delete", TABLE, (480, 80)),
    ("Edit (second)", TABLE, (400, 120)),
    ("Edit #3", TABLE, (400, 160)),
    ("the last but one Delete", TABLE, (480, 120)),
    ("the topmost Edit", TABLE, (400, 80)),
    ("the lowest Edit", TABLE, (400, 160)),
    # where
    ("Delete at the bottom", TABLE, (480, 160)),
    ("the Edit at the top", TABLE, (400, 80)),
    ("bottom Delete", TABLE, (480, 160)),
    ("Close in the top right corner", reading(("Close", 20, 700), ("Close", 900, 10), ("Close", 900, 700)), (900, 10)),
    ("lower right Close", reading(("Close", 20, 700), ("Close", 900, 10), ("Close", 900, 700)), (900, 700)),
    ("the left Close", reading(("Close", 20, 400), ("Close", 900, 400)), (20, 400)),
    ("OK at the bottom", FORM, (700, 700)),
    # next to, in the row of, under
    ("Edit next to John Smith", TABLE, (400, 80)),
    ("Delete in the row of report.txt", TABLE, (480, 160)),
    ("Delete for Mary Poppins", TABLE, (480, 120)),
    ("the Edit button in the Mary Poppins row", TABLE, (400, 120)),
    ("Edit right of report.txt", TABLE, (400, 160)),
    ('the "Delete" beside "John Smith"', TABLE, (480, 80)),
    ("Delete of report.txt", TABLE, (480, 160)),
    ("Edit to the left of the last Delete", TABLE, (400, 160)),
    ("Font under Appearance", FORM, (100, 330)),
    ("the Font below Printing", FORM, (100, 450)),
    ("Font in the Printing section", FORM, (100, 450)),
    ("Font under the heading Printing", FORM, (100, 450)),
    ("Font above Printing", FORM, (100, 330)),
    # bars and menus
    ("Save in the toolbar", DIALOG, (20, 60)),
    ("Import CSV in the File menu", FILE_MENU, (12, 84)),
    ("File > Save As", FILE_MENU, (12, 108)),
    ("Save As from the File menu", FILE_MENU, (12, 108)),
    ("Edit in the menu bar", EDITOR, (60, 30)),
    ("Ln 1, Col 1 in the status bar", EDITOR, (800, 780)),
    # a calculator: its keys, not its display; signs
    ("7", CALCULATOR, (20, 200)),
    ("*", CALCULATOR, (170, 240)),
    ("×", CALCULATOR, (170, 240)),
    ("-", CALCULATOR, (170, 280)),
    ("−", CALCULATOR, (170, 280)),
    ("÷", CALCULATOR, (170, 200)),
    ("+", CALCULATOR, (170, 320)),
    (".", CALCULATOR, (70, 320)),
    ("=", CALCULATOR, (120, 320)),
    ("C", CALCULATOR, (70, 360)),
    ("CE", CALCULATOR, (120, 360)),
    ("x²", CALCULATOR, (170, 360)),
    # a window's title says what a menu says
    (
        "Calculator",
        reading(("Calculator", 60, 6), ("Calculator", 10, 30), ("Edit", 110, 30), ("View", 170, 30), ("Help", 230, 30)),
        (10, 30),
    ),
    # text in an editor says what a button says
    ("Save", reading(("Save", 10, 200), ("Cancel", 530, 700), ("Save", 600, 700), ("Help", 480, 700)), (600, 700)),
]

MISSING: Sequence[tuple[str, Reading, tuple[str, ...]]] = [
    # only looks like it
    ("Export CSV", FILE_MENU, ("Export…", "Import CSV")),
    ("Save", FILE_MENU, ("Save As...",)),
    ("Delete", FILE_MENU, ("Deselect",)),
    ("Select", FILE_MENU, ("Deselect",)),
    ("Import", FILE_MENU, ("Import CSV",)),
    ("Close", FILE_MENU, ()),
    ("Close Tabs", FILE_MENU, ()),
    ("Tab", FILE_MENU, ()),
    ("CSV", FILE_MENU, ()),
    ("As", FILE_MENU, ()),
    ("Save", reading(("Save All", 10, 10)), ("Save All",)),
    ("Save all", reading(("Save", 10, 10)), ("Save",)),
    ("Insert", reading(("Invert", 10, 10)), ("Invert",)),
    ("Undo", reading(("Redo", 10, 10)), ()),
    ("Cut", reading(("Cat", 10, 10)), ()),
    ("Copy", reading(("Copy Link", 10, 10)), ("Copy Link",)),
    ("Hide", reading(("Side", 10, 10)), ()),
    ("Print", reading(("Point", 10, 10)), ()),
    ("Enable", reading(("Disable", 10, 10)), ()),
    ("Lock", reading(("Unlock", 10, 10)), ("Unlock",)),
    ("Install", reading(("Uninstall", 10, 10)), ("Uninstall",)),
    ("Encrypt", reading(("Decrypt", 10, 10)), ()),
    ("Indent", reading(("Unindent", 10, 10)), ()),
    ("Sort ascending", reading(("Sort descending", 10, 10)), ("Sort descending",)),
    ("Page 12", reading(("Page 13", 10, 10)), ()),
    ("Day 2", reading(("Day 1", 10, 10)), ()),
    ("2024", reading(("2025", 10, 10)), ()),
    ("Column A", reading(("Column B", 10, 10)), ("Column B",)),
    ("version 1.5", reading(("version 15", 10, 10)), ()),
    ("Minimise", reading(("Maximise", 10, 10)), ()),
    ("Upload", reading(("Unload", 10, 10)), ()),
    ("Show", reading(("Slow", 10, 10)), ()),
    ("Increase size", reading(("Decrease size", 10, 10)), ()),
    ("Header", reading(("Reader", 10, 10)), ()),
    ("C", reading(("C++", 10, 10)), ()),
    ("x!", reading(("x", 10, 10)), ()),
    ("x", reading(("(x)", 10, 10), ("x!", 60, 10)), ()),
    ("Export selected rows", reading(("Export…", 10, 10)), ()),
    ("8", reading(("B", 10, 10)), ()),
    ("5", reading(("S", 10, 10)), ()),
    ("-", reading(("+", 10, 10), ("=", 60, 10)), ()),
    # what follows or goes before is part of the name
    ("New Tab", reading(("New", 10, 10)), ("New",)),
    ("Close Window", reading(("Close", 10, 10)), ("Close",)),
    ("new folder", reading(("New", 10, 10), ("Folder", 100, 100)), ("New", "Folder")),
    ("Last name", reading(("Name", 10, 10)), ("Name",)),
    ("Open in New Window", reading(("Open", 10, 10), ("New Window", 100, 300)), ("Open",)),
    ("Open in Terminal", reading(("Open", 10, 10), ("Terminal", 60, 300)), ("Open",)),
    # prose is no button
    ("Save", reading(("Save your work often, or it will be lost one day", 10, 10)), ()),
    ("the Submit button", EDITOR, ()),
    ("Press", EDITOR, ()),
    # qualifiers that nothing fits
    ("fourth Edit", TABLE, ("Edit",)),
    ("second Contacts", TABLE, ("Contacts",)),
    ("Edit next to Robinson", TABLE, ("Edit",)),
    ("Import CSV in the Edit menu", reading(*MENU, ("File", 10, 30), ("Edit", 600, 30), ("View", 700, 30)), ("Import CSV",)),
    ("Contacts at the bottom", TABLE, ("Contacts",)),
    ("Ln 1, Col 1 in the toolbar", EDITOR, ("Ln 1, Col 1",)),
    ("Colors tab", FORM, ()),
    ("the Phone field", FORM, ()),
    ("field next to Depth", FORM, ()),
    ("the trash icon", FORM, ()),
    # nothing to look for, nothing to look at
    ("", FORM, ()),
    ("   ", FORM, ()),
    ("File", Reading((), SIZE), ()),
    ("the", FORM, ()),
    ("…", FORM, ()),
    ("button", FORM, ()),
]

AMBIGUOUS: Sequence[tuple[str, Reading, int]] = [
    ("Edit", TABLE, 3),
    ("the Delete button", TABLE, 3),
    ("Font", FORM, 2),
    ("Save", reading(("Save", 10, 10), ("Save", 400, 500)), 2),
    ("Close", reading(("Close", 20, 700), ("Close", 900, 700)), 2),
    ("close", reading(("Close", 20, 700), ("CLOSE", 900, 700)), 2),
]

FIELDS: Sequence[tuple[str, Reading, tuple[int, int, int, int]]] = [
    (
        "the Name field",
        reading(("Name:", 10, 60), ("notes.txt", 80, 60), ("Name", 180, 140), ("Size", 600, 140), ("Type", 700, 140)),
        (78, 50, 160, 86),
    ),
    # within which rectangle (left, top, right, bottom) the click must lie
    ("the Name field", FORM, (225, 90, 600, 126)),
    ("Name text box", FORM, (225, 90, 600, 126)),
    ("field Name", FORM, (225, 90, 600, 126)),
    ("the field next to Name", FORM, (225, 90, 600, 126)),
    ("field next to Width", FORM, (255, 172, 300, 200)),
    ("the Width field", FORM, (255, 172, 300, 200)),
    ("the input to the right of Height", FORM, (255, 212, 300, 240)),
    ("the E-mail address entry", FORM, (225, 130, 600, 166)),
    ("the field for Name", FORM, (225, 90, 600, 126)),
    ("the text field labelled Name", FORM, (225, 90, 600, 126)),
    ("the Units dropdown", reading(("Units", 100, 100), ("Pixels", 200, 100)), (195, 95, 250, 120)),
    (
        "the Comment field",
        reading(("Title", 100, 100), ("My title", 104, 128), ("Comment", 100, 180), ("Send", 100, 260)),
        (100, 176, 700, 240),
    ),
]
