"""Which adapters there are to choose from, and putting another one onto a model that is already loaded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agent.settings import Settings
from recordings.store import default_root
from vlm.endpoint import is_endpoint

if TYPE_CHECKING:
    from agent.protocols import Policy

FOLDER = "adapters"
"""Beside the episodes: each folder in it that holds an adapter can be chosen."""


def find_adapters(settings: Settings) -> list[Path]:
    """The adapters beside the one that the settings name, and those in the user's data folder, by name; none for a server's model."""
    from vlm.folder import ADAPTER_CONFIG as CONFIG

    if is_endpoint(settings.model):
        return []
    places = [default_root().parent / FOLDER, *([settings.adapter.absolute().parent] if settings.adapter is not None else [])]
    found: dict[Path, Path] = {}
    for place in places:
        for path in sorted(place.glob(f"*/{CONFIG}")):
            found.setdefault(path.parent.resolve(), path.parent)
    return list(found.values())


def next_adapter(found: Sequence[Path], now: Path | None) -> Path | None:
    """The one after the present one; None, which is the model itself, comes after the last."""
    order: list[Path | None] = [None, *found]
    resolved = [None if one is None else one.resolve() for one in order]
    here = resolved.index(now.resolve()) if now is not None and now.resolve() in resolved else 0
    return order[(here + 1) % len(order)]


def switch_adapter(policy: Policy, adapter: Path | None) -> bool:
    """Put an adapter, or none, onto the model that a policy asks. False where the model is not one that runs here.

    Raises:
        CheckpointError: the adapter is damaged or does not fit; the model is then without any.
    """
    from vlm.adapters import switch
    from vlm.engine import VisionLanguageModel

    model = getattr(policy, "model", None)
    if not isinstance(model, VisionLanguageModel):
        return False
    switch(model, adapter)
    return True
