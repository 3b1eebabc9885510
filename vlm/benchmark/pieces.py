"""Large files in pieces that travel where only small ones do: `cat FILE.00 FILE.01 … > FILE` puts them together, and so does `join`."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

PIECE = 16 * 2**20
"""Bytes."""


def cut(path: Path, piece: int = PIECE) -> list[str]:
    """Replace a file of more than `piece` bytes by its pieces, `NAME.00` and so on; a line for people about each file that is there now."""
    size = path.stat().st_size
    if size <= piece:
        return [f"{path.name}: {size} bytes"]
    whole = sha256()
    lines: list[str] = []
    with path.open("rb") as source:
        while part := source.read(piece):
            whole.update(part)
            to = path.with_name(f"{path.name}.{len(lines):02d}")
            to.write_bytes(part)
            lines.append(f"{to.name}: {len(part)} bytes")
    path.unlink()
    return [*lines, f"together {path.name}: {size} bytes, sha256 {whole.hexdigest()}"]


def join(folder: Path) -> None:
    """Put together what was cut in a folder and below it. A file that is there whole is newer than its pieces, which go."""
    for first in sorted(folder.rglob("*.00")):
        whole = first.with_suffix("")
        pieces = sorted(path for path in first.parent.glob(f"{whole.name}.*") if path.suffix[1:].isdecimal())
        if not whole.exists():
            part = whole.with_name(f"{whole.name}.part")
            with part.open("wb") as to:
                for piece in pieces:
                    with piece.open("rb") as source:
                        shutil.copyfileobj(source, to)
            part.replace(whole)
        for piece in pieces:
            piece.unlink()
