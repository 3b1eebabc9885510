"""Steps that belong together, as they do in real requests: a dialog is opened, filled in and closed; a text is written and saved."""

from __future__ import annotations

from collections.abc import Callable

from training.generate.instructions import steps as say
from training.generate.instructions import texts
from training.generate.instructions.draft import Clause, Draft
from training.generate.instructions.frames import spell
from training.generate.instructions.procedures import procedure
from training.generate.instructions.words import CHOICES, MENUS, TABS

DIALOGS = tuple(
    tuple(way.split(" > "))
    for way in (
        "File > Page Setup...|File > Print...|File > Export...|File > Properties...|File > Save As...|File > Import...|Edit > Preferences|Edit > Find...|Edit > Replace...|Edit > Find and Replace...|Edit > Settings...|Edit > Options|Edit > Rename...|View > Toolbars|View > Zoom|View > Sort By|Insert > Table...|Insert > Link...|Insert > Picture|Insert > Symbol...|"
        "Insert > Date and Time...|Format > Font...|Format > Paragraph...|Format > Page...|Format > Columns...|Tools > Options...|Tools > Word Count|Tools > Spelling...|Tools > Macros > Record|Tools > Language > Set Language...|Options > Configure|Settings > Configure...|Document > Properties|Search > Go to Line...|Search > Find...|Image > Resize...|Image > Rotate > Left|Image > Crop|Colors > Brightness...|Filters > Blur...|"
        "Layer > New Layer...|Data > Sort...|Table > Insert > Row|File > Export > PDF|File > New > Document|File > Recent > letter.odt|View > Mode > Scientific|View > Scientific|View > Programming|Mode > Advanced|Bookmarks > Add Bookmark...|Help > About|Window > New|Terminal > Preferences...|Edit > Profile > Colors|Project > New...|Build > Compile|Message > New|Torrent > Properties|Account > Settings"
    ).split("|")
)
BUTTONS = (
    "OK",
    "OK",
    "OK",
    "OK",
    "Apply",
    "Close",
    "Save",
    "Cancel",
    "Done",
    "Finish",
    "Next",
    "Create",
    "Add",
    "Insert",
    "Print",
    "Export",
    "Continue",
    "Yes",
    "Send",
    "Submit",
    "Confirm",
    "Use this",
    "Back",
)
SENDING = (
    "Submit",
    "Send",
    "Sign up",
    "Register",
    "Continue",
    "Next",
    "Place order",
    "Log in",
    "Sign in",
    "Create account",
    "Search",
    "Book now",
    "Save",
    "Pay",
    "Subscribe",
    "Join",
    "Checkout",
    "Order",
)
CHOOSE_IN = (
    "(~choose|~select|~pick|~take) {V} (from|in|out of) (|the ){L} (list|drop-down|dropdown|drop-down list|combo box|selection|menu|choices|dropdown menu)",
    "in the {L} (list|drop-down|dropdown|combo box)(,|) (~choose|~select|~pick|~click) {V}",
    "(~open|~click|~click on|~expand|~unfold) (|the ){L}( list| drop-down| dropdown| box|) and (~choose|~select|~pick|~click|~take) {V}",
    "(~choose|~select|~pick) {V} (for|as|as the|under) {L}",
    "for (|the ){L}(,|) (~choose|~select|~pick|~take) {V}",
    "(~choose|~select|~pick) {V} (as|for) (the|its) {L}",
    "~pull down {L} and ~choose {V}",
    "from (|the ){L}( list| drop-down|)(,|) (~choose|~select|~pick) {V}",
    "~click {L}(, then |, and then | then |, )(~choose|~select|~click) {V}",
    "~go to the {L} list and ~take {V}",
)
LISTS = (
    ("Language", ("English", "German", "Français", "Polski", "Русский", "Ελληνικά", "Spanish")),
    ("Font", ("Arial", "Monospace 12", "DejaVu Sans", "Serif", "Liberation Sans")),
    ("Paper size", ("A4", "A5", "Letter", "Legal")),
    ("Orientation", ("Landscape", "Portrait")),
    ("Encoding", ("UTF-8", "ISO-8859-15", "UTF-16")),
    ("File type", ("PDF", "PNG", "JPEG", "CSV", "Plain text", "All files")),
    ("Country", ("Norway", "France", "Österreich", "Polska", "India")),
    ("Color scheme", ("Dark", "Light", "Solarized", "Oblivion", "Tango")),
    ("Theme", ("Dark", "Light", "High contrast")),
    ("Quality", ("High", "Low", "Medium", "Best")),
    ("Printer", ("Office", "Print to File", "LaserJet")),
    ("Month", ("January", "May", "October")),
    ("Payment", ("PayPal", "Visa", "Invoice")),
    ("Shipping", ("Express", "Standard", "Pickup")),
    ("Sort by", ("Name", "Date", "Size")),
    ("Unit", ("cm", "Inches", "Pixels", "mm")),
    ("Zoom", ("100%", "200%", "Fit width")),
    ("Format", ("PDF", "Decimal", "Hex", "MP3")),
    ("Size", ("Small", "Large", "Medium", "12", "XL")),
    ("Style", ("Heading 1", "Bold", "Title", "Default")),
    ("Title", ("Mr", "Mrs", "Dr", "Ms")),
    ("Category", ("Work", "Food", "Travel")),
    ("Priority", ("High", "Low", "Normal")),
    ("Status", ("Open", "Done", "Paid")),
    ("Line endings", ("Unix", "Windows")),
    ("Tab position", ("Left", "Top", "Bottom")),
    ("Account", ("Savings", "Cash", "Visa")),
)
OPTIONS_OF_SEARCH = ("Match case", "Whole word", "Match entire word only", "Regular expression", "Wrap around", "Search backwards")


def choose_in(draft: Draft) -> Clause:
    """Open a list by its label, and take something from it."""
    rng = draft.rng
    name, values = rng.choice(LISTS) if draft.chance(0.65) else (say.field_name(draft), CHOICES)
    value, label = draft.label(draft.pick(values)), draft.label(name)
    return Clause(
        spell(rng, draft.pick(CHOOSE_IN), {"V": value, "L": label}),
        [{"do": "click", "target": label}, {"do": "click", "target": value}],
    )


def _way(draft: Draft, names: tuple[str, ...]) -> Clause:
    return say.menu_path(draft, names)


def _button(draft: Draft, names: tuple[str, ...]) -> Clause:
    return say.button(draft, draft.pick(names))


def _some(draft: Draft, makers: tuple[Callable[[Draft], Clause], ...], most: int) -> list[Clause]:
    return [draft.rng.choice(makers)(draft) for _ in range(draft.rng.randint(1, most))]


def dialog(draft: Draft) -> list[Clause]:
    """Through a menu into a dialog, perhaps to a tab, some settings, and out with a button."""
    made = (
        [_way(draft, draft.rng.choice(DIALOGS))]
        if draft.chance(0.8)
        else [procedure(draft, "preferences")]
        if draft.chance(0.4)
        else [say.opened(draft, draft.pick(MENUS)), say.chosen(draft)]
    )
    if draft.chance(0.4):
        made.append(say.tabbed(draft, draft.pick(TABS)))
    made += _some(draft, (say.set_one, say.set_one, say.fill_in, choose_in, say.chosen, say.set_one), 3)
    if draft.chance(0.75):
        made.append(_button(draft, BUTTONS))
    return made


def menu_only(draft: Draft) -> list[Clause]:
    made = [_way(draft, draft.rng.choice(DIALOGS))]
    if draft.chance(0.5):
        made.append(_way(draft, draft.rng.choice(DIALOGS)) if draft.chance(0.3) else _button(draft, BUTTONS))
    return made


def writing(draft: Draft) -> list[Clause]:
    """Some text, perhaps formatted, then kept."""
    made = [procedure(draft, "new")] if draft.chance(0.3) else []
    made.append(say.typing(draft))
    if draft.chance(0.3):
        made += [say.press(draft) if draft.chance(0.5) else procedure(draft, "new line"), say.typing(draft)]
    if draft.chance(0.35):
        made.append(
            procedure(draft, draft.pick(("select all", "copy all", "all bold", "all italic", "undo", "replace", "find", "select all")))
        )
    made.append(
        procedure(
            draft,
            draft.pick(
                (
                    "save as",
                    "save as",
                    "save as",
                    "save",
                    "save",
                    "print",
                    "quit without saving",
                    "export pdf",
                    "save and quit",
                    "close window",
                )
            ),
        )
    )
    if draft.chance(0.25):
        made.append(procedure(draft, draft.pick(("close window", "quit", "print", "close file"))))
    return made


def saving(draft: Draft) -> list[Clause]:
    """The save dialog by hand."""
    name = draft.pick(("Save As...", "Save As...", "Save", "Export...", "Rename...", "Save a Copy..."))
    made = [_way(draft, ("File", name))]
    made.append(
        say.typing(draft, texts.file_name(draft.rng)) if draft.chance(0.5) else say.fill_in(draft, ("Name", texts.file_name(draft.rng)))
    )
    made.append(_button(draft, ("Save", "Save", "OK", "Export", "Rename")) if draft.chance(0.75) else say.press(draft, "Enter"))
    return made


def browsing(draft: Draft) -> list[Clause]:
    made = [procedure(draft, "new tab")] if draft.chance(0.5) else []
    made.append(
        procedure(draft, "address")
        if draft.chance(0.7)
        else say.fill_in(draft, (draft.pick(("Search", "Address bar", "Location", "Search bar")), texts.word(draft.rng)))
    )
    for _ in range(draft.rng.randint(0, 3)):
        made.append(
            draft.rng.choice(
                (
                    say.scroll,
                    say.linked,
                    say.linked,
                    say.wait,
                    lambda d: procedure(d, "find"),
                    lambda d: procedure(d, "back"),
                    lambda d: procedure(d, "bookmark"),
                    lambda d: procedure(d, "reload"),
                    lambda d: procedure(d, "zoom in"),
                    say.button,
                )
            )(draft)
        )
    return made


def form(draft: Draft) -> list[Clause]:
    """A form: fields, boxes, a list, and a button to send it."""
    made = _some(draft, (say.fill_in, say.fill_in, say.fill_in, choose_in), 4)
    if draft.chance(0.6):
        made.append(say.set_one(draft))
    if draft.chance(0.8):
        made.append(_button(draft, SENDING))
    return made


def files(draft: Draft) -> list[Clause]:
    made = []
    for _ in range(draft.rng.randint(1, 3)):
        made.append(
            draft.rng.choice(
                (
                    say.double_click,
                    say.double_click,
                    say.context_menu,
                    say.right_click,
                    say.drag,
                    lambda d: procedure(d, "new folder"),
                    lambda d: procedure(d, "rename this"),
                    lambda d: procedure(d, "trash"),
                    lambda d: procedure(d, "select all"),
                    lambda d: procedure(d, "copy"),
                    lambda d: procedure(d, "paste"),
                    lambda d: procedure(d, "hidden"),
                    say.selected,
                )
            )(draft)
        )
    return made


def replacing(draft: Draft) -> list[Clause]:
    """The replace dialog by hand."""
    rng = draft.rng
    made = [
        _way(draft, (draft.pick(("Edit", "Search")), draft.pick(("Replace...", "Find and Replace...", "Find..."))))
        if draft.chance(0.6)
        else procedure(draft, "open replace")
    ]
    made.append(say.fill_in(draft, (draft.pick(("Find", "Search for", "Find what")), texts.word(rng))))
    made.append(say.fill_in(draft, (draft.pick(("Replace with", "Replace by", "Replacement")), texts.word(rng))))
    if draft.chance(0.5):
        made.append(say.set_one(draft, draft.pick(OPTIONS_OF_SEARCH)))
    made.append(_button(draft, ("Replace All", "Replace All", "Replace", "Find Next", "Close")))
    return made


def keyboard(draft: Draft) -> list[Clause]:
    makers = (say.press, say.press, say.typing, say.press)
    return _some(draft, makers, 5)


def passing_on(draft: Draft) -> list[Clause]:
    """Copied here, pasted there."""
    made = [
        procedure(draft, draft.pick(("copy all", "copy", "cut", "select all", "copy all"))),
        procedure(draft, draft.pick(("switch window", "new", "new tab", "new window", "switch window", "bottom"))),
    ]
    made.append(procedure(draft, "paste") if draft.chance(0.8) else say.press(draft, "Ctrl+V"))
    if draft.chance(0.4):
        made.append(procedure(draft, draft.pick(("save", "save as", "undo", "print"))))
    return made


def mail(draft: Draft) -> list[Clause]:
    rng = draft.rng
    made = [say.button(draft, draft.pick(("Compose", "New Message", "Write", "New", "New Mail", "Reply")))] if draft.chance(0.8) else []
    made.append(say.fill_in(draft, ("To", texts.email(rng))))
    if draft.chance(0.8):
        made.append(say.fill_in(draft, ("Subject", texts.noun_phrase(rng) if draft.chance(0.5) else texts.sentence(rng))))
    if draft.chance(0.7):
        made.append(
            say.fill_in(draft, (draft.pick(("Message", "Body", "Text")), texts.sentence(rng))) if draft.chance(0.6) else say.typing(draft)
        )
    made.append(_button(draft, ("Send", "Send", "Send", "Save draft", "Attach")))
    return made


def viewing(draft: Draft) -> list[Clause]:
    """A menu by its name, and something in it to turn on or off."""
    rng = draft.rng
    menu = draft.pick(("View", "View", "View", "Options", "Tools", "Settings", "Format", "Document"))
    opened = say.opened(draft, menu)
    made = [opened, say.set_one(draft)]
    if rng.random() < 0.3:
        made.append(say.set_one(draft))
    return made


def deletion(draft: Draft) -> list[Clause]:
    made = [
        say.selected(draft),
        say.button(draft, draft.pick(("Delete", "Remove", "Move to Trash", "Rename", "Copy", "Edit", "Open", "Properties"))),
    ]
    if draft.chance(0.5):
        made.append(_button(draft, ("Yes", "OK", "Delete", "Confirm", "Cancel", "No")))
    return made


SCENARIOS: tuple[tuple[Callable[[Draft], list[Clause]], int], ...] = (
    (dialog, 20), (menu_only, 10), (writing, 12), (saving, 8), (browsing, 9), (form, 14), (files, 7), (replacing, 4), (keyboard, 5), (passing_on, 4), (mail, 4), (viewing, 7), (deletion, 4),
)  # fmt: skip


def scenario(draft: Draft) -> list[Clause]:
    makers, weights = zip(*SCENARIOS, strict=True)
    made: list[Clause] = draft.rng.choices(makers, weights)[0](draft)
    return made
