"""Drawings to pixels: SVG by the system's librsvg and cairo, PNG as it is; what cannot be drawn is None."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, Structure, byref, c_char_p, c_double, c_int, c_size_t, c_ubyte, c_void_p
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recordings import foreign
from recordings.errors import DeskhandError

SIDE = 48
"""Pixels of the largest drawing that is kept."""
MOST_BYTES = 1 << 19
_ARGB32 = 0


class _Rectangle(Structure):
    _fields_ = (("x", c_double), ("y", c_double), ("width", c_double), ("height", c_double))


@cache
def _libraries() -> tuple[ctypes.CDLL, ctypes.CDLL, ctypes.CDLL]:
    try:
        rsvg, cairo, gobject = (ctypes.CDLL(name) for name in ("librsvg-2.so.2", "libcairo.so.2", "libgobject-2.0.so.0"))
    except OSError as error:
        raise DeskhandError("drawings cannot be rendered without librsvg: apt install librsvg2-2") from error
    rsvg.rsvg_handle_new_from_data.restype = c_void_p
    rsvg.rsvg_handle_new_from_data.argtypes = [c_char_p, c_size_t, c_void_p]
    rsvg.rsvg_handle_render_document.argtypes = [c_void_p, c_void_p, POINTER(_Rectangle), c_void_p]
    cairo.cairo_image_surface_create_for_data.restype = c_void_p
    cairo.cairo_image_surface_create_for_data.argtypes = [c_void_p, c_int, c_int, c_int, c_int]
    cairo.cairo_create.restype = c_void_p
    cairo.cairo_create.argtypes = [c_void_p]
    for name in ("cairo_destroy", "cairo_surface_destroy", "cairo_surface_flush"):
        getattr(cairo, name).argtypes = [c_void_p]
    gobject.g_object_unref.argtypes = [c_void_p]
    return rsvg, cairo, gobject


def render(path: Path, side: int) -> NDArray[np.uint8] | None:
    """A drawing as RGBA, not premultiplied, uint8 [side or its own height, …, 4]: an SVG in that many pixels, a PNG in its own."""
    content = path.read_bytes()
    if len(content) > MOST_BYTES:
        return None
    return render_svg(content, side) if path.suffix == ".svg" else read_png(content)


def read_png(content: bytes) -> NDArray[np.uint8] | None:
    """Its pixels where they are an icon's; a larger one is scaled down."""
    try:
        opened = foreign.open_picture(content, ("PNG",))
        if not 8 <= min(opened.size) <= max(opened.size) <= 8 * SIDE:
            return None
        picture = opened.convert("RGBA")
    except (OSError, ValueError, SyntaxError):
        return None
    if max(picture.size) > SIDE:
        picture.thumbnail((SIDE, SIDE))
    return np.asarray(picture)


def render_svg(content: bytes, side: int) -> NDArray[np.uint8] | None:
    """An SVG in a square of `side` pixels."""
    rsvg, cairo, gobject = _libraries()
    content = content.replace(b"currentColor", b"#000")
    handle = rsvg.rsvg_handle_new_from_data(content, len(content), None)
    if not handle:
        return None
    pixels = np.zeros((side, side, 4), np.uint8)
    surface = cairo.cairo_image_surface_create_for_data(pixels.ctypes.data_as(POINTER(c_ubyte)), _ARGB32, side, side, 4 * side)
    context = cairo.cairo_create(surface)
    place = _Rectangle(0.0, 0.0, float(side), float(side))
    done = rsvg.rsvg_handle_render_document(handle, context, byref(place), None)
    cairo.cairo_surface_flush(surface)
    cairo.cairo_destroy(context)
    cairo.cairo_surface_destroy(surface)
    gobject.g_object_unref(handle)
    if not done or not pixels[..., 3].any():
        return None
    alpha = pixels[..., 3:].astype(np.float32)
    colour = np.where(alpha > 0, pixels[..., 2::-1] * 255.0 / np.maximum(alpha, 1), 0)
    return np.concatenate((colour.clip(0, 255), alpha), axis=2).round().astype(np.uint8)
