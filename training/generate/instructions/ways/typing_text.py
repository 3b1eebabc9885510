"""The ways to say what is to be typed where the cursor is. In templates: {T} a text."""

from __future__ import annotations

from training.beside import beside
from training.generate.instructions import texts
from training.generate.instructions.draft import Clause, Draft
from training.generate.instructions.parts import type_

SAID = beside(__file__)


def typing(draft: Draft, given: str | None = None) -> Clause:
    rng = draft.rng
    if given is None and rng.random() < 0.06:
        return typed_lines(draft)
    whole = rng.random() < 0.1
    templates = SAID["typed"] if whole else SAID["typing"]
    template = draft.pick(templates) if draft.chance(0.55) else "(~type|~type|~write|~enter|~type in) {T}"
    t = draft.text(given or texts.any_text(rng), closed="{T} " in template)
    text = draft.said(template, T=t)
    return Clause(text, [type_(t)], whole=whole and template in SAID["typed"])


def typed_lines(draft: Draft) -> Clause:
    rng = draft.rng
    text = texts.lines(rng)
    if rng.random() < 0.5:
        t = draft.exact(text)
        opening = draft.said(
            "(~type|~write|~enter|~put in) (the following|this|these lines|the following lines|the text below|the following text|exactly this|this text)(:|:|)"
        )
        return Clause(f"{opening}\n{t}", [type_(t)], last=True)
    left, right = draft.style.quotes
    if left in text or right in text:
        left, right = '"', '"'
    written = draft._slot(text, f"{left}{text}{right}")
    return Clause(draft.said("(~type|~write|~enter|~insert) {T}", T=written), [type_(written)])
