"""Turns of speech that mean something else than their words alone: a name that a dialog asks for, a menu that holds a setting, terms that
are accepted, a list but for one of it."""

from __future__ import annotations

from collections.abc import Callable

from training.beside import beside
from training.generate.instructions import steps as say
from training.generate.instructions import texts
from training.generate.instructions.draft import Clause, Draft
from training.generate.instructions.keys import spelled
from training.generate.instructions.parts import chained, click, entered, enumerated, press, pressed, set_, type_
from training.generate.instructions.plain_texts import in_preferences, many_times, on_lines, sounding_like_orders
from training.generate.instructions.procedures import procedure
from training.generate.instructions.tongues import foreign
from training.generate.instructions.turns import by_number, chosen_for, closed_by_name, pasted_into, said_before, there_and_back
from training.generate.instructions.typed_idioms import address, bare_keys, in_its_place, keyed_texts, punctuated, signs, told_before
from training.generate.instructions.words import COMMON, ITEMS, MENUS, OPTIONS, TABS

SAID = beside(__file__)


def naming(draft: Draft) -> Clause:
    """A dialog that asks for a name: to call it something is to type that, and the sentence itself says what follows."""
    rng = draft.rng
    way = draft.pick(SAID["naming_ways"]).split(" > ")
    parts: list[Clause] = []
    if draft.chance(0.25):
        text = draft.text(texts.any_text(rng))
        parts.append(Clause(draft.said("(~type|~write|~enter) {T}", T=text), [type_(text)]))
    if draft.chance(0.12):
        keys = draft.pick(("Ctrl+Shift+S", "Ctrl+Shift+N", "Ctrl+S"))
        key = draft.key(keys, spelled(rng, keys))
        parts.append(Clause(draft.said("(~press|~hit|~use) {K}", K=key), press(key)))
    elif len(way) == 1 and draft.chance(0.3):
        x, item = draft.label(draft.pick(ITEMS)), draft.label(way[0])
        said = draft.said("~right-click (|on ){X}(,| and| then|, then) (~choose|~pick|~click) {Y}", X=x, Y=item)
        parts.append(Clause(said, [{"do": "right_click", "target": x}, click(item)]))
    else:
        parts.append(say.menu_path(draft, tuple(way)) if len(way) > 1 else say.button(draft, way[0]))
    t = draft.text(texts.file_name(rng) if draft.chance(0.6) else draft.rng.choice((texts.word, texts.noun_phrase, texts.person))(rng))
    if draft.chance(0.14):
        f = draft.label(draft.pick(("Name", "File name", "Title", "Folder name", "Label")))
        named = Clause(draft.said("~call it {T} in the {F} (field|box|line|entry)", T=t, F=f), [click(f), type_(t)])
    else:
        said = draft.said(SAID["named"], T=t)
        named = Clause(said.removesuffix(f" {t}") if said.count(t) > 1 else said, [type_(t)])
    parts.append(named)
    parts.append(pressed(draft, draft.pick(SAID["ends"])) if draft.chance(0.8) else entered(draft))
    return chained(draft, parts)


def renaming(draft: Draft) -> Clause:
    """What is selected gets another name."""
    x, t = draft.label(draft.pick(ITEMS) if draft.chance(0.5) else texts.file_name(draft.rng)), draft.text(texts.file_name(draft.rng))
    head = Clause(draft.said("(~select|~click|~pick|~mark|~highlight) (|the file |the folder |the item ){X}", X=x), [click(x)])
    tail = draft.said("(~rename it to|~rename it|~rename it as|~call it|~give it the name|~change its name to|~name it) {T}", T=t)
    return chained(draft, [head, Clause(tail, [*press("F2"), type_(t), *press("Enter")])])


def compound(draft: Draft) -> Clause:
    """Names that are a thing and its kind in one: the kind belongs to the name."""
    x = draft.exact(draft.pick(SAID["compounds"]))
    draw = draft.rng.random()
    if draw < 0.5:
        direction = draft.pick(("down", "up", "down", "up", "left", "right"))
        return Clause(draft.said(SAID["compound_scrolls"], D=direction, X=x), [{"do": "scroll", "direction": direction, "target": x}])
    if draw < 0.75:
        return Clause(draft.said("(~click|~click in|~click on|~select|~go to|~focus) the {X}", X=x), [click(x)])
    t = draft.text(texts.any_text(draft.rng))
    return Clause(draft.said(SAID["compound_types"], T=t, X=x), [click(x), type_(t)])


def in_menu(draft: Draft) -> Clause:
    """A setting that a menu holds: the menu is opened, and the setting set, once each, however it is said."""
    value = draft.pick(("on", "off", "off"))
    menu = draft.label(draft.pick(("View", "View", "View", "Options", "Settings", "Format", "Document", "Tools", "Edit", "Window")))
    name = draft.pick(SAID["seen"]) if draft.chance(0.6) else say.option_name(draft)
    x = draft.label(name)
    place = draft.said(SAID["menu"], M=menu)
    template, whole = draft.rng.choice(SAID["in_menu"])
    for mark, words in SAID["set_in_menu"][value].items():
        template = template.replace(mark, words)
    text = draft.said(template, P=place, X=x, M=menu)
    return Clause(text, [click(menu), set_(x, value)], whole=whole)


def purpose(draft: Draft) -> Clause:
    """What it is for, and then the way there, which is all that is to be done."""
    names = [draft.pick(MENUS[:40])] + [say.button_name(draft) for _ in range(draft.rng.choice((1, 2, 2, 3)))]
    if draft.chance(0.4):
        names[-1] = "OK"
    slots = [draft.label(name, False if draft.chance(0.8) else None) for name in names]
    arrow = draft.pick((" → ", " > ", " -> ", ", ", " / ", ", then ", " >> "))
    template = draft.pick(SAID["purpose"]).replace("{GOAL}", SAID["goal"])
    text = draft.said(template, M=slots[0], W=arrow.join(slots))
    return Clause(text, [click(slot) for slot in slots], whole=True)


def repeated(draft: Draft) -> Clause:
    """A goal several times."""
    name = draft.pick(SAID["repeated"])
    count = draft.rng.choice((2, 2, 2, 3, 3, 4, 5))
    made = procedure(draft, name)
    said = draft.said(SAID["repeated_said"].get(name, "~" + name))
    if name == "undo" and draft.chance(0.3):
        return Clause(
            draft.said("~undo the last {N} (steps|changes|things|actions)", N={2: "two", 3: "three", 4: "four", 5: "five"}[count]),
            list(made.steps) * count,
        )
    return Clause(f"{said} {say.times(draft, count)}", list(made.steps) * count)


def all_but(draft: Draft) -> Clause:
    """A list of boxes, all of which are to be set but one."""
    off = draft.chance(0.6)
    group = draft.pick(SAID["groups"]).split("|") if draft.chance(0.5) else [draft.pick(OPTIONS) for _ in range(4)]
    draft.rng.shuffle(group)
    names = [draft.label(name) for name in group[: draft.rng.choice((2, 3, 3, 3, 4))]]
    kept = draft.rng.randrange(len(names))
    verb = draft.pick(
        ("~untick", "~uncheck", "~turn off", "~disable", "~switch off", "~deselect")
        if off
        else ("~tick", "~check", "~turn on", "~enable", "~switch on", "~select")
    )
    but = draft.pick(("but", "except", "except for", "apart from", "other than"))
    listing = enumerated(draft, names, (", ", ", ", " and "))
    text = draft.said(SAID["all_but"], V=verb, B=but, L=listing, K=names[kept])
    return Clause(text, [set_(name, "off" if off else "on") for number, name in enumerate(names) if number != kept])


def accepting(draft: Draft) -> Clause:
    """To accept terms is to tick their box; a form ends with what its button says."""
    x = draft.exact(draft.pick(SAID["terms"]))
    agreed = draft.said("(~accept|~agree to|~accept|~consent to|~say yes to|~tick|~confirm that you accept) (the|the|all|our) {X}", X=x)
    parts: list[Clause] = []
    if draft.chance(0.75):
        made = say.fill_many(draft) if draft.chance(0.6) else say.fill_in(draft)
        if not (made.whole or made.last):
            parts.append(made)
    parts.append(Clause(agreed, [set_(x, "on")]))
    if draft.chance(0.75):
        word = draft.exact(draft.pick(SAID["form_ends"]))
        said = draft.said("(|~press |~click |~hit ){X}", X=word) if draft.chance(0.75) else f"~finish with {word}"
        parts.append(Clause(said, [click(word)]))
    return chained(draft, parts)


def _pasted(draft: Draft) -> Clause:
    return Clause(draft.said("~paste (it|the text|that|what I copied)(| there)"), press("Ctrl+V"))


def _pasted_simply(draft: Draft) -> Clause:
    return Clause(draft.said("~paste (it|the text)"), press("Ctrl+V"))


def coming_back(draft: Draft) -> Clause:
    """To another window and back again."""
    away = draft.rng.choice((procedure(draft, "switch window"), procedure(draft, "switch window")))
    if away.whole:
        away = Clause("~switch to the other window", press("Alt+Tab"))
    parts: list[Clause] = []
    if draft.chance(0.4):
        said, keys = draft.pick(SAID["taken_along"])
        parts.append(Clause(draft.said(said), press(*keys)))
    parts.append(away)
    made = draft.rng.choice((say.button, say.typing, _pasted, _pasted_simply))(draft)
    if not (made.whole or made.last):
        parts.append(made)
    parts.append(Clause(draft.said(SAID["back_again"]), press("Alt+Tab")))
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
    text = draft.said(f"~{copied} {what}(,| and|, then| and then) ~paste (it|that|it all) (into|in|in) {new}")
    return Clause(text, press(*before, "Ctrl+C" if copied == "copy" else "Ctrl+X", key, "Ctrl+V"))


def reopened(draft: Draft) -> Clause:
    text = draft.said(
        "~close (the|this|that) tab(,| and|, then| and then) (~reopen it|~open it again|~bring it back|~restore it|~get it back)"
    )
    return Clause(text, press("Ctrl+W", "Ctrl+Shift+T"))


def confirmed(draft: Draft) -> Clause:
    """To confirm, where no button is named, is to press Enter."""
    made = draft.rng.choice((say.menu_path, say.chosen, say.typing, say.fill_in, say.set_one))(draft)
    if made.whole or made.last:
        made = say.menu_path(draft, ("Format", "Font..."))
    parts: list[Clause] = [made]
    if draft.chance(0.5):
        x = draft.label(draft.pick((*TABS, *COMMON)))
        parts.append(Clause(draft.said("(~pick|~choose|~select|~take) {X}", X=x), [click(x)]))
    parts.append(Clause(draft.said("~confirm(|| it| that| the choice| your choice| the entry| this)"), press("Enter")))
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
