"""What a stage learns from and what it is measured on: records of its episodes or of its mixture, whole episodes held out."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from torch.utils.data import Dataset

from training.datasets.mixture import draw, read_mixture
from training.datasets.records import Dropped, Record
from training.datasets.usable import usable_records
from training.stages.rows import Row
from training.stages.settings import StageSettings


@dataclass
class Split:
    """Records to learn from and records to be measured on, and what was left out of each."""

    train: list[Record] = field(default_factory=list)
    held_out: list[Record] = field(default_factory=list)
    dropped: Dropped = field(default_factory=Dropped)
    held_out_dropped: Dropped = field(default_factory=Dropped)


def split_of(settings: StageSettings) -> Split:
    """Both sides as the settings' mixture or questions draw them, or as `held_out` divides their episodes.

    Raises:
        DeskhandError: a folder holds no episode, or the mixture is wrong.
    """
    if settings.mixture is not None:
        train, held = draw(read_mixture(settings.mixture), "train"), draw(read_mixture(settings.mixture), "held-out")
        return Split(train.records, held.records, train.dropped, held.dropped)
    if (asked := settings.questions) is not None:
        from training.generate.crops.questions import Pieces, draw_records  # drawing wants OpenCV, which a borrowed GPU may lack

        train_pieces, held_pieces = (Pieces(side, asked.seed, screens=asked.screens) for side in ("train", "held-out"))
        return Split(draw_records(asked, train_pieces), draw_records(asked, held_pieces, asked.held_out))
    told: defaultdict[tuple[Path, str], Dropped] = defaultdict(Dropped)
    given: dict[tuple[Path, str], list[Record]] = {}
    for path in settings.episodes:

        def dropped_of(name: str, path: Path = path) -> Dropped:
            return told[path, name]

        found = usable_records(path, lambda name: random.Random(f"{settings.seed}/{name}"), settings.kinds, dropped_of)
        given |= {(path, unit.name): records for unit, records in found}
    # By a hash of their names: which ones are held out does not hang on the order in which they were recorded.
    telling = [one for one, records in given.items() if records]
    ranked = sorted(telling, key=lambda one: hashlib.sha256(f"{settings.seed}/{one[1]}".encode()).digest())
    # A share of few episodes is less than one: one is held out all the same, unless it is the only one.
    share = max(int(len(ranked) * settings.held_out), int(settings.held_out > 0 and len(ranked) > 1))
    held_out = set(ranked[:share])
    split = Split()
    for one, records in given.items():
        (split.held_out if one in held_out else split.train).extend(records)
    for one, dropped in told.items():
        (split.held_out_dropped if one in held_out else split.dropped).update(dropped)
    return split


class RowOrder(Dataset):
    """Rows in the order of training, round after round, each round in an order of its own: the same for any number of processes."""

    def __init__(self, rows: list[Row], seed: int, length: int) -> None:
        self.rows = rows
        self.order: list[int] = []
        while len(self.order) < length:
            round_ = list(range(len(rows)))
            random.Random(f"{seed}/{len(self.order)}").shuffle(round_)
            self.order += round_
        del self.order[length:]

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, number: int) -> Row:
        return self.rows[self.order[number]]
