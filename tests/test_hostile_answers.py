"""What a server answers takes time in proportion to its length, and no number in it is too odd: nothing else runs while it is searched."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest
from test_hostile_server import serving

from recordings.action import Click
from recordings.episode import Prediction, Step
from vlm import remote_http
from vlm.endpoint import RemoteError
from vlm.planner.remote import _json_in
from vlm.prompts import PlanItem, item_of
from vlm.remote import _context_limit
from vlm.remote_answer import LONGEST, Completion
from vlm.remote_http import Server

CLICK = Click(x=0.5, y=0.5)


@pytest.mark.parametrize(("begin", "again"), [("```", "\n"), ("```json", " \n"), ("", "```\n"), ("```\n", "``"), ("[", "[")])
def test_an_answer_of_fences_is_no_json_at_once(begin: str, again: str) -> None:
    began = time.monotonic()
    with pytest.raises(ValueError, match="not JSON"):
        _json_in(begin + again * 200_000)
    assert time.monotonic() - began < 1.0


@pytest.mark.parametrize("answer", ['```json\n{"a": 1}\n```', 'So:\n``` \n{"a": 1}```, done', ' {"a": 1}\n'])
def test_json_may_stand_in_one_fence(answer: str) -> None:
    assert _json_in(answer) == {"a": 1}


def test_a_thought_without_end_names_nothing_and_takes_no_time() -> None:
    began = time.monotonic()
    for thought in ("a left, now: [" * 50_000, "now: [" + "x" * 500_000, "x" * 500_000 + " left, now: [y]"):
        assert item_of(Step(index=0, prediction=Prediction(action=CLICK, thought=thought))) is None
    assert time.monotonic() - began < 1.0
    told = Step(index=0, prediction=Prediction(action=CLICK, thought="5 - 3 left, now: [7]"))
    assert item_of(told) == PlanItem("click", "7", "5 - 3")


@pytest.mark.parametrize("kind", ["content", "reasoning"])
def test_an_answer_of_more_than_any_model_writes_is_refused(kind: str) -> None:
    completion = Completion()
    with pytest.raises(RemoteError, match="longer than"):
        for _ in range(LONGEST // 100_000 + 1):
            completion.take({"choices": [{"delta": {kind: "x" * 100_000}}]})


@pytest.mark.parametrize(
    "odd",
    [
        {"choices": [{"logprobs": {"content": [{"token": "a", "logprob": -1.0, "bytes": 10**12}]}}]},
        {"choices": [{"logprobs": {"content": [{"token": "a", "logprob": -1.0, "bytes": 1000}]}}]},
        {"choices": [{"logprobs": {"content": [{"token": "a", "logprob": "nan"}]}}]},
        {"choices": [], "usage": {"prompt_tokens": -1, "completion_tokens": 0}},
        {"choices": [], "usage": {"prompt_tokens": 1e300, "completion_tokens": 0}},
    ],
)
def test_a_number_that_counts_nothing_is_no_answer(odd: dict[str, Any]) -> None:
    """A number where bytes should stand would make as many of them; and a step that holds an odd one could not be read again."""
    with pytest.raises((TypeError, ValueError)):
        Completion().take(odd)


def test_a_context_of_more_than_a_step_can_hold_is_unknown() -> None:
    assert [_context_limit({"max_model_len": size}) for size in (10**12, -1, True * 0, "8")] == [None] * 4
    assert _context_limit({"max_model_len": 8192}) == 8192


@pytest.mark.parametrize("asked", ["nan", "-nan", "NaN"])
def test_a_server_that_asks_for_no_number_of_seconds_is_asked_again_as_usual(asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_http, "FIRST_PAUSE", 0.01)

    def busy(connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 503 Busy\r\nRetry-After: {asked}\r\nContent-Length: 0\r\n\r\n".encode())

    with serving(busy) as address, pytest.raises(RemoteError, match="503"):
        Server(address).get("/models", attempts=2)
