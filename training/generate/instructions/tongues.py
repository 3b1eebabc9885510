"""Plain orders in German, French and Spanish."""

from __future__ import annotations

from training.beside import beside
from training.generate.instructions import steps as say
from training.generate.instructions import texts
from training.generate.instructions.draft import Clause, Draft, Step
from training.generate.instructions.parts import click, press, type_

SAID = beside(__file__)


def foreign(draft: Draft) -> Clause:
    """Plain orders in German, French or Spanish, labels and texts in quotes."""
    tongue = draft.pick(("de", "fr", "es"))
    orders, labels = SAID["orders"][tongue], SAID["labels"][tongue].split("|")
    parts: list[Clause] = []
    for _ in range(draft.rng.choice((1, 2, 2, 2, 3, 4))):
        kind = draft.pick(("click", "click", "click", "click", "type", "press", "on", "off", "double"))
        if kind == "type":
            t = draft._slot(text := texts.any_text(draft.rng), draft._quoted(text))
            said = draft.said(orders["type"], T=t)
            parts.append(
                Clause(
                    said if tongue == "de" and said.startswith("gib") and said.endswith(" ein") else said.removesuffix(" ein"), [type_(t)]
                )
            )
        elif kind == "press":
            key = draft.pick(("Enter", "Enter", "Ctrl+S"))
            k = draft._slot(key, draft.pick(SAID["keys"][tongue][key].split("|")))
            parts.append(Clause(draft.said(orders["press"], K=k).replace("die Taste die", "die"), press(k)))
        else:
            x = draft.label(
                draft.pick(labels) if kind == "click" and draft.chance(0.8) else say.option_name(draft), quoted=draft.chance(0.92)
            )
            step: Step = {"do": "set", "value": kind, "target": x}
            if kind in ("click", "double"):
                step = click(x) if kind == "click" else {"do": "double_click", "target": x}
            parts.append(Clause(draft.said(orders[kind], X=x), [step]))
    text = draft.pick(orders["polite"].split("|")) + parts[0].text
    for part in parts[1:]:
        text += draft.pick(orders["join"].split("|")) + part.text
    return Clause(text, [step for part in parts for step in part.steps], whole=True)
