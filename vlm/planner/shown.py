"""What a planner may do though nobody says it: what a person showed under a goal in words, kept beside the adapter that learned it.

    file the invoice 8807      click Inbox, click Rechnung 8807, type paid      as it was shown for "file the invoice 2231":
                               click Inbox, click Rechnung 2231, type paid

What is shown stands there as steps, one a line of the list. A model that learned it may still make up others, and those are not done.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from recordings.durable import SHARED, replace_synced
from vlm.adapters import SHOWN
from vlm.folder import CheckpointError, read_json
from vlm.planner.plan import PlannedStep, PlanSyntaxError, parse_step
from vlm.planner.spoken import is_said, words_of


def shown_with(adapter: Path | None) -> tuple[PlannedStep, ...]:
    """The steps that were shown; none for an adapter that was taught by no one. Raises CheckpointError where they cannot be read."""
    if adapter is None or not os.path.isfile(adapter / SHOWN):
        return ()
    try:
        found = read_json(adapter / SHOWN)
    except OSError as error:
        raise CheckpointError(f"{adapter / SHOWN} is malformed ({error}): train or copy the adapter again") from error
    if not isinstance(found, list) or not all(isinstance(line, str) for line in found):
        raise CheckpointError(f"{adapter / SHOWN} is no list of steps: train or copy the adapter again")
    try:
        return tuple(parse_step(line) for line in found)
    except PlanSyntaxError as error:
        raise CheckpointError(f"{adapter / SHOWN} holds what is no step ({error}): train or copy the adapter again") from error


def write_shown(adapter: Path, steps: Sequence[PlannedStep]) -> None:
    """Keep steps beside an adapter, once each; no file where there are none."""
    if steps:
        told = json.dumps(list(dict.fromkeys(map(str, steps))), ensure_ascii=False, indent=1)
        replace_synced(adapter / SHOWN, f"{told}\n".encode(), SHARED)
    else:
        (adapter / SHOWN).unlink(missing_ok=True)


def is_shown(instruction: str, step: PlannedStep, shown: Sequence[PlannedStep]) -> bool:
    """Whether a step was shown: with other words in its target only where the instruction says them."""
    said = words_of(instruction)
    return any(
        (one.do, one.keys, one.text, one.value, one.direction) == (step.do, step.keys, step.text, step.value, step.direction)
        and _is_named(step.target, one.target, said)
        and _is_named(step.to, one.to, said)
        for one in shown
    )


def _is_named(target: str | None, shown: str | None, said: frozenset[str]) -> bool:
    if target is None or shown is None:
        return target is shown
    return all(is_said(word, said | words_of(shown)) for word in target.split())
