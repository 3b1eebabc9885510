"""Episodes in other projects' formats, there and back: what each format keeps comes back as it was, and what it loses is named."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from demonstrations import SCRIPT, make_episode, paint
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.action import NAMED_KEYS, Action, Click, Drag, Finish, Move, Press, Scroll, Type, Wait, parse_action
from recordings.episode import Outcome, Prediction, Source, Step, StopReason
from recordings.exchange import ExchangeError, detect, export_episodes, import_episodes
from recordings.exchange_calls import CallError, actions_of, smol_calls
from recordings.store import Episode, read_episode


@pytest.fixture
def shown(tmp_path: Path) -> Episode:
    return read_episode(make_episode(tmp_path / "episodes", task="editor-save", extra={"seed": 3}))


def same_pictures(one: Episode, other: Episode, which: str = "before") -> bool:
    pairs = zip(one.steps, other.steps, strict=True)
    return all(one.frame(mine, which).tobytes() == other.frame(theirs, which).tobytes() for mine, theirs in pairs)


def test_a_dataset_folder_keeps_everything(shown: Episode, tmp_path: Path) -> None:
    other = read_episode(make_episode(tmp_path / "episodes", "other", SCRIPT[:2]))
    report = export_episodes([shown, other], "dataset", tmp_path / "out")
    assert report.problems == [] and report.steps == len(SCRIPT) + 2
    assert detect(tmp_path / "out") == "dataset"
    back = import_episodes(tmp_path / "out", tmp_path / "back")
    assert back.problems == [] and back.steps == report.steps
    assert [path.name for path in back.written] == ["shown", "other"]
    for before, path in zip((shown, other), back.written, strict=True):
        after = read_episode(path)
        assert after.header == before.header and after.problems == ()
        assert after.steps == before.steps
        assert same_pictures(before, after) and same_pictures(before, after, "after")


def test_the_dataset_folder_is_laid_out_as_the_datasets_library_reads_it(shown: Episode, tmp_path: Path) -> None:
    export_episodes([shown], "dataset", tmp_path / "out")
    assert {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file()} == {
        "README.md", "episodes.jsonl", "data/train-00000-of-00001.parquet",
    }  # fmt: skip
    assert "path: data/train-*.parquet" in (tmp_path / "out/README.md").read_text()
    schema = pq.read_schema(tmp_path / "out/data/train-00000-of-00001.parquet")
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert features["before"] == {"_type": "Image"} and set(features) == set(schema.names)
    row = pq.read_table(tmp_path / "out/data").to_pylist()[0]
    assert row["before"]["bytes"].startswith(b"\x89PNG") and row["action"] == SCRIPT[0]
    assert row["element_name"] == "Open" and row["element_box"] == [0.1, 0.1, 0.3, 0.2] and row["task"] == "editor-save"


def test_a_dataset_without_our_columns_is_still_read(shown: Episode, tmp_path: Path) -> None:
    export_episodes([shown], "dataset", tmp_path / "out")
    table = pq.read_table(tmp_path / "out/data").drop_columns(["step"])
    (tmp_path / "bare").mkdir()
    pq.write_table(table, tmp_path / "bare/rows.parquet")
    report = import_episodes(tmp_path / "bare", tmp_path / "back")
    after = read_episode(report.written[0])
    assert [step.action for step in after.steps] == [step.action for step in shown.steps] and after.header.task == "editor-save"
    assert any("says nothing of shown" in problem for problem in report.problems)


def test_llava_lines_keep_instruction_thought_action_and_picture(shown: Episode, tmp_path: Path) -> None:
    report = export_episodes([shown], "llava", tmp_path / "out")
    lines = [json.loads(line) for line in (tmp_path / "out/conversations.jsonl").read_text().splitlines()]
    assert lines[1]["id"] == "shown/000001" and (tmp_path / "out" / lines[1]["image"]).is_file()
    assert [turn["from"] for turn in lines[1]["conversations"]] == ["human", "gpt"]
    assert lines[1]["conversations"][0]["value"] == f"<image>\nTask: Save it, please\nDone so far:\n1. {SCRIPT[0]}"
    assert lines[1]["conversations"][1]["value"] == f"thought 1\n{SCRIPT[1]}"
    assert report.problems == [] and detect(tmp_path / "out") == "llava"
    back = import_episodes(tmp_path / "out", tmp_path / "back")
    after = read_episode(back.written[0])
    assert back.problems == [] and after.header.instruction == shown.header.instruction and after.header.name == "shown"
    assert [(step.action, step.prediction.thought) for step in after.steps] == [(s.action, s.prediction.thought) for s in shown.steps]
    assert same_pictures(shown, after)
    assert after.steps[0].after_frame is not None and after.steps[-1].after_frame is None


def test_smol_rows_keep_what_their_functions_can_say(tmp_path: Path) -> None:
    script = [*SCRIPT, "click(x=0.5000, y=0.5000, count=3)", 'ask(question="Which?")', 'click(x=0.5, y=0.5, modifiers=["ctrl"])']
    shown = read_episode(make_episode(tmp_path / "episodes", script=script))
    report = export_episodes([shown], "smol", tmp_path / "out")
    assert report.steps == len(SCRIPT) and len(report.problems) == 3
    assert all("has no function there" in problem for problem in report.problems) and "step 9" in report.problems[0]
    row = pq.read_table(tmp_path / "out/data").to_pylist()[2]
    assert row["source"] == "shown" and row["images"][0]["bytes"].startswith(b"\x89PNG")
    assert row["texts"][0]["assistant"] == "<think>\nthought 2\n</think>\n<code>\ndouble_click(x=0.7, y=0.15)\n</code>"
    assert "Instruction: Save it, please\n\nPrevious actions:\nStep 1: click(x=0.2, y=0.15)\nStep 2: " in row["texts"][0]["user"]
    assert detect(tmp_path / "out") == "smol"
    back = import_episodes(tmp_path / "out", tmp_path / "back")
    after = read_episode(back.written[0])
    assert back.problems == [] and after.header.instruction == "Save it, please"
    assert [step.action for step in after.steps] == [step.action for step in shown.steps[: len(SCRIPT)]]
    assert [step.prediction.thought for step in after.steps] == [f"thought {index}" for index in range(len(SCRIPT))]
    assert all(
        shown.frame(mine, "before").tobytes() == after.frame(theirs, "before").tobytes()
        for mine, theirs in zip(shown.steps, after.steps, strict=False)
    )


AGENTNET = [
    ("pyautogui.click(x=0.9722, y=0.9701)", ["click(x=0.9722, y=0.9701)"]),
    ("pyautogui.rightClick(x=0.9553, y=0.5117)", ['click(x=0.9553, y=0.5117, button="right")']),
    ("pyautogui.doubleClick(0.5, 0.25)", ["click(x=0.5000, y=0.2500, count=2)"]),
    ("computer.tripleClick(x=0.5, y=0.25)", ["click(x=0.5000, y=0.2500, count=3)"]),
    (
        "pyautogui.moveTo(x=0.4546, y=0.2682)\npyautogui.dragTo(x=0.4107, y=0.2773, button='left')",
        ["drag(path=[[0.4546, 0.2682], [0.4107, 0.2773]])"],
    ),
    ("pyautogui.moveTo(x=0.396, y=0.7839)\npyautogui.scroll(-3)", ["scroll(x=0.3960, y=0.7839, dy=3)"]),
    ("pyautogui.hscroll(2)", ["scroll(x=0.5000, y=0.5000, dx=2)"]),
    ("pyautogui.write(message='it\\'s 5 €')", ['type(text="it\'s 5 €")']),
    ("pyautogui.press('enter')", ['press(keys=["enter"])']),
    ("pyautogui.press(keys=['a', 'esc'])", ['press(keys=["a"])', 'press(keys=["escape"])']),
    ("pyautogui.hotkey(['ctrl', 'shift', 't'])", ['press(keys=["ctrl", "shift", "t"])']),
    ("pyautogui.hotkey('command', 'c')", ['press(keys=["super", "c"])']),
    (
        "pyautogui.keyDown('ctrl')\npyautogui.click(x=0.1, y=0.2)\npyautogui.keyUp('ctrl')",
        ['click(x=0.1000, y=0.2000, modifiers=["ctrl"])'],
    ),
    ("pyautogui.keyDown('alt')\npyautogui.press('tab')\npyautogui.keyUp('alt')", ['press(keys=["alt", "tab"])']),
    ("pyautogui.moveTo(x=0.1, y=0.2)", ["move(x=0.1000, y=0.2000)"]),
    ("computer.wait()", ["wait()"]),
    ("computer.terminate(status='failure')", ["finish(success=false)"]),
]


@pytest.mark.parametrize(("code", "actions"), AGENTNET)
def test_pyautoguis_calls_become_actions(code: str, actions: list[str]) -> None:
    assert [str(action) for action in actions_of(code)] == [str(parse_action(text)) for text in actions]


@pytest.mark.parametrize(
    "code",
    [
        "__import__('os').system('true')", "x = 1", "pyautogui.click(x=open('f'))", "pyautogui.click()", "pyautogui.fly(x=1)",
        "", "(" * 500,
        "pyautogui.click(x=400, y=300)", "pyautogui.keyDown('ctrl')", "mobile.swipe(x=1)", "pyautogui.press('no such key')",
        "type(text='it's')",
    ],
)  # fmt: skip
def test_what_no_action_says_is_refused_and_never_run(code: str) -> None:
    if not code:
        assert actions_of(code) == []
        return
    with pytest.raises(CallError):
        actions_of(code)


def test_pixels_are_fractions_once_the_picture_is_known() -> None:
    assert actions_of("pyautogui.click(x=400, y=300)", (800, 600)) == [Click(x=0.5, y=0.5)]


places = st.floats(0, 1).map(lambda value: round(value, 4))
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
sayable = st.one_of(
    st.builds(Click, x=places, y=places, button=st.sampled_from(["left", "right"]), count=st.just(1)),
    st.builds(Click, x=places, y=places, count=st.just(2)),
    st.builds(Move, x=places, y=places),
    st.builds(Drag, path=st.tuples(st.tuples(places, places), st.tuples(places, places))),
    st.builds(Scroll, x=places, y=places, dy=st.integers(1, 100) | st.integers(-100, -1)),
    st.builds(Scroll, x=places, y=places, dx=st.integers(1, 100) | st.integers(-100, -1)),
    st.builds(Type, text=texts),
    st.builds(Press, keys=st.lists(st.sampled_from(("ctrl", "alt", "ß", "A", "'", *NAMED_KEYS)), min_size=1, max_size=5).map(tuple)),
    st.builds(Wait, seconds=st.floats(0, 60).map(lambda value: round(value, 2))),
    st.builds(Finish, success=st.just(True), answer=texts.filter(lambda text: text not in ("success", "failure"))),
    st.builds(Finish, success=st.booleans(), answer=st.just("")),
)


@settings(max_examples=60)
@given(sayable)
def test_smol_calls_say_every_action_exactly(action: Action) -> None:
    calls = smol_calls(action)
    assert calls is not None and actions_of(calls) == [action]


@pytest.fixture
def agentnet(tmp_path: Path) -> Path:
    (tmp_path / "net/images").mkdir(parents=True)
    steps = []
    for index, (code, _) in enumerate(AGENTNET):
        paint(index).save(tmp_path / f"net/images/{index}.png")
        value = {
            "code": code,
            "thought": f"because {index}",
            "action": "in words",
            "last_step_correct": index != 2,
            "last_step_redundant": False,
        }
        steps.append({"index": index, "image": f"{index}.png", "value": value})
    trajectory = {"task_id": "2024/task:1", "instruction": "Do it", "task_completed": True, "alignment_score": 9, "traj": steps}
    bad = {"task_id": "t2", "instruction": "Fly", "traj": [{"index": 0, "image": "0.png", "value": {"code": "pyautogui.fly()"}}]}
    lines = [json.dumps(trajectory), "{torn", json.dumps({"task_id": "t3", "traj": []}), json.dumps(bad)]
    (tmp_path / "net/train.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path / "net"


def test_agentnet_trajectories_come_in(agentnet: Path, tmp_path: Path) -> None:
    assert detect(agentnet) == "agentnet"
    report = import_episodes(agentnet / "train.jsonl", tmp_path / "back")
    episode = read_episode(report.written[0])
    expected = [str(parse_action(text)) for _, actions in AGENTNET for text in actions]
    assert [str(step.action) for step in episode.steps] == expected
    assert episode.header.name == "2024-task-1" and episode.header.instruction == "Do it" and episode.header.source is Source.HUMAN
    assert episode.header.verdict is True and episode.header.extra["agentnet"]["alignment_score"] == 9
    assert episode.header.extra["marked_wrong"] == [2]
    assert episode.frame(episode.steps[1], "before").tobytes() == paint(1).tobytes()
    assert episode.frame(episode.steps[0], "after").tobytes() == paint(1).tobytes()
    words = "\n".join(report.problems)
    assert "line 2 is left out: it is not JSON" in words and "'instruction'" in words and "pyautogui.fly" in words
    assert [path.name for path in report.written] == ["2024-task-1", "t2"]
    with pytest.raises(ExchangeError, match="only read"):
        export_episodes([episode], "agentnet", tmp_path / "out")


def test_missing_pictures_are_named_and_the_steps_kept(agentnet: Path, tmp_path: Path) -> None:
    (agentnet / "images/3.png").unlink()
    (agentnet / "images/4.png").write_bytes(b"no picture")
    report = import_episodes(agentnet, tmp_path / "back")
    episode = read_episode(report.written[0])
    assert len(episode.steps) == sum(len(actions) for _, actions in AGENTNET)
    assert episode.steps[3].before_frame is None and episode.steps[4].before_frame is None and episode.steps[5].before_frame
    assert sum("step 3: its picture cannot be read" in problem for problem in report.problems) == 1
    assert any("step 4" in problem for problem in episode.header.extra["problems"])


def test_a_name_that_exists_is_left_out_and_named(shown: Episode, tmp_path: Path) -> None:
    export_episodes([shown], "dataset", tmp_path / "out")
    with pytest.raises(ExchangeError, match="exists already"):
        export_episodes([shown], "dataset", tmp_path / "out")
    report = import_episodes(tmp_path / "out", tmp_path / "episodes")
    assert report.written == [] and "exists already" in report.problems[0] and report.steps == 0
    again = import_episodes(tmp_path / "out", tmp_path / "episodes", rename=True)
    assert [path.name for path in again.written] == ["shown-2"]


def test_missing_frames_are_named_by_every_export(shown: Episode, tmp_path: Path) -> None:
    (shown.path / shown.steps[2].before_frame).unlink()
    for form, kept in (("dataset", len(SCRIPT)), ("llava", len(SCRIPT) - 1), ("smol", len(SCRIPT) - 1)):
        report = export_episodes([shown], form, tmp_path / form)
        assert report.steps == kept and len(report.problems) == 1, form
        assert "2" in report.problems[0]
        assert import_episodes(tmp_path / form, tmp_path / f"back-{form}").steps == kept


def test_what_is_in_no_format_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"prompt": "x"}\n')
    (tmp_path / "b.jsonl").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "c.parquet").write_text("x")
    pq.write_table(pa.table({"x": [1]}), tmp_path / "d.parquet")
    for name, reason in (
        ("a.jsonl", "none of the formats"),
        ("b.jsonl", "no file of JSON"),
        ("c.parquet", "no parquet"),
        ("d.parquet", "columns x"),
    ):
        with pytest.raises(ExchangeError, match=reason):
            import_episodes(tmp_path / name, tmp_path / "back")
    with pytest.raises(ExchangeError, match="cannot be read"):
        import_episodes(tmp_path / "none.jsonl", tmp_path / "back")
    (tmp_path / "two").mkdir()
    with pytest.raises(ExchangeError, match="holds 0 files"):
        import_episodes(tmp_path / "two", tmp_path / "back")


def test_an_export_that_fails_leaves_nothing(shown: Episode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("recordings.exchange_dataset.write_card", full)
    with pytest.raises(ExchangeError, match="No space left"):
        export_episodes([shown], "dataset", tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["episodes"]


def test_a_step_without_an_action_keeps_its_mistake_in_a_dataset(tmp_path: Path) -> None:
    mistake = Step(index=1, prediction=Prediction(text="clik", mistake="expected one action"), outcome=Outcome.MISTAKE)
    path = make_episode(tmp_path / "episodes", script=SCRIPT[:1], more=(mistake,), ending=(StopReason.FAILED, "", None))
    export_episodes([read_episode(path)], "dataset", tmp_path / "out")
    back = read_episode(import_episodes(tmp_path / "out", tmp_path / "back").written[0])
    assert back.steps == read_episode(path).steps and back.header == read_episode(path).header


@pytest.mark.parametrize("form", ["llava", "smol"])
@pytest.mark.parametrize("by", [Source.HUMAN, Source.AGENT])
def test_who_decided_survives_the_round_trip(form: str, by: Source, tmp_path: Path) -> None:
    path = make_episode(tmp_path / "episodes")
    lines = [json.loads(line) for line in (path / "steps.jsonl").read_text().splitlines()]
    (path / "steps.jsonl").write_text("".join(json.dumps({**line, "source": by.value}) + "\n" for line in lines))
    export_episodes([read_episode(path)], form, tmp_path / "out")
    (made,) = import_episodes(tmp_path / "out", tmp_path / "imported").written
    episode = read_episode(made)
    assert episode.header.source is by and {step.source for step in episode.steps} == {by}


def test_what_nobody_says_was_a_person_s_is_not_taken_for_one(tmp_path: Path) -> None:
    path = make_episode(tmp_path / "episodes")
    export_episodes([read_episode(path)], "llava", tmp_path / "out")
    rows = [json.loads(line) for line in (tmp_path / "out" / "conversations.jsonl").read_text().splitlines()]
    for by in (None, "somebody", ["human"], {"a": 1}):
        (tmp_path / "out" / "conversations.jsonl").write_text("".join(json.dumps({**row, "by": by}) + "\n" for row in rows))
        (made,) = import_episodes(tmp_path / "out", tmp_path / "imported", rename=True).written
        assert {step.source for step in read_episode(made).steps} == {Source.AGENT}
