"""The terminal UI lets another adapter be chosen between runs, without loading the model again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes import ScriptedPolicy
from stage import CLICK, WIDE, Stage, type_line, until

from agent.adapters import FOLDER
from recordings.provenance import made_here
from vlm.adapters import EFFECTIVE


async def test_the_next_adapter_is_chosen_by_a_key_and_used_by_the_next_run(deskhand_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("mail", "shop"):
        (deskhand_home / FOLDER / name).mkdir(parents=True)
        (deskhand_home / FOLDER / name / "adapter_config.json").write_text("{}")
        (deskhand_home / FOLDER / name / "adapter_model.safetensors").write_text(name)
        made_here(deskhand_home / FOLDER / name, EFFECTIVE)
    worn: list[Any] = []
    monkeypatch.setattr("agent.session.switch_adapter", lambda policy, adapter: worn.append(adapter and adapter.name) or True)
    stage = Stage(ScriptedPolicy(CLICK, "finish()", "finish()"), approve="each")
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "do one")
        await until(pilot, lambda: stage.app.panel.mode == "approving")
        await pilot.press("ctrl+l")  # not while it runs
        assert stage.app.settings.adapter is None
        await pilot.press("ctrl+x")
        await until(pilot, lambda: stage.app.panel.mode == "ready")
        for shown in ("pocket + mail", "pocket + shop"):
            await pilot.press("ctrl+l")
            await until(pilot, lambda shown=shown: shown in stage.shown)
        await type_line(pilot, "do two")
        await until(pilot, lambda: len(stage.app.results) == 2)
        await pilot.press("ctrl+l")
        await until(pilot, lambda: "model pocket" in stage.shown and "pocket +" not in stage.shown)
        await type_line(pilot, "do three")
        await until(pilot, lambda: len(stage.app.results) == 3)
        await pilot.press("ctrl+q")
    assert worn == ["shop", None]


async def test_where_there_is_none_it_says_where_they_belong(deskhand_home: Path) -> None:
    stage = Stage(ScriptedPolicy("finish()"))
    async with stage.app.run_test(size=WIDE) as pilot:
        await pilot.press("ctrl+l")
        await until(pilot, lambda: "no adapters in" in str(stage.app.panel.border_subtitle))
        await pilot.press("ctrl+q")
