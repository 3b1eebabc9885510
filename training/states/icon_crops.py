"""Icons beside labels, which have no state: `python -m training.states.icon_crops OUT.npz --count N`.

A document before the name of a tab, a globe before a link: drawn at the sizes of small icons on plain grounds, found and cropped as in use.
Needs the drawings that `training.generate.icons` renders.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.command import command
from training.generate.icons.drawings import Drawings, load_drawings
from training.generate.icons.sources import cache_folder
from training.screens import words
from training.states.examples import MARGIN, NOTHING, Example, save
from vlm.reading.states import HEIGHT, WIDTH, TextLine, marks_before

LOOKS_LIKE_A_STATE = re.compile(
    r"check|tick|radio|toggle|switch|select|done|okay|\bok\b|apply|accept|yes|valid|success|task|todo|default|complet|finish|circle|square"
    r"|rectang|box|ring|disc|dot|record|stop|expand|collaps|chevron|arrow|caret|triang|play|next|pan-|plus|minus|add|remove|more|less|blank"
    r"|empty|close|cross|cancel|delete|power|slider|oval|round|shape|cup|moon|sun|eclipse|point|pad|frame|indeterminate|target|bullet"
)
"""Names of drawings that may look like a box, a ring, a switch, an arrow or a tick: whoever sees them alone cannot tell."""
FONTS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif.ttf", "LiberationSans-Regular.ttf")
CANVAS = (220, 60)


def crops(drawings: Sequence[Drawings], seed: int) -> Iterator[Example]:
    """Endless crops that show nothing with a state."""
    rng = random.Random(seed)
    named = [(one, [at for at, name in enumerate(one.names) if not LOOKS_LIKE_A_STATE.search(str(name).casefold())]) for one in drawings]
    while True:
        one, usable = rng.choice(named)
        if not usable:
            continue
        at = rng.choice(usable)
        width, height = one.sizes[at]
        yield from _beside_a_label(rng, one.pixels[at, :height, :width])


def _beside_a_label(rng: random.Random, drawing: NDArray[np.uint8]) -> Iterator[Example]:
    dark = rng.random() < 0.35
    shade = rng.randint(20, 75) if dark else rng.randint(205, 255)
    ground = (shade, shade, shade)
    if rng.random() < 0.5:
        ground = (shade, min(shade + rng.randint(-15, 15), 255), min(shade + rng.randint(-15, 15), 255))
    picture = Image.new("RGB", CANVAS, ground)
    size, em, left = rng.choice((14, 16, 16, 16, 16, 18, 20, 22, 24)), rng.choice((11, 12, 13, 13, 14, 15, 16)), 90
    icon = Image.fromarray(drawing).resize((size, size), Image.Resampling.LANCZOS)
    if np.asarray(icon)[..., 3].max() < 60:
        return
    if _is_dim(icon) and dark:
        icon = Image.merge("RGBA", (*(Image.new("L", icon.size, 225) for _ in range(3)), icon.getchannel("A")))
    middle = CANVAS[1] // 2
    picture.paste(icon, (left - rng.randint(2, 9) - size, middle - size // 2 + rng.randint(-1, 1)), icon)
    font = ImageFont.truetype(rng.choice(FONTS), em)
    ink = tuple(rng.randint(190, 255) if dark else rng.randint(0, 90) for _ in range(3))
    ImageDraw.Draw(picture).text((left, middle), words.label(rng), fill=ink, font=font, anchor="lm")
    pixels = np.asarray(picture)
    for mark in marks_before(pixels, TextLine(float(left + 1), float(left + 60), float(middle), float(em))):
        yield Example(mark.crop(pixels, size=(WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN)), NOTHING, "icons", True)


def _is_dim(icon: Image.Image) -> bool:
    pixels = np.asarray(icon).reshape(-1, 4)
    seen = pixels[pixels[:, 3] > 128]
    return bool(len(seen)) and float(seen[:, :3].mean()) < 90


@command
def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.states.icon_crops", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT.npz")
    parser.add_argument("--count", type=int, default=8000)
    parser.add_argument("--seed", type=int, default=3)
    given = parser.parse_args(arguments)
    made = crops(load_drawings(cache_folder(), "train"), given.seed)
    save(given.out, [next(made) for _ in range(given.count)])
    print(f"{given.count} crops in {given.out}")


if __name__ == "__main__":
    raise SystemExit(main())
