"""Turns of speech in which one thing is spoken of twice, or one sentence fills in several: “turn it off and on again”, “Large for the size”."""

from __future__ import annotations

from training.beside import beside
from training.generate.instructions import steps as say
from training.generate.instructions import texts
from training.generate.instructions.draft import Clause, Draft, Step
from training.generate.instructions.parts import chained, click, enumerated, press, pressed, set_, type_
from training.generate.instructions.words import TABS

SAID = beside(__file__)


def chosen_for(draft: Draft) -> Clause:
    """Values for several lists of choices: each list is opened, and its value taken."""
    chosen = draft.rng.sample(SAID["offered"], draft.rng.choice((1, 1, 2, 2, 3)))
    pairs = [(draft.label(name), draft.label(draft.pick(values))) for name, values in chosen]
    pattern = draft.pick(SAID["chosen_patterns"])
    listed = [draft.said(pattern, V=value, N=name) for name, value in pairs]
    said = enumerated(draft, listed, (", ", " and ", " and "))
    text = draft.said("(~pick|~choose|~select|~take|~go for|~use)(|:) {S}", S=said) if ":" not in pattern else f"~choose {said}"
    return Clause(text, [step for name, value in pairs for step in (click(name), click(value))])


def there_and_back(draft: Draft) -> Clause:
    """Something set, and set back later, spoken of as “it”."""
    x, on = draft.label(say.option_name(draft)), draft.chance(0.5)
    word, back = ("on", "off") if on else ("off", "on")
    first = Clause(draft.said(f"(~turn {{X}} {word}|~switch {{X}} {word}|~turn {word} {{X}}|~switch {word} {{X}})", X=x), [set_(x, word)])
    middle = draft.rng.choice((say.button, say.wait, say.press))(draft)
    last = Clause(draft.said(f"(~turn|~switch) it (back |){back}(| again)"), [set_(x, back)])
    parts = [first, last] if middle.whole or middle.last or draft.chance(0.3) else [first, middle, last]
    return chained(draft, parts)


def pasted_into(draft: Draft) -> Clause:
    """Copied here, pasted into a field."""
    f = draft.label(say.field_name(draft))
    copied, keys = draft.rng.choice(SAID["copied"])
    pasted = draft.said("(~paste it|~paste that|~paste the text|~put it|~insert it) (into|in) (|the ){F}(| field| box)", F=f)
    return chained(draft, [Clause(draft.said(copied), press(*keys)), Clause(pasted, [click(f), *press("Ctrl+V")])])


def said_before(draft: Draft) -> Clause:
    """A value told first, and its field named afterwards."""
    f, t = (
        draft.label(say.field_name(draft)),
        draft.text(draft.rng.choice((texts.word, texts.number, texts.email, texts.person, texts.code))(draft.rng)),
    )
    head = draft.said(SAID["told_first"], T=t)
    tail = draft.said("(~put|~type|~enter|~write) (it|that|this) (into|in) (|the ){F}(| field| box)", F=f)
    text = head + draft.pick((", ", "; ", ". ", ", so ", ", please ")) + tail
    after = (
        pressed(draft, draft.pick(("OK", "Unlock", "Next", "Continue", "Search", "Apply", "Go", "Log in"))) if draft.chance(0.5) else None
    )
    steps: list[Step] = [click(f), type_(t), *(after.steps if after else ())]
    return Clause(text + (draft.pick((" and ", ", then ", ", and ")) + after.text if after else ""), steps, whole=True)


def by_number(draft: Draft) -> Clause:
    """A tab, row or entry by its place."""
    which = draft.pick(SAID["places"])
    thing = draft.pick(("tab", "tab", "tab", "row", "entry", "result", "item", "link", "message", "file", "picture", "line", "option"))
    verb = "~go to|~switch to|~change to|~open|~click|~select" if thing == "tab" else "~click|~select|~choose|~open|~pick|~take|~go to"
    return Clause(draft.said(f"({verb}) the {which} {thing}"), [click(f"{which} {thing}")])


def closed_by_name(draft: Draft) -> Clause:
    """Something taken in a dialog, which is then closed with its button."""
    made = draft.rng.choice((say.tabbed, say.chosen, say.set_one))(draft)
    way = say.menu_path(draft)
    parts: list[Clause] = [one for one in (way, made) if not (one.whole or one.last)]
    if draft.chance(0.6):
        x = draft.label(draft.pick(TABS))
        parts.append(Clause(draft.said("(~pick|~choose|~select|~take) {X}", X=x), [click(x)]))
    name = draft.exact(draft.pick(("close", "Close", "cancel", "apply", "ok", "OK", "save", "done", "next")))
    return chained(draft, [*parts, Clause(draft.said("(|~click |~press |~hit |~finish with |~end with ){X}", X=name), [click(name)])])
