"""A run whose target was taken away never ends as done: three of the runs of `python -m training.evaluation.missing`, and its counting."""

from __future__ import annotations

import random

import pytest

from recordings.episode import StopReason
from training.evaluation.missing import ABSENT, PLACES, PROGRAMS, Run, instruct, runs, to_json
from vlm.planner.load import QuotedPlanner
from vlm.planner.quoted import quoted_plan


@pytest.mark.desktop
def test_at_the_first_a_middle_and_the_last_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.planning.open_planner", lambda settings, stop=None: QuotedPlanner("there is no base"))
    monkeypatch.setattr("training.evaluation.missing.is_quoted", lambda number: True)
    found = list(runs(3, seed=4, programs=("mousepad",)))
    assert [run.place for run in found] == list(PLACES)
    for run in found:
        assert run.reason == StopReason.FAILED and f"I do not see “{run.absent}”" in run.detail and not run.clicked, run


def test_the_instruction_names_it_where_it_says() -> None:
    rng = random.Random(1)
    for name, program in PROGRAMS.items():
        assert not set(ABSENT) & set(program.shown), name
        for at, place in ((0, "first"), (None, "middle"), (-1, "last")):
            steps = quoted_plan(instruct(program, place, "Frobnicate", True, rng))
            assert steps is not None
            targets = [step.target for step in steps if step.target]
            assert targets.count("Frobnicate") == 1 and (targets.index("Frobnicate") == 1 if at is None else targets[at] == "Frobnicate")


def test_what_ended_as_done_is_counted() -> None:
    runs_ = [
        Run("a", "first", "x", "y", str(reason), "I do not see “y”", clicked, 3) for reason, clicked in (("done", ""), ("failed", "z"))
    ]
    report = to_json(runs_)
    assert (report["done"]["hits"], report["clicked"]["hits"], report["named"]["hits"], report["done"]["n"]) == (1, 1, 2, 2)
