"""`deskhand ask`: one question or a conversation, on tiny random models; what fails is told in a line and costs nothing else."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from checkpoints import picture, write_checkpoint
from openai_server import OpenAIServer

from agent.asking import converse
from agent.cli.main import main
from vlm.conversation import Conversation
from vlm.engine import VisionLanguageModel, load
from vlm.remote import connect


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("asking"))


@pytest.fixture(scope="module")
def model(folder: Path) -> VisionLanguageModel:
    return load(folder, dtype=torch.float32)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    # Random weights seldom end an answer.
    monkeypatch.setattr("vlm.sight.THINKING_LIMIT", 8)
    monkeypatch.setattr(Conversation.ask, "__defaults__", ((), None, None, 12))


@pytest.fixture
def saved(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{seed}.png" for seed in range(2)]
    for seed, path in enumerate(paths):
        picture(seed).save(path)
    return paths


def test_a_conversation_is_the_one_of_the_engine(model: VisionLanguageModel, saved: list[Path]) -> None:
    whole = Conversation(model)
    expected = [whole.ask("what is there?", [picture(0)]), whole.ask("and now?", [picture(1)]), whole.ask("sure?")]
    pieces: list[str] = []
    lines = ["", "what is there?\n", f"+ {saved[1]}\n", "and now?", "sure?"]
    told = list(converse(model, [picture(0)], lines, pieces.append))
    assert [each.answer for each in told] == [reply.text for reply in expected]
    assert told[0].note == f"{expected[0].context_used:,} of {model.context_limit:,} tokens of context"
    assert expected[2].context_used > expected[1].context_used > expected[0].context_used, "what was said stays"
    assert "".join(pieces)


def test_what_fails_is_told_and_the_conversation_goes_on(model: VisionLanguageModel, saved: list[Path], tmp_path: Path) -> None:
    (tmp_path / "no.png").write_text("no picture")
    lines = [f"+ {tmp_path / 'no.png'}", "x" * 3000, "what is there?"]
    bad, long, good = converse(model, [picture(0)], lines)
    assert bad.error is not None and "no.png" in bad.error
    assert long.error is not None and "tokens" in long.error
    assert good.answer == Conversation(model).ask("what is there?", [picture(0)]).text, "the picture is still to be shown"


def test_pictures_that_are_too_many_can_be_dropped(model: VisionLanguageModel, saved: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    alone = Conversation(model).ask("what is there?", [picture(0)]).context_used
    assert alone is not None
    monkeypatch.setattr("vlm.conversation.ANSWER_RESERVE", 12)
    monkeypatch.setattr(model.network.config, "max_position_embeddings", alone + 20)
    lines = [*[f"+ {saved[1]}"] * 9, "what is there?", "and now?", "-", f"+ {saved[0]}", "what is there?"]
    many, still, good = converse(model, [picture(0)], lines)
    assert many.error is not None and still.error is not None and "10 to be shown with the next question; a line with - drops" in many.error
    assert good.answer and good.error is None


def test_a_picture_that_leaves_the_context_is_told(model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    large = [picture(seed, (256, 256)) for seed in range(2)]
    monkeypatch.setattr("vlm.conversation.ANSWER_RESERVE", 40)
    trial = Conversation(model)
    trial.ask("what?", large)
    used = trial.ask("and?").context_used
    assert used is not None
    monkeypatch.setattr(model.network.config, "max_position_embeddings", used + 36)
    told = list(converse(model, large, ["what?", "and?", "so?"]))
    notes = [each.note for each in told]
    assert notes[1] == f"{used:,} of {used + 36:,} tokens of context"
    assert "taken out of the context" in notes[2], told[2].error


def test_on_the_command_line(folder: Path, saved: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["ask", str(saved[0]), "--model", str(folder)]
    assert main([*given, "--question", "what is there?"]) == 0
    one = capsys.readouterr()
    assert "tokens of context" in one.err
    monkeypatch.setattr("sys.stdin", io.StringIO(f"what is there?\n+ {saved[1]}\nand now?\n"))
    assert main([*given, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["answers"]
    assert [each["question"] for each in found] == ["what is there?", "and now?"]
    assert found[0]["answer"].strip() == one.out.strip()
    assert "never taught" not in one.err
    assert main(["ask", str(saved[0]), "--question", "what?"]) == 1
    assert "answers no questions" in capsys.readouterr().err, "the pocket engine"
    assert main(["ask", "none.png", "--question", "what?"]) == 1
    assert "none.png" in capsys.readouterr().err
    capsys.readouterr()
    monkeypatch.setattr("sys.stdin", io.StringIO("\n \n"))
    assert main(given) == 1
    assert "nothing was asked" in capsys.readouterr().err
    assert main([*given, "--question", " "]) == 2
    assert "the question is empty" in capsys.readouterr().err


@pytest.fixture
def server(model: VisionLanguageModel) -> Iterator[OpenAIServer]:
    server = OpenAIServer(model)
    yield server
    server.close()


def test_a_server_is_asked_one_question(server: OpenAIServer) -> None:
    remote = connect(server.address)
    first, second = converse(remote, [picture(0)], ["what is there?", "and then?"])
    assert first.error is None and first.answer
    assert "tokens of context" in first.note
    assert second.error is not None and "one question" in second.error
