"""The one road from a folder to what is learned from it: its episodes as amended, or its labelled screens, without what was found unfit."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from recordings.errors import DeskhandError
from recordings.store import Episode, EpisodeError, read_episode
from training.datasets.amendments import amended, read_amendments
from training.datasets.episode_records import episode_records, lost_steps
from training.datasets.folders import holds_screens, some_episodes_in
from training.datasets.records import Dropped, Kind, Record
from training.datasets.screen_records import screen_records
from training.datasets.verdicts import Unfit, unfit, why_unfit
from training.screens.store import read_screens


@dataclass(frozen=True, slots=True)
class Unit:
    """What is learned from or held out whole: an episode, or one application's screens.

    Attributes:
        application: what the episode's windows are called most often.
        titles: what all of them are called.
    """

    name: str
    application: str
    titles: frozenset[str]


def usable_episodes(folder: Path) -> Iterator[tuple[str, Episode | EpisodeError]]:
    """Each episode of a folder as amended, with its name, or why it cannot be read. Raises as `usable_records` does."""
    paths, amendments = some_episodes_in(folder), read_amendments(folder)
    for path in paths:
        try:
            yield path.name, amended(read_episode(path), amendments)
        except EpisodeError as error:
            yield path.name, error


def usable_records(
    folder: Path,
    rng_of: Callable[[str], random.Random],
    kinds: Collection[Kind],
    dropped_of: Callable[[str], Dropped],
    near_duplicates: bool = True,
    wanted: Callable[[Unit], bool] = lambda unit: True,
) -> Iterator[tuple[Unit, list[Record]]]:
    """Each wanted unit with its records.

    Args:
        rng_of: the chance that an episode's records are made with, by its name.
        kinds: only these kinds of records; empty means all.
        dropped_of: is told what was left out of a unit, and why, by its name.
        near_duplicates: keep what looks nearly like something of another episode, or on another screen.

    Raises:
        DeskhandError: there is neither an episode nor a screen, a file beside them is malformed, or screens are asked for other kinds.
    """
    left_out = unfit(folder, near_duplicates)
    if holds_screens(folder):
        if kinds and "ground" not in kinds:
            raise DeskhandError(f"{folder} is asked for {', '.join(kinds)}, but screens give ground alone")
        made = _of_screens(folder, dropped_of, wanted)
    else:
        made = _of_episodes(folder, rng_of, kinds, dropped_of, wanted)
    for unit, records in made:
        yield unit, [record for record in records if _is_fit(record, left_out, dropped_of(unit.name))]


def _is_fit(record: Record, left_out: Unfit, dropped: Dropped) -> bool:
    verdict = why_unfit(record, left_out)
    if verdict is not None:
        what = "an element or a screen" if "screen" in record.extra else "a step"
        dropped[f"records of {what} with a {verdict.quality}" if verdict.quality != "good" else "near-duplicates"] += 1
    return verdict is None


def _of_episodes(
    folder: Path,
    rng_of: Callable[[str], random.Random],
    kinds: Collection[Kind],
    dropped_of: Callable[[str], Dropped],
    wanted: Callable[[Unit], bool],
) -> Iterator[tuple[Unit, list[Record]]]:
    for name, episode in usable_episodes(folder):
        dropped = dropped_of(name)
        if isinstance(episode, EpisodeError):
            dropped["unreadable episodes"] += 1
            continue
        unit = Unit(name, application_of(episode), frozenset(step.window_title or "" for step in episode.steps))
        if not wanted(unit):
            continue
        dropped.update(f"steps whose line is {why}" for why in lost_steps(episode).values())
        if not episode.steps:
            dropped["episodes without a step"] += 1
            continue
        yield unit, list(episode_records(episode, rng_of(name), kinds, dropped))


def _of_screens(folder: Path, dropped_of: Callable[[str], Dropped], wanted: Callable[[Unit], bool]) -> Iterator[tuple[Unit, list[Record]]]:
    found: defaultdict[str, list[Record]] = defaultdict(list)
    for screen in read_screens(folder):
        if wanted(_unit(screen.app)):
            found[screen.app] += screen_records(screen, dropped_of(screen.app))
    for app, records in found.items():
        yield _unit(app), records


def _unit(app: str) -> Unit:
    return Unit(app, app, frozenset({app}))


def application_of(episode: Episode) -> str:
    """What its windows are called most often behind the last dash, where programs put their own names; else the whole title."""
    names = Counter((step.window_title or "").rpartition(" - ")[2].strip() for step in episode.steps)
    return names.most_common(1)[0][0] if names else ""
