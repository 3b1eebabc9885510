"""The drawings of fetched packages with the names that their files have; rendered once into the cache, one file a source."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.generate.icons.names import file_name, name_of
from training.generate.icons.rendering import SIDE, read_png, render, render_svg
from training.generate.icons.sources import Source, Use, find_packages

_CONTEXTS = (
    "actions", "status", "devices", "places", "categories", "mimetypes", "emblems", "ui", "legacy", "apps", "panel", "animations", "stock",
    "silk",
)  # fmt: skip
_SIZES = re.compile(r"(?:^|/)(\d+)(?:x\d+)?(?:/|$)")
_SKIPPED = re.compile(
    r"@\dx|/cursors/|-rtl\b|/256|/512|/128|/96|/64/|/64x64"
    r"|/(?:Mint-Y-\w+|Yaru-\w+|bloom[\w-]*-dark|ePapirus[\w-]*|Papirus-\w+|breeze-dark|elementary-xfce-\w+|Numix-\w+|Paper-Mono\S*)/"
)
"""Larger drawings, and the same in other colours."""
_ORDER = {22: (1, 44), 16: (3, 48), 24: (4, 48), 32: (5, 32), 48: (6, 48)}
"""By the pixels that a drawing is made for: which comes first, and in how many it is rendered. What is for all comes second."""
_OTHERS = 400
"""Drawings that have no name here and are taken of one of Iconify's sets: some have thousands."""
_SVG = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="{box}">{body}</svg>"""
_VERSIONS = 4
"""Drawings of one name in one source at most: it is drawn anew for 16, 22 and 32 pixels, and with one colour."""


@dataclass(frozen=True, slots=True)
class Drawings:
    """What one source has.

    Attributes:
        names: of `file_name`, for each drawing.
        pixels: RGBA, uint8 [n, SIDE, SIDE, 4], each in the upper left corner.
        sizes: uint8 [n, 2], width and height.
    """

    source: Source
    names: tuple[str, ...]
    pixels: NDArray[np.uint8]
    sizes: NDArray[np.uint8]


def read_drawings(source: Source, package: Path, cache: Path) -> Drawings:
    """Rendered now, or earlier."""
    path = cache / "rendered" / f"{source.name}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        names, pixels, sizes = [], [], []
        for name, drawn in _draw(source, package):
            canvas = np.zeros((SIDE, SIDE, 4), np.uint8)
            canvas[: drawn.shape[0], : drawn.shape[1]] = drawn
            names.append(name)
            pixels.append(canvas)
            sizes.append((drawn.shape[1], drawn.shape[0]))
        partial = path.with_suffix(".partial.npz")
        np.savez(
            partial, names=np.array(names), pixels=np.array(pixels, np.uint8).reshape(-1, SIDE, SIDE, 4), sizes=np.array(sizes, np.uint8)
        )
        partial.rename(path)
    with np.load(path) as kept:
        return Drawings(source, tuple(kept["names"].tolist()), kept["pixels"], kept["sizes"])


def load_drawings(cache: Path, *uses: Use) -> list[Drawings]:
    """Of all sources that may be used so. Raises IconsMissing."""
    return [read_drawings(source, package, cache) for source, package in find_packages(cache).items() if source.use in uses]


def _draw(source: Source, package: Path) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    found = {"theme": _themes, "office": _office, "web": _web, "iconify": _iconify}[source.kind](package)
    counts: dict[str, int] = {}
    seen: set[tuple[str, bytes]] = set()
    for name, drawn in found:
        plain = file_name(name)
        if drawn is None or not drawn[..., 3].any() or counts.get(plain, 0) >= _VERSIONS or (plain, drawn.tobytes()) in seen:
            continue
        seen.add((plain, drawn.tobytes()))
        counts[plain] = counts.get(plain, 0) + 1
        yield plain, drawn


def _themes(package: Path) -> Iterator[tuple[str, NDArray[np.uint8] | None]]:
    """The files of all contexts, small sizes first; links are names, too."""
    found: list[tuple[int, str, int, Path]] = []
    for path in (package / "usr/share/icons").rglob("*"):
        inside = str(path.relative_to(package))
        if path.suffix not in (".svg", ".png") or _SKIPPED.search(inside) or not any(f"/{context}/" in inside for context in _CONTEXTS):
            continue
        size = _SIZES.search(inside)
        order, side = _ORDER.get(int(size[1]), (9, 0)) if size else (2, SIDE)
        if re.search(r"/(?:apps|mimetypes)/", inside) and name_of(file_name(path.stem)) is None:
            continue  # a program's own picture
        if side and path.exists():
            found.append((order, inside, side, path))
    for _, _, side, path in sorted(found):
        yield path.stem, render(path, side)


def _office(package: Path) -> Iterator[tuple[str, NDArray[np.uint8] | None]]:
    """The commands' drawings: `cmd/sc_bold.png` small, `cmd/lc_bold.png` large."""
    for path in sorted((package / "usr/lib/libreoffice/share/config").glob("images_*.zip")):
        if "_svg" in path.name or "dark" in path.name:
            continue
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                stem = Path(name).stem
                if name.startswith("cmd/") and name.endswith(".png") and stem[:3] in ("sc_", "lc_") and name.count("/") == 1:
                    yield stem[3:], read_png(archive.read(name))


def _web(package: Path) -> Iterator[tuple[str, NDArray[np.uint8] | None]]:
    for path in sorted(package.rglob("*.svg")):
        inside = str(path.relative_to(package))
        if re.search(r"/(?:thin|duotone|brands?|flags?|sprites?|twotone)/|-(?:thin|duotone|twotone|logo)\b|sprite", inside):
            continue
        number = re.search(r"[-_](\d+)(?:[-_](?:regular|filled|light))?$|/(\d+)(?:px)?/", str(Path(inside).with_suffix("")))
        if package.name == "fluent" and (not number or number[1] not in ("20", "24") or "_light" in inside):
            continue  # drawn anew for eleven sizes
        yield path.stem, render(path, SIDE)


def _iconify(package: Path) -> Iterator[tuple[str, NDArray[np.uint8] | None]]:
    """Sets of one JSON file: all that have a name here, and an even choice of the others."""
    kept = json.loads((package / "package/icons.json").read_text(encoding="utf-8"))
    named = {file: name_of(file_name(file)) is not None for file in sorted(kept["icons"])}
    others = [file for file, known in named.items() if not known]
    chosen = set(others[:: max(len(others) // _OTHERS, 1)])
    for file, known in named.items():
        if known or file in chosen:
            icon = kept["icons"][file]
            left, top = (icon.get(side, kept.get(side, 0)) for side in ("left", "top"))
            wide, high = (icon.get(side, kept.get(side, 16)) for side in ("width", "height"))
            yield file, render_svg(_SVG.format(box=f"{left} {top} {wide} {high}", body=icon["body"]).encode(), SIDE)
