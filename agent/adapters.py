"""Which adapters there are to choose from, what is loaded of one, and putting another one onto a model that is already loaded."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.folder import make_folder, remove_abandoned, remove_folder
from agent.settings import Settings
from recordings import foreign
from recordings.errors import DeskhandError
from recordings.provenance import WEIGHTS_BYTES, digests, effective, is_shipped
from recordings.store import default_root
from vlm.endpoint import is_endpoint

if TYPE_CHECKING:
    from agent.protocols import Policy

FOLDER = "adapters"
"""Beside the episodes: each folder in it that holds an adapter can be chosen."""


@dataclass(frozen=True)
class AdapterCopy:
    """What is loaded of an adapter: its files as they were hashed, where nobody else can put others in their place.

    Attributes:
        source: the adapter's own folder.
        digests: SHA-256 of each file, by name.
    """

    source: Path
    folder: Path
    digests: dict[str, bytes]


def copy_adapter(source: Path | None, last: AdapterCopy | None = None) -> AdapterCopy | None:
    """A copy of an adapter's files, or `last` where it still holds what lies there; None for no adapter, and for one that is shipped.

    Raises:
        CheckpointError: no adapter lies there, or it cannot be read.
    """
    from vlm.adapters import EFFECTIVE
    from vlm.folder import CheckpointError

    if source is None or (is_shipped(source) and source.absolute() == source.resolve()):  # a link may lead elsewhere in a moment
        return None
    try:
        if last is not None and last.source == source and digests(source, EFFECTIVE) == last.digests:
            return last
        remove_abandoned()
        held, lock = make_folder()
        copied = AdapterCopy(source, held / source.absolute().name, {})
        weakref.finalize(copied, remove_folder, held, lock)  # once nobody needs it, or the process ends
        copied.folder.mkdir()
        for name in effective(source, EFFECTIVE):
            copied.digests[name] = foreign.copy_below(source, name, copied.folder / name, WEIGHTS_BYTES)
        return copied
    except FileNotFoundError as error:
        raise CheckpointError(f"{source} is no adapter: a file of it is missing; give the folder that `deskhand train` wrote") from error
    except OSError as error:
        raise CheckpointError(f"the adapter {source} cannot be read ({error.strerror or error})") from error


@contextmanager
def told_by_source(copied: AdapterCopy | None) -> Iterator[None]:
    """While this is open, what is wrong with a copy is said of the folder that it was made of."""
    try:
        yield
    except DeskhandError as error:
        if copied is None:
            raise
        raise type(error)(str(error).replace(str(copied.folder), str(copied.source))) from error


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
