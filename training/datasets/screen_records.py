"""From a labelled screen to what can be learned from it: where each of its named elements is."""

from __future__ import annotations

from training.datasets.records import Dropped, Frame, Record
from training.screens.store import LONGEST_NAME, StoredScreen, unambiguous
from vlm.images import ImageError
from vlm.prompts import ground_question, print_box


def screen_records(screen: StoredScreen, dropped: Dropped) -> list[Record]:
    """A record for each element with a name of its own; `dropped` is told what was left out, and why."""
    try:
        size = screen.picture().size
    except ImageError:
        dropped["screens whose picture is missing or damaged"] += 1
        return []
    named = {id(element) for element in unambiguous(screen.elements)}
    records = []
    for number, element in enumerate(screen.elements):
        if id(element) not in named:
            dropped["elements without a name of their own"] += 1
        elif len(element.name) > LONGEST_NAME:
            dropped["elements with a long text for a name"] += 1
        elif not element.lies_within(*size):
            dropped["elements that reach beyond their screen"] += 1
        else:
            box = element.box_in(size)
            records.append(
                Record(
                    "ground", (Frame(screen.path, screen.folder),), ground_question(element.name), print_box(box),
                    source=screen.source, application=screen.app, target=box, extra={"screen": screen.name, "step": str(number)},
                )
            )  # fmt: skip
    return records
