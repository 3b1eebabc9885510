"""The records of a folder of episodes: as amended, without the steps that curation found unfit, everything left out counted."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from recordings.errors import DeskhandError
from recordings.store import Episode, EpisodeError, read_episode
from training.datasets.amendments import amended, read_amendments
from training.datasets.curation import unfit, why_unfit
from training.datasets.episode_records import Dropped, episode_records, episodes_in, lost_steps
from training.datasets.records import Kind, Record


def usable_records(
    folder: Path,
    rng_of: Callable[[str], random.Random],
    kinds: Collection[Kind],
    dropped_of: Callable[[str], Dropped],
    near_duplicates: bool = True,
    wanted: Callable[[Episode], bool] = lambda episode: True,
) -> Iterator[tuple[Episode, list[Record]]]:
    """Each wanted episode with its records.

    Args:
        rng_of: the chance that an episode's records are made with, by its name.
        kinds: only these kinds of records; empty means all.
        dropped_of: is told what was left out of an episode, and why, by its name.
        near_duplicates: keep steps whose frame is nearly one of another episode.

    Raises:
        DeskhandError: there is no episode, or a file beside the episodes is malformed.
    """
    paths = episodes_in(folder)
    if not paths:
        raise DeskhandError(f"{folder} holds no episode: name an episode's folder, or the folder that holds them")
    left_out, amendments = unfit(folder, near_duplicates), read_amendments(folder)
    for path in paths:
        dropped = dropped_of(path.name)
        try:
            episode = amended(read_episode(path), amendments)
        except EpisodeError:
            dropped.reasons["unreadable episodes"] += 1
            continue
        if not wanted(episode):
            continue
        dropped.reasons.update(f"steps whose line is {why}" for why in lost_steps(episode).values())
        if not episode.steps:
            dropped.reasons["episodes without a step"] += 1
            continue
        records = []
        for record in episode_records(episode, rng_of(path.name), kinds or None, dropped):
            if (verdict := why_unfit(record, left_out)) is not None:
                dropped.reasons[f"records of a step with a {verdict.quality}" if verdict.quality != "good" else "near-duplicates"] += 1
            else:
                records.append(record)
        yield episode, records
