"""A model's run that scripted hands correct: what they changed is kept beside what was wanted, and teaches."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from fakes import ScriptedPolicy

from agent.settings import ApprovalMode, Settings
from recordings.action import Click, Type
from recordings.episode import Element, Source
from recordings.geometry import Box
from recordings.store import read_episode
from training.datasets.episode_records import episode_records
from training.generate.hands import correct
from training.generate.hands.correct import clicks_on, correct_many


def test_a_click_counts_where_it_is_plain_and_inside() -> None:
    element = Element(role="push button", name="Save", box=Box(x1=0.4, y1=0.4, x2=0.5, y2=0.5))
    assert clicks_on(Click(x=0.45, y=0.45), element)
    assert not clicks_on(Click(x=0.55, y=0.45), element) and not clicks_on(Click(x=0.45, y=0.45, count=2), element)
    assert not clicks_on(Type(text="Save"), element) and not clicks_on(None, element)


def test_what_scripted_hands_correct_can_be_learned_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = ScriptedPolicy(*["click(x=0.02, y=0.98)"] * 4, "finish()")
    policy.refusal = lambda instruction: None if '"' in instruction else "quote it"  # type: ignore[assignment,return-value]
    monkeypatch.setattr(correct, "open_policy", lambda settings: policy)
    settings = Settings(desktop="virtual", approve=ApprovalMode.EACH, seed=3)
    watched = correct_many("editor-preferences", settings, 1, tmp_path)
    (path,) = tmp_path.iterdir()
    episode = read_episode(path)
    assert episode.header.verdict and (watched.asked, watched.corrected) == (4, 4)
    clicks = [step for step in episode.steps if step.source is Source.CORRECTED]
    assert len(clicks) == 4 and all(step.element is not None and step.prediction.action != step.action for step in clicks)
    assert [f'"{step.element.name}"' in episode.header.instruction for step in clicks if step.element] == [True] * 4
    taught = list(episode_records(episode, random.Random(1), ["act"]))
    assert [record.extra.get("step") for record in taught] == ["0", "1", "2", "3", "4"]
    assert all(f"click(x={step.action.x:.3f}" in record.answer for step, record in zip(clicks, taught, strict=False))
