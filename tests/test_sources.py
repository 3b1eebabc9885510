"""Where the screens of training come from."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from PIL import Image

from training.screens.drawn import draw_screen
from training.screens.store import LabelledScreen, ScreenElement, write_screens
from training.sources import FolderSource, shifted


def test_shifting_moves_pixels_and_labels_together() -> None:
    drawn = draw_screen(random.Random(9), (320, 240))
    moved = shifted(drawn, 5, -3)
    before, after = np.asarray(drawn.picture()), np.asarray(moved.picture())
    assert np.array_equal(before[3:, :-5], after[:-3, 5:])
    names = {(e.name, e.box) for e in moved.elements}
    kept = [e for e in drawn.elements if (e.name, (e.box[0] + 5, e.box[1] - 3, e.box[2] + 5, e.box[3] - 3)) in names]
    assert len(kept) == len(moved.elements) > 0


def test_stored_screens_roam_as_far_as_their_elements_stay_in_view(tmp_path: Path) -> None:
    picture = Image.new("RGB", (320, 240), "navy")
    picture.paste("white", (100, 90, 160, 130))
    write_screens(tmp_path, [LabelledScreen(picture, "applications", "x", [ScreenElement("Save", "button", (100, 90, 160, 130))])])
    source, still = FolderSource(tmp_path, (320, 240), roam=1.0), FolderSource(tmp_path, (320, 240))
    places = set()
    for seed in range(60):
        moved = source.draw(random.Random(seed))
        (element,) = moved.elements
        pixels = np.asarray(moved.picture())
        x1, y1, x2, y2 = map(int, element.box)
        assert (pixels[y1:y2, x1:x2] == 255).all() and (pixels == 255).all(-1).sum() == 60 * 40
        places.add((x1, y1))
        x, y, *_ = still.draw(random.Random(seed)).elements[0].box
        assert abs(x - 100) <= 8 and abs(y - 90) <= 8
    assert min(x for x, _ in places) < 20 and max(x for x, _ in places) > 240
    assert min(y for _, y in places) < 20 and max(y for _, y in places) > 180
