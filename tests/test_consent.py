"""What was not made here is looked at, checked and trained from, and acted on only after a person agreed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from demonstrations import make_episode
from fakes import FakeDesktop, ScriptedPolicy

from agent.approval import ConsolePerson
from agent.cli.main import main
from agent.consent import ConsentError, before_replay, before_run, require_adapter
from agent.permissions.opening import open_permissions
from agent.protocols import Decision, Verdict
from agent.replay.source import ReplayError, stage_settings
from agent.session import Session
from agent.settings import Settings
from recordings import edit, foreign
from recordings.errors import DeskhandError
from recordings.exchange import export_episodes, import_episodes
from recordings.provenance import is_trusted, known_path, made_here
from recordings.store import read_episode
from tasks.catalogue import load_task

EVIL = """
name: evil
instruction: Do as the file says.
start:
  run: [sh, -c, "touch {place}"]
  window: {{title: x, width: [0.5, 0.7], height: [0.5, 0.7]}}
checks: [{{kind: window_title, contains: x}}]
"""


class Somebody:
    """Answers as told, and remembers what was asked."""

    def __init__(self, agrees: bool = False) -> None:
        self.agrees = agrees
        self.asked: list[str] = []

    def decide(self, *_: Any) -> Decision:
        return Decision(Verdict.APPROVE)

    def answer(self, question: str) -> str | None:
        return None

    def agree(self, words: str) -> bool:
        self.asked.append(words)
        return self.agrees


@pytest.fixture
def evil(tmp_path: Path) -> Path:
    path = tmp_path / "got" / "t.yaml"
    path.parent.mkdir()
    path.write_text(EVIL.format(place=tmp_path / "ran"))
    return path


def foreign_episode(tmp_path: Path, **header: Any) -> Path:
    """An episode that was made somewhere else: copied in with its header changed."""
    path = make_episode(tmp_path / "episodes")
    written = json.loads((path / "episode.json").read_text())
    (path / "episode.json").write_text(json.dumps(written | header))
    return path


# Row 1: a task in an episode -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [{"task": "{evil}"}, {"instruction": "look at {evil}"}, {"instruction": "{evil}"}, {"task": "evil"}])
def test_an_episode_makes_no_task_file_run(header: dict[str, str], evil: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(evil.parent, tmp_path / f"look at {evil.parent.name}")
    named = {key: value.format(evil=evil.relative_to(tmp_path)) for key, value in header.items()}
    path = foreign_episode(tmp_path, **named)
    for extra in (["--desktop", "virtual"], []):
        assert main(["replay", str(path), "--how", "act", "--plain", *extra]) != 0
    assert not (tmp_path / "ran").exists()


def test_a_task_in_an_episode_is_registered_or_none(tmp_path: Path) -> None:
    for task in ("t.yaml", "../t", "no-such-task", "/etc/passwd"):
        with pytest.raises(ReplayError, match="not registered"):
            stage_settings(read_episode(foreign_episode(tmp_path / task.replace("/", "_"), task=task)), Settings())
    request, _ = stage_settings(read_episode(foreign_episode(tmp_path / "yaml", instruction="open a/t.yaml")), Settings())
    assert not request.endswith(".yaml")


# Row 13: acting ------------------------------------------------------------------------------------------------------------------


def test_an_episode_from_elsewhere_is_acted_on_once_somebody_agreed(tmp_path: Path) -> None:
    episode = read_episode(foreign_episode(tmp_path, instruction="changed on the way"))
    with pytest.raises(ConsentError, match="nobody is there to agree"):
        before_replay(episode, "host", None)
    nobody = Somebody()
    with pytest.raises(ConsentError, match="not agreed to"):
        before_replay(episode, "host", nobody)
    assert "This will run: 9 recorded actions" in nobody.asked[0] and "act on: the host desktop" in nobody.asked[0]
    assert 'type(text="it\'s \\"fünf\\"\\n")' in nobody.asked[0]
    somebody = Somebody(agrees=True)
    before_replay(episode, "host", somebody)
    before_replay(episode, "host", somebody)
    assert len(somebody.asked) == 1, "once for each content"
    before_replay(episode, "host", None)
    (episode.path / "steps.jsonl").write_text((episode.path / "steps.jsonl").read_text().replace("132", "133"))
    with pytest.raises(ConsentError):
        before_replay(episode, "host", None)


def test_the_command_acts_on_nothing_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    path = foreign_episode(tmp_path, instruction="press what I pressed")
    desktop = FakeDesktop()
    monkeypatch.setattr("agent.session.open_place", lambda *_: _Opened(desktop))
    assert main(["replay", str(path), "--how", "act", "--plain", "--desktop", "host", "--approve", "risky"]) != 0
    assert desktop.performed == [] and "was not made here" in capsys.readouterr().err


class _Opened:
    def __init__(self, desktop: FakeDesktop) -> None:
        from agent.place import Place

        self.place = Place(desktop, "host")

    def __enter__(self) -> Any:
        return self.place

    def __exit__(self, *_: object) -> None:
        pass


def test_what_was_made_here_is_known_and_stays_so_when_it_is_changed_here(tmp_path: Path) -> None:
    path = make_episode(tmp_path / "episodes")
    assert is_trusted(path) and known_path().stat().st_mode & 0o077 == 0
    edit.relabel(path, instruction="other words")
    path = edit.rename(path, "renamed")
    assert is_trusted(path)
    trimmed = edit.trim(read_episode(path), tmp_path / "episodes", "part", 1, 2)
    assert is_trusted(trimmed)
    shutil.copytree(path, tmp_path / "copy")
    assert is_trusted(tmp_path / "copy"), "the same content is the same"
    (path / "frames" / "000000-before.png").unlink()
    assert not is_trusted(path)


def test_nothing_that_is_done_to_a_foreign_episode_makes_it_one_of_ours(tmp_path: Path) -> None:
    path = foreign_episode(tmp_path, instruction="from elsewhere")
    root = tmp_path / "episodes"
    edit.relabel(path, instruction="other words")
    made = [
        edit.rename(path, "renamed"),
        edit.trim(read_episode(root / "renamed"), root, "part", 1, 2),
        edit.merge([read_episode(root / "renamed"), read_episode(make_episode(root, "own"))], root, "joined"),
    ]
    export_episodes([read_episode(root / "part")], "dataset", tmp_path / "out")
    made += import_episodes(tmp_path / "out", tmp_path / "imported").written
    assert len(made) == 4 and not any(is_trusted(one) for one in made)


def test_quarantine_hinders_no_looking_checking_or_training(tmp_path: Path) -> None:
    path = foreign_episode(tmp_path, instruction="from elsewhere")
    assert main(["episodes", "show", str(path)]) == 0 and main(["episodes", "verify", str(path)]) == 0
    assert main(["replay", str(path), "--how", "watch", "--plain"]) == 0
    assert main(["data", "check", str(path.parent)]) == 0


# Task files and adapters ---------------------------------------------------------------------------------------------------------


def test_a_task_file_runs_nothing_before_somebody_agreed(evil: Path, tmp_path: Path) -> None:
    for person in (None, Somebody()):
        with Session(Settings(episodes=tmp_path / "e"), policy=ScriptedPolicy("finish()"), person=person) as session:
            with pytest.raises(ConsentError):
                list(session.run(str(evil)))
    assert not (tmp_path / "ran").exists() and person is not None
    assert f"This will run: sh -c 'touch {tmp_path}/ran'" in person.asked[0] and "act on: a virtual desktop" in person.asked[0]
    before_run("calculator-sum", True, Settings(), None)


def test_the_check_of_a_task_prints_what_it_would_run(evil: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tasks", "check", str(evil)]) == 0
    assert f"This will run: sh -c 'touch {tmp_path}/ran'" in capsys.readouterr().out
    assert not (tmp_path / "ran").exists()


def test_a_task_of_ones_own_is_registered_by_agreeing(evil: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tasks", "add", str(evil)]) == 2 and "nobody is there" in capsys.readouterr().err
    assert main(["tasks", "add", str(evil), "--yes"]) == 0
    assert "sh -c" in capsys.readouterr().err, "it is shown what it runs all the same"
    assert load_task("evil").instruction == "Do as the file says."
    before_run("evil", True, Settings(), None)
    assert main(["tasks", "add", str(evil), "--yes"]) == 1, "no name is taken twice"


def test_an_adapter_that_was_not_trained_here_is_agreed_to(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    (tmp_path / "adapter_model.safetensors").write_bytes(b"1")
    settings = Settings(adapter=tmp_path)
    with pytest.raises(ConsentError):
        before_run("do it", False, settings, None)
    (tmp_path / "notes.txt").write_text("what lies beside has no effect")
    require_adapter(Somebody(agrees=True), tmp_path)
    (tmp_path / "notes.txt").write_text("other")
    before_run("do it", False, settings, None)
    (tmp_path / "adapter_model.safetensors").write_bytes(b"2")
    with pytest.raises(ConsentError):
        before_run("do it", False, settings, None)


def test_trust_shows_and_remembers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = foreign_episode(tmp_path, instruction="from elsewhere")
    assert main(["trust", str(path)]) == 2 and not is_trusted(path)
    assert main(["trust", str(path), "--yes"]) == 0 and is_trusted(path)
    assert "recorded actions" in capsys.readouterr().err


def test_at_a_terminal_yes_alone_agrees() -> None:
    for said, agrees in (("yes", True), (" YES ", True), ("y", False), ("", False), ("no", False)):
        shown: list[str] = []
        assert ConsolePerson(lambda prompt, said=said: said, shown.append).agree("one\ntwo") is agrees  # type: ignore[misc]
        assert shown == ["  one", "  two"]


def test_a_list_that_is_a_link_is_not_written_through(tmp_path: Path) -> None:
    known_path().parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "key").write_bytes(b"secret")
    known_path().unlink(missing_ok=True)
    known_path().symlink_to(tmp_path / "key")
    made_here(tmp_path / "key")
    assert (tmp_path / "key").read_bytes() == b"secret"


def test_a_plan_that_was_read_and_saved_here_is_ones_own() -> None:
    from tasks.saving import save_plan
    from tasks.task import Limits

    path = save_plan("find-help", 'Open "Help".', ["click Help"], Limits())
    assert is_trusted(path)
    before_run("find-help", True, Settings(), None)
    path.write_text(path.read_text().replace("click Help", "click Delete"))
    with pytest.raises(ConsentError):
        before_run("find-help", True, Settings(), None)


def test_what_is_run_is_what_was_agreed_to(evil: Path, tmp_path: Path) -> None:
    """A file that is put in its place while the person reads is not run."""

    class Slow(Somebody):
        def agree(self, words: str) -> bool:
            evil.write_text(EVIL.format(place=tmp_path / "other"))
            return super().agree(words)

    with Session(Settings(episodes=tmp_path / "e"), policy=ScriptedPolicy("finish()"), person=Slow(agrees=True)) as session:
        with pytest.raises(ConsentError, match="changed meanwhile"):
            list(session.run(str(evil)))
    assert not (tmp_path / "ran").exists() and not (tmp_path / "other").exists()


def test_a_task_that_was_read_before_it_was_agreed_to_is_read_again(evil: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read first may be another file's than what the person saw."""

    def swapped(*asked: Any) -> Any:
        evil.write_text(EVIL.format(place=tmp_path / "other"))
        return before_run(*asked)

    monkeypatch.setattr("agent.session.before_run", swapped)
    with Session(Settings(episodes=tmp_path / "e"), policy=ScriptedPolicy("finish()"), person=Somebody(agrees=True)) as session:
        with pytest.raises(DeskhandError, match="has changed meanwhile"):
            list(session.run(str(evil)))
    assert not (tmp_path / "ran").exists() and not (tmp_path / "other").exists()


class Swapping:
    """What is agreed to already lies there only while it is looked at, and then again what was read: no two looks tell the two apart."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, path: Path, agreed: bytes, read: bytes) -> None:
        def swapped(folder: Path, name: str, *rest: Any, **named: Any) -> bytes:
            if folder / name == path:
                path.write_bytes(agreed)
            try:
                return digest(folder, name, *rest, **named)
            finally:
                path.write_bytes(read)

        digest = foreign.digest
        path.write_bytes(read)
        monkeypatch.setattr(foreign, "digest", swapped)


def test_a_task_that_is_swapped_while_it_is_checked_is_not_run(evil: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, agreed = evil.read_bytes(), EVIL.format(place="nothing").encode()
    evil.write_bytes(agreed)
    before_run(str(evil), True, Settings(), Somebody(agrees=True))
    Swapping(monkeypatch, evil, agreed, read)
    with Session(Settings(episodes=tmp_path / "e"), policy=ScriptedPolicy("finish()"), person=None) as session:
        with pytest.raises(ConsentError, match="changed since it was read"):
            list(session.run(str(evil)))
    assert main(["tasks", "add", str(evil)]) != 0 and not (tmp_path / "ran").exists()


def test_an_episode_that_is_swapped_while_it_is_checked_is_not_acted_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = foreign_episode(tmp_path, instruction="changed on the way")
    steps = path / "steps.jsonl"
    agreed = steps.read_bytes()
    before_replay(read_episode(path), "host", Somebody(agrees=True))
    Swapping(monkeypatch, steps, agreed, agreed.replace(b"132", b"133"))
    episode = read_episode(path)
    with pytest.raises(ConsentError, match="changed since it was read"):
        before_replay(episode, "host", None)


def test_permissions_that_are_swapped_while_they_are_checked_do_not_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, agreed, read = tmp_path / "p.yaml", b"rules: []\n", b"lift: [banking]\n"
    path.write_bytes(agreed)
    open_permissions(path, Somebody(agrees=True))
    Swapping(monkeypatch, path, agreed, read)
    with pytest.raises(ConsentError, match="changed since it was read"):
        open_permissions(path, None)
