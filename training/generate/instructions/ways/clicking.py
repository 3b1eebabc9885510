"""The ways to say that one thing is to be clicked. In templates: {X} what is clicked, {Y} what is not, {R} a role word."""

from __future__ import annotations

from training.generate.instructions import texts
from training.generate.instructions.draft import Clause, Draft
from training.generate.instructions.frames import spell
from training.generate.instructions.ways.asides import with_purpose
from training.generate.instructions.ways.names import button_name, some_listed
from training.generate.instructions.ways.qualifying import PLACES, qualified
from training.generate.instructions.words import CHOICES, ITEMS, MENUS, TABS

KEY_NAMES = {
    "enter",
    "escape",
    "tab",
    "delete",
    "backspace",
    "space",
    "home",
    "end",
    "insert",
    "menu",
    "up",
    "down",
    "left",
    "right",
    "return",
    "print screen",
}
"""Labels that are keys where somebody "presses" them."""
PROCEDURAL = {
    "preferences",
    "settings",
    "options",
    "find",
    "replace",
    "undo",
    "redo",
    "copy",
    "paste",
    "cut",
    "print",
    "save",
    "close",
    "quit",
    "exit",
    "about",
    "help",
    "new tab",
    "new window",
    "full screen",
    "fullscreen",
    "zoom in",
    "zoom out",
    "select all",
    "refresh",
    "reload",
    "search",
    "bold",
    "italic",
    "underline",
    "history",
    "downloads",
    "go back",
    "rename",
    "new folder",
    "page setup",
    "print preview",
    "new",
    "open",
    "save as",
}
"""What names a common procedure where no word says that it is to be clicked."""
PRESSING = (
    "(~click|~click on|~press|~hit|~tap|~push) (|the |the |on the ){X}{R}",
    "(~press|~hit|~push|~click|~tap) {X}",
    "(~press|~hit|~push|~click|~tap) the {X} (button|button|key|icon)",
    "~press the (button|one) (labelled|labeled|called|named|that says|marked|saying|with the label|reading) {X}",
    "~click the (thing|item|button|element|entry|one) (called|named|that says|labelled|that reads) {X}",
    "~give (|the ){X}{R} a (|quick |single )(click|press|tap|push)",
    "~click once on (|the ){X}{R}",
    "~click (|the ){X}{R} (once|one time|1x|a single time)",
    "~click (|on )(|the ){X}{R} with the (left |)mouse(| button)",
    "~finish with {X}",
    "~confirm (|it |this |that |everything )(with|by pressing|by clicking|via|using) (|the ){X}{R}",
    "~accept (|it |this )with {X}",
    "~end with {X}",
    "~answer (|it |the question |the prompt |that )with {X}",
    "~answer {X}",
    "~reply (|with ){X} to the (question|prompt)",
    "~say {X}",
    "~respond with {X}",
    "~go with {X}",
    "(~submit|~send|~close|~leave|~save|~finish|~print|~store|~start|~apply|~confirm|~complete|~end|~export|~delete|~post) (it|this|the form|the dialog|everything|them|the changes|the order|the message|that|the window) (with|by clicking|by pressing|via|using|by means of|through) (|the |the ){X}{R}",
    "(if it asks|if asked|when asked|should it ask|if a dialog comes up|if a question comes up|if there is a question|when it asks you|if it wants to know|in case it asks|when prompted|if prompted)(,|) (~click|~choose|~press|~answer|~answer with|~say|~pick|~select) {X}",
    "~trigger (|the ){X}{R}",
    "~make a click on (|the ){X}{R}",
    "~do a (left |single |)click on (|the ){X}{R}",
)
CHOOSING = (
    "(~click|~click on|~choose|~select|~pick|~take|~use) (|the |the ){X}{R}",
    "(~choose|~select|~pick|~click|~take) {X}",
    "~go for (|the ){X}{R}",
    "~opt for (|the ){X}{R}",
    "~go with (|the ){X}{R}",
    "~pick out (|the ){X}{R}",
    "(~choose|~select|~pick) (|the )(option|item|entry|menu item|command|choice) {X}",
    "(~choose|~select|~pick) the {X} (option|item|entry|command|one)",
    "(~choose|~select|~pick|~click) {X} (from|in) the (list|menu|drop-down|dropdown|popup menu|menu that opens|menu that appears|choices|options|combo box)",
    "~make {X} the (choice|selection|selected one)",
    "~left-click (|on )(|the ){X}{R}",
    "~find {X} and ~click (it|on it|that)",
    "~look for (|the ){X}{R} and ~click (it|on it|that)",
    "~locate (|the ){X}{R} and ~select it",
    "~move (the mouse|the pointer|the cursor) (to|over|onto) (|the ){X}{R} and ~click(| it| there)",
    "~put the (mouse|pointer) on {X} and ~click",
    "~point at (|the ){X}{R} and ~click",
    "~highlight (|the ){X}{R}",
    "~focus (|the ){X}{R}",
)
OPENING = (
    "(~open|~open up|~click|~click on|~bring up|~pull down|~drop down|~pop up|~go to|~go into|~head to|~visit|~expand|~unfold|~show|~select|~choose) the {X} (menu|menu)",
    "(~open|~open up|~go to|~go into|~head to|~head for|~navigate to|~bring up|~enter) (|the ){X}{R}",
    "(~open|~click|~go to|~choose) {X}(| in the menu bar| in the menubar| at the top of the window)",
    "~click {X} in the menu (bar|line)",
    "~get the {X} menu (open|up)",
    "~have the {X} menu (open|opened)",
    "~start with {X}",
    "~start (in|at|from) the {X} menu",
    "~go up to {X}",
)
TABBING = (
    "(~go to|~switch to|~change to|~open|~click|~click on|~select|~choose|~show|~visit|~move to|~flip to|~jump to|~bring up|~head to|~turn to|~look at|~activate|~pick) the {X} (tab|tab|page|section|pane|panel|category)",
    "(~go to|~switch to|~change to|~open) {X}",
    "(~switch|~go|~change|~move) over to (|the ){X}(| tab| page)",
    "~swap to (|the ){X}(| tab)",
)
LINKING = (
    "(~follow|~click|~click on|~open|~use|~tap) the {X} link",
    "~follow (|the link ){X}",
    "~click (|on )the link (called|named|that says|saying|reading|labelled|to|for) {X}",
    "~click through to {X}",
    "~go to (|the ){X} page",
    "~navigate to {X}",
)
CLICKED = (
    "(|the |The ){X}{R} (is the one to (click|press)|needs (to be clicked|clicking|a click)|has to be (clicked|pressed)|should be (clicked|pressed)|must be (clicked|pressed)|is next|comes next|is what (you|we) (need|want)|wants clicking)",
    "I (want|need|would like) (|the ){X}{R} (clicked|pressed|selected|chosen)",
    "you(| will|'ll) (want|need) (to click |to press |)(|the ){X}{R}",
    "(now |)it's (|the ){X}{R} (that|which) (you|we) (want|need)",
    "the answer is {X}",
    "(my|our) choice is {X}",
    "(|the ){X}{R} (please|, please)",
)
NEGATED = (
    "don't (click|press|choose|hit) {Y}(,|;|:|, but|, just|, instead) ~click {X}",
    "~click {X}, not {Y}",
    "~press {X}(,| and| but) not {Y}",
    "not {Y} but {X}",
    "~choose {X} (instead of|rather than|and not|over|in place of) {Y}",
    "~click {X} instead of {Y}",
    "(instead of|rather than) {Y}(,|) ~click {X}",
    "~leave {Y} alone and ~click {X}",
    "~ignore {Y}(,| and) ~press {X}",
    "~avoid {Y}(,|;) ~use {X}(| instead)",
    "do not (press|click|touch) {Y}; ~press {X}(| instead)",
    "~click {X} (without touching|but leave) {Y}(| alone)",
    "never mind {Y}, ~click {X}",
    "~skip {Y} and ~go for {X}",
    "~press {X}, (please |)don't press {Y}",
    "~pick {X} as opposed to {Y}",
    "it's not {Y} (that I want |)but {X}(| that I want)",
    "~take {X} and not {Y}",
    "forget {Y}(,|;) ~choose {X}",
    "~select {X} - not {Y}",
    "~click on {X} (not|never) (on |){Y}",
)
QUALIFIED = 0.07
"""How often it is said where the thing is that is clicked."""
_OPENS = ("~open", "~go to", "~go into", "~use", "~show", "~visit", "~head", "~navigate", "~say", "~bring", "~enter")


def _click(draft: Draft, name: str, templates: tuple[str, ...], roles: str) -> Clause:
    rng = draft.rng
    if rng.random() < QUALIFIED:
        return qualified_click(draft, name)
    template = draft.pick(templates)
    bare = name.lower().removesuffix("...").rstrip()
    if bare in KEY_NAMES and ("press" in template or "hit" in template or "push" in template or "tap" in template or "strike" in template):
        template = "~click (|on )(|the ){X}{R}"
    quoted, kept = None, False
    opens = any(verb in template for verb in _OPENS)
    if bare in PROCEDURAL and opens:
        # "open Settings" names what is on the screen, "open the settings" a goal.
        quoted, kept = draft.chance(0.5), True
        template = template if quoted else "(~open|~go to|~open up|~bring up|~choose) {X}"
    x = draft.label(name, quoted, kept)
    text = spell(rng, template, {"X": x, "R": draft.role(roles)})
    whole = templates is CLICKED
    if not whole and rng.random() < 0.09:
        text = with_purpose(draft, text)
    return Clause(text, [{"do": "click", "target": x}], whole=whole)


def click(draft: Draft) -> Clause:
    """Click something: a button, a menu's name, a menu item, a tab, a link, an item of a list."""
    draw = draft.rng.random()
    if draw < 0.34:
        return _click(draft, button_name(draft), PRESSING, "button|button|button|icon|key")
    if draw < 0.56:
        name = draft.pick((*CHOICES, *ITEMS)) if draft.chance(0.4) else button_name(draft)
        return _click(draft, name, CHOOSING, "option|entry|item|menu item|command|button|radio button|choice")
    if draw < 0.72:
        name = draft.pick(MENUS) if draft.chance(0.8) else button_name(draft)
        return _click(draft, name, OPENING, "menu|menu|menu|dialog|window")
    if draw < 0.84:
        name = draft.pick(TABS) if draft.chance(0.7) else some_listed(draft, "name", "foreign")
        return _click(draft, name, TABBING, "tab|page")
    if draw < 0.88:
        return linked(draft)
    if draw < 0.95:
        return _click(draft, button_name(draft), CLICKED, "button|option|link|tab")
    return not_that(draft)


def button(draft: Draft, name: str | None = None) -> Clause:
    return _click(draft, name or button_name(draft), CLICKED if draft.chance(0.06) else PRESSING, "button|button|button|icon")


def chosen(draft: Draft) -> Clause:
    return _click(
        draft, draft.pick(CHOICES) if draft.chance(0.5) else button_name(draft), CHOOSING, "option|entry|item|radio button|choice"
    )


def opened(draft: Draft, name: str | None = None) -> Clause:
    return _click(draft, name or draft.pick(MENUS), OPENING, "menu|menu|menu")


def tabbed(draft: Draft, name: str | None = None) -> Clause:
    return _click(draft, name or draft.pick(TABS), TABBING, "tab|tab|page")


def linked(draft: Draft) -> Clause:
    return _click(draft, button_name(draft), LINKING, "link")


def selected(draft: Draft) -> Clause:
    return _click(
        draft, draft.pick(ITEMS) if draft.chance(0.6) else texts.file_name(draft.rng), CHOOSING, "file|folder|entry|item|row|line"
    )


def not_that(draft: Draft) -> Clause:
    """Click one thing and leave another."""
    target = draft.label(button_name(draft))
    other = draft.label(button_name(draft))
    return Clause(spell(draft.rng, draft.pick(NEGATED), {"X": target, "Y": other}), [{"do": "click", "target": target}])


def qualified_click(draft: Draft, name: str) -> Clause:
    rng = draft.rng
    draw = rng.random()
    if draw < 0.72:
        written, target = qualified(draft, name, "button|button|link|option|tab|icon")
        verb = draft.pick(
            ("~click", "~click", "~click on", "~press", "~hit", "~choose", "~select", "~use", "~tap", "~pick", "~push", "~go for")
        )
        return Clause(f"{verb} {written}", [{"do": "click", "target": target}])
    x = draft.label(name)
    place = (
        draft.pick(PLACES)
        if draft.chance(0.7)
        else draft.pick(("under {Y}", "in the {Y} section", "in the {Y} dialog", "next to {Y}", "below {Y}")).replace(
            "{Y}", draft.label(draft.pick(TABS))
        )
    )
    verb = draft.pick(("~click", "~click on", "~press", "~choose", "~select", "~hit", "~use", "~pick"))
    return Clause(
        f"{place}{draft.pick((',', ',', ''))} {verb} {draft.pick(('', 'the '))}{x}{draft.role('button|link|option')}",
        [{"do": "click", "target": f"{x} {place}"}],
    )
