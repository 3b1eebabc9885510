"""Pictures with something drawn in, kept in a file that a person named."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from recordings.durable import picture_format, replace_picture
from recordings.errors import DeskhandError


class DrawingError(DeskhandError):
    """A drawing that cannot be written."""


def check_drawing(out: Path) -> None:
    """Look before anything is computed whether a drawing can be kept there. Raises DrawingError."""
    try:
        picture_format(out)
    except ValueError as error:
        raise _refused(out, error) from error
    if not out.parent.is_dir():
        raise _refused(out, f"there is no folder {out.parent}")
    if out.is_dir():
        raise _refused(out, "it is a folder")


def save_drawing(out: Path, picture: Image.Image) -> None:
    """Keep it in the format that the name says. Raises DrawingError."""
    try:
        replace_picture(out, picture)
    except (OSError, ValueError) as error:
        raise _refused(out, getattr(error, "strerror", None) or error) from error


def _refused(out: Path, why: object) -> DrawingError:
    return DrawingError(f"{out} cannot be written ({why}): name a .png file in a folder that exists")
