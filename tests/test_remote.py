"""The model behind a server: a real engine behind real sockets on loopback gives the same answers, and every failure is one line."""

from __future__ import annotations

import json
import logging
import threading
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from checkpoints import picture, write_checkpoint
from fakes import FakeDesktop
from openai_server import Handler, OpenAIServer

from agent.cli.main import main
from agent.session import Session
from agent.settings import ApprovalMode, Settings
from recordings.episode import StopReason
from vlm import remote, remote_http
from vlm.answer import ContextOverflow, Interrupted
from vlm.endpoint import KEY_VARIABLE, NoAnswer, RemoteError
from vlm.engine import VisionLanguageModel, load
from vlm.grammar import BOX
from vlm.policy import PlanThenGroundPolicy
from vlm.remote import connect
from vlm.remote_dialect import action_shape

KEY = "dk-4f1c77e0a9"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> VisionLanguageModel:
    return load(write_checkpoint(tmp_path_factory.mktemp("remote"), max_position_embeddings=8192), dtype=torch.float32)


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Random weights seldom end a thought, and nobody waits here."""
    monkeypatch.setattr("vlm.remote_dialect.THOUGHT_LENGTH", 4)
    monkeypatch.setattr(remote, "ACTION_LIMIT", 60)
    monkeypatch.setattr(remote_http, "FIRST_PAUSE", 0.01)
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    action_shape.cache_clear()
    yield
    action_shape.cache_clear()


@pytest.fixture
def serve(engine: VisionLanguageModel) -> Iterator[Callable[..., OpenAIServer]]:
    servers: list[OpenAIServer] = []

    def start(*given: str, **named: str) -> OpenAIServer:
        servers.append(OpenAIServer(engine, *given, **named))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.mark.parametrize("owner", ["vllm", "llamacpp"])
def test_a_constrained_server_answers_as_the_engine_does(
    owner: str, serve: Callable[..., OpenAIServer], engine: VisionLanguageModel
) -> None:
    server = serve(owner)
    model = connect(server.address)
    assert (model.name, model.knows_modes, model.context_limit) == ("tiny", True, 8192)
    for seed in range(2):
        found, expected = model.look(picture(seed)).ground("start playback"), engine.look(picture(seed)).ground("start playback")
        assert (found.box, found.point) == (expected.box, expected.point)
        assert found.confidence == pytest.approx(expected.confidence, rel=1e-3)
    assert len(server.bodies) == 2
    assert server.bodies[0]["temperature"] == 0


@pytest.mark.parametrize("owner", ["vllm", "llamacpp"])
def test_actions_and_plans_come_through_the_constraint(owner: str, serve: Callable[..., OpenAIServer]) -> None:
    server = serve(owner)
    model = connect(server.address)
    prediction = model.look(picture(3)).act("Save the file")
    assert (prediction.action is None) == (prediction.mistake is not None)
    assert prediction.context_limit == 8192 and 0 < (prediction.context_used or 0) < 8192
    seen = types.SimpleNamespace(screenshot=types.SimpleNamespace(image=picture(3)))
    planned = PlanThenGroundPolicy(model).predict("Save the file", [], seen)  # type: ignore[arg-type]
    assert (planned.action is None) == (planned.mistake is not None)
    assert planned.seconds > 0


def test_an_unconstrained_answer_is_asked_for_again_with_the_reason(serve: Callable[..., OpenAIServer]) -> None:
    server = serve("somebody")
    server.regex = BOX  # the second try fits
    model = connect(server.address)
    found = model.look(picture(1)).ground("the third button")
    assert found.point == found.box.center
    first, second = server.bodies
    assert len(first["messages"]) == 1
    assert [message["role"] for message in second["messages"]] == ["user", "assistant", "user"]
    assert "cannot be used: " in second["messages"][2]["content"]
    assert not {"grammar", "structured_outputs", "continue_final_message"} & second.keys()


def test_what_never_fits_is_a_mistake_and_bounded(serve: Callable[..., OpenAIServer]) -> None:
    server = serve("somebody")
    sight = connect(server.address).look(picture(1))
    with pytest.raises(NoAnswer, match="tiny gave no box in 3 answers"):
        sight.ground("the third button")
    assert len(server.bodies) == 3
    prediction = sight.act("Save the file")
    assert prediction.action is None and prediction.mistake
    assert len(server.bodies) == 6


@pytest.mark.parametrize(
    "field", ["logprobs", "stream_options", "structured_outputs", "temperature", "max_tokens", "continue_final_message"]
)
def test_what_a_server_does_not_know_is_not_sent_again(field: str, serve: Callable[..., OpenAIServer]) -> None:
    server = serve("vllm")
    server.known.discard(field)
    server.regex = BOX
    sight = connect(server.address).look(picture(1))
    found = sight.ground("one")
    refused = len([body for body in server.bodies if field in body])
    sight.ground("two")
    assert refused == len([body for body in server.bodies if field in body]) == 1
    assert (found.confidence is None) == (field == "logprobs")
    if field == "max_tokens":
        assert server.bodies[-1]["max_completion_tokens"] > 0


def test_a_constraint_that_is_refused_is_left_out_but_not_for_another_trouble(serve: Callable[..., OpenAIServer]) -> None:
    server = serve("vllm")
    sight = connect(server.address).look(picture(1))
    odd = lambda handler: handler.reply(400, {"error": {"message": "cannot compile"}})  # noqa: E731
    server.faults.extend([odd, odd])
    with pytest.raises(RemoteError, match="cannot compile"):
        sight.ground("one")
    assert ["structured_outputs" in body for body in server.bodies] == [True, False]
    server.regex = BOX
    server.faults.append(odd)
    sight.ground("one")
    sight.ground("one")
    assert ["structured_outputs" in body for body in server.bodies[2:4]] == [True, False]
    assert not any("structured_outputs" in body for body in server.bodies[4:])


def test_free_answers_are_streamed_and_cut_visibly(serve: Callable[..., OpenAIServer], engine: VisionLanguageModel) -> None:
    pieces: list[str] = []
    sight = connect(serve("vllm").address).look(picture(2))
    answer = sight.ask("what is there?", "nothink", pieces.append, limit=5)
    assert answer.endswith(" …[cut]")
    assert "".join(pieces).strip() == answer.removesuffix(" …[cut]")
    assert answer == engine.look(picture(2)).ask("what is there?", "nothink", limit=5)


def test_thinking_is_kept_apart(serve: Callable[..., OpenAIServer]) -> None:
    server = serve("vllm")

    def think(handler: Handler) -> None:
        handler.reply(200, {"choices": [{"message": {"content": "a</think>wait(seconds=1)"}, "finish_reason": "stop"}]})

    def reason(handler: Handler) -> None:
        message = {"reasoning_content": "b", "content": "wait(seconds=2)"}
        handler.reply(200, {"choices": [{"message": message, "finish_reason": "stop"}]})

    server.faults.extend([think, reason])
    sight = connect(server.address).look(picture(0))
    assert sight.act("x", mode="think").text == "<think>a</think>wait(seconds=1)"
    assert sight.act("x", mode="think").text == "<think>b</think>wait(seconds=2)"
    assert server.bodies[0]["messages"][-1] == {"role": "assistant", "content": "<think>"}
    assert "structured_outputs" not in server.bodies[0]


def test_special_tokens_in_a_question_are_only_text(serve: Callable[..., OpenAIServer]) -> None:
    server = serve("vllm")
    connect(server.address).look(picture(0)).ask("say <|im_end|><image>", limit=2)
    text = server.bodies[0]["messages"][0]["content"][-1]["text"]
    assert "<|im_end|>" not in text and "<image>" not in text


def test_what_outgrows_the_context_is_said(serve: Callable[..., OpenAIServer]) -> None:
    sight = connect(serve("vllm").address).look(picture(0))
    with pytest.raises(ContextOverflow, match="maximum context length is 8192 tokens"):
        sight.ask("long " * 9000)


def unavailable(handler: Handler) -> None:
    handler.reply(503, {"error": "Loading model"}, Retry_After="0")


def broken(handler: Handler) -> None:
    handler.begin_stream()
    handler.event({"choices": [{"delta": {"content": "[0.1"}}]})
    handler.cut()


def test_passing_trouble_is_tried_again_and_no_more_than_so_often(serve: Callable[..., OpenAIServer]) -> None:
    server = serve("vllm")
    sight = connect(server.address).look(picture(1))
    server.faults.extend([unavailable, broken, unavailable])
    assert sight.ground("one").point
    assert len(server.bodies) == 4
    server.faults.extend([unavailable] * 4)
    with pytest.raises(RemoteError, match=r"answers 503: Loading model"):
        sight.ground("one")
    assert len(server.bodies) == 8
    server.faults.append(lambda handler: handler.reply(429, {"error": {"message": "quota"}}, Retry_After="3600"))
    with pytest.raises(RemoteError, match=r"busy or its quota is used up \(429: quota\)"):
        sight.ground("one")
    assert len(server.bodies) == 9
    server.faults.append(broken)
    with pytest.raises(RemoteError, match="broke off in the middle"):
        sight.ask("what?", on_text=lambda piece: None)  # what was shown is not shown twice


REFUSALS: dict[str, tuple[Callable[[Handler], None], str]] = {
    "redirect": (lambda handler: handler.reply(307, {}, Location="http://127.0.0.1:9/v1"), r"sends elsewhere \(307\)"),
    "forbidden": (lambda handler: handler.reply(403, {"detail": "not for you"}), r"forbids this \(403: not for you\)"),
    "no model": (lambda handler: handler.reply(404, {"message": "none"}), r"no such model or page \(404: none\)"),
    "too large": (lambda handler: handler.reply(413, "<html>nginx</html>"), r"picture is too large for http://[0-9.:]+/v1 \(413\)"),
    "other": (lambda handler: handler.reply(400, {"error": {"message": "bad\n image"}}), r"answers 400: bad image$"),
    "not json": (lambda handler: handler.reply(200, "<html>hello"), "does not speak the OpenAI protocol, it answers: <html>hello"),
    "other json": (lambda handler: handler.reply(200, {"hello": 1}), "answers otherwise than the OpenAI protocol says"),
    "refusal": (lambda handler: handler.reply(200, {"choices": [{"message": {"refusal": "no"}}]}), "model refuses: no"),
    "filter": (lambda handler: handler.reply(200, {"choices": [{"message": {}, "finish_reason": "content_filter"}]}), "content filter"),
    "no end": (lambda handler: handler.reply(200, {"choices": [{"message": {"content": "a"}}]}), "broke off in the middle"),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_is_one_clear_line(kind: str, serve: Callable[..., OpenAIServer]) -> None:
    server = serve("somebody")
    fault, line = REFUSALS[kind]
    server.faults.append(fault)
    with pytest.raises(RemoteError, match=line) as caught:
        connect(server.address).look(picture(0)).ask("what?")
    assert "\n" not in str(caught.value)
    assert len(server.bodies) == 1


def test_nobody_there_and_nobody_speaking(serve: Callable[..., OpenAIServer], monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve("vllm")
    sight = connect(server.address).look(picture(0))
    monkeypatch.setattr(remote_http, "SILENCE_SECONDS", 0.3)
    server.faults.append(Handler.hang)
    with pytest.raises(RemoteError, match="said nothing for"):
        sight.ask("what?")
    server.close()
    with pytest.raises(RemoteError, match=r"no server answers at http://127.0.0.1:\d+/v1 \(.*start it"):
        connect(server.address)


def test_the_stop_event_ends_an_exchange_and_its_connection(serve: Callable[..., OpenAIServer]) -> None:
    server = serve("vllm")
    model = connect(server.address)
    sight, model.stop_event = model.look(picture(0)), threading.Event()

    def stop_while_waiting(handler: Handler) -> None:
        threading.Timer(0.2, model.stop_event.set).start()  # type: ignore[union-attr]
        handler.hang()

    server.faults.append(stop_while_waiting)
    began = time.monotonic()
    with pytest.raises(Interrupted):
        sight.ground("anything")
    assert time.monotonic() - began < 30  # the server would have kept silent for minutes
    assert server.gone.wait(30)
    with pytest.raises(Interrupted):
        sight.ground("anything")
    assert len(server.bodies) == 1


def test_the_model_is_the_only_one_or_the_named_one(serve: Callable[..., OpenAIServer]) -> None:
    server = serve("vllm")
    server.names = ["tiny", "other"]
    with pytest.raises(RemoteError, match=r"has 2 models \(tiny, other\): name one with --remote-model"):
        connect(server.address)
    assert connect(server.address, "other").look(picture(0)).ask("what?", limit=2)
    with pytest.raises(RemoteError, match=r"no such model .*`third` does not exist"):
        connect(server.address, "third").look(picture(0)).ask("what?")
    with pytest.raises(RemoteError, match=r"no such model or page \(404: Not Found\)"):
        connect(server.address + "/v2")
    assert connect(server.address + "/v2", "tiny").dialect.name == "plain"  # a gateway may list nothing


def holds_the_key(place: Path) -> list[Path]:
    return [path for path in place.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


def test_the_key_goes_to_the_server_and_nowhere_else(
    serve: Callable[..., OpenAIServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    server = serve("vllm", key=KEY)
    with pytest.raises(RemoteError, match=f"asks for a key: set {KEY_VARIABLE}"):
        connect(server.address)
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    # A server that repeats the key in a complaint and in an answer.
    server.faults.append(lambda handler: handler.reply(400, {"error": {"message": f"{handler.headers['Authorization']} is odd"}}))
    model = connect(server.address)
    with pytest.raises(RemoteError, match=r"answers 400: Bearer \[key\] is odd"):
        model.look(picture(0)).ask("what?")
    echo = f'finish(answer="{KEY}")'
    server.faults.append(lambda handler: handler.reply(200, {"choices": [{"message": {"content": echo}, "finish_reason": "stop"}]}))
    settings = Settings(model=server.address, policy="direct", approve=ApprovalMode.NONE, episodes=tmp_path, steps=2)
    with Session(settings, desktop=FakeDesktop()) as session:
        steps = list(session.run("say what the key is"))
        assert session.result is not None and session.result.stop_reason is StopReason.DONE
    assert steps[0].prediction.text == 'finish(answer="[key]")'
    header = json.loads(next(tmp_path.rglob("episode.json")).read_text())
    assert header["model"] == f"tiny at {server.address}"
    assert holds_the_key(tmp_path) == []
    (tmp_path / "proof").write_text(KEY)
    assert holds_the_key(tmp_path) == [tmp_path / "proof"]  # the search finds what is there
    shown = [caplog.text, *capfd.readouterr(), repr(model), repr(vars(model)), repr(vars(model.server)), repr(settings), repr(steps)]
    assert [text for text in shown if KEY in text] == []
    monkeypatch.setenv(KEY_VARIABLE, "dk-wrong")
    with pytest.raises(RemoteError, match="does not accept the key") as caught:
        connect(server.address)
    assert "dk-wrong" not in str(caught.value)


def test_a_run_ends_with_the_servers_line(serve: Callable[..., OpenAIServer], tmp_path: Path) -> None:
    server = serve("vllm")
    server.faults.append(lambda handler: handler.reply(403, {"error": "enough"}))
    settings = Settings(model=server.address, approve=ApprovalMode.NONE, episodes=tmp_path)
    with Session(settings, desktop=FakeDesktop()) as session:
        assert list(session.run("do something")) == []
        assert session.result is not None
        assert (session.result.stop_reason, "forbids this (403: enough)" in session.result.detail) == (StopReason.ERROR, True)


def test_the_command_line_asks_a_server(serve: Callable[..., OpenAIServer], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server = serve("vllm")
    picture(4).save(tmp_path / "screen.png")
    assert main(["ground", str(tmp_path / "screen.png"), "the button", "--model", server.address, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["box"]) == 4 and 0 < found["confidence"] <= 1
    server.faults.append(lambda handler: handler.reply(403, {"error": "enough"}))
    assert main(["ground", str(tmp_path / "screen.png"), "the button", "--model", server.address]) == 1
    assert capsys.readouterr().err == f"deskhand: {server.address} forbids this (403: enough)\n"
