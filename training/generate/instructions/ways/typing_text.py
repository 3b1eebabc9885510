"""The ways to say what is to be typed where the cursor is. In templates: {T} a text."""

from __future__ import annotations

from training.generate.instructions import texts
from training.generate.instructions.draft import Clause, Draft
from training.generate.instructions.frames import spell

TYPING = (
    "(~type|~write|~enter|~input|~key in|~put in|~type in|~insert|~type out) {T}",
    "~type (|in )the (text|words|phrase|string|characters|following|line|sentence)(|:) {T}",
    "~type (|in )(text|words|phrase|string|characters|following|line|sentence): {T}",
    "(~type|~write|~enter)(:| :| -) {T}",
    "~type {T} (there|in there|here|in|into it|in it|out)",
    "~put {T} (there|in there|in|in it|into it|here)",
    "~write {T} (there|into it|in it|down|here)",
    "~enter {T} (there|in it|as text|as the text|as the value|here)",
    "~fill in {T}",
    "~use the keyboard to (type|enter|write) {T}",
    "with the keyboard(,|) ~type {T}",
    "~let the text be {T}",
    "~add (|the text |the words |the line ){T}",
    "~supply {T}",
    "~punch in {T}",
    "~tap in {T}",
    "~spell out {T}",
    "~have it say {T}",
    "~make it (say|read) {T}",
    "~provide {T}",
    "~give {T}(| as the answer| as the value)",
    "~type exactly(| this)(|:) {T}",
    "~type (this|the following|what follows)(|:) {T}",
    "~write the (word|words|text|line) {T}",
    "~start typing {T}",
    "~begin to type {T}",
    "(~type|~enter|~write) the (number|value|name|date|address|code|title|sentence|amount|password|file name|search term|command) {T}",
    "(~type|~write|~enter) {T}(, but don't press Enter| but do not press enter| without pressing Enter|, no Enter| and nothing else| and leave it at that|, don't send it)",
)
TYPED = (
    "the text (should be|is|to type is|to enter is) {T}",
    "it should (say|read) {T}",
    "what (I want|you should) (typed|type|written|write) is {T}",
    "(the value|its value) is {T}",
    "(I want|I need|we need) {T} (typed|written|entered)(| there| in there| here)",
)


def typing(draft: Draft, given: str | None = None) -> Clause:
    rng = draft.rng
    if given is None and rng.random() < 0.06:
        return typed_lines(draft)
    whole = rng.random() < 0.1
    templates = TYPED if whole else TYPING
    template = draft.pick(templates) if draft.chance(0.55) else "(~type|~type|~write|~enter|~type in) {T}"
    t = draft.text(given or texts.any_text(rng), closed="{T} " in template)
    text = spell(rng, template, {"T": t})
    return Clause(text, [{"do": "type", "text": t}], whole=whole and template in TYPED)


def typed_lines(draft: Draft) -> Clause:
    rng = draft.rng
    text = texts.lines(rng)
    if rng.random() < 0.5:
        t = draft.exact(text)
        opening = spell(
            rng,
            "(~type|~write|~enter|~put in) (the following|this|these lines|the following lines|the text below|the following text|exactly this|this text)(:|:|)",
            {},
        )
        return Clause(f"{opening}\n{t}", [{"do": "type", "text": t}], last=True)
    left, right = draft.style.quotes
    if left in text or right in text:
        left, right = '"', '"'
    written = draft._slot(text, f"{left}{text}{right}")
    return Clause(spell(rng, "(~type|~write|~enter|~insert) {T}", {"T": written}), [{"do": "type", "text": written}])
