"""Instructions that a plan cannot say before the screen is seen, or at all: sets that nobody listed, keys held over a click, functions of a
calculator, changes to what is on a page, and texts that nobody tells."""

from __future__ import annotations

from training.beside import beside
from training.generate.instructions import steps as say
from training.generate.instructions import texts
from training.generate.instructions.draft import Draft, Step
from training.generate.instructions.words import COMMON, ITEMS

SAID = beside(__file__)


def unplannable(draft: Draft) -> tuple[str, list[Step]]:
    """One of them: there is no honest plan."""
    rng = draft.rng
    group = rng.choices((SAID["sets"], SAID["held"], SAID["functions"], SAID["changes"], SAID["untold"]), (24, 12, 14, 34, 16))[0]
    places = {
        "X": draft.label(draft.pick(COMMON) if draft.chance(0.5) else draft.pick(ITEMS)),
        "Y": draft.label(draft.pick(COMMON)),
        "T": draft.exact(rng.choice((texts.word, texts.noun_phrase, texts.city))(rng)),
        "P": draft.exact(texts.person(rng)),
        "F": draft.label(say.field_name(draft)),
        "N": draft.exact(str(rng.randint(2, 10 ** rng.randint(1, 4)))),
        "M": draft.exact(str(rng.randint(2, 20))),
    }
    said = draft.said(group, **places)
    draw = rng.random()
    if draw < 0.25:
        said = draft.said(SAID["politely"], G=said)
    return said + ("." if draw > 0.75 and said[-1:] not in ".?" else ""), []
