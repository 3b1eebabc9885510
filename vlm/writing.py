"""What keeps files from being written, said in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from recordings.errors import DeskhandError
from vlm.folder import first_line

_FULL = ("unexpected pos", "iostream error", "PytorchStreamWriter")
"""What torch.save says where the disk is full: a RuntimeError like any other but for these words."""


@contextmanager
def writing(path: Path, advice: str) -> Iterator[None]:
    """While this is open `path`, a file or a folder, is written.

    Raises:
        DeskhandError: the disk is full, a folder is closed, or something else is in the way. It ends with `advice`.
    """
    try:
        yield
    except (OSError, SafetensorError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not any(word in str(error) for word in _FULL):
            raise
        reason = getattr(error, "strerror", None) or ("the disk is full" if isinstance(error, RuntimeError) else first_line(error))
        raise DeskhandError(f"{path} cannot be written ({reason}): {advice}") from error
