"""How an instruction is followed: what attention is led to, and where names that begin alike part."""

from __future__ import annotations

import random

import pytest

from recordings.geometry import Point
from training.collate import INSIDE_PLACES, Collator
from training.examples import act_example
from vlm.prompts import PlanItem
from vlm.tokenizer import build_tokenizer


@pytest.fixture(scope="module")
def collator() -> Collator:
    return Collator(build_tokenizer())


def test_the_trail_of_an_instruction_leads_from_step_to_step(collator: Collator) -> None:
    rng = random.Random(6)
    plan = [PlanItem("click", "File"), PlanItem("type", "a b"), PlanItem("click", "Save")]
    example = act_example('Open "File", type "a b" and choose "Save".', plan, 2, None, Point(x=0.1, y=0.2))
    ids, _, _ = collator.segment(example)
    near, marks, follows = collator.trail(rng, example)

    def text(place: int) -> str:
        return str(collator.tokenizer.decode([ids[place]]))

    assert [(text(place), text(source)) for place, source in follows[:3]] == [("F", "\nTask: "), ("a", "e"), ("S", "b")]
    # Inside an item, and at the quote behind it, the way leads to the same place as where the item begins.
    leads = {source for _, source in follows[:3]}
    assert len(follows) == 3 + INSIDE_PLACES and all(source in leads and source < place for place, source in follows)
    assert [(text(place), text(source)) for place, source, truth in marks if truth] == [("b", "\nTask: ")]
    end = next(place for place, _, truth in marks if truth)
    assert end == follows[2][1] and all(place != end for place, _, truth in marks if not truth)
    assert min(near) == follows[0][1] and max(near) <= follows[2][0] + len("Save") - 1
    # Nothing is marked where nothing was done.
    assert collator.trail(rng, act_example('Open "File".', plan[:1], 0, None, Point(x=0.1, y=0.2)))[1] == []


def test_where_names_that_begin_alike_part_is_known(collator: Collator) -> None:
    plan = [PlanItem("click", "Save As..."), PlanItem("click", "Save"), PlanItem("click", "Open")]
    found = []
    for index in range(3):
        example = act_example('Choose "Save As...", "Save" and "Open".', plan, index, None, Point(x=0.1, y=0.2))
        ids, _, _ = collator.segment(example)
        found.append([collator.tokenizer.decode([ids[place]]) for place in collator.forks(example)])
        # Where both items part, what went before each tells them apart: the task itself, and the end of the item before.
        follows = [
            (collator.tokenizer.decode([ids[place]]), collator.tokenizer.decode([ids[source]]))
            for place, source in collator.trail(random.Random(1), example)[2]
        ]
        assert follows[3:5] == [(" ", "\nTask: "), ('"', ".")]
    assert found == [[" "], ["]"], []]
