"""Turns of speech that mean something else than their words alone: a name that a dialog asks for, a menu that holds a setting, terms that
are accepted, a list but for one of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from training.generate.instructions import steps as say
from training.generate.instructions import texts
from training.generate.instructions.draft import Clause, Draft, Step
from training.generate.instructions.frames import spell
from training.generate.instructions.keys import spelled
from training.generate.instructions.parts import chained, click, entered, press, pressed, spelled_out, type_
from training.generate.instructions.plain_texts import in_preferences, many_times, on_lines, sounding_like_orders
from training.generate.instructions.procedures import procedure
from training.generate.instructions.tongues import foreign
from training.generate.instructions.turns import by_number, chosen_for, closed_by_name, pasted_into, said_before, there_and_back
from training.generate.instructions.typed_idioms import address, bare_keys, in_its_place, keyed_texts, punctuated, signs, told_before
from training.generate.instructions.words import COMMON, ITEMS, MENUS, OPTIONS, TABS

_MENU = (
    "(in|from|under) the {M} menu",
    "in {M}",
    "using the {M} menu",
    "with the {M} menu",
    "through the {M} menu",
    "under {M}",
    "via {M}",
)


def naming(draft: Draft) -> Clause:
    """A dialog that asks for a name: to call it something is to type that, and the sentence itself says what follows."""
    rng = draft.rng
    way = draft.pick(
        ("File > Save As...", "File > Save As...", "File > Save As...", "File > Save a Copy...", "File > Export...", "File > Export > PDF",
         "File > New Folder", "Edit > Rename...", "File > New > Project", "Bookmarks > Add Bookmark...", "File > Create Folder...",
         "Layer > New Layer...", "Sheet > Rename Sheet...", "Save As...", "New Folder", "New", "Rename", "Save", "New Playlist", "Create Folder")
    ).split(" > ")  # fmt: skip
    parts: list[tuple[str, Sequence[Step]]] = []
    if draft.chance(0.25):
        text = draft.text(texts.any_text(rng))
        parts.append((spelled_out(draft, "(~type|~write|~enter) {T}", T=text), [type_(text)]))
    if draft.chance(0.12):
        keys = draft.pick(("Ctrl+Shift+S", "Ctrl+Shift+N", "Ctrl+S"))
        key = draft.key(keys, spelled(rng, keys))
        parts.append((spelled_out(draft, "(~press|~hit|~use) {K}", K=key), press(key)))
    elif len(way) == 1 and draft.chance(0.3):
        x, item = draft.label(draft.pick(ITEMS)), draft.label(way[0])
        parts.append(
            (spelled_out(draft, "~right-click (|on ){X}(,| and| then|, then) (~choose|~pick|~click) {Y}", X=x, Y=item), [{"do": "right_click", "target": x}, click(item)])
        )  # fmt: skip
    else:
        made = say.menu_path(draft, tuple(way)) if len(way) > 1 else say.button(draft, way[0])
        parts.append((made.text, list(made.steps)))
    t = draft.text(texts.file_name(rng) if draft.chance(0.6) else draft.rng.choice((texts.word, texts.noun_phrase, texts.person))(rng))
    if draft.chance(0.14):
        f = draft.label(draft.pick(("Name", "File name", "Title", "Folder name", "Label")))
        named = spelled_out(draft, "~call it {T} in the {F} (field|box|line|entry)", T=t, F=f), [click(f), type_(t)]
    else:
        named = (
            spelled_out(
                draft,
                "(~name it|~call it|~call it|~name the file|~call the file|~call the new one|~name this|~title it|~label it|~use the name|~give the name"
                "|~give it the name|~let it be called|~take the name|~choose the name|~choose {T} as the name|~use {T} as the name|~give {T} as the name"
                "|~type {T} as the name|~make the name|as|under the name|with the name|~enter the name|the name is|name:|as name) {T}",
                T=t,
            ),
            [type_(t)],
        )
        if named[0].count(t) > 1:
            named = named[0].removesuffix(f" {t}"), named[1]
    parts += [named, pressed(draft, draft.pick(("Save", "Save", "Save", "OK", "Create", "Done", "Export", "Rename", "Add", "Apply", "Close"))) if draft.chance(0.8) else entered(draft)]  # fmt: skip
    return chained(draft, parts)


def renaming(draft: Draft) -> Clause:
    """What is selected gets another name."""
    x, t = draft.label(draft.pick(ITEMS) if draft.chance(0.5) else texts.file_name(draft.rng)), draft.text(texts.file_name(draft.rng))
    head, steps = spelled_out(draft, "(~select|~click|~pick|~mark|~highlight) (|the file |the folder |the item ){X}", X=x), [click(x)]
    tail = spelled_out(draft, "(~rename it to|~rename it|~rename it as|~call it|~give it the name|~change its name to|~name it) {T}", T=t)
    return chained(draft, [(head, steps), (tail, [*press("F2"), type_(t), *press("Enter")])])


_COMPOUNDS = (
    "message list|file list|folder list|task list|contact list|mailing list|to-do list|word list|icon list|price list|address bar|search bar|location bar|"
    "title bar|status bar|formula bar|side bar|bookmarks bar|menu bar|tool box|search box|text box|folder tree|side panel|history panel|preview pane|"
    "address book|tab bar|chat window|output window|play button|color picker|colour picker|drawing area|result list|playlist|mail list|number field|"
    "date field|layer list|style list|font list|list of files|list of folders|scroll area|file tree|device list|log window|page list|song list|user list"
).split("|")


def compound(draft: Draft) -> Clause:
    """Names that are a thing and its kind in one: the kind belongs to the name."""
    x = draft.exact(draft.pick(_COMPOUNDS))
    draw = draft.rng.random()
    if draw < 0.5:
        direction = draft.pick(("down", "up", "down", "up", "left", "right"))
        template = (
            "~scroll {D} in the {X}(|| until you (see the (top|end|bottom)|reach the (end|top)|find it|can go no further)| a bit| a little| once)",
            "in the {X}(,|) ~scroll {D}(| a bit| further)",
            "~scroll the {X} {D}",
            "~scroll {D} (inside|over|within) the {X}",
            "(~go|~move) {D} in the {X} with the (mouse wheel|wheel)",
        )
        return Clause(spelled_out(draft, draft.pick(template), D=direction, X=x), [{"do": "scroll", "direction": direction, "target": x}])
    if draw < 0.75:
        return Clause(spelled_out(draft, "(~click|~click in|~click on|~select|~go to|~focus) the {X}", X=x), [click(x)])
    t = draft.text(texts.any_text(draft.rng))
    return Clause(
        spelled_out(draft, "((~type|~write|~enter|~put) {T} (in|into) the {X}|in the {X}(,|) (~type|~enter|~write) {T}|~click (|in |on )the {X} and (~type|~enter) {T})", T=t, X=x),
        [click(x), type_(t)],
    )  # fmt: skip


_SEEN = ("Ruler", "Toolbar", "Status Bar", "Statusbar", "Sidebar", "Grid", "Menu Bar", "Line Numbers", "Side Pane", "Minimap", "Tool Bar", "Rulers", "Word Wrap", "Full Names")  # fmt: skip


def in_menu(draft: Draft) -> Clause:
    """A setting that a menu holds: the menu is opened, and the setting set, once each, however it is said."""
    value = draft.pick(("on", "off", "off"))
    menu = draft.label(draft.pick(("View", "View", "View", "Options", "Settings", "Format", "Document", "Tools", "Edit", "Window")))
    name = draft.pick(_SEEN) if draft.chance(0.6) else say.option_name(draft)
    x = draft.label(name)
    place = spell(draft.rng, draft.pick(_MENU), {"M": menu})
    if value == "on":
        verb = "(~turn on|~switch on|~tick|~check|~enable|~activate|~show|~set) (|the ){X}|~turn (|the ){X} on|~switch (|the ){X} on|~make (|the ){X} visible|~bring back (|the ){X}"
        wish, short = "(~show|~bring back) the {X}", "(tick|check|turn on|switch on|enable)"
    else:
        verb = "(~turn off|~switch off|~untick|~uncheck|~disable|~deactivate|~hide) (|the ){X}|~turn (|the ){X} off|~switch (|the ){X} off|~get rid of (|the ){X}|~take away (|the ){X}"
        wish, short = "(~hide|~remove|~get rid of) the {X}", "(untick|uncheck|turn off|switch off|disable)"
    templates = (
        ("({V}) {P}", False),
        ("{P}(,|) ({V})", False),
        ("~open the {M} menu(,| and| then|, then) ({V})", False),
        ("(~go to|~go into|~open|~click) {M}(,| and| then|, then) ({V})", False),
        (f"({wish}): {{M}}(, then|,| and then| >| ->) {short} {{X}}", True),
        (f"(my boss wants|I want|we want|she wants|they want|I'd like|I would like) the {{X}} {'(gone|hidden|off|away|out of the way)' if value == 'off' else '(back|shown|visible|on|there)'}: {{M}}(, then|,| and then| >) {short} {{X}}", True),
        (f"use the {{M}} menu to ({wish})", False),
    )  # fmt: skip
    template, whole = draft.rng.choice(templates)
    text = spell(draft.rng, template.replace("{V}", verb), {"P": place, "X": x, "M": menu})
    return Clause(text, [click(menu), {"do": "set", "value": value, "target": x}], whole=whole)


def purpose(draft: Draft) -> Clause:
    """What it is for, and then the way there, which is all that is to be done."""
    names = [draft.pick(MENUS[:40])] + [say.button_name(draft) for _ in range(draft.rng.choice((1, 2, 2, 3)))]
    if draft.chance(0.4):
        names[-1] = "OK"
    slots = [draft.label(name, False if draft.chance(0.8) else None) for name in names]
    arrow = draft.pick((" → ", " > ", " -> ", ", ", " / ", ", then ", " >> "))
    goal = "(add a table|change the font|set the margins|insert a picture|make it smaller|sort the list|count the words|change how it looks|export it|set up the page|fix the colours|check the spelling|print it|put a link in|get a new sheet|compare the files)"
    templates = (
        f"(~use|~take|~go through) the {{M}} menu to {goal}: {{W}}",
        f"to {goal}(,|) (use the {{M}} menu|go through {{M}}|we need the {{M}} menu)(: | - ){{W}}",
        f"(I want to|I'd like to|please|you can|let's|we have to) {goal}: {{W}}",
        f"{goal} (like this|this way|as follows|with these clicks): {{W}}",
    )
    text = spell(draft.rng, draft.pick(templates), {"M": slots[0], "W": arrow.join(slots)})
    return Clause(text, [click(slot) for slot in slots], whole=True)


_REPEATED = ("zoom in", "zoom out", "undo", "redo", "paste", "next tab", "previous tab", "back", "new line", "reload", "next field", "new tab", "forward", "close tab", "switch window")  # fmt: skip


def repeated(draft: Draft) -> Clause:
    """A goal several times."""
    name = draft.pick(_REPEATED)
    plain = {"back": "~go back", "new line": "~start a new line", "next field": "~go to the next field", "new tab": "~open a new tab", "forward": "~go forward",
             "close tab": "~close the tab", "reload": "(~reload|~refresh) the page", "next tab": "~go to the next tab", "previous tab": "~go to the previous tab", "switch window": "~switch windows"}  # fmt: skip
    count = draft.rng.choice((2, 2, 2, 3, 3, 4, 5))
    made = procedure(draft, name)
    said = spell(draft.rng, plain.get(name, "~" + name.split()[0] + name.removeprefix(name.split()[0])), {})
    if name == "undo" and draft.chance(0.3):
        return Clause(
            spelled_out(draft, "~undo the last {N} (steps|changes|things|actions)", N={2: "two", 3: "three", 4: "four", 5: "five"}[count]),
            list(made.steps) * count,
        )
    return Clause(f"{said} {say.times(draft, count)}", list(made.steps) * count)


def all_but(draft: Draft) -> Clause:
    """A list of boxes, all of which are to be set but one."""
    off = draft.chance(0.6)
    group = draft.pick(
        ("Monday|Tuesday|Wednesday|Thursday|Friday", "Bold|Italic|Underline|Strikeout", "English|German|French|Spanish", "Red|Green|Blue|Yellow", "Name|Size|Type|Date", "Breakfast|Lunch|Dinner", "Email|SMS|Phone|Post", "Logs|Cache|Cookies|History")
    ).split("|") if draft.chance(0.5) else [draft.pick(OPTIONS) for _ in range(4)]  # fmt: skip
    draft.rng.shuffle(group)
    names = [draft.label(name) for name in group[: draft.rng.choice((2, 3, 3, 3, 4))]]
    kept = draft.rng.randrange(len(names))
    verb = draft.pick(
        ("~untick", "~uncheck", "~turn off", "~disable", "~switch off", "~deselect")
        if off
        else ("~tick", "~check", "~turn on", "~enable", "~switch on", "~select")
    )
    but = draft.pick(("but", "except", "except for", "apart from", "other than"))
    listing = ", ".join(names) if draft.chance(0.6) else ", ".join(names[:-1]) + " and " + names[-1]
    templates = (
        "{V} (everything|all|all of them|every box|all boxes|all of these) {B} {K}(: | - ){L}",
        "{L}: {V} (everything|all|all of them) {B} {K}",
        "(of|from|among) {L}(,|) {V} (all|everything|all of them) {B} {K}",
        "(there are|we have|you see) {L}(; |. |, ){V} (all|every one|everything) {B} {K}",
    )
    text = spell(draft.rng, draft.pick(templates), {"V": verb, "B": but, "L": listing, "K": names[kept]})
    return Clause(text, [{"do": "set", "value": "off" if off else "on", "target": name} for number, name in enumerate(names) if number != kept])  # fmt: skip


def accepting(draft: Draft) -> Clause:
    """To accept terms is to tick their box; a form ends with what its button says."""
    x = draft.exact(draft.pick(("terms", "terms", "conditions", "terms and conditions", "terms of use", "privacy policy", "licence", "license agreement", "house rules", "rules", "terms of service", "general terms", "cookies policy", "data policy")))  # fmt: skip
    agreed = spelled_out(
        draft, "(~accept|~agree to|~accept|~consent to|~say yes to|~tick|~confirm that you accept) (the|the|all|our) {X}", X=x
    )
    ticked: Step = {"do": "set", "value": "on", "target": x}
    parts: list[tuple[str, Sequence[Step]]] = []
    if draft.chance(0.75):
        made = say.fill_many(draft) if draft.chance(0.6) else say.fill_in(draft)
        if not (made.whole or made.last):
            parts.append((made.text, list(made.steps)))
    parts.append((agreed, [ticked]))
    if draft.chance(0.75):
        word = draft.exact(
            draft.pick(("submit", "register", "continue", "sign up", "send", "log in", "join", "order", "pay", "next", "subscribe"))
        )
        said = spelled_out(draft, "(|~press |~click |~hit ){X}", X=word) if draft.chance(0.75) else f"~finish with {word}"
        parts.append((said, [click(word)]))
    return chained(draft, parts)


def coming_back(draft: Draft) -> Clause:
    """To another window and back again."""
    away = draft.rng.choice((procedure(draft, "switch window"), procedure(draft, "switch window")))
    if away.whole:
        away = Clause("~switch to the other window", press("Alt+Tab"))
    parts: list[tuple[str, Sequence[Step]]] = []
    if draft.chance(0.4):
        first = draft.pick(("copy", "copy all", "cut", "select all"))
        parts.append((spelled_out(draft, {"copy": "~copy (it|that|the text)", "copy all": "~copy everything", "cut": "~cut it", "select all": "~select all"}[first]), {"copy": press("Ctrl+C"), "copy all": press("Ctrl+A", "Ctrl+C"), "cut": press("Ctrl+X"), "select all": press("Ctrl+A")}[first]))  # fmt: skip
    parts.append((away.text, away.steps))
    made = draft.rng.choice((say.button, say.typing, lambda d: Clause(spelled_out(d, "~paste (it|the text|that|what I copied)(| there)"), press("Ctrl+V")), lambda d: Clause(spelled_out(d, "~paste (it|the text)"), press("Ctrl+V"))))(draft)  # fmt: skip
    if not (made.whole or made.last):
        parts.append((made.text, made.steps))
    parts.append((spelled_out(draft, "(~come back|~go back|~return|~switch back|~come back here|~go back to (this|the first) window|~return to this window|~get back here)(| again)"), press("Alt+Tab")))  # fmt: skip
    return chained(draft, parts)


def into_new(draft: Draft) -> Clause:
    """Copied or cut, and pasted into something new."""
    copied = draft.pick(("copy", "cut"))
    what, before = draft.rng.choice(
        (("(the whole text|everything|all the text|all of it|the entire text)", ["Ctrl+A"]), ("(the selection|the selected text|it)", []))
    )
    new, key = draft.rng.choice(
        (("(a new window|another window)", "Ctrl+N"), ("(a new document|a new file|an empty document)", "Ctrl+N"), ("a new tab", "Ctrl+T"))
    )
    text = spelled_out(draft, f"~{copied} {what}(,| and|, then| and then) ~paste (it|that|it all) (into|in|in) {new}")
    return Clause(text, press(*before, "Ctrl+C" if copied == "copy" else "Ctrl+X", key, "Ctrl+V"))


def reopened(draft: Draft) -> Clause:
    text = spelled_out(
        draft, "~close (the|this|that) tab(,| and|, then| and then) (~reopen it|~open it again|~bring it back|~restore it|~get it back)"
    )
    return Clause(text, press("Ctrl+W", "Ctrl+Shift+T"))


def confirmed(draft: Draft) -> Clause:
    """To confirm, where no button is named, is to press Enter."""
    made = draft.rng.choice((say.menu_path, say.chosen, say.typing, say.fill_in, say.set_one))(draft)
    if made.whole or made.last:
        made = say.menu_path(draft, ("Format", "Font..."))
    parts: list[tuple[str, Sequence[Step]]] = [(made.text, made.steps)]
    if draft.chance(0.5):
        x = draft.label(draft.pick((*TABS, *COMMON)))
        parts.append((spelled_out(draft, "(~pick|~choose|~select|~take) {X}", X=x), [click(x)]))
    parts.append((spelled_out(draft, "~confirm(|| it| that| the choice| your choice| the entry| this)"), press("Enter")))
    return chained(draft, parts)


IDIOMS: tuple[tuple[Callable[[Draft], Clause], int], ...] = (
    (naming, 16), (renaming, 4), (compound, 7), (in_menu, 12), (purpose, 6), (punctuated, 12), (address, 6), (keyed_texts, 6), (bare_keys, 5), (repeated, 5),
    (all_but, 5), (accepting, 5), (coming_back, 4), (into_new, 3), (reopened, 1), (told_before, 5), (confirmed, 4), (in_its_place, 3), (signs, 4), (foreign, 8),
    (sounding_like_orders, 10), (on_lines, 4), (in_preferences, 6), (many_times, 6), (chosen_for, 6), (there_and_back, 4), (pasted_into, 4), (said_before, 5), (by_number, 5),
    (closed_by_name, 5),
)  # fmt: skip
"""Makers of clauses and how often they come."""


def idiom(draft: Draft) -> Clause:
    makers, weights = zip(*IDIOMS, strict=True)
    return draft.rng.choices(makers, weights)[0](draft)
