"""Did a fine-tune help? Two models on the same held-out questions, with intervals, a paired test, and what got worse."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.model import open_model
from agent.replay.ground import ground_episode
from agent.settings import Settings
from recordings.errors import DeskhandError
from recordings.store import Episode, read_episode
from tasks.statistics import HitRate, mcnemar, rate_of
from training.datasets.folders import holds_screens, some_episodes_in
from training.evaluation.evaluate import evaluate_tasks, find, questions_of
from training.screens.store import read_screens
from vlm.adapters import read_adapter
from vlm.policy import policy_for

SURE = 0.05
"""A difference with a smaller p-value counts."""
MEASURES = ("element", "instruction", "retained")
_TITLES = {"element": "grounding", "instruction": "next step", "retained": "kept from before"}
RETAINED_QUESTIONS = 300
Answers = dict[str, bool]
"""Whether each question was answered rightly."""


@dataclass
class Paired:
    """One measure of both models on the same questions."""

    before: Answers
    after: Answers
    lost: list[str] = field(init=False)
    """Questions that only the first answered rightly."""
    won: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.lost = [name for name in self.before if self.before[name] and not self.after[name]]
        self.won = [name for name in self.before if self.after[name] and not self.before[name]]

    @property
    def p_value(self) -> float:
        return mcnemar(len(self.lost), len(self.won))

    @property
    def verdict(self) -> str:
        """In words; what could be chance shows nothing, neither that it helped nor that it did not."""
        if not self.before:
            return "nothing was asked"
        if self.p_value >= SURE:
            return f"no difference that could not be chance (p = {self.p_value:.3g})"
        return f"{'better' if len(self.won) > len(self.lost) else 'worse'} (p = {self.p_value:.3g})"

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        before, after = (rate_of(sum(answers.values()), len(answers)) for answers in (self.before, self.after))
        return {
            "n": len(self.before), "before": before, "after": after, "won": self.won, "lost": self.lost, "p": self.p_value,
            "verdict": self.verdict,
        }  # fmt: skip


def compare(before: str, after: str, on: Path, settings: Settings, retain: Path | None = None) -> dict[str, Paired]:
    """Ask both models the same.

    Args:
        before, after: `pocket`, a folder or a hub id; `BASE+DIR` puts the adapter in DIR onto it.
        on: an episode or a folder of episodes that neither was trained on. Each step is asked for twice: by its element's name
            (grounding), and by the instruction and the steps before (next step).
        retain: an episode, a folder of episodes or of labelled screens that stands for what must not be forgotten.

    Returns:
        The measures that had questions, by their names in `MEASURES`.

    Raises:
        DeskhandError: a model cannot be loaded, or there is nothing to ask.
    """
    found: list[dict[str, Answers]] = []
    for chosen, choice in _both(settings, before, after):
        model = open_model(chosen)
        print(f"asking {choice}", file=sys.stderr, flush=True)
        answers: dict[str, Answers] = {"element": {}, "instruction": {}, "retained": {}}
        for episode in episodes_at(on):
            for ask_for in ("element", "instruction"):
                answers[ask_for] |= _ask(model, episode, ask_for, settings)
        if retain is not None:
            answers["retained"] = _retained(model, retain, settings)
        found.append(answers)
    pairs = {name: Paired(found[0][name], found[1][name]) for name in MEASURES if found[0][name]}
    if not pairs:
        raise DeskhandError(f"no step in {on} can be right or wrong: record with accessibility on, so that elements have boxes")
    return pairs


def compare_tasks(before: str, after: str, names: Sequence[str], count: int, settings: Settings) -> dict[str, Paired]:
    """Have both models do the same tasks on a virtual desktop, with the same seeds from the settings' on.

    Returns:
        One measure for each task; its questions are the runs, and a run is right where the task's own checks hold.
    """
    found = []
    for chosen, choice in _both(settings, before, after):
        print(f"running {choice}", file=sys.stderr, flush=True)
        found.append(evaluate_tasks(names, count, chosen))
    seeds = range(settings.seed, settings.seed + count)
    answers = [{name: {f"seed {seed}": run for seed, run in zip(seeds, one[name]["runs"], strict=True)} for name in names} for one in found]
    return {Path(name).stem: Paired(answers[0][name], answers[1][name]) for name in names}


def _both(settings: Settings, *choices: str) -> list[tuple[Settings, str]]:
    """The settings for each choice; what is no adapter is said before the first measurement, which may take an hour."""
    chosen = [_choosing(settings, choice) for choice in choices]
    for one in chosen:
        if one.adapter is not None:
            read_adapter(one.adapter)
    return list(zip(chosen, choices, strict=True))


def _choosing(settings: Settings, choice: str) -> Settings:
    """The settings with the model that `BASE+DIR` or `BASE` names."""
    base, _, adapter = choice.partition("+")
    return settings.model_copy(update={"model": base, "adapter": Path(adapter) if adapter else None})


def episodes_at(path: Path) -> Iterator[Episode]:
    """An episode, or all that lie in a folder, by name. Raises DeskhandError where there is none."""
    for one in some_episodes_in(path):
        yield read_episode(one)


def _ask(model: Any, episode: Episode, ask_for: Any, settings: Settings) -> Answers:
    policy = policy_for(model, settings.policy)
    return {
        f"{episode.header.name}, step {grounded.step.index + 1}": grounded.hit
        for grounded in ground_episode(episode, model, policy, ask_for)
        if grounded.hit is not None
    }


def _retained(model: Any, retain: Path, settings: Settings) -> Answers:
    if not holds_screens(retain):
        return {name: hit for episode in episodes_at(retain) for name, hit in _ask(model, episode, "element", settings).items()}
    answers: Answers = {}
    for screen, element in questions_of(read_screens(retain), RETAINED_QUESTIONS, settings.seed):
        picture = screen.picture()
        found = find(model.look(picture), element.name)
        answers[f"{screen.path.name}, {element.name}"] = found is not None and element.box_in(picture.size).contains(found.point)
    return answers


def lines(pairs: dict[str, Paired]) -> Iterator[str]:
    """For people."""
    for name, pair in pairs.items():
        for title, answers in (("before", pair.before), ("after", pair.after)):
            yield f"{_TITLES.get(name, name):17} {title:7} {HitRate(sum(answers.values()), len(answers))}"
        yield f"{'':17} {pair.verdict}; {len(pair.won)} won, {len(pair.lost)} lost"
        yield from (f"{'':17} lost: {question}" for question in pair.lost)
    asked = [pair for name, pair in pairs.items() if name != "retained"]
    helped = any(pair.p_value < SURE and len(pair.won) > len(pair.lost) for pair in asked)
    harmed = [_TITLES.get(name, name) for name, pair in pairs.items() if pair.p_value < SURE and len(pair.won) < len(pair.lost)]
    if helped:
        yield "The fine-tune helped."
    elif any(pair.p_value < SURE for pair in asked):
        yield "The fine-tune did not help."
    else:
        n, won, lost = (
            sum(len(found) for found in each) for each in zip(*((pair.before, pair.won, pair.lost) for pair in asked), strict=True)
        )
        yield f"The fine-tune is not shown to help: of {n} questions {won} were won and {lost} lost, which could be chance."
    if harmed:
        yield f"It made worse: {', '.join(harmed)}."
