"""The ways to say that several things are to be clicked, one several times, or a way through menus."""

from __future__ import annotations

from training.generate.instructions.draft import Clause, Draft, Step
from training.generate.instructions.frames import spell
from training.generate.instructions.ways.names import button_name, some_listed, times
from training.generate.instructions.words import MENUS


def clicks(draft: Draft) -> Clause:
    """Several things with one verb, one several times, or a way through a menu."""
    rng = draft.rng
    draw = rng.random()
    if draw < 0.25:
        x = draft.label(
            button_name(draft)
            if draft.chance(0.5)
            else draft.pick(
                (
                    "Next",
                    "Next",
                    "Zoom In",
                    "Up",
                    "Down",
                    "Add",
                    "Forward",
                    "Back",
                    "+",
                    "-",
                    "Continue",
                    "Move Up",
                    "Plus",
                    "More",
                    "Undo",
                    "Refresh",
                    "Skip",
                )
            )
        )
        count = rng.choice((2, 2, 2, 3, 3, 4, 5))
        return Clause(
            f"{draft.pick(('~click', '~press', '~hit', '~tap', '~click on', '~push'))} {draft.pick(('', '', 'the '))}{x}{draft.role('button')} {times(draft, count)}",
            [{"do": "click", "target": x}] * count,
        )
    if draw < 0.5:
        names = [draft.label(button_name(draft)) for _ in range(rng.choice((2, 2, 3, 3, 4, 5)))]
        last = draft.pick((" and ", " and then ", ", then ", " and finally ", ", and ", " & ", ", "))
        return Clause(
            f"{draft.pick(('~click', '~press', '~click on', '~choose', '~hit', '~select', '~tap'))} {draft.pick(('', '', '', 'the buttons ', 'on '))}{', '.join(names[:-1])}{last}{names[-1]}",
            [{"do": "click", "target": name} for name in names],
        )
    return menu_path(draft)


def menu_path(draft: Draft, way: tuple[str, ...] = ()) -> Clause:
    """A way through menus: "File > Save As", "choose Bold from the Format menu"."""
    rng = draft.rng
    menu = draft.pick(MENUS) if draft.chance(0.85) else some_listed(draft, "name", "foreign")
    names = list(way) or ([menu, button_name(draft)] if rng.random() < 0.72 else [menu, button_name(draft), button_name(draft)])
    joined = rng.random() < 0.4
    whole = draft.chance(draft.style.quoting) and joined
    slots = [draft.label(name, False if joined else None) for name in names]
    steps: list[Step] = [{"do": "click", "target": slot} for slot in slots]
    if joined:
        arrow = draft.pick(
            (" > ", " > ", " > ", ">", " → ", " → ", "→", " -> ", "->", " / ", "/", " | ", " » ", " ▸ ", " => ", " >> ", "::", " – ", ": ")
        )
        text = arrow.join(slots)
        if whole:
            text = f"{draft.style.quotes[0]}{text}{draft.style.quotes[1]}"
        return Clause(
            spell(
                rng,
                draft.pick(
                    (
                        "{P}",
                        "(~go to|~choose|~open|~click|~use|~navigate to|~select|~pick|~take|~follow|~do|~head to) {P}",
                        "(~choose|~select|~click|~pick|~use) {P} (from|in) the (menu|menus|menu bar)",
                        "in the (menu|menus|menu bar)(,|) (~choose|~go to|~pick|~click) {P}",
                        "~follow the (menu |)path {P}",
                        "~use the menu(|:) {P}",
                        "~go through {P}",
                    )
                ),
                {"P": text},
            ),
            steps,
        )
    if len(slots) == 2:
        a, b = slots
        templates: tuple[str, ...] = (
            "(~choose|~select|~pick|~click|~click on|~use|~take|~hit) {B} (from|in|in|under|on|inside|out of) the {A} menu", "(in|from|under) the {A} menu(,|) (~choose|~select|~pick|~click|~click on|~hit|~take|~go for) {B}", "(~open|~click|~click on|~bring up|~pull down|~go to|~go into|~head to) the {A} menu and (~choose|~select|~pick|~click|~hit|~click on|~use) {B}{R}",
            "(~open|~click|~go to|~click on|~select) {A}(,| and| and then|, then|, and) (~choose|~select|~pick|~click|~hit|~click on) {B}{R}", "(~choose|~pick|~select|~find|~click) {B}, (which is|it's|it is|found) in the {A} menu", "~go to {A}, {B}", "from {A}(,|) (~choose|~select|~pick|~take) {B}", "~open the {A} menu; (there |)~click {B}", "~use {B} from the {A} menu", "the {A} menu has {B}; ~click it", "~click {A} (in the menu bar |at the top |up top |)and (then |)~click {B}", "~run {B} from the {A} menu", "~look under the {A} menu and ~click {B}", "~get {B} from the {A} menu",
        )  # fmt: skip
        return Clause(spell(rng, draft.pick(templates), {"A": a, "B": b, "R": draft.role("option|item|entry|command")}), steps)
    a, b, c = slots
    templates = (
        "(~open|~click|~go to) (|the ){A}(| menu)(,| and| then|, then) (~open|~go to|~hover|~point at|~choose|~click|~select) {B}(,| and| then|, then|, and) (~choose|~select|~pick|~click) {C}",
        "in the {A} menu(,|) (~go to|~open|~choose) {B} and (~choose|~pick|~click) {C}",
        "(~choose|~pick|~select|~click) {C} (from|in|under) (|the ){B} (submenu |)(of|in|under) the {A} menu",
        "under {A} and then {B}(,|) ~choose {C}",
        "~go to {A}, {B}, {C}",
        "~open the {A} menu, (~hover over|~open|~go into) the {B} submenu and (~pick|~click|~choose) {C}",
        "~go through {A} and {B} to {C}",
    )
    return Clause(spell(rng, draft.pick(templates), {"A": a, "B": b, "C": c}), steps)
