"""What a stage learns from and what it is measured on: records of its episodes or of its mixture, whole episodes held out."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field
from pathlib import Path

from torch.utils.data import Dataset

from recordings.errors import DeskhandError
from recordings.store import EpisodeError, read_episode
from training.curation import Verdict, unfit, why_unfit
from training.episode_records import Dropped, episode_records, episodes_in
from training.mixture import draw, read_mixture
from training.records import Record
from training.stages.rows import Row
from training.stages.settings import StageSettings


@dataclass
class Split:
    """Records to learn from, records to be measured on, and what was left out of both."""

    train: list[Record] = field(default_factory=list)
    held_out: list[Record] = field(default_factory=list)
    dropped: Dropped = field(default_factory=Dropped)


def split_of(settings: StageSettings) -> Split:
    """Both sides as the settings' mixture draws them, or as `held_out` divides their episodes.

    Raises:
        DeskhandError: a folder holds no episode, or the mixture is wrong.
    """
    if settings.mixture is not None:
        train, held = draw(read_mixture(settings.mixture), "train"), draw(read_mixture(settings.mixture), "held-out")
        return Split(train.records, held.records, Dropped(train.dropped))
    found = Split()
    folders: list[tuple[Path, dict[tuple[str, int], Verdict]]] = []
    for path in settings.episodes:
        inside = episodes_in(path)
        if not inside:
            raise DeskhandError(f"{path} holds no episode: name an episode's folder, or the folder that holds them")
        left_out = unfit(path)
        folders += [(folder, left_out) for folder in inside]
    # By a hash of their names: which ones are held out does not hang on the order in which they were recorded.
    ranked = sorted(folders, key=lambda one: hashlib.sha256(f"{settings.seed}/{one[0].name}".encode()).digest())
    held_out = {folder for folder, _ in ranked[: int(len(ranked) * settings.held_out)]}
    rng = random.Random(settings.seed)
    for folder, left_out in folders:
        try:
            episode = read_episode(folder)
        except EpisodeError:
            found.dropped.reasons["unreadable episodes"] += 1
            continue
        side = found.held_out if folder in held_out else found.train
        for record in episode_records(episode, rng, settings.kinds or None, found.dropped):
            if (verdict := why_unfit(record, left_out)) is not None:
                found.dropped.reasons[f"records of a step with a {verdict.quality}"] += 1
            else:
                side.append(record)
    return found


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
