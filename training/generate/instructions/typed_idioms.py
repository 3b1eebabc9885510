"""What is typed, where its end or its sense is hard to tell: apostrophes and commas, addresses, keys between texts, a text said before
it is asked for."""

from __future__ import annotations

from training.beside import beside
from training.generate.instructions import steps as say
from training.generate.instructions import texts
from training.generate.instructions.draft import Clause, Draft, Step
from training.generate.instructions.keys import NAMED
from training.generate.instructions.parts import chained, click, press, set_, type_
from training.generate.instructions.procedures import procedure

SAID = beside(__file__)


def lively(draft: Draft) -> str:
    """A text with apostrophes, commas and full stops in it, or with words that mean something else outside quotes."""
    if draft.chance(0.5):
        return draft.pick(SAID["more"])
    text = (
        draft.pick(SAID["subjects"])
        + draft.pick(("'s", " is", "'s not", " wasn't", " isn't", "'ll be"))
        + " "
        + draft.pick(SAID["predicates"])
        + draft.pick(SAID["tags"])
    )
    return text[0].upper() + text[1:] if draft.chance(0.4) else text


def punctuated(draft: Draft) -> Clause:
    """Such a text typed, between quotes mostly, and something after it."""
    text = lively(draft)
    plain = not set(text) & set(",;.:!?") and " and " not in text and " then" not in text
    t = draft.text(text) if plain else draft._slot(text, draft._quoted(text))
    head = Clause(draft.said("(~type|~type|~write|~enter|~type in|~put in|~insert|~add) {T}", T=t), [type_(t)])
    if draft.chance(0.2):
        f = draft.label(
            say.field_name(draft) if draft.chance(0.5) else draft.pick(("Message", "Subject", "Comment", "Notes", "Title", "Reply"))
        )
        head = Clause(draft.said("(~type|~write|~enter|~put) {T} (in|into) (|the ){F}(| field| box)", T=t, F=f), [click(f), type_(t)])
    if draft.chance(0.2):
        everything = Clause(draft.said("(~select all|~select everything|~mark everything)"), press("Ctrl+A"))
        return chained(draft, [everything, Clause(draft.said("~delete it"), press("Delete")), head])
    after = draft.rng.choice((None, "new line", "save", "print", "new paragraph", "button", "press"))
    if after is None:
        return head
    made = say.button(draft) if after == "button" else say.press(draft, "Enter") if after == "press" else procedure(draft, after)
    if made.whole:
        return head
    return chained(draft, [head, made])


def address(draft: Draft) -> Clause:
    """An address typed where addresses go, and gone to."""
    one = texts.long_address(draft.rng)
    t = draft.exact(one) if draft.chance(0.7) else draft._slot(one, draft._quoted(one))
    f = draft.exact(draft.pick(SAID["address_fields"]))
    if draft.chance(0.25):
        text = draft.said("(~go to|~open|~visit|~load|~take me to|~browse to|~show me) {T}", T=t)
        return Clause(text, [*press("Ctrl+L"), type_(t), *press("Enter")])
    head = draft.said(SAID["addressed"], T=t, F=f)
    after = draft.said("(~go there|~go to it|~open it|~load it|~visit it|~go|~press enter|~hit Enter|~load the page|~confirm)")
    return chained(draft, [Clause(head, [click(f), type_(t)]), Clause(after, press("Enter"))])


def keyed_texts(draft: Draft) -> Clause:
    """Texts and the keys between them: "type 'a' enter 'b' enter"."""
    marks = draft.pick(('""', "''", "''", "“”", "``", "«»")) if draft.chance(0.85) else ""
    left, right = marks[:1], marks[1:]
    words: list[str] = []
    steps: list[Step] = []
    for number in range(draft.rng.choice((1, 2, 2, 3, 3, 4))):
        text = draft.pick(SAID["commands"]) if draft.chance(0.6) else texts.word(draft.rng) if not left else texts.any_text(draft.rng)
        if (left and (left in text or right in text)) or "\n" in text:
            text = "x"
        t = draft._slot(text, f"{left}{text}{right}")
        key = draft.pick(("Enter", "Enter", "Enter", "Tab", "Tab", "Down", "Escape"))
        k = draft.key(key, draft.pick(tuple(name for name in NAMED[key] if not name.startswith("the ") and " " not in name)))
        words += [draft.pick(("", "", "type ", "then ")) + t if number else t, k]
        steps += [type_(t), *press(k)]
    if draft.chance(0.25) and len(steps) > 1:
        words, steps = words[:-1], steps[:-1]
    return Clause(f"~type {draft.pick((' ', ' ', ', ', ' + ')).join(words)}", steps)


def bare_keys(draft: Draft) -> Clause:
    """Keys by their names alone, or with how often: "page down twice, then end"."""
    parts: list[Clause] = []
    for _ in range(draft.rng.choice((1, 2, 2, 3, 3))):
        key = draft.pick(SAID["bare_keys"])
        k = draft.key(key, draft.pick(tuple(name for name in NAMED[key] if len(name) > 1 and not name.startswith("the "))))
        count = draft.rng.choice((1, 1, 2, 2, 3, 4))
        said = f"{draft.pick(('', '', '~press ', '~hit '))}{k}" + (f" {say.times(draft, count)}" if count > 1 else "")
        parts.append(Clause(said, press(k) * count))
    return chained(draft, parts)


def told_before(draft: Draft) -> Clause:
    """A text that is said first and asked for later, by a word that stands for it."""
    text = lively(draft) if draft.chance(0.5) else texts.sentence(draft.rng)
    t = draft._slot(text, draft._quoted(text))
    opener = draft.label(draft.pick(SAID["openers"]))
    button = draft.label(draft.pick(("Send", "Send", "Post", "Submit", "Publish", "Save", "OK")))
    said = draft.said(draft.pick(SAID["told_before"]).replace("{IT}", SAID["it"]), T=t, A=opener, B=button)
    return Clause(said, [click(opener), type_(t), click(button)], whole=True)


def in_its_place(draft: Draft) -> Clause:
    t, u = (
        draft.text(draft.rng.choice((texts.word, texts.word, texts.person, texts.city, texts.number))(draft.rng), closed=True)
        for _ in range(2)
    )
    steps = [*press("Ctrl+H"), type_(t), *press("Tab"), type_(u), click("Replace All")]
    return Clause(draft.said(SAID["in_its_place"], T=t, U=u), steps)


def signs(draft: Draft) -> Clause:
    """A single sign, or little more, as a field's value."""
    f = draft.label(draft.pick(SAID["sign_fields"]))
    sign = draft.pick(SAID["signs"])
    t = draft._slot(sign, draft._quoted(sign) if draft.chance(0.4) else sign)
    text = draft.said(SAID["sign_set"], F=f, T=t)
    parts: list[Clause] = [Clause(text, [click(f), type_(t)])]
    if draft.chance(0.6):
        x = draft.label(say.option_name(draft))
        parts.insert(0, Clause(draft.said("(~tick|~check|~enable|~turn on) {X}", X=x), [set_(x, "on")]))
    if draft.chance(0.3):
        b = draft.label(draft.pick(("Export", "OK", "Import", "Save", "Apply", "Next")))
        one = chained(draft, parts)
        return Clause(
            draft.said("(~press|~click|~hit) {B} (only |)(after|once|when) you('ve| have) ", B=b).replace("{B}", b) + one.inflected("done"),
            [*one.steps, click(b)],
        )
    return chained(draft, parts)
