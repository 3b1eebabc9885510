"""What Deskhand starts of itself is itself, also in a folder that somebody else filled."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

from recordings.own_module import ROOT, own_module
from training.commit import commit

PACKAGES = ("agent", "recordings", "tasks", "training", "vlm")


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A folder with modules that are called as ours, and as Python's own, and leave a mark where they are run."""
    (tmp_path / "agent" / "x11").mkdir(parents=True)
    mark = f"open({str(tmp_path / 'mark')!r}, 'w').close()\n"
    for name in ("agent/__init__.py", "agent/x11/__init__.py", "agent/x11/keeper.py", "json.py", "base64.py", "runpy.py"):
        (tmp_path / name).write_text(mark)
    return tmp_path


def test_a_module_of_ours_is_not_looked_for_in_the_folder_that_one_works_in(trap: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    ran = subprocess.run(own_module("agent.x11.keeper"), input="{}", cwd=trap, capture_output=True, text=True)
    assert "KeyError: 'display'" in ran.stderr, "it is ours, and was told nothing"
    assert not (trap / "mark").exists()


def test_its_arguments_reach_it(tmp_path: Path) -> None:
    ran = subprocess.run(own_module("agent.cli", "--version"), cwd=tmp_path, capture_output=True, text=True)
    assert ran.stdout.startswith("deskhand ") and ran.returncode == 0


def test_nothing_else_starts_python_on_a_module() -> None:
    found = [
        f"{path}:{node.lineno}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.List) and [ast.unparse(one) for one in node.elts[:2]] == ["sys.executable", "'-m'"]
    ]
    assert found == [], "use recordings.own_module"


def test_the_commit_is_that_of_the_code_at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not of the folder that one works in, nor of a project in whose environment Deskhand is installed."""
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (("init", "-q"), ("commit", "-q", "--allow-empty", "-m", "other")):
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True)
    ours = commit()
    monkeypatch.chdir(tmp_path)
    other = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    assert commit() == ours != other
    (tmp_path / "lib").mkdir()
    monkeypatch.setattr("training.commit.ROOT", tmp_path / "lib")
    assert commit() == "unknown"
