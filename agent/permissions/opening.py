"""The permissions of a run: the user's own manifest, or a file that was named for it, which is not trusted unseen."""

from __future__ import annotations

import hashlib
from pathlib import Path

from agent.consent import Agreeing, require
from agent.permissions.effective import Permissions
from agent.permissions.manifest import Manifest
from agent.permissions.storing import keep, manifest_data, own_path, parse_manifest, read_own
from agent.settings import ApprovalMode, DesktopKind, Settings


def permissions_for(settings: Settings, kind: DesktopKind, person: Agreeing | None) -> Permissions:
    """What a run on such a desktop may see and do. Raises as `open_permissions` does."""
    from vlm.reading.networks import why_unread

    own = kind == "virtual" and settings.approval_on(kind) is ApprovalMode.NONE
    made = open_permissions(settings.permissions, person, own_desktop=own)
    made.unread = why_unread()
    return made


def open_permissions(chosen: Path | None, person: Agreeing | None, *, own_desktop: bool = False) -> Permissions:
    """What a run may see and do.

    Args:
        chosen: a file that holds instead of the user's own; what that one says is never to be touched holds all the same.
        person: agrees to a file that was not made here.
        own_desktop: as for `Permissions`.

    Raises:
        DeskhandError: a manifest is wrong, or nobody agreed to it.
    """
    own = read_own()
    if chosen is None or chosen.expanduser().resolve() == own_path().resolve():
        return Permissions(own, source=str(own_path()) if own is not None else "", own_desktop=own_desktop, keep=keep)
    chosen = chosen.expanduser()
    data = manifest_data(chosen)
    manifest = parse_manifest(data.decode("utf-8"), chosen)
    made = Permissions(_with_never(manifest, own), source=str(chosen), own_desktop=own_desktop, keep=keep)
    require(person, "permissions file", chosen, ["With it:", *made.lines()], read={chosen.name: hashlib.sha256(data).digest()})
    return made


def _with_never(manifest: Manifest, own: Manifest | None) -> Manifest:
    if own is None:
        return manifest
    return manifest.model_copy(update={"never": (*manifest.never, *(where for where in own.never if where not in manifest.never))})
