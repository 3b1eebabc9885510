"""What was agreed to is what is loaded, whatever lies there meanwhile."""

from __future__ import annotations

import os
import runpy
import shutil
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeDesktop, ScriptedPolicy
from test_consent import Somebody, Swapping, foreign_episode

from agent.adapters import AdapterCopy, copy_adapter
from agent.consent import ConsentError, before_replay, before_run, require_adapter, require_task
from agent.folder import LOCK, make_folder
from agent.session import Session
from agent.settings import Settings
from recordings import provenance
from recordings.errors import DeskhandError
from recordings.provenance import SHIPPED, is_shipped, is_trusted, made_here
from recordings.store import read_episode
from tasks import catalogue


def adapter_at(folder: Path, content: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "adapter_config.json").write_text("{}")
    (folder / "adapter_model.safetensors").write_bytes(content)
    return folder


def loading(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What is loaded of adapters, in place of a model."""
    loaded: list[bytes] = []

    def load(settings: Settings, *_: Any) -> ScriptedPolicy:
        assert settings.adapter is not None
        loaded.append((settings.adapter / "adapter_model.safetensors").read_bytes())
        return ScriptedPolicy("finish()")

    monkeypatch.setattr("agent.session.open_policy", load)
    return loaded


def test_an_adapter_that_is_swapped_after_it_was_agreed_to_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter, loaded = adapter_at(tmp_path / "adapter", b"agreed"), loading(monkeypatch)

    def swapped(*asked: Any) -> Any:
        try:
            return before_run(*asked)
        finally:
            adapter_at(adapter, b"other")

    monkeypatch.setattr("agent.session.before_run", swapped)
    settings, person = Settings(adapter=adapter, record=False), Somebody(agrees=True)
    with Session(settings, person=person, desktop=FakeDesktop()) as session:
        list(session.run("do it"))
        assert loaded == [b"agreed"] and len(person.asked) == 1
        monkeypatch.setattr("agent.session.before_run", before_run)
        list(session.run("do it"))
        assert loaded == [b"agreed", b"other"] and len(person.asked) == 2, "it is another one by now: asked about, and loaded anew"
        list(session.run("do it"))
        assert len(loaded) == len(person.asked) == 2


def test_an_adapter_that_was_loaded_before_it_was_agreed_to_is_the_one_that_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter, loaded = adapter_at(tmp_path / "adapter", b"first"), loading(monkeypatch)
    with Session(Settings(adapter=adapter, record=False), person=Somebody(agrees=True), desktop=FakeDesktop()) as session:
        session.prepare()
        adapter_at(adapter, b"second")
        list(session.run("do it"))
    assert loaded == [b"first", b"second"], "not the first, of which nobody was asked"


def test_an_adapter_that_is_swapped_while_it_is_checked_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter, loaded = adapter_at(tmp_path / "adapter", b"agreed"), loading(monkeypatch)
    require_adapter(Somebody(agrees=True), adapter)
    Swapping(monkeypatch, adapter / "adapter_model.safetensors", b"agreed", b"other")
    with Session(Settings(adapter=adapter, record=False), desktop=FakeDesktop()) as session:
        with pytest.raises(ConsentError, match="changed since it was read"):
            list(session.run("do it"))
    assert not loaded


def test_frames_that_are_swapped_after_they_were_agreed_to_do_not_lead(tmp_path: Path) -> None:
    path = foreign_episode(tmp_path, instruction="with other frames")
    agreed = before_replay(read_episode(path), "host", Somebody(agrees=True))
    step = next(step for step in agreed.steps if step.before_frame)
    assert agreed.frame(step, "before") is not None
    (path / str(step.before_frame)).write_bytes((path / str(agreed.steps[-1].after_frame or agreed.steps[-1].before_frame)).read_bytes())
    with pytest.raises(DeskhandError, match="changed since it was agreed to"):
        agreed.frame(step, "before")
    assert read_episode(path).frame(step, "before") is not None, "to be looked at it is as it lies there"


def test_a_frame_that_was_missing_when_the_episode_was_agreed_to_does_not_lead(tmp_path: Path) -> None:
    path = foreign_episode(tmp_path, instruction="without a frame")
    first = read_episode(path).steps[0]
    picture = (path / str(first.before_frame)).read_bytes()
    (path / str(first.before_frame)).unlink()
    agreed = before_replay(read_episode(path), "host", Somebody(agrees=True))
    (path / str(first.before_frame)).write_bytes(picture)
    with pytest.raises(DeskhandError, match="not there when it was agreed to"):
        agreed.frame(first, "before")


@pytest.mark.parametrize("shown", ["removed", "added"])
def test_what_an_adapter_may_do_is_there_or_not_as_it_was_agreed_to(tmp_path: Path, shown: str) -> None:
    """The copy is what is loaded: with steps that nobody was asked about, or without those that the next run would take up unasked."""
    adapter = adapter_at(tmp_path / "adapter", b"agreed")
    bare = copy_adapter(adapter)
    require_adapter(Somebody(agrees=True), adapter, bare)
    (adapter / "shown.json").write_text('["press Delete"]')
    held = copy_adapter(adapter)
    assert bare is not None and held is not None and sorted(held.digests) != sorted(bare.digests)
    if shown == "removed":
        (adapter / "shown.json").unlink()
    with pytest.raises(ConsentError, match="has gone since" if shown == "removed" else "has changed since"):
        require_adapter(Somebody(agrees=True), adapter, held if shown == "removed" else bare)


def test_steps_that_are_removed_or_added_after_an_episode_was_read_are_not_acted_on(tmp_path: Path) -> None:
    path = foreign_episode(tmp_path, instruction="with and without steps")
    whole, steps = read_episode(path), (path / "steps.jsonl").read_bytes()
    (path / "steps.jsonl").unlink()
    with pytest.raises(ConsentError, match=r"steps\.jsonl has gone since"):
        before_replay(whole, "host", Somebody(agrees=True))
    empty = read_episode(path)
    (path / "steps.jsonl").write_bytes(steps)
    with pytest.raises(ConsentError, match=r"steps\.jsonl has changed since"):
        before_replay(empty, "host", Somebody(agrees=True))
    assert before_replay(read_episode(path), "host", Somebody(agrees=True)).steps == whole.steps


SAMPLE, TASK = SHIPPED[0] / "calculator-sum", SHIPPED[1] / "calculator-sum.yaml"


def test_a_link_to_what_shipped_does_not_vouch_for_what_was_read_before_it(tmp_path: Path) -> None:
    """Whoever can write the folder puts the link there between the reading and the question where it came from."""
    path = foreign_episode(tmp_path, instruction="behind a link")
    read = read_episode(path)
    shutil.rmtree(path)
    path.symlink_to(SAMPLE)
    with pytest.raises(ConsentError, match="since it was read"):
        before_replay(read, "virtual", Somebody(agrees=True))
    agreed = before_replay(read_episode(path), "virtual", None)
    assert dict(agreed.agreed or ()), "a person may name their own link to it, and it leads nowhere else from then on"


def test_a_task_behind_a_link_to_a_shipped_one_is_the_shipped_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.yaml"
    path.symlink_to(TASK)
    assert require_task(None, path).name == "calculator-sum"
    other = TASK.read_bytes().replace(b"galculator", b"xterm")
    monkeypatch.setattr("agent.consent.task_data", lambda path: other)
    assert catalogue.task_data(path) != other
    with pytest.raises(ConsentError, match="changed since it was read"):
        require_task(None, path)


def test_an_adapter_behind_a_link_is_copied_whatever_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "shipped").symlink_to(adapter_at(tmp_path / "adapter", b"a"))
    monkey = pytest.MonkeyPatch()
    monkey.setattr(provenance, "SHIPPED", (tmp_path / "adapter",))
    try:
        assert copy_adapter(tmp_path / "adapter") is None and isinstance(copy_adapter(tmp_path / "shipped"), AdapterCopy)
    finally:
        monkey.undo()


def test_what_shipped_is_known_where_it_is_installed_behind_a_link(tmp_path: Path) -> None:
    """As where /home is a link to /var/home."""
    (tmp_path / "home").symlink_to(Path(provenance.__file__).parents[1])
    found = runpy.run_path(str(tmp_path / "home" / "recordings" / "provenance.py"))
    assert found["is_shipped"](tmp_path / "home" / "tasks" / "definitions" / TASK.name) and is_shipped(TASK)


def test_a_list_that_others_can_write_vouches_for_nothing(tmp_path: Path) -> None:
    path = foreign_episode(tmp_path, instruction="written down by somebody")
    made_here(path)
    assert is_trusted(path)
    listed = provenance.known_path()
    listed.chmod(0o666)
    try:
        assert not is_trusted(path)
        with pytest.raises(ConsentError, match="chmod 600"):
            before_replay(read_episode(path), "host", Somebody(agrees=True))
    finally:
        listed.chmod(0o600)
    assert is_trusted(path)


def test_a_copy_that_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    left, lock = make_folder()
    (left / "adapter_model.safetensors").write_bytes(b"left")
    os.close(lock)  # as the end of its process does
    copied = copy_adapter(adapter_at(tmp_path / "adapter", b"a"))
    assert copied is not None and not left.exists() and (copied.folder.parent / LOCK).exists()
    folder = copied.folder.parent
    del copied
    assert not folder.exists()
