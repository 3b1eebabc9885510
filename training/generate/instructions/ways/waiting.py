"""The ways to say that something is to be waited for. In templates: {S} a time."""

from __future__ import annotations

from training.beside import beside
from training.generate.instructions.draft import Clause, Draft

SAID = beside(__file__)


def wait(draft: Draft) -> Clause:
    rng = draft.rng
    if rng.random() < 0.38:
        return Clause(draft.said(SAID["waiting_some"]), [{"do": "wait"}])
    seconds: float = rng.choice((1, 2, 2, 3, 3, 4, 5, 5, 5, 6, 8, 10, 10, 12, 15, 20, 30, 45, 60, 0.5, 1.5, 2.5, 7, 25))
    said = f"{seconds:g} {'second' if seconds == 1 else 'seconds'}"
    if seconds in SAID["counted"] and rng.random() < 0.35:
        said = f"{SAID['counted'][int(seconds)]} {'second' if seconds == 1 else 'seconds'}"
    elif rng.random() < 0.3:
        said = f"{seconds:g}{draft.pick((' s', 's', ' sec', ' secs', 'sec'))}"
    if seconds == 60 and rng.random() < 0.6:
        said = draft.pick(("a minute", "one minute", "1 minute", "a whole minute", "1 min"))
    if seconds == 30 and rng.random() < 0.4:
        said = draft.pick(("half a minute", "30 seconds"))
    if seconds == 0.5 and rng.random() < 0.5:
        said = "half a second"
    if seconds == 1 and rng.random() < 0.4:
        said = "a second"
    return Clause(draft.said(SAID["waiting"], S=said), [{"do": "wait", "seconds": seconds}])
