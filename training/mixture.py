"""Which records a stage learns from: sources with weights and caps, shares kept, and some episodes and applications held out whole."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from recordings.errors import DeskhandError
from recordings.geometry import Box
from recordings.store import EpisodeError, read_episode
from training.curation import unfit, why_unfit
from training.episode_records import Dropped, episode_records, episodes_in
from training.examples import unambiguous
from training.records import COMPUTER_USE, Frame, Kind, Record
from training.screens.store import INDEX, read_screens
from vlm.prompts import ground_question, print_box

Split = Literal["train", "held-out"]
LONGEST_NAME = 60


class Source(BaseModel):
    """Where records come from: episodes, or labelled screens."""

    model_config = ConfigDict(extra="forbid")

    name: str
    kind: Literal["episodes", "screens"] = "episodes"
    path: Path
    weight: float = Field(1.0, ge=0, description="how often it is drawn from, beside the others")
    cap: int | None = Field(None, gt=0, description="the most records it may give")
    kinds: list[Kind] = Field(default_factory=list, description="only these. Empty: all")


class Mixture(BaseModel):
    """A mixture as its YAML says it. All depends on the seed alone."""

    model_config = ConfigDict(extra="forbid")

    seed: int = 1
    count: int = Field(1000, gt=0, description="records to draw, none of them twice")
    sources: list[Source] = Field(min_length=1)
    reasoning_share: float = Field(0.2, ge=0, le=1, description="share of records that think before they answer")
    computer_use_share: float | None = Field(None, ge=0, le=1, description="share of records about screens. Unset: as it comes")
    held_out: float = Field(0.1, ge=0, lt=1, description="share of episodes that are only measured on")
    held_out_applications: list[str] = Field(default_factory=list, description="parts of window titles: their episodes are all held out")

    @model_validator(mode="after")
    def _consistent(self) -> Mixture:
        if sum(source.weight for source in self.sources) == 0:
            raise ValueError("the weights of the sources sum to zero: give one of them a weight")
        if twice := [name for name, count in Counter(source.name for source in self.sources).items() if count > 1]:
            raise ValueError(f"two sources are called {twice[0]}: give each its own name")
        return self


@dataclass
class Drawn:
    """What a mixture gave, and what it did not."""

    records: list[Record]
    counts: Counter[str] = field(default_factory=Counter)
    """Records by source."""
    dropped: Counter[str] = field(default_factory=Counter)
    """What was left out, by reason."""

    def lines(self) -> list[str]:
        """For people."""
        from_ = ", ".join(f"{count} from {name}" for name, count in self.counts.items()) or "none"
        thinking = sum(record.mode == "think" for record in self.records)
        screens = sum(record.kind in COMPUTER_USE for record in self.records)
        return [
            f"{len(self.records)} records: {from_}; {thinking} of them think, {screens} are about screens",
            f"left out: {', '.join(f'{count} {reason}' for reason, count in self.dropped.most_common()) or 'nothing'}",
        ]


def read_mixture(path: Path) -> Mixture:
    """A mixture's YAML file; paths in it are relative to it. Raises DeskhandError that names the key or the missing source."""
    try:
        mixture = Mixture.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise DeskhandError(f"there is no mixture at {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DeskhandError(f"{path} cannot be read as a mixture: {error}") from error
    except (ValidationError, yaml.YAMLError) as error:
        detail = error.errors()[0] if isinstance(error, ValidationError) else {"loc": ("",), "msg": str(error).splitlines()[0]}
        raise DeskhandError(f"{path}: {'.'.join(map(str, detail['loc']))}: {detail['msg']}") from error
    for source in mixture.sources:
        source.path = path.parent / source.path
        if not source.path.is_dir():
            raise DeskhandError(f"{path}: the source {source.name} names {source.path}, which is no folder")
    return mixture


def draw(mixture: Mixture, split: Split) -> Drawn:
    """The records of one side of the split, in the order in which they were drawn."""
    drawn = Drawn([])
    pools = [_pool(source, mixture, split, drawn) for source in mixture.sources]
    rng = random.Random(f"{mixture.seed}/{split}")
    for pool in pools:
        rng.shuffle(pool)
    thinking = round(mixture.count * mixture.reasoning_share)
    screens = None if mixture.computer_use_share is None else round(mixture.count * mixture.computer_use_share)
    wants = {True: thinking, False: mixture.count - thinking}
    room = {True: screens, False: None if screens is None else mixture.count - screens}
    while len(drawn.records) < mixture.count:
        open_: list[tuple[int, int]] = []
        for number, pool in enumerate(pools):
            cap = mixture.sources[number].cap
            if cap is not None and drawn.counts[mixture.sources[number].name] >= cap:
                continue
            if (place := _first(pool, wants, room)) is not None:
                open_.append((number, place))
        weights = [mixture.sources[number].weight for number, _ in open_]
        if not open_ or sum(weights) == 0:
            break
        number, place = rng.choices(open_, weights)[0]
        record = pools[number].pop(place)
        wants[record.mode == "think"] -= 1
        left = room[record.kind in COMPUTER_USE]
        if left is not None:
            room[record.kind in COMPUTER_USE] = left - 1
        drawn.counts[mixture.sources[number].name] += 1
        drawn.records.append(record)
    if missing := mixture.count - len(drawn.records):
        drawn.dropped["wanted records that no source could give within the shares and caps"] = missing
    return drawn


def _first(pool: Sequence[Record], wants: dict[bool, int], room: dict[bool, int | None]) -> int | None:
    """The first record of a pool that the shares leave room for."""
    for place, record in enumerate(pool):
        left = room[record.kind in COMPUTER_USE]
        if wants[record.mode == "think"] > 0 and (left is None or left > 0):
            return place
    return None


def _pool(source: Source, mixture: Mixture, split: Split, drawn: Drawn) -> list[Record]:
    if source.kind == "screens":
        return _screen_records(source, mixture, split, drawn)
    folders = episodes_in(source.path)
    if not folders:
        raise DeskhandError(f"the source {source.name}, {source.path}, holds no episode")
    pool, dropped = list[Record](), Dropped()
    left_out = unfit(source.path)
    for folder in folders:
        try:
            episode = read_episode(folder)
        except EpisodeError:
            drawn.dropped["unreadable episodes"] += 1
            continue
        titles = {step.window_title or "" for step in episode.steps}
        kept_away = any(part in title for part in mixture.held_out_applications for title in titles)
        if (kept_away or is_held_out(episode.header.name, mixture)) != (split == "held-out"):
            continue
        rng = random.Random(f"{mixture.seed}/{episode.header.name}")
        for record in episode_records(episode, rng, source.kinds or None, dropped):
            if (verdict := why_unfit(record, left_out)) is not None:
                drawn.dropped[f"records of a step with a {verdict.quality}"] += 1
            else:
                pool.append(record)
    drawn.dropped += dropped.reasons
    return pool


def is_held_out(name: str, mixture: Mixture) -> bool:
    """Whether an episode, or a screen's application, is only measured on: by its name, so that new ones move no old one."""
    digest = hashlib.sha256(f"{mixture.seed}/{name}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 < mixture.held_out


def _screen_records(source: Source, mixture: Mixture, split: Split, drawn: Drawn) -> list[Record]:
    if not (source.path / INDEX).is_file():
        raise DeskhandError(f"the source {source.name}, {source.path}, holds no {INDEX}: make screens with `deskhand screens`")
    pool = []
    for screen in read_screens(source.path):
        held = any(part in screen.app for part in mixture.held_out_applications) or is_held_out(screen.app, mixture)
        if held != (split == "held-out"):
            continue
        width, height = screen.picture().size
        named = unambiguous(screen.elements)
        drawn.dropped["elements without a name of their own"] += len(screen.elements) - len(named)
        for element in named:
            x1, y1, x2, y2 = element.box
            if len(element.name) > LONGEST_NAME:
                drawn.dropped["elements with a long text for a name"] += 1
            elif not (0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height):
                drawn.dropped["elements that reach beyond their screen"] += 1
            else:
                box = Box.from_pixels(x1, y1, x2 - x1, y2 - y1, (width, height))
                question, answer = ground_question(element.name), print_box(box)
                pool.append(
                    Record("ground", (Frame(screen.path),), question, answer, source=source.name, application=screen.app, target=box)
                )
    return pool
