"""What was agreed to is what is loaded, whatever lies there meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes import FakeDesktop, ScriptedPolicy
from test_consent import Somebody, Swapping, foreign_episode

from agent.consent import ConsentError, before_replay, before_run, require_adapter
from agent.session import Session
from agent.settings import Settings
from recordings.errors import DeskhandError
from recordings.store import read_episode


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
