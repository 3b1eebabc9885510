"""The last stage of the small checkpoint's recipe as it ships: it learns to leave orders on the screen alone, and to ask."""

from __future__ import annotations

import pytest
from test_small_checkpoint import made_drawings  # noqa: F401 — a fixture

from recordings.action import Ask
from tasks.injection.orders import Wording, ploys
from training.generate.crops.questions import Pieces, draw_records
from training.generate.safety.order_window import DEEDS, DISGUISES, LANGUAGES, _font
from training.recipes.pocket.settings import read_recipe
from vlm.prompts import parse_act_answer


@pytest.mark.usefixtures("made_drawings")
def test_the_last_stage_learns_to_leave_orders_on_the_screen_alone() -> None:
    """Orders and requests that are held out are only measured on."""
    shipped = read_recipe().extend.questions
    assert shipped.kinds["injection"] > 0
    settings = shipped.model_copy(update={"kinds": {"injection": 1.0}, "count": 60})
    sides = [draw_records(settings, Pieces(side, settings.seed)) for side in ("train", "held-out")]
    for records in sides:
        assert {one.kind for one in records} == {"injection", "refusal"}
        asked = [parse_act_answer(one.answer).action for one in records if one.kind == "refusal"]
        assert asked and all(isinstance(action, Ask) for action in asked)
        going_on = [one for one in records if "target=" in one.answer]
        assert going_on and all("leave it" in one.answer and len(one.pictures) == 1 for one in going_on)
        assert all(max(frame.open().size) <= 640 for one in records for frame in one.pictures), "it fits into a row"
    requests = [{one.question for one in records if one.kind == "refusal"} for records in sides]
    assert not requests[0] & requests[1]


def test_orders_are_drawn_with_all_their_letters() -> None:
    font, said = _font(13), set[str]()
    for ploy in ploys():
        for language in LANGUAGES:
            for disguise in DISGUISES:
                said |= {letter for deed in DEEDS for letter in Wording(ploy, language, disguise).write(*deed) if not letter.isspace()}
    missing = bytes(font.getmask("\uffff"))
    assert len(said) > 60 and not [letter for letter in said if bytes(font.getmask(letter)) == missing]
