"""Sharp pictures, where the package textual-image is installed and the terminal can show them (sixel or kitty graphics)."""

from __future__ import annotations

from importlib import import_module

from textual.widget import Widget


def find_sharp_widget() -> type[Widget] | None:
    """A widget class whose attribute `image` takes a PIL image, or None. Asks the terminal: call it before an app runs."""
    try:
        renderable, widget = import_module("textual_image.renderable"), import_module("textual_image.widget")
    except ImportError:
        return None
    coarse = (renderable.HalfcellImage, renderable.UnicodeImage)
    return None if renderable.Image in coarse else widget.Image
