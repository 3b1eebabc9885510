"""How many interface words would be taken for another of their application: `python -m training.evaluation.alike_names`.

Founds the limit of `vlm.reading.slips`. The words are the untranslated messages in the catalogues of the packages that are installed.
"""

from __future__ import annotations

import json
import random

from recordings.geometry import Box
from training.command import command
from training.generate.instructions.harvest import CATALOGUES, catalogue
from vlm.reading.folding import fold
from vlm.reading.match import TextLocator
from vlm.reading.reading import Reading, ScreenElement

LONGEST_NAME = 28
FEWEST_NAMES, MOST_NAMES, MOST_PACKAGES = 30, 200, 60
_NO_NAMES = ("\n", "%", "<", "{", "\x04")


def names_by_package() -> dict[str, list[str]]:
    """The short messages of each package, none twice but for its case and punctuation."""
    found: dict[str, set[str]] = {}
    for path in sorted(CATALOGUES.glob("*/LC_MESSAGES/*.mo")):
        if len(found.get(path.stem, ())) < FEWEST_NAMES:
            found.setdefault(path.stem, set()).update(filter(_is_name, catalogue(path)))
    distinct = {package: sorted({fold(name).squeezed: name for name in sorted(names)}.values()) for package, names in found.items()}
    return {package: names for package, names in distinct.items() if len(names) >= FEWEST_NAMES}


def _is_name(message: str) -> bool:
    return 2 <= len(message) <= LONGEST_NAME and not any(sign in message for sign in _NO_NAMES)


def confusions(names: list[str]) -> list[tuple[str, str]]:
    """Each name that is found though only the others are there, with what is found for it."""
    spot = Box(x1=0.1, y1=0.1, x2=0.2, y2=0.12)
    found = []
    for name in names:
        others = Reading(tuple(ScreenElement(other, spot, 1.0) for other in names if other != name), (1000, 800))
        located = TextLocator().locate(name, others)
        if located.best is not None:
            found.append((name, located.best.element.text))
    return found


@command
def main() -> None:
    """Count them, and show a few."""
    rng = random.Random(0)
    packages = sorted(names_by_package().items())
    rng.shuffle(packages)
    count, found = 0, []
    for _, names in packages[:MOST_PACKAGES]:
        chosen = rng.sample(names, min(MOST_NAMES, len(names)))
        count += len(chosen)
        found += confusions(chosen)
    print(json.dumps({"names": count, "packages": len(packages[:MOST_PACKAGES]), "confused": len(found), "examples": found[:20]}, indent=1))


if __name__ == "__main__":
    raise SystemExit(main())
