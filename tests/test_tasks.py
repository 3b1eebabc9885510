"""Definitions: drawn values, errors that name file and line, start states, and every check against a world of our own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from recordings.errors import DeskhandError
from recordings.geometry import Box
from tasks.catalogue import DEFINITIONS, demo_tasks, list_tasks, load_task, read_task
from tasks.checks import Check, run_checks
from tasks.parameters import insert
from tasks.prepare import prepare
from tasks.world import ElementText

CHECK: TypeAdapter[Check] = TypeAdapter(Check)
TASK = """\
name: example
instruction: Type "{word}" and open "File".
parameters:
  word: {kind: words, low: 1, high: 2, of: [red, green, blue]}
start:
  folders: [in]
  files:
    - {path: in/a.txt, text: "{word}"}
  run: [editor, "{word}.txt"]
  window: {title: Editor, width: [0.5, 0.6], height: [0.5, 0.6]}
checks:
  - {kind: file_text, path: in/a.txt, equals: "{word}"}
"""


class FakeStage:
    """A world that answers what it was told, and a stage that notes what was asked of it."""

    def __init__(self, home: Path, titles: Sequence[str] = (), clipboard: str = "", elements: Sequence[ElementText] = ()) -> None:
        self.home = home
        self.titles, self.clipboard, self.elements = list(titles), clipboard, elements
        self.asked: list[object] = []
        self.status: int | None = None

    def poll(self) -> int | None:
        return self.status

    def window_titles(self) -> Sequence[str]:
        return self.titles

    def clipboard_text(self) -> str:
        return self.clipboard

    def element_texts(self) -> Sequence[ElementText]:
        return self.elements

    def spawn(self, argv: Sequence[str], cwd: Path | None = None) -> FakeStage:
        self.asked.append((list(argv), cwd))
        self.titles.append("Untitled - Editor")
        return self

    def place_window(self, title: str, box: Box) -> None:
        self.asked.append((title, box))


def written(folder: Path, text: str) -> Path:
    path = folder / "example.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_ships_is_sound() -> None:
    shipped = list_tasks()
    assert len(shipped) >= 4 and len(demo_tasks()) >= 3
    for task in shipped:
        assert (DEFINITIONS / f"{task.name}.yaml").is_file(), "a task is found under its own name"
        for seed in range(30):
            instance = task.instantiate(seed)
            assert "{" not in instance.instruction
            assert instance == task.instantiate(seed)


def test_seeds_vary_instruction_and_window() -> None:
    for task in list_tasks():
        instances = [task.instantiate(seed) for seed in range(30)]
        assert len({instance.instruction for instance in instances}) >= 8
        assert len({str(instance.window_box) for instance in instances}) == 30


@given(st.integers(0, 10**9))
def test_sums_are_right(seed: int) -> None:
    values = load_task("calculator-sum").instantiate(seed).values
    first, second = values["first"], values["second"]
    assert isinstance(first, int) and isinstance(second, int)
    assert values["result"] == (first + second if values["sign"] == "+" else first - second)


@given(st.integers(0, 10**9))
def test_two_options_are_two(seed: int) -> None:
    values = load_task("editor-preferences").instantiate(seed).values
    assert values["first"] != values["second"]


def test_values_are_inserted_everywhere(tmp_path: Path) -> None:
    instance = read_task(written(tmp_path, TASK)).instantiate(3)
    word = str(instance.values["word"])
    assert instance.instruction == f'Type "{word}" and open "File".'
    assert instance.start.run == ["editor", f"{word}.txt"] and instance.start.files[0].text == word
    assert getattr(instance.checks[0], "equals") == word  # noqa: B009 - the union's other members have none


@given(st.text())
def test_inserting_never_evaluates(text: str) -> None:
    assert insert("{a}", {"a": text}) == text
    assert insert("{a.b} {A} {0} {}", {"a": {"b": text}}) == f"{text} {{A}} {{0}} {{}}"
    with pytest.raises(ValueError, match="names no parameter"):
        insert("{a.__class__}", {"a": text})


@pytest.mark.parametrize(
    ("old", "new", "line", "complaint"),
    [
        ("name: example", "nmae: example", 1, "unknown key 'nmae'"),
        ("kind: file_text, path", "kind: file_txet, path", 12, "unknown kind 'file_txet': use one of 'file_exists'"),
        ("equals:", "equal:", 12, "unknown key 'equal'"),
        (', equals: "{word}"}', "}", 12, "exactly one of equals, contains and matches"),
        ('equals: "{word}"', 'matches: "("', 12, "no regular expression"),
        ("path: in/a.txt, equals", "path: ../a.txt, equals", 12, "no path below the home directory"),
        ("path: in/a.txt, text", "path: /etc/a.txt, text", 8, "no path below the home directory"),
        ("folders:", "folder:", 6, "unknown key 'folder'"),
        ("width: [0.5, 0.6]", "width: [0.5, 1.6]", 10, "less than or equal to 1"),
        ("width: [0.5, 0.6]", "width: [0.6, 0.5]", 10, "no range of sizes"),
        ('run: [editor, "{word}.txt"]', "run: editor", 9, "valid list"),
        ("kind: words", "kind: wrods", 4, "unknown kind 'wrods'"),
        ("high: 2", "high: 9", 4, "cannot be drawn from 3"),
        ("parameters:", "name: twice\nparameters:", 3, "the key 'name' is given twice"),
        ("checks:", "checks: [", 12, "expected"),
        ("start:", "start: &a\n  files: *a\nother:", 5, "refers to itself"),
        ("instruction:", "instruction: &a !!python/object:os.system", 2, "could not determine a constructor"),
    ],
)
def test_a_wrong_definition_names_file_and_line(tmp_path: Path, old: str, new: str, line: int, complaint: str) -> None:
    assert old in TASK
    path = written(tmp_path, TASK.replace(old, new, 1))
    with pytest.raises(DeskhandError) as caught:
        read_task(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: ") and complaint in message and "\n" not in message and "Value error" not in message


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b", "a: b: c", "\t", "name: \x00", "--- a\n--- b"])
def test_what_is_no_definition_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(DeskhandError) as caught:
        read_task(written(tmp_path, text))
    assert str(caught.value).startswith(str(tmp_path)) and "\n" not in str(caught.value)


def test_unknown_names_and_parameters_are_named(tmp_path: Path) -> None:
    with pytest.raises(DeskhandError, match="did you mean calculator-sum"):
        load_task("calculator-sun")
    with pytest.raises(DeskhandError, match="there is no task file"):
        load_task(str(tmp_path / "none.yaml"))
    with pytest.raises(DeskhandError, match=r"example.yaml: .*\{wodr\} names no parameter: there are word"):
        read_task(written(tmp_path, TASK.replace("{word}", "{wodr}")))
    with pytest.raises(DeskhandError, match="not a parameter before it"):
        read_task(written(tmp_path, TASK.replace("kind: words, low: 1, high: 2,", "kind: choice, other_than: none,")))


def test_preparing_sets_up_in_order(tmp_path: Path) -> None:
    instance = read_task(written(tmp_path, TASK)).instantiate(1)
    stage = FakeStage(tmp_path / "home")
    prepare(instance, stage)
    assert (stage.home / "in" / "a.txt").read_text() == instance.values["word"]
    assert stage.asked == [(instance.start.run, stage.home), ("Editor", instance.window_box)]
    box = instance.window_box
    assert 0.5 <= box.x2 - box.x1 <= 0.601 and 0.5 <= box.y2 - box.y1 <= 0.601


def test_preparing_overwrites_nothing_and_waits_in_vain_only_so_long(tmp_path: Path) -> None:
    instance = read_task(written(tmp_path, TASK)).instantiate(1)
    stage = FakeStage(tmp_path / "home")
    prepare(instance, stage)
    with pytest.raises(DeskhandError, match="would overwrite"):
        prepare(instance, stage)
    stage = FakeStage(tmp_path / "other")
    stage.spawn = lambda argv, cwd=None: stage  # type: ignore[method-assign]
    with pytest.raises(DeskhandError, match="editor opened no window called 'Editor' within 0 s"):
        prepare(instance, stage, timeout=0.1)


@pytest.mark.parametrize(("status", "ending"), [(1, "exit status 1"), (-9, "signal 9")])
def test_a_program_that_dies_before_its_window_opens_is_told_at_once(tmp_path: Path, status: int, ending: str) -> None:
    instance = read_task(written(tmp_path, TASK)).instantiate(1)
    stage = FakeStage(tmp_path / "home")
    stage.spawn = lambda argv, cwd=None: stage  # type: ignore[method-assign]
    stage.status = status
    with pytest.raises(DeskhandError, match=rf"editor died before it opened a window called 'Editor' \({ending}\)"):
        prepare(instance, stage)


def test_a_folder_where_a_file_is_is_one_line(tmp_path: Path) -> None:
    instance = read_task(written(tmp_path, TASK)).instantiate(1)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "in").write_text("mine")
    with pytest.raises(DeskhandError, match=r"the task example cannot make the folder .*in: File exists"):
        prepare(instance, FakeStage(tmp_path / "home"))


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ({"kind": "file_exists", "path": "a.txt"}, True),
        ({"kind": "file_exists", "path": "b.txt"}, False),
        ({"kind": "file_exists", "path": "folder"}, False),
        ({"kind": "folder_exists", "path": "folder"}, True),
        ({"kind": "folder_exists", "path": "a.txt"}, False),
        ({"kind": "file_text", "path": "a.txt", "equals": "Grüße"}, True),
        ({"kind": "file_text", "path": "a.txt", "equals": "Grüß"}, False),
        ({"kind": "file_text", "path": "a.txt", "contains": "rüß"}, True),
        ({"kind": "file_text", "path": "a.txt", "matches": "^Gr.+e$"}, True),
        ({"kind": "file_text", "path": "b.txt", "contains": ""}, False),
        ({"kind": "file_text", "path": "folder", "contains": ""}, False),
        ({"kind": "file_text", "path": "bytes", "contains": ""}, False),
        ({"kind": "window_title", "contains": "Editor"}, True),
        ({"kind": "window_title", "contains": "Browser"}, False),
        ({"kind": "window_closed", "contains": "Browser"}, True),
        ({"kind": "window_closed", "contains": "Editor"}, False),
        ({"kind": "clipboard_text", "equals": "copied"}, True),
        ({"kind": "clipboard_text", "equals": "cop"}, False),
        ({"kind": "element_text", "role": "text", "equals": "42"}, True),
        ({"kind": "element_text", "role": "label", "equals": "42"}, False),
        ({"kind": "element_text", "name": "Total", "contains": "Total"}, True),
        ({"kind": "element_text", "name": "Total", "contains": "42"}, False),
        ({"kind": "setting", "path": "set.ini", "section": "View", "key": "Show:Lines", "equals": "true"}, True),
        ({"kind": "setting", "path": "set.ini", "section": "View", "key": "show:lines", "equals": "true"}, False),
        ({"kind": "setting", "path": "set.ini", "section": "None", "key": "Wrap", "equals": "false", "default": "false"}, True),
        ({"kind": "setting", "path": "none.ini", "section": "View", "key": "Wrap", "equals": "true"}, False),
        ({"kind": "setting", "path": "bytes", "section": "View", "key": "Wrap", "equals": "true"}, False),
        ({"kind": "setting", "path": "a.txt", "section": "View", "key": "Wrap", "equals": "true"}, False),
    ],
)
def test_checks(tmp_path: Path, check: dict[str, str], expected: bool) -> None:
    (tmp_path / "a.txt").write_text("Grüße\n", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "set.ini").write_text("# note\n[View]\nShow:Lines=true\nPercent=100%\n[View]\nWrap=no\n")
    elements = [ElementText("text", "", "42"), ElementText("label", "Total")]
    (result,) = run_checks([CHECK.validate_python(check)], FakeStage(tmp_path, ["a - Editor"], "copied\n", elements), patience=0)
    assert result.passed is expected
    assert result.detail and result.name.startswith(check["kind"])


def test_a_world_that_cannot_answer_fails_the_check(tmp_path: Path) -> None:
    class Broken(FakeStage):
        def clipboard_text(self) -> str:
            raise DeskhandError("the display is gone")

    (result,) = run_checks([CHECK.validate_python({"kind": "clipboard_text", "contains": ""})], Broken(tmp_path), patience=0)
    assert not result.passed and result.detail == "could not look: the display is gone"


def test_checks_wait_for_what_is_about_to_be_true(tmp_path: Path) -> None:
    class Slow(FakeStage):
        looks = 0

        def window_titles(self) -> Sequence[str]:
            self.looks += 1
            return ["Saved"] if self.looks >= 3 else []

    stage = Slow(tmp_path)
    (result,) = run_checks([CHECK.validate_python({"kind": "window_title", "contains": "Saved"})], stage, patience=5)
    assert result.passed and stage.looks == 3
