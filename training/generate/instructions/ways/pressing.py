"""The ways to say which keys are to be pressed. In templates: {K} keys."""

from __future__ import annotations

from training.beside import beside
from training.generate.instructions import parts
from training.generate.instructions.draft import Clause, Draft
from training.generate.instructions.keys import NAMED, any_keys, spelled
from training.generate.instructions.ways.names import times

SAID = beside(__file__)


def press(draft: Draft, given: str | None = None) -> Clause:
    rng = draft.rng
    draw = rng.random() if given is None else 0.3 + 0.7 * rng.random()
    if draw < 0.14:
        keys, template = rng.choice(SAID["purposes"])
        k = draft.key(keys, spelled(rng, keys))
        return Clause(draft.said(template, K=k), parts.press(k))
    keys = given or any_keys(rng)
    k = draft.key(keys, spelled(rng, keys))
    if draw < 0.26:
        count = rng.choice((2, 2, 3, 3, 4, 5, 6))
        return Clause(draft.said("(~press|~hit|~tap|~push|~use) {K} {N}", K=k, N=times(draft, count)), parts.press(k) * count)
    if "+" in keys and not keys.endswith("++") and keys.count("+") == 1 and draw < 0.34:
        modifier, last = keys.split("+")
        draft.slots.pop()
        said = {"Ctrl": "ctrl", "Alt": "alt", "Shift": "shift", "Super": "the Windows key"}[modifier]
        final = rng.choice(NAMED[last]) if last in NAMED else rng.choice((last, last.lower()))
        written = draft.said(
            "(~hold|~hold down|~keep) (|the ){M}(| key) (|down |pressed )and (~press|~hit|~tap|~type) {L}",
            M=said.removeprefix("the "),
            L=final,
        )
        return Clause(written, parts.press(keys))
    if draw < 0.42 and given is None:
        several = [k, *[draft.key(more, spelled(rng, more)) for more in (any_keys(rng) for _ in range(rng.choice((1, 1, 2))))]]
        listing = parts.enumerated(draft, several, (" and ", " and then ", ", then ", " then ", " followed by "))
        return Clause(draft.said("(~press|~hit|~use|~do) {L}", L=listing), parts.press(*several))
    wordings = SAID["pressed_keys" if draw > 0.93 else "pressing_keys"] if draft.chance(0.7) else "(~press|~press|~hit) {K}"
    return Clause(draft.said(wordings, K=k), parts.press(k))
