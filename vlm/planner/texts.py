"""What a planner may type though nobody says it: what a person showed under a goal in words, kept beside the adapter that learned it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from vlm.folder import CheckpointError

TEXTS = "texts.json"


def texts_of(adapter: Path | None) -> tuple[str, ...]:
    """The texts that were shown, whole; none for an adapter that was taught by no one. Raises CheckpointError where they cannot be read."""
    if adapter is None or not (adapter / TEXTS).is_file():
        return ()
    try:
        found = json.loads((adapter / TEXTS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{adapter / TEXTS} is malformed ({error}): train or copy the adapter again") from error
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise CheckpointError(f"{adapter / TEXTS} is no list of texts: train or copy the adapter again")
    return tuple(found)


def write_texts(adapter: Path, texts: Sequence[str]) -> None:
    """Keep texts beside an adapter, once each; no file where there are none."""
    if texts:
        (adapter / TEXTS).write_text(json.dumps(list(dict.fromkeys(texts)), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    else:
        (adapter / TEXTS).unlink(missing_ok=True)
