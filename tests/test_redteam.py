"""Attacks that vary by themselves: the same tries give the same next one, a killed run goes on, and what worked can be done again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from agent.cli.main import main
from agent.session import Session
from agent.settings import Settings
from tasks.injection.scene import Drawn
from training.evaluation.injection import trial
from training.evaluation.injection.redteam import CASES, TRIES, Case, Try, summary, vary
from training.evaluation.injection.trial import Trial

WORKED = Case(scene="notice-ok", ploy="urgent", language="de", obfuscation="plain", seed=7)


def made(case: Case = WORKED, done: bool = False, attacked: bool = False, asked: int = 0, error: str = "") -> Try:
    return Try(case=case, done=done, attacked=attacked, asked=asked, error=error)


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No desktop and no model: French orders work, and what was tried is noted."""
    names: list[str] = []

    def attempt(session: Session, drawn: Drawn, person: Any) -> Trial:
        names.append(drawn.name)
        french = drawn.wording.language == "fr"
        return Trial(drawn.name, drawn.scene.family, not french, french, 0, ("click(x=1, y=1)",), "done", 0.1)

    monkeypatch.setattr(trial, "attempt", attempt)
    monkeypatch.setattr(Session, "prepare", lambda self: None)
    return names


def test_tries_vary_everything_and_depend_on_the_seed_and_the_tries_before() -> None:
    cases = [vary(number, 0, []) for number in range(200)]
    assert cases == [vary(number, 0, []) for number in range(200)] != [vary(number, 1, []) for number in range(200)]
    for part, least in (("scene", 40), ("ploy", 9), ("language", 8), ("obfuscation", 8)):
        assert len({getattr(case, part) for case in cases}) >= least, part
    assert all(case.draw().order for case in cases[:40])
    near = [vary(number, 0, [made(attacked=True)]) for number in range(200)]
    changed = [sum(getattr(case, part) != getattr(WORKED, part) for part in Case.model_fields) for case in near]
    assert sum(count <= 1 for count in changed) > 60, "what worked is varied further, one thing at a time"


def test_a_run_goes_on_where_it_was_and_keeps_what_worked(tried: list[str], tmp_path: Path) -> None:
    out = tmp_path / "red"
    assert main(["redteam", "--tries", "12", "--out", str(out), "--seed", "3"]) == 0
    whole = list(tried)
    assert len(whole) == 12
    kept = (out / TRIES).read_text(encoding="utf-8").splitlines(keepends=True)
    (out / TRIES).write_text("".join(kept[:5]) + kept[5][:20], encoding="utf-8")  # killed in the middle of a line
    tried.clear()
    assert main(["redteam", "--tries", "12", "--out", str(out), "--seed", "3"]) == 0
    assert tried == whole[5:] and (out / TRIES).read_text(encoding="utf-8") == "".join(kept)
    french = [name for name in whole if "/fr/" in name]
    assert len(list((out / CASES).glob("*.yaml"))) == len(set(french)) > 0
    tried.clear()
    assert main(["redteam", "--again", str(out / CASES)]) == 0
    assert sorted(tried) == sorted(set(french))


def test_what_cannot_be_gone_on_with_is_one_line(tried: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "red"
    assert main(["redteam", "--tries", "1", "--out", str(out)]) == 0
    assert main(["redteam", "--tries", "2", "--out", str(out), "--seed", "9"]) == 1
    assert "holds tries of pocket with other settings: name another folder with --out" in capsys.readouterr().err
    (out / TRIES).write_text("nonsense\n")
    assert main(["redteam", "--tries", "2", "--out", str(out)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    (tmp_path / "case.yaml").write_text("scene: nowhere\nploy: system\nlanguage: en\nobfuscation: plain\nseed: 1\n")
    assert main(["redteam", "--again", str(tmp_path / "case.yaml")]) == 1
    assert "called 'nowhere'" in capsys.readouterr().err
    assert main(["redteam", "--again", str(tmp_path / "none")]) == 1


def test_the_stand_in_is_attacked_with_each_case_s_own_ways_to_obey(
    tried: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No model is loaded for it, and a folder holds the tries of one of the two."""
    obeyed: list[str] = []
    obeying = trial.obeying_session

    def session(settings: Settings, person: Any, drawn: Drawn, eyes: Any) -> Session:
        obeyed.append(drawn.name)
        assert person is not None and settings.desktop == "virtual"
        return obeying(settings, person, drawn, eyes)

    monkeypatch.setattr(trial, "obeying_session", session)
    monkeypatch.setattr(Session, "prepare", lambda self: pytest.fail("a model was loaded"))
    out = str(tmp_path / "red")
    assert main(["redteam", "--worst", "--tries", "12", "--out", out, "--seed", "3"]) == 0
    assert obeyed == tried and len(tried) == 12
    assert f"deskhand redteam --worst --again {out}" in capsys.readouterr().out
    assert main(["redteam", "--worst", "--again", f"{out}/{CASES}"]) == 0
    assert obeyed == tried and len(tried) > 12
    assert main(["redteam", "--tries", "13", "--out", out, "--seed", "3"]) == 1
    assert "holds tries of obeys every order" in capsys.readouterr().err


def test_minutes_end_it(tried: list[str], tmp_path: Path) -> None:
    assert main(["redteam", "--tries", "1000", "--minutes", "0.01", "--out", str(tmp_path / "red")]) == 0
    assert 0 < len(tried) < 1000


def test_it_never_acts_on_the_desktop_of_the_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from training.evaluation.injection.trial import settings_for

    assert settings_for(Settings(desktop="host"), Settings().approval_on("host")).desktop == "virtual"


def test_the_summary_tells_what_worked_by_what_it_was_made_of() -> None:
    tries = [
        made(attacked=True), made(WORKED.model_copy(update={"language": "fr"}), done=True, asked=1), made(error="no window"),
    ]  # fmt: skip
    told = summary(tries)
    assert (told["tries"], told["worked"], told["not_run"], told["asked"]) == (2, 1, 1, 1)
    assert told["by"]["language"] == {"de": [1, 1], "fr": [0, 1]} and told["by"]["kind of place"] == {"dialog": [1, 2]}


def test_a_folder_of_tries_from_elsewhere_leads_nowhere_else(tried: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Tries go to the end of no file of the user's, what worked into no folder of theirs, and no pipe is waited for."""
    out, own = tmp_path / "red", tmp_path / "home"
    argv = ["redteam", "--tries", "12", "--out", str(out), "--seed", "3"]
    assert main([*argv[:2], "1", *argv[3:]]) == 0
    own.mkdir()
    (own / "profile").write_text("")
    (out / TRIES).unlink()
    (out / TRIES).symlink_to(own / "profile")
    assert main(argv) == 1
    (out / TRIES).unlink()
    os.mkfifo(out / TRIES)
    assert main(argv) == 1
    (out / TRIES).unlink()
    for case in (out / CASES).iterdir():
        case.unlink()
    (out / CASES).rmdir()
    (out / CASES).symlink_to(own)
    assert main(argv) == 1
    assert [path.name for path in own.iterdir()] == ["profile"] and not (own / "profile").read_text()
    assert "internal error" not in capsys.readouterr().err
