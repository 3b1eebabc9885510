"""Mending recorded data: answers in other formats read by program, wrong answers given anew by a model, tasks said as people say them.

Nothing recorded is changed: what comes out are amendments beside the episodes, and a count of what could not be mended, by reason.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from recordings.action import Action, ActionSyntaxError, parse_action, print_action, target_of
from recordings.episode import Observation, Screenshot
from recordings.exchange_calls import CallError, actions_of
from recordings.geometry import ScreenTransform
from recordings.store import Episode, EpisodeError, read_episode
from training.datasets.amendments import Amendment
from training.datasets.folders import some_episodes_in
from training.datasets.pictures import frame_of
from training.datasets.records import Dropped
from training.datasets.verdicts import unfit

if TYPE_CHECKING:
    from agent.protocols import Policy

QUOTED = re.compile(r'"[^"]*"')
REWRITE = (
    "Say the following task as a person would say it to an assistant, in one sentence and in other words. "
    "Keep everything in double quotes exactly as it is, quotes included. Task: "
)


@dataclass
class Mended:
    """What was put right, and what was not, by reason."""

    amendments: list[Amendment] = field(default_factory=list)
    left: Dropped = field(default_factory=Dropped)


def _episodes(folder: Path, mended: Mended) -> Iterator[Episode]:
    for path in some_episodes_in(folder):
        try:
            yield read_episode(path)
        except EpisodeError:
            mended.left["unreadable episodes"] += 1


def repair(folder: Path) -> Mended:
    """Read answers that are actions in another format: our own in a code block or behind a label, pyautogui's or smol2operator's calls.

    Raises:
        DeskhandError: there is no episode.
    """
    mended = Mended()
    for episode in _episodes(folder, mended):
        for step in episode.steps:
            if step.action is not None:
                continue
            frame = frame_of(episode, step, "before")
            found = read_foreign(step.prediction.text, None if frame is None else frame.size)
            if isinstance(found, str):
                mended.left[found] += 1
            else:
                thought = step.prediction.thought
                mended.amendments.append(Amendment(episode.path.name, "repair", step.index, print_action(found), thought))
    return mended


def read_foreign(text: str, size: tuple[int, int] | None) -> Action | str:
    """The one action that an answer means, or why it means none; `size` is the image's, for coordinates in pixels."""
    lines = [line.strip().strip("`").strip() for line in text.splitlines()]
    lines = [re.sub(r"^(action|answer)\s*:\s*", "", line, flags=re.IGNORECASE) for line in lines if line and line not in ("python", "json")]
    if not lines:
        return "answers that are empty"
    for line in reversed(lines):
        try:
            return parse_action(line)
        except ActionSyntaxError:
            continue
    calls = [line for line in lines if re.match(r"[\w.]+\(.*\)$", line)]
    try:
        actions = actions_of("\n".join(calls), size)
    except CallError:
        return "answers that no known format reads"
    if len(actions) != 1:
        return "answers with several actions" if actions else "answers without an action"
    return actions[0]


def regenerate(folder: Path, policy: Policy, name: str) -> Mended:
    """Ask a model anew for every step that is classed as a wrong answer. Where the element is known, only an answer that hits it is kept.

    Args:
        name: what the model is called in the amendments.

    Raises:
        DeskhandError: there is no episode; the model fails.
    """
    mended = Mended()
    wrong = {key for key, verdict in unfit(folder).items() if verdict.quality == "wrong answer"}
    for episode in _episodes(folder, mended):
        for place, step in enumerate(episode.steps):
            if (episode.path.name, step.index) not in wrong:
                continue
            frame = frame_of(episode, step, "before")
            if frame is None:
                mended.left["steps without a frame"] += 1
                continue
            seen = Observation(Screenshot(frame, ScreenTransform(0, 0, *frame.size)), step.window_title)
            prediction = policy.predict(episode.header.instruction, episode.steps[:place], seen)
            if prediction.action is None:
                mended.left["new answers that are none"] += 1
                continue
            point = target_of(prediction.action)
            if step.element is not None and not (point is not None and step.element.box.contains(point)):
                mended.left["new answers that miss the element, too"] += 1
                continue
            mended.amendments.append(Amendment(episode.path.name, name, step.index, print_action(prediction.action), prediction.thought))
    return mended


def rewrite(folder: Path, seed: int, say: Callable[[Episode, str], str] | None = None, name: str = "rewrite") -> Mended:
    """Each task in other words, everything between quotes kept; what a model says without them is left out.

    Args:
        say: asks a model with the episode's first frame; None rewrites by program, as people shorten and soften what they ask for.

    Raises:
        DeskhandError: there is no episode; the model fails.
    """
    mended = Mended()
    for episode in _episodes(folder, mended):
        instruction = episode.header.instruction
        if say is None:
            words = reword(instruction, random.Random(f"{seed}/{episode.path.name}"))
        else:
            words = " ".join(say(episode, REWRITE + instruction).split())
        if not words or words == instruction:
            mended.left["tasks that came back empty or unchanged"] += 1
        elif QUOTED.findall(words) != QUOTED.findall(instruction):
            mended.left["tasks that lost what they quote"] += 1
        else:
            mended.amendments.append(Amendment(episode.path.name, name, instruction=words))
    return mended


_OPENINGS = ("please ", "can you ", "could you please ", "i want you to ", "now ", "hey, ", "")
_SOFTER = {"then open": "go to", "choose": "pick", "click": "hit", "type": "write", "and then": "then", "open": "go into"}


def reword(instruction: str, rng: random.Random) -> str:
    """An instruction as somebody in a hurry writes it: lower case, some other verbs, no full stop; what is quoted stays."""
    parts = QUOTED.split(instruction)
    quotes = QUOTED.findall(instruction)
    swaps = [pair for pair in _SOFTER.items() if rng.random() < 0.5]
    opening = rng.choice(_OPENINGS)
    for number, part in enumerate(parts):
        for old, new in swaps:
            part = re.sub(rf"\b{old}\b", new, part, flags=re.IGNORECASE)
        parts[number] = part
    parts[0] = opening + (parts[0][:1].lower() + parts[0][1:])
    parts[-1] = parts[-1].rstrip(". ") + ("?" if opening.startswith(("can", "could")) else "")
    return "".join(part + quote for part, quote in zip(parts, [*quotes, ""], strict=True)).strip()
