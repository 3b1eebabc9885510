"""What a planner may type though nobody says it: what a person showed under a goal in words, kept beside the adapter that learned it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from recordings.durable import SHARED, replace_synced
from vlm.adapters import TEXTS
from vlm.folder import CheckpointError, read_json


def texts_of(adapter: Path | None) -> tuple[str, ...]:
    """The texts that were shown, whole; none for an adapter that was taught by no one. Raises CheckpointError where they cannot be read."""
    if adapter is None or not os.path.isfile(adapter / TEXTS):
        return ()
    try:
        found = read_json(adapter / TEXTS)
    except OSError as error:
        raise CheckpointError(f"{adapter / TEXTS} is malformed ({error}): train or copy the adapter again") from error
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise CheckpointError(f"{adapter / TEXTS} is no list of texts: train or copy the adapter again")
    return tuple(found)


def write_texts(adapter: Path, texts: Sequence[str]) -> None:
    """Keep texts beside an adapter, once each; no file where there are none."""
    if texts:
        told = json.dumps(list(dict.fromkeys(texts)), ensure_ascii=False, indent=1)
        replace_synced(adapter / TEXTS, f"{told}\n".encode(), SHARED)
    else:
        (adapter / TEXTS).unlink(missing_ok=True)
