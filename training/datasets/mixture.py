"""Which records a stage learns from: sources with weights and caps, shares kept, and some episodes and applications held out whole."""

from __future__ import annotations

import hashlib
import os
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from recordings.errors import DeskhandError
from training.datasets.conversations import conversation_records
from training.datasets.folders import holds_screens
from training.datasets.records import COMPUTER_USE, Dropped, Kind, Record
from training.datasets.usable import Unit, usable_records
from training.screens.store import INDEX
from training.yaml_file import read_yaml

Split = Literal["train", "held-out"]


class Source(BaseModel):
    """Where records come from: episodes, labelled screens, or LLaVA-style conversations."""

    model_config = ConfigDict(extra="forbid")

    name: str
    kind: Literal["episodes", "screens", "llava"] = "episodes"
    path: Path
    weight: float = Field(1.0, ge=0, allow_inf_nan=False, description="how often it is drawn from, beside the others")
    cap: int | None = Field(None, gt=0, description="the most records it may give")
    kinds: list[Kind] = Field(default_factory=list, description="only these. Empty: all. Of llava: what its records count as, if not text")
    near_duplicates: bool = Field(True, description="keep what `deskhand data check` found to look nearly as something else")


class Mixture(BaseModel):
    """A mixture as its YAML says it. All depends on the seed alone."""

    model_config = ConfigDict(extra="forbid")

    seed: int = 1
    count: int = Field(1000, gt=0, description="records to draw, none of them twice")
    sources: list[Source] = Field(min_length=1)
    reasoning_share: float = Field(0.2, ge=0, le=1, description="share of records that think before they answer")
    computer_use_share: float | None = Field(None, ge=0, le=1, description="share of records about screens. Unset: as it comes")
    held_out: float = Field(0.1, ge=0, lt=1, description="share of episodes that are only measured on")
    split_by: Literal["episode", "application"] = Field(
        "episode", description="what is held out whole, beside the applications named below"
    )
    held_out_applications: list[str] = Field(default_factory=list, description="parts of window titles: their episodes are all held out")

    @model_validator(mode="after")
    def _consistent(self) -> Mixture:
        if sum(source.weight for source in self.sources) == 0:
            raise ValueError("the weights of the sources sum to zero: give one of them a weight")
        if twice := [name for name, count in Counter(source.name for source in self.sources).items() if count > 1]:
            raise ValueError(f"two sources are called {twice[0]}: give each its own name")
        if wrong := [source.name for source in self.sources if source.kind == "llava" and len(source.kinds) > 1]:
            raise ValueError(f"the records of {wrong[0]} count as one kind: name no more than one")
        return self


@dataclass
class Drawn:
    """What a mixture gave, and what it did not."""

    records: list[Record]
    counts: Counter[str] = field(default_factory=Counter)
    """Records by source."""
    dropped: Dropped = field(default_factory=Dropped)

    def lines(self) -> list[str]:
        """For people."""
        from_ = ", ".join(f"{count} from {name}" for name, count in self.counts.items()) or "none"
        thinking = sum(record.mode == "think" for record in self.records)
        screens = sum(record.kind in COMPUTER_USE for record in self.records)
        return [
            f"{len(self.records)} records: {from_}; {thinking} of them think, {screens} are about screens",
            f"left out: {self.dropped}",
        ]


def read_mixture(path: Path) -> Mixture:
    """A mixture's YAML file; paths in it are relative to it. Raises DeskhandError that names the key or the missing source."""
    mixture = read_yaml(path, Mixture, "mixture")
    for source in mixture.sources:
        source.path = path.parent / source.path
        if not (os.path.isdir(source.path) or (source.kind == "llava" and os.path.isfile(source.path))):
            raise DeskhandError(f"{path}: the source {source.name} names {source.path}, which is no folder")
    return mixture


def draw(mixture: Mixture, split: Split) -> Drawn:
    """The records of one side of the split, in the order in which they were drawn.

    Where the sources hold too few, fewer are drawn, so that the shares are kept. What is measured on is drawn as it comes.

    Raises:
        DeskhandError: a source is empty or malformed, or has nothing that a share could be kept with.
    """
    drawn = Drawn([])
    pools = [_pool(source, mixture, split, drawn) for source in mixture.sources]
    rng = random.Random(f"{mixture.seed}/{split}")
    for pool in pools:
        rng.shuffle(pool)
    state = rng.getstate()
    shares = (mixture.reasoning_share, mixture.computer_use_share) if split == "train" else (None, None)
    _check_shares(mixture.sources, pools, shares)
    chosen: list[tuple[Source, Record]] = []
    most = mixture.count
    while most and (wants := _wanted(mixture.sources, pools, most, shares)) is not None:
        rng.setstate(state)
        chosen = _choose(mixture.sources, [list(pool) for pool in pools], dict(wants), shares, rng)
        most = sum(wants.values())
        if len(chosen) == most:
            break
        most, chosen = most - 1, []  # caps left less than there seemed to be
    for source, record in chosen:
        drawn.counts[source.name] += 1
        drawn.records.append(record)
    missing = mixture.count - len(drawn.records)
    if missing and split == "train":
        drawn.dropped["wanted records that no source could give within the shares and caps"] = missing
    return drawn


Shares = tuple[float | None, float | None]
"""Of records that think, and of records about screens; None: as it comes."""
Cell = tuple[bool, bool]
"""Which of the two shares a record counts for."""


def _cell(record: Record, shares: Shares) -> Cell:
    return shares[0] is not None and record.mode == "think", shares[1] is not None and record.kind in COMPUTER_USE


def _check_shares(sources: Sequence[Source], pools: Sequence[Sequence[Record]], shares: Shares) -> None:
    """Raise DeskhandError where a share cannot be kept because there is nothing at all of what it wants, or nothing else."""
    cells = {_cell(record, shares) for source, pool in zip(sources, pools, strict=True) if source.weight for record in pool}
    for number, (key, what) in enumerate((("reasoning_share", "thinks"), ("computer_use_share", "is about a screen"))):
        found, share = {cell[number] for cell in cells}, shares[number]
        if share is not None and found and ((share > 0 and True not in found) or (share < 1 and False not in found)):
            lacking = "no record" if share > 0 and True not in found else "none but a record"
            raise DeskhandError(f"{key} is {share}, but the sources hold {lacking} that {what}: change it, or add a source")


def _wanted(sources: Sequence[Source], pools: Sequence[Sequence[Record]], most: int, shares: Shares) -> dict[Cell, int] | None:
    """How many records of each cell make the most, up to `most`, that keep the shares; None where not even one record does."""
    have: Counter[Cell] = Counter()
    for source, pool in zip(sources, pools, strict=True):
        held = Counter(_cell(record, shares) for record in pool) if source.weight else Counter[Cell]()
        have += Counter({cell: count if source.cap is None else min(count, source.cap) for cell, count in held.items()})
    for count in range(min(most, sum(have.values())), 0, -1):
        thinking, screens = (round(count * (share or 0)) for share in shares)
        low = max(0, thinking + screens - count, thinking - have[True, False], screens - have[False, True])
        high = min(thinking, screens, have[True, True], have[False, False] - count + thinking + screens)
        if low <= high:
            both = min(max(round(thinking * screens / count), low), high)
            rest = count - thinking - screens + both
            return {(True, True): both, (True, False): thinking - both, (False, True): screens - both, (False, False): rest}
    return None


def _choose(
    sources: Sequence[Source], pools: list[list[Record]], wants: dict[Cell, int], shares: Shares, rng: random.Random
) -> list[tuple[Source, Record]]:
    """Records with their sources, as many of each cell as are wanted, or fewer where caps leave no more."""
    chosen: list[tuple[Source, Record]] = []
    given: Counter[str] = Counter()
    while any(wants.values()):
        open_: list[tuple[int, int]] = []
        for number, (source, pool) in enumerate(zip(sources, pools, strict=True)):
            place = next((place for place, record in enumerate(pool) if wants[_cell(record, shares)] > 0), None)
            if place is not None and source.weight and (source.cap is None or given[source.name] < source.cap):
                open_.append((number, place))
        if not open_:
            break
        number, place = rng.choices(open_, [sources[number].weight for number, _ in open_])[0]
        record = pools[number].pop(place)
        wants[_cell(record, shares)] -= 1
        given[sources[number].name] += 1
        chosen.append((sources[number], record))
    return chosen


def _pool(source: Source, mixture: Mixture, split: Split, drawn: Drawn) -> list[Record]:
    if source.kind == "llava":
        return _conversations(source, mixture, split, drawn)
    if source.kind == "screens" and not holds_screens(source.path):
        raise DeskhandError(f"the source {source.name}, {source.path}, holds no {INDEX}: make screens with `deskhand screens`")
    if source.kind == "episodes" and holds_screens(source.path):
        raise DeskhandError(f"the source {source.name}, {source.path}, holds labelled screens: say so with kind: screens")

    def wanted(unit: Unit) -> bool:
        kept_away = any(part in title for part in mixture.held_out_applications for title in unit.titles)
        return (kept_away or is_held_out(unit.application if mixture.split_by == "application" else unit.name, mixture)) == held

    held = split == "held-out"
    found = usable_records(
        source.path, lambda name: random.Random(f"{mixture.seed}/{name}"), source.kinds, lambda _: drawn.dropped, source.near_duplicates,
        wanted,
    )  # fmt: skip
    return [record for _, records in found for record in records]


def _conversations(source: Source, mixture: Mixture, split: Split, drawn: Drawn) -> list[Record]:
    pool = []
    for group, found in conversation_records(source.path, source.name, source.kinds[0] if source.kinds else "text"):
        if isinstance(found, str):
            drawn.dropped[found] += 1
        elif is_held_out(group, mixture) == (split == "held-out"):
            pool.append(found)
    return pool


def is_held_out(name: str, mixture: Mixture) -> bool:
    """Whether an episode, or a screen's application, is only measured on: by its name, so that new ones move no old one."""
    digest = hashlib.sha256(f"{mixture.seed}/{name}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 < mixture.held_out
