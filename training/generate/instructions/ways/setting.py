"""The ways to say that an option is to be on or off. In templates: {X} an option, {R} a role word."""

from __future__ import annotations

from training.generate.instructions.draft import Clause, Draft, Step
from training.generate.instructions.frames import spell
from training.generate.instructions.ways.names import option_name
from training.generate.instructions.ways.qualifying import qualified
from training.generate.instructions.words import TABS

TICKING = (
    "(~tick|~check|~enable|~turn on|~switch on|~activate|~mark|~tick on|~check off|~set) (|the ){X}{R}",
    "(~tick|~check|~mark|~set|~enable) the {X} (box|checkbox|check box|option|tick box|setting)",
    "~turn (|the ){X}{R} on",
    "~switch (|the ){X}{R} on",
    "~put a (tick|check mark|checkmark|cross|check|tick mark) (next to|in|at|beside|in front of|on|into|against) (|the ){X}{R}",
    "~make sure (|that ){X}{R} (is|gets) (on|ticked|checked|enabled|turned on|switched on|active|activated|selected)",
    "~set (|the ){X}{R} to (on|true|yes|enabled)",
    "~have (|the ){X}{R} (ticked|checked|enabled|turned on|switched on)",
    "~see to it that {X} is (on|ticked|checked|enabled)",
    "~let {X} be (ticked|checked|on)",
    "~ensure (|that ){X} is (on|ticked|checked|enabled|active)",
    "~flip (|the ){X}{R} (on|to on)",
    "~add a (tick|check mark|checkmark) to {X}",
    "~turn on (|the )(option|setting|checkbox|box|switch) {X}",
    "~get {X} (on|ticked|enabled|checked)",
    "~check the box (next to|for|labelled|called|that says|saying|beside) {X}",
    "~tick the (box|checkbox|check box) (next to|for|labelled|called|that says|beside|marked) {X}",
    "~activate the {X} (switch|toggle|option|checkbox)",
    "~enable the (option|setting) (|called ){X}",
)
TICKED = (
    "(|the |The ){X}{R} (should|must|has to|needs to|ought to|is to|shall) be (on|ticked|checked|enabled|turned on|switched on|active)",
    "I (want|need|would like) (|the ){X}{R} (on|ticked|checked|enabled|turned on|to be on|to be ticked|to be checked|to be enabled)",
    "(yes to|tick|check) {X}",
    "{X}: (on|yes|ticked|checked)",
    "{X} on",
    "{X} = (on|true|yes)",
    "we need {X} (ticked|enabled|on)",
    "{X} (isn't ticked|is off|is not on)(, please fix that|; change that|, it should be on)",
)
UNTICKING = (
    "(~untick|~uncheck|~disable|~turn off|~switch off|~deactivate|~unmark|~deselect|~unselect|~clear) (|the ){X}{R}",
    "(~untick|~uncheck|~clear|~disable|~unset|~deselect) the {X} (box|checkbox|check box|option|tick box|setting)",
    "~turn (|the ){X}{R} off",
    "~switch (|the ){X}{R} off",
    "(~remove|~take away|~delete) the (tick|check mark|checkmark|cross|check) (from|next to|at|off|in front of|beside) (|the ){X}{R}",
    "~make sure (|that ){X}{R} (is|gets) (off|unticked|unchecked|disabled|turned off|switched off|not ticked|not checked|not enabled|inactive|not on)",
    "~set (|the ){X}{R} to (off|false|no|disabled)",
    "~have (|the ){X}{R} (unticked|unchecked|disabled|turned off|switched off)",
    "~see to it that {X} is (off|not ticked|not checked|disabled|unchecked)",
    "~ensure (|that ){X} is (off|unticked|unchecked|disabled|not ticked|not active)",
    "~flip (|the ){X}{R} (off|to off)",
    "~turn off (|the )(option|setting|checkbox|box|switch) {X}",
    "~get (rid of the tick at {X}|{X} off|{X} unticked|{X} disabled)",
    "~uncheck the box (next to|for|labelled|called|that says|beside) {X}",
    "~untick the (box|checkbox|check box) (next to|for|labelled|called|that says|beside) {X}",
    "~deactivate the {X} (switch|toggle|option|checkbox)",
    "~disable the (option|setting) (|called ){X}",
    "~leave {X} (unticked|unchecked|off)",
)
UNTICKED = (
    "(|the |The ){X}{R} (should|must|has to|needs to|ought to|is to|shall) be (off|unticked|unchecked|disabled|turned off|switched off)",
    "(|the |The ){X}{R} (should|must) not be (on|ticked|checked|enabled|active)",
    "I (don't want|do not want) (|the ){X}{R}(| on| ticked| checked| enabled| to be on| to be ticked)",
    "I (want|need|would like) (|the ){X}{R} (off|unticked|unchecked|disabled|turned off|to be off)",
    "no {X}(|, please)",
    "{X}: (off|no|unticked|unchecked)",
    "{X} off",
    "{X} = (off|false|no)",
    "{X} (is ticked|is on|is enabled)(, please fix that|; change that|, it should be off|, but it shouldn't be)",
)


def set_one(draft: Draft, given: str | None = None) -> Clause:
    rng = draft.rng
    value = "on" if rng.random() < 0.55 else "off"
    draw = rng.random() if given is None else 0.31 + 0.69 * rng.random()
    if draw < 0.2:
        return set_many(draft, value)
    if draw < 0.27:
        written, target = qualified(draft, option_name(draft), "checkbox|option|box|check box")
        verb = draft.pick(
            ("~tick", "~check", "~enable", "~turn on", "~switch on", "~activate")
            if value == "on"
            else ("~untick", "~uncheck", "~disable", "~turn off", "~switch off", "~deactivate")
        )
        return Clause(f"{verb} {written}", [{"do": "set", "value": value, "target": target}])
    if draw < 0.31:
        x, y = draft.label(option_name(draft)), draft.label(draft.pick(TABS))
        place = draft.pick(
            (
                "under {Y}",
                "in the {Y} section",
                "in the {Y} group",
                "below {Y}",
                "in the dialog",
                "at the bottom",
                "in the sidebar",
                "on the {Y} tab",
            )
        ).replace("{Y}", y)
        verb = draft.pick(
            ("~tick", "~check", "~enable", "~turn on", "~switch on")
            if value == "on"
            else ("~untick", "~uncheck", "~disable", "~turn off", "~switch off")
        )
        return Clause(
            f"{place}{draft.pick((',', ',', ''))} {verb} {draft.pick(('', 'the '))}{x}{draft.role('option|checkbox|box')}",
            [{"do": "set", "value": value, "target": f"{x} {place}"}],
        )
    if given is None and rng.random() < 0.07:
        return shown(draft, value)
    whole = draw > 0.84
    templates = (TICKED if whole else TICKING) if value == "on" else (UNTICKED if whole else UNTICKING)
    x = draft.label(given or option_name(draft))
    return Clause(
        spell(rng, draft.pick(templates), {"X": x, "R": draft.role("option|checkbox|check box|box|setting|switch|tick box|toggle")}),
        [{"do": "set", "value": value, "target": x}],
        whole=whole,
    )


_SHOWN = (
    "Status Bar",
    "Toolbar",
    "Sidebar",
    "Side Pane",
    "Menu Bar",
    "Ruler",
    "Rulers",
    "Line Numbers",
    "Grid",
    "Statusbar",
    "Hidden Files",
    "Thumbnails",
    "Message Window",
    "Navigation Bar",
    "Bookmarks Bar",
    "Tree",
    "Tabs",
    "Scrollbar",
    "Legend",
    "Preview",
    "Formatting Marks",
    "White Space",
    "Right Margin",
    "Tool Bar",
    "Outline",
    "Minimap",
    "Image Gallery",
    "Location Bar",
)


def shown(draft: Draft, value: str) -> Clause:
    """Something of the window that is to be seen or not."""
    x = draft.label(draft.pick(_SHOWN))
    on = (
        "~show (me |)(|the ){X}",
        "~display (|the ){X}",
        "~make (|the ){X} visible",
        "~bring back (|the ){X}",
        "~let me see (|the ){X}",
        "~have (|the ){X} (shown|visible|displayed)",
        "~unhide (|the ){X}",
    )
    off = (
        "~hide (|the ){X}",
        "~make (|the ){X} (disappear|invisible|go away)",
        "~get rid of (|the ){X}",
        "~remove (|the ){X} from view",
        "~have (|the ){X} (hidden|gone)",
        "~don't show (|the ){X}".replace("~", ""),
        "~take (|the ){X} away",
    )
    return Clause(spell(draft.rng, draft.pick(on if value == "on" else off), {"X": x}), [{"do": "set", "value": value, "target": x}])


def set_many(draft: Draft, value: str) -> Clause:
    rng = draft.rng
    count = rng.choice((2, 2, 2, 3, 3, 4))
    names = [draft.label(option_name(draft)) for _ in range(count)]
    steps: list[Step] = [{"do": "set", "value": value, "target": name} for name in names]
    on = value == "on"
    verb = draft.pick(
        ("~tick", "~check", "~enable", "~turn on", "~switch on", "~activate", "~select the boxes")
        if on
        else ("~untick", "~uncheck", "~disable", "~turn off", "~switch off", "~deactivate", "~clear")
    )
    draw = rng.random()
    listing = ", ".join(names[:-1]) + draft.pick((" and ", ", and ", " and ", " as well as ", " and also ", " & ")) + names[-1]
    if draw < 0.22 and count == 2:
        return Clause(f"{verb} {draft.pick(('both ', 'both '))}{names[0]} and {names[1]}", steps)
    if draw < 0.4:
        other = "off" if on else "on"
        opposite = draft.pick(
            ("~untick", "~uncheck", "~disable", "~turn off", "~switch off")
            if on
            else ("~tick", "~check", "~enable", "~turn on", "~switch on")
        )
        extra = draft.label(option_name(draft))
        form = (
            spell(
                rng,
                "{V} {A} (and|but|, but|,|; ) {O} {B}" if draft.chance(0.75) else "{V} {A} and {O} {B}(| again| instead| too)",
                {"V": verb, "A": names[0], "O": opposite, "B": extra},
            )
            .replace(" ,", ",")
            .replace(" ;", ";")
            .replace("  ", " ")
        )
        return Clause(form, [steps[0], {"do": "set", "value": other, "target": extra}])
    if draw < 0.5:
        a, b = ("on", "off") if on else ("off", "on")
        return Clause(
            f"~turn {names[0]} {a} and {names[1]} {b}",
            [{"do": "set", "value": a, "target": names[0]}, {"do": "set", "value": b, "target": names[1]}],
        )
    if draw < 0.58:
        spared = draft.label(option_name(draft))
        but = draft.pick(
            (
                " but not ",
                ", not ",
                ", but leave {Y} alone",
                " and leave {Y} as it is",
                ", but don't touch {Y}",
                ", except {Y}",
                " (not {Y})",
                " without touching {Y}",
            )
        )
        but = but.replace("{Y}", spared) if "{Y}" in but else but + spared
        return Clause(f"{verb} {names[0]}{but}", steps[:1])
    if draw < 0.68 and count >= 3:
        kept = rng.randrange(count)
        rest = [name for number, name in enumerate(names) if number != kept]
        words = ("~untick", "~uncheck", "~turn off", "~disable") if not on else ("~tick", "~check", "~turn on", "~enable")
        text = spell(
            rng,
            "(of|from|out of|among) {L}(,|) {V} (everything|all) (but|except|except for|apart from|other than) {X}",
            {"L": listing, "V": draft.pick(words), "X": names[kept]},
        )
        return Clause(text, [{"do": "set", "value": value, "target": name} for name in rest])
    if draw < 0.8:
        state = draft.pick(
            ("on", "ticked", "checked", "enabled", "turned on") if on else ("off", "unticked", "unchecked", "disabled", "turned off")
        )
        text = draft.pick(
            (
                f"~make sure {listing} are {draft.pick(('', 'all ' if count > 2 else 'both '))}{state}",
                f"~turn {listing} {value}",
                f"~switch {listing} {value}",
                f"~have {listing} {state}",
            )
        )
        return Clause(text, steps)
    return Clause(f"{verb} {draft.pick(('', '', 'the options ', 'the boxes ', 'the following: '))}{listing}", steps)
