"""How well the tower names icons, beside what ships: `python -m training.recipes.pocket.measure OUT`.

As `training.recipes.icons.measure`, of the tower alone, of what the projector writes, of the shipped namer alone, and of tower and namer
together; calibration as a table and a drawing in OUT. Confidences are set on the sources to tune with.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.command import command
from training.generate.icons.drawings import load_drawings
from training.generate.icons.examples import Examples
from training.generate.icons.sources import Use, cache_folder
from training.recipes.icons.export import set_confidence
from training.recipes.icons.measure import Answers, measure
from training.recipes.pocket.tower import TowerRun, apart, both_looks
from vlm.reading.icons.namer import Named, Namer, named

TUNED = 2000
"""Examples that a confidence is set with."""
MOST = 2000
"""Drawings of each source."""


class TowerNaming:
    """Names by the tower's scores, by the shipped namer's, or by both: each score counts with its weight."""

    def __init__(self, run: TowerRun | None, shipped: Namer | None, written: bool = False) -> None:
        """`written`: by what the projector writes of what the tower sees."""
        self._run, self._shipped, self._written = run, shipped, written
        self.confidence = (0.0, 0.0, 0.0)

    def tune(self, seed: int) -> None:
        """Set the confidence on sources that nothing is trained on. Raises IconsMissing."""
        drawn = Examples(load_drawings(cache_folder(), "tune"), seed, others=0.08, nothing=0.04, look=both_looks).draw(TUNED)
        self.confidence = set_confidence(self.scores(drawn.pictures), drawn.names)

    def scores(self, shown: NDArray[np.float32]) -> NDArray[np.float32]:
        portraits, pieces = apart(shown)
        parts = []
        if self._shipped is not None:
            parts.append(self._shipped.scores(portraits))
        if self._run is not None:
            parts.append(self._run.scores(pieces, self._written).numpy())
        return np.asarray(np.mean(parts, axis=0), np.float32)

    def told(self, scores: NDArray[np.float32]) -> Named:
        return named(scores, self.confidence)


def measured(naming: TowerNaming, use: Use, seed: int, most: int = MOST) -> tuple[dict[str, Any], Answers]:
    """Of all sources of one use. Raises IconsMissing."""
    return measure(naming, cache_folder(), use, most, seed, look=both_looks)


def calibration_svg(answers: Answers) -> str:
    """Confidence across, how often it was right upwards; the area of a dot goes by how many answers it stands for."""
    dots = "".join(
        f'<circle cx="{20 + 200 * sure:.1f}" cy="{220 - 200 * right:.1f}" r="{2 + 30 * (n / len(answers.names)) ** 0.5:.1f}" fill="#36c6"/>'
        for sure, right, n in answers.calibration()
    )
    frame = '<rect x="20" y="20" width="200" height="200" fill="none" stroke="#888"/><path d="M20 220L220 20" stroke="#888"/>'
    ground = '<rect width="240" height="240" fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="240" height="240">{ground}{frame}{dots}</svg>\n'


@command
def main() -> None:
    """The command."""
    from training.recipes.pocket.parts import finished_tower

    parser = argparse.ArgumentParser(prog="python -m training.recipes.pocket.measure", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT", help="what deskhand train pocket wrote")
    parser.add_argument("--on", choices=("tune", "test"), default="test")
    parser.add_argument("--most", type=int, default=MOST, help="drawings of each source (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=5)
    given = parser.parse_args()
    run, shipped = finished_tower(given.out), Namer()
    report: dict[str, Any] = {}
    table = ["namer,confidence,right,n"]
    namings = {
        "tower": TowerNaming(run, None), "projector": TowerNaming(run, None, written=True), "shipped": TowerNaming(None, shipped),
        "both": TowerNaming(run, shipped),
    }  # fmt: skip
    for name, naming in namings.items():
        naming.tune(77)
        report[name], answers = measured(naming, given.on, given.seed, given.most)
        report[name]["confidence"] = naming.confidence
        table += [f"{name},{sure:.4f},{right:.4f},{n}" for sure, right, n in answers.calibration()]
        (given.out / f"calibration-{name}.svg").write_text(calibration_svg(answers), encoding="utf-8")
    (given.out / "calibration.csv").write_text("\n".join(table) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    raise SystemExit(main())
