"""Ground replays: a model is asked about recorded frames; and what the command says."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from demonstrations import SCRIPT, Model, make_episode
from fakes import ScriptedPolicy, small_settings

from agent.cli.main import main
from agent.replay.ground import Summary, draw_grounded, ground_episode
from agent.replay.source import ReplayError, episode_path, stage_settings
from recordings.action import Click, Drag
from recordings.store import Episode, read_episode
from tasks.statistics import wilson_interval


@pytest.fixture
def shown(tmp_path: Path) -> Episode:
    return read_episode(make_episode(tmp_path / "episodes"))


# Ground.


def test_the_model_is_asked_for_elements_and_hits_are_counted(shown: Episode) -> None:
    model, policy, summary = Model(), ScriptedPolicy("click(x=0.5, y=0.5)"), Summary()
    grounded = list(ground_episode(shown, model, policy))
    for each in grounded:
        summary.add(each)
    assert [each.step.index for each in grounded] == list(range(len(SCRIPT)))
    assert model.asked == ["Open", "Save", "Quit", "Quit"] and policy.instructions == ["Save it, please"], "the scroll has no element"
    assert [each.hit for each in grounded] == [True, None, True, None, None, False, False, None, None]
    assert grounded[2].prediction.action == Click(x=0.7, y=0.15, count=2), "the recorded action, where the model points"
    assert isinstance(grounded[5].prediction.action, Drag) and grounded[5].prediction.action.path == ((0.2, 0.15), (0.8, 0.9))
    assert grounded[6].distance == pytest.approx(0.6) and grounded[4].distance == pytest.approx(0.0)
    assert grounded[1].problem == "it has no place"
    assert (summary.asked, summary.left_out, summary.hits, summary.judged) == (5, 4, 2, 4)
    found = summary.to_dict()
    assert found["interval"] == [round(edge, 4) for edge in wilson_interval(2, 4)] and found["rate"] == 0.5


def test_the_instruction_is_asked_with_the_history_so_far(shown: Episode) -> None:
    policy = ScriptedPolicy(*SCRIPT[:4], "nonsense", SCRIPT[5], "click(x=0.9, y=0.9)")
    grounded = list(ground_episode(shown, Model(), policy, "instruction"))
    assert [len(history) for history in policy.histories] == list(range(len(SCRIPT)))
    assert [step.action for step in policy.histories[3]] == [step.action for step in shown.steps[:3]]
    assert [each.hit for each in grounded] == [True, True, True, True, None, True, False, False, False]
    assert grounded[4].to_dict()["problem"].startswith("expected one action") and grounded[1].asked == "Save it, please"


def test_missing_frames_are_named_and_the_rest_is_asked(shown: Episode) -> None:
    (shown.path / shown.steps[0].before_frame).unlink()
    grounded = list(ground_episode(shown, Model(), ScriptedPolicy("finish()")))
    assert grounded[0].problem == "its frame is missing" and grounded[0].hit is None and grounded[2].hit is True
    assert draw_grounded(grounded[0]) is None


def test_both_points_and_the_box_are_drawn(shown: Episode) -> None:
    grounded = list(ground_episode(shown, Model(), ScriptedPolicy("finish()")))[6]
    image = draw_grounded(grounded)
    assert image is not None and image.size == (320, 200)
    assert image.getpixel((64, 150)) == (0, 158, 96) and image.getpixel((64, 30)) == (230, 0, 90), "recorded and predicted"
    assert image.getpixel((32, 145)) == (0, 158, 96) and image.getpixel((32, 25)) == (230, 0, 90), "their boxes"
    assert grounded.step.before.image.getpixel((64, 150)) != (0, 158, 96), "the frame itself stays clean"


def test_ground_replay_costs_little_beside_the_model(tmp_path: Path) -> None:
    """Processor time a step at 1280×720, everything included: loading, comparing, drawing, the line and the JSON."""
    script = [f"click(x={0.15 + number / 100:.4f}, y=0.1500)" for number in range(12)]
    episode = read_episode(make_episode(tmp_path, script=script, size=(1280, 720)))
    spent, began = [], time.process_time()
    for grounded in ground_episode(episode, Model(), ScriptedPolicy("finish()")):
        assert draw_grounded(grounded) is not None and grounded.line() and json.dumps(grounded.to_dict())
        spent.append(time.process_time() - began)
        began = time.process_time()
    print(f"{1000 * statistics.median(spent):.1f} ms of processor time a step")
    assert len(spent) == 12 and statistics.median(spent) < 0.03


# What is meant, and what is wrong.


def test_an_episode_is_found_by_name_and_by_path(shown: Episode, tmp_path: Path) -> None:
    root = tmp_path / "episodes"
    assert episode_path("shown", root) == root / "shown" and episode_path(str(shown.path), tmp_path) == shown.path
    with pytest.raises(ReplayError, match="did you mean shown"):
        episode_path("shwon", root)
    with pytest.raises(ReplayError, match="there are none yet"):
        episode_path("shown", tmp_path / "nowhere")


def test_a_replays_stage_is_the_recordings(tmp_path: Path) -> None:
    path = make_episode(tmp_path, task="editor-save", extra={"seed": 7, "desktop": "virtual"}, size=(800, 600))
    request, settings = stage_settings(read_episode(path), small_settings(tmp_path))
    assert request == "editor-save" and (settings.width, settings.height, settings.seed, settings.desktop) == (800, 600, 7, "virtual")
    free = make_episode(tmp_path, "free", instruction="Save")
    request, settings = stage_settings(read_episode(free), small_settings(tmp_path))
    assert request == "repeat Save" and settings.desktop == "host"
    with pytest.raises(ReplayError, match="nothing to repeat"):
        stage_settings(read_episode(make_episode(tmp_path, "empty", script=())), small_settings(tmp_path))


# The command.


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    fake = Model()
    monkeypatch.setattr("agent.cli.commands.load_model", lambda arguments: fake)
    monkeypatch.setattr("vlm.policy.policy_for", lambda model: ScriptedPolicy("click(x=0.5, y=0.5)"))
    yield fake


def test_replay_prints_lines_a_summary_and_json(shown: Episode, model: Model, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = ["--episodes", str(tmp_path / "episodes")]
    assert main(["replay", "shown", "--draw", str(tmp_path / "drawn"), *common]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(SCRIPT) + 1 and lines[-1].startswith("2/4 = 50.0% (95 %: ") and "✗" in lines[6] and "0.600 away" in lines[6]
    assert sorted(path.name for path in (tmp_path / "drawn").iterdir()) == [f"{index:06}.png" for index in range(len(SCRIPT))]
    assert main(["replay", "shown", "--json", *common]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["hits"], found["n"], found["asked"], len(found["steps"])) == (2, 4, 5, len(SCRIPT)) and found["steps"][0]["hit"] is True
    assert main(["replay", "shown", "--how", "watch", *common]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(SCRIPT)


def test_a_torn_line_is_named_and_the_rest_replayed(
    shown: Episode, model: Model, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (shown.path / "steps.jsonl").open("ab") as file:
        file.write(b'{"index": 9, "to')
    assert main(["replay", "shown", "--json", "--episodes", str(tmp_path / "episodes")]) == 0
    captured = capsys.readouterr()
    assert "line 10 is incomplete" in captured.err and len(json.loads(captured.out)["steps"]) == len(SCRIPT)


def test_acting_without_a_screen_says_so(
    shown: Episode, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    assert main(["replay", "shown", "--how", "act", "--episodes", str(tmp_path / "episodes")]) == 1
    assert "deskhand: " in capsys.readouterr().err
