"""The ways to say which keys are to be pressed. In templates: {K} keys."""

from __future__ import annotations

from training.generate.instructions.draft import Clause, Draft
from training.generate.instructions.frames import spell
from training.generate.instructions.keys import NAMED, any_keys, spelled
from training.generate.instructions.ways.names import times

PRESSING_KEYS = (
    "(~press|~hit|~push|~tap|~use|~strike) {K}",
    "~press (|down )(|the keys |the key combination |the shortcut |the hotkey |the combination ){K}",
    "(~press|~hit|~do|~send|~type|~use|~try) {K} (on|with) the keyboard",
    "~use the (shortcut|keyboard shortcut|hotkey|key combination|keystroke|keys) {K}",
    "~do (|a |the ){K}",
    "~give it (|a ){K}",
    "~send (|a |the keys ){K}",
    "~press {K} (once|one time)",
    "with the keyboard(,|) ~press {K}",
    "~make use of {K}",
    "~apply {K}",
    "~invoke {K}",
    "~execute {K}",
    "~press {K} (quickly|briefly|together|at the same time|simultaneously)",
    "~follow (up |)with {K}",
    "~tap the keys {K}",
    "~trigger {K}",
    "~hit {K} (on your keyboard|on the keyboard|for me)",
    "~finish (off |)with {K}",
    "~confirm with {K}",
    "~use {K} (for that|to do that|to do so|for it)",
    "~perform {K}",
    "~punch {K}",
    "~enter the (shortcut|key combination) {K}",
)
PRESSED_KEYS = (
    "{K} (comes next|is next|should be pressed|must be pressed|has to be pressed|does the rest|does it|will do)",
    "the (shortcut|hotkey|key) is {K}",
    "I want {K} pressed",
    "(now|next|then|and) {K}",
    "keys: {K}",
    "shortcut: {K}",
)
PURPOSES = (
    ("Ctrl+C", "(~copy) (it|that|this|the selection|the text|everything selected|the result) (with|using|by|by pressing|via|through) {K}"),
    ("Ctrl+V", "~paste(| it| that| the text| it in| it there| the clipboard) (with|using|by|by pressing|via) {K}"),
    ("Ctrl+X", "~cut (it|that|the text|the selection|it out) (with|using|by pressing|via) {K}"),
    ("Ctrl+S", "~save(| it| the file| the document| everything| your work| the changes) (with|using|by|by pressing|via) {K}"),
    ("Ctrl+A", "~select (all|everything|all the text|the whole text|it all) (with|using|by pressing|via) {K}"),
    ("Alt+F4", "~close (it|the window|the program|the application|this) (with|using|by|by pressing|via) {K}"),
    ("Ctrl+Z", "~undo(| it| that| this| the last change) (with|using|by pressing|via) {K}"),
    ("Enter", "(~confirm|~accept|~finish|~submit|~send|~start)(| it| this| that) (with|by|by pressing|by hitting|using) {K}"),
    (
        "Escape",
        "(~cancel|~abort|~leave|~dismiss|~close)(| it| this| that| the dialog| the menu) (with|by|by pressing|by hitting|using) {K}",
    ),
    ("Ctrl+F", "~open the search (bar |box |)(with|using|by pressing) {K}"),
    ("Alt+Left", "~go back (with|using|by pressing) {K}"),
    ("Tab", "(~move|~go|~jump) (on |)to the next (field|box|input|one) (with|using|by pressing|via) {K}"),
    ("Ctrl+T", "~open a new tab (with|using|by pressing|via) {K}"),
    ("Ctrl+N", "~open a new (window|document|file) (with|using|by pressing) {K}"),
    ("Ctrl+P", "~print(| it| the page) (with|using|by pressing) {K}"),
    ("Ctrl+W", "~close the tab (with|using|by pressing) {K}"),
    ("F5", "(~reload|~refresh)(| it| the page| the list) (with|using|by pressing) {K}"),
    ("Delete", "(~remove|~delete|~erase) (it|that|the selection|this|the text) (with|using|by pressing) {K}"),
    ("F2", "~rename it (with|using|by pressing) {K}"),
    ("F11", "~go full screen (with|using|by pressing) {K}"),
    ("Ctrl+Q", "~quit (|it |the program )(with|using|by pressing|via) {K}"),
)


def press(draft: Draft, given: str | None = None) -> Clause:
    rng = draft.rng
    draw = rng.random() if given is None else 0.3 + 0.7 * rng.random()
    if draw < 0.14:
        keys, template = rng.choice(PURPOSES)
        k = draft.key(keys, spelled(rng, keys))
        return Clause(spell(rng, template, {"K": k}), [{"do": "press", "keys": k}])
    keys = given or any_keys(rng)
    k = draft.key(keys, spelled(rng, keys))
    if draw < 0.26:
        count = rng.choice((2, 2, 3, 3, 4, 5, 6))
        return Clause(
            f"{draft.pick(('~press', '~hit', '~tap', '~push', '~use'))} {k} {times(draft, count)}",
            [{"do": "press", "keys": k}] * count,
        )
    if "+" in keys and not keys.endswith("++") and keys.count("+") == 1 and draw < 0.34:
        modifier, last = keys.split("+")
        draft.slots.pop()
        said = {"Ctrl": "ctrl", "Alt": "alt", "Shift": "shift", "Super": "the Windows key"}[modifier]
        final = rng.choice(NAMED[last]) if last in NAMED else rng.choice((last, last.lower()))
        written = spell(
            rng,
            "(~hold|~hold down|~keep) (|the ){M}(| key) (|down |pressed )and (~press|~hit|~tap|~type) {L}",
            {"M": said.removeprefix("the "), "L": final},
        )
        return Clause(written, [{"do": "press", "keys": keys}])
    if draw < 0.42 and given is None:
        several = [k, *[draft.key(more, spelled(rng, more)) for more in (any_keys(rng) for _ in range(rng.choice((1, 1, 2))))]]
        return Clause(
            f"{draft.pick(('~press', '~hit', '~use', '~do'))} {', '.join(several[:-1])}{draft.pick((' and ', ' and then ', ', then ', ' then ', ' followed by '))}{several[-1]}",
            [{"do": "press", "keys": one} for one in several],
        )
    whole = draw > 0.93
    return Clause(
        spell(rng, draft.pick(PRESSED_KEYS if whole else PRESSING_KEYS) if draft.chance(0.7) else "(~press|~press|~hit) {K}", {"K": k}),
        [{"do": "press", "keys": k}],
        whole=False,
    )
