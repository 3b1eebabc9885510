"""The command line: what it understands, what it prints where, and what becomes of errors."""

from __future__ import annotations

import json
import subprocess
import sys
import types
from pathlib import Path

import pytest
from fakes import FakeDesktop, ScriptedPolicy
from PIL import Image

from agent.cli import commands
from agent.cli.main import INTERRUPTED, main, parse
from agent.session import Session
from recordings.errors import DeskhandError
from recordings.geometry import Box, Point
from tasks.catalogue import own_tasks

ROOT = Path(__file__).parent.parent
SCRIPT = ("click(x=0.25, y=0.5)", 'finish(answer="132")')


class FakeModel:
    """Points at the middle of a box whose width is the number of letters asked about."""

    def __init__(self) -> None:
        self.looked: list[tuple[int, int]] = []

    def look(self, image: Image.Image) -> FakeModel:
        self.looked.append(image.size)
        return self

    def ground(self, text: str) -> types.SimpleNamespace:
        box = Box(x1=0, y1=0, x2=len(text) / 100, y2=0.5)
        return types.SimpleNamespace(point=Point(x=0.25, y=0.5), box=box, confidence=0.87654, seconds=0.123456, context_used=3100)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> FakeModel:
    fake = FakeModel()
    monkeypatch.setattr(commands, "load_model", lambda arguments: fake)
    return fake


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> FakeDesktop:
    """Runs act on a painted desktop and follow a script."""
    desktop = FakeDesktop()
    created = Session.__init__

    def create(self, settings, **options):
        created(self, settings, policy=ScriptedPolicy(*SCRIPT), desktop=desktop, **options)

    monkeypatch.setattr(Session, "__init__", create)
    return desktop


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "screen.png"
    Image.new("RGB", (200, 100), "white").save(path)
    return path


def test_common_options_are_understood_before_and_after_the_command():
    for argv in (["--seed", "7", "--json", "run", "x"], ["run", "x", "--json", "--seed", "7"], ["--json", "run", "--seed", "7", "x"]):
        arguments = parse(argv)
        assert (arguments.command, arguments.request, arguments.seed, arguments.json) == ("run", "x", 7, True)
    assert parse(["tasks", "show", "calculator-sum", "--seed", "3"]).command == "tasks show"
    assert parse(["--model", "a", "tasks", "list"]).model == "a"
    assert parse([]).command == "tui"


def test_options_become_settings():
    argv = ["run", "x", "--size", "640x480", "--region=-10,0,300,200", "--approve", "each", "--dry-run", "--steps", "3", "--seconds", "1.5"]
    settings = commands.read_settings(parse([*argv, "--open", "mousepad", "--debug"]))
    assert (settings.width, settings.height, settings.region) == (640, 480, (-10, 0, 300, 200))
    assert (settings.approve, settings.dry_run, settings.steps, settings.seconds, settings.open) == ("each", True, 3, 1.5, ("mousepad",))
    assert settings.model == "pocket" and settings.seed == 0


@pytest.mark.parametrize(
    "argv",
    [
        ["fly"], ["run"], ["run", "x", "--approve", "always"], ["run", "x", "--steps", "0"], ["run", "x", "--seconds", "nan"],
        ["run", "x", "--size", "wide"], ["run", "x", "--region", "1,2"], ["run", "x", "--seed", "-1"], ["run", "x", "--size", "1x1"],
        ["tasks"], ["ground"], ["ground", "a.png"], ["ground", "a.png", "b", "--batch", "c"], ["screens", "photos", "--out", "x"],
    ],
)  # fmt: skip
def test_wrong_usage_exits_with_2_and_says_why(argv, capsys):
    try:
        status = main(argv)
    except SystemExit as exit_:
        status = exit_.code
    assert status == 2
    assert "deskhand" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["read", "a.png", "b.png"], "deskhand read: nothing is known of b.png: leave it out; deskhand read --help says more"),
        (
            ["run", "click", "File"],
            "deskhand run: nothing is known of File: leave it out; an instruction of several words goes in quotes; ",
        ),
        (["read", "a.png", "--steps", "3"], "deskhand read: no use for --steps here: leave it out; deskhand read --help says more"),
        (["open the file menu"], 'to have something done, write deskhand run "…"; deskhand --help says more'),
        (["train", "a.png", "--minutes", "0"], "deskhand train: argument --minutes: '0' is not a number above 0"),
        (["read", ""], "deskhand read: argument IMAGE: an empty name"),
        (["data", "check", ""], "deskhand data check: argument FOLDER: an empty name"),
        (["ground", "a.png", "b", "--draw", ""], "deskhand ground: argument --draw: an empty name"),
        (["ground", "a.png", "b", "--model", ""], "deskhand: --model: it is empty"),
    ],
)
def test_wrong_usage_is_said_by_the_command_that_was_meant(argv, said, image, monkeypatch, capsys):
    monkeypatch.chdir(image.parent)
    image.rename("a.png")
    try:
        status = main(argv)
    except SystemExit as exit_:
        status = exit_.code
    error = capsys.readouterr().err
    assert status == 2 and said in error and error.count("\n") == 1, error


def test_no_terminal_no_terminal_ui(capsys):
    assert main([]) == 2
    assert "needs a terminal" in capsys.readouterr().err


def test_an_error_is_one_line_and_a_traceback_only_with_debug(capsys, monkeypatch):
    def fail(arguments):
        raise DeskhandError("the disk is full:\nempty it")

    monkeypatch.setitem(commands.COMMANDS, "doctor", fail)
    assert main(["doctor"]) == 1
    assert capsys.readouterr().err == "deskhand: the disk is full: empty it\n"
    assert main(["doctor", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err
    assert main(["doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"error": "the disk is full:\nempty it"}


def test_our_own_bugs_are_one_line_too_but_say_what_they_are(capsys, monkeypatch):
    monkeypatch.setitem(commands.COMMANDS, "doctor", lambda arguments: 1 / 0)
    assert main(["doctor"]) == 1
    assert "internal error: ZeroDivisionError" in capsys.readouterr().err


def test_ctrl_c_exits_with_130(capsys, monkeypatch):
    def interrupt(arguments):
        raise KeyboardInterrupt

    monkeypatch.setitem(commands.COMMANDS, "doctor", interrupt)
    assert main(["doctor"]) == 130
    assert capsys.readouterr().err == "deskhand: interrupted\n"


def test_a_run_prints_its_steps_and_its_verdict(scripted, capsys):
    assert main(["run", "click the file", "--approve", "none"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "click the file"
    assert "click(x=0.2500, y=0.5000)" in lines[1] and 'finish(answer="132")' in lines[2]
    assert (
        lines[3].startswith("? click the file: the model says done, unchecked; the screen changed after 1 of 1 actions (132), 2 steps")
        and "episode:" in lines[4]
    )
    assert len(scripted.performed) == 1


def test_a_run_as_json_has_one_object_on_stdout(scripted, capsys):
    assert main(["run", "click the file", "--approve", "none", "--json"]) == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert (found["success"], found["stop_reason"], found["steps"], found["verdict"]) == (True, "done", 2, None)
    assert Path(found["episode"]).is_dir()
    assert "click(x=0.2500, y=0.5000)" in captured.err


def test_a_dry_run_moves_nothing(scripted, capsys):
    assert main(["--dry-run", "run", "click the file"]) == 0
    assert "[dry run]" in capsys.readouterr().out and scripted.performed == []


def test_what_needs_approval_is_refused_where_nobody_can_be_asked(scripted, capsys):
    assert main(["run", "click the file", "--approve", "each"]) == 1
    output = capsys.readouterr().out
    assert "✗ click the file: refused" in output and "--approve none" in output and scripted.performed == []


def test_ground_prints_the_box_and_the_point(model, image, capsys, tmp_path):
    assert main(["ground", str(image), "twelve chars", "--draw", str(tmp_path / "out.png")]) == 0
    output = capsys.readouterr().out
    assert "point       0.2500 0.5000" in output and "box         0.0000 0.0000 0.1200 0.5000" in output
    assert "context     3,100 tokens" in output
    with Image.open(tmp_path / "out.png") as drawn:
        assert drawn.size == (200, 100) and drawn.convert("RGB").getpixel((50, 50)) != (255, 255, 255)
    assert main(["ground", str(image), "twelve chars", "--json"]) == 0
    answer = {"point": [0.25, 0.5], "box": [0, 0, 0.12, 0.5], "confidence": 0.8765, "seconds": 0.1235}
    assert json.loads(capsys.readouterr().out) == answer | {"context_used": 3100}


def test_ground_refuses_what_is_no_screen(model, image, capsys, tmp_path):
    Image.new("RGB", (1, 1)).save(tmp_path / "tiny.png")
    Image.new("1", (20_000, 20)).save(tmp_path / "wide.png")
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "cut.png").write_bytes(image.read_bytes()[:60])
    for name, reason in (("tiny", "1×1"), ("wide", "20000×20"), ("text", "not an image"), ("cut", "image"), ("none", "no such file")):
        assert main(["ground", str(tmp_path / f"{name}.png"), "the button"]) == 1
        error = capsys.readouterr().err
        assert reason in error and error.count("\n") == 1, error
    assert main(["ground", str(image), " "]) == 1
    assert "instruction is empty" in capsys.readouterr().err
    assert main(["ground", str(image), "ok", "--draw", str(tmp_path / "no" / "out.png")]) == 1
    error = capsys.readouterr().err
    assert "cannot be written (there is no folder" in error and ".new" not in error, "it names the file that was named"
    model.looked.clear()
    for out, why in (("answer.klingon", "no picture is called .klingon"), ("none/a.png", "there is no folder")):
        assert main(["ground", str(image), "ok", "--draw", str(tmp_path / out)]) == 1
        assert why in capsys.readouterr().err and not model.looked, "before anything is computed"


def test_a_batch_answers_each_line_in_order_and_outlives_bad_ones(model, image, capsys, tmp_path):
    (tmp_path / "text.png").write_text("no image")
    Image.new("RGB", (1, 1)).save(tmp_path / "tiny.png")
    items = [
        '{"image": "screen.png", "instruction": "one"}',
        '{"image": "screen.png", "instruction": "three"}',
        '{"image": "text.png", "instruction": "one"}',
        '{"image": "tiny.png", "instruction": "one"}',
        "not json",
        "[1]",
        '{"image": "screen.png"}',
        '{"image": 3, "instruction": "one"}',
        '{"image": "missing.png", "instruction": "one"}',
        "",
        '{"image": "screen.png", "instruction": "fünf", "bbox": [0, 0, 1, 1]}',
    ]
    batch = tmp_path / "items.jsonl"
    batch.write_text("\n".join(items), encoding="utf-8")
    assert main(["ground", "--batch", str(batch)]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [list(answer) == ["error"] for answer in answers] == [False, False, True, True, True, True, True, True, True, False]
    assert [answer["box"][2] for answer in answers if "box" in answer] == [0.03, 0.05, 0.04]
    assert set(answers[0]) == {"point", "box", "confidence", "seconds"}
    assert len(model.looked) == 1, "neighbouring questions about one image look at it once"
    assert main(["ground", "--batch", str(tmp_path / "nothing.jsonl")]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_tasks_are_listed_shown_and_checked(capsys, tmp_path):
    assert main(["tasks", "list", "--json"]) == 0
    names = [task["name"] for task in json.loads(capsys.readouterr().out)["tasks"]]
    assert "calculator-sum" in names
    assert main(["tasks", "list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(names)
    (own_tasks() / "mine.yaml").parent.mkdir(parents=True)
    (own_tasks() / "mine.yaml").write_text("name: mine\ninstruction: click OK\nplan: [click OK]\n")
    (own_tasks() / "torn.yaml").write_text("name: torn\n")
    assert main(["tasks", "list"]) == 0
    told = capsys.readouterr()
    assert "mine " in told.out and "click OK" in told.out and "torn.yaml" in told.err, "what tasks add registered, too"
    assert main(["tasks", "show", "calculator-sum", "--seed", "5", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["seed"] == 5 and shown["values"]["first"] and str(shown["values"]["first"]) in shown["instruction"]
    assert main(["tasks", "show", "calculator-sum"]) == 0
    assert "instruction: Work out" in capsys.readouterr().out
    assert main(["tasks", "check"]) == 0
    capsys.readouterr()
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("name: wrong\ninstruction: x\ncolour: red\n")
    assert main(["tasks", "check", str(wrong)]) == 1
    assert "wrong.yaml:3: unknown key 'colour'" in capsys.readouterr().out


def test_training_commands_reach_their_functions(monkeypatch, capsys, tmp_path):
    called = {}
    import training.screens

    evaluation = types.ModuleType("training.evaluation.evaluate")
    evaluation.evaluate = lambda on, count, settings: called.update(evaluate=(on, count, settings.seed, settings.model)) or {"hits": 0.9}
    trainer = types.ModuleType("training.stages.trainer")
    made = {"process": 0, "held_out": [], "first_loss": 2.0, "last_loss": 1.0, "steps": 1, "of_steps": 1}
    trainer.run_stage = lambda stage, out, resume: called.update(train=(stage.episodes, stage.minutes, out, resume)) or made
    monkeypatch.setitem(sys.modules, "training.evaluation.evaluate", evaluation)
    monkeypatch.setitem(sys.modules, "training.stages.trainer", trainer)
    monkeypatch.setattr(training.screens, "generate", lambda *given: called.update(screens=given), raising=False)
    assert main(["screens", "drawn", "--count", "3", "--out", str(tmp_path), "--seed", "4", "--size", "640x480"]) == 0
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text("stage: instruct\nepisodes: [shown]\n")
    assert main(["train", str(tmp_path / "tiny.yaml"), "--minutes", "2.5", "--resume", "runs/a"]) == 0
    capsys.readouterr()
    assert main(["evaluate", "--on", "pages", "--count", "10", "--json", "--model", "m"]) == 0
    assert json.loads(capsys.readouterr().out) == {"hits": 0.9}
    assert called == {
        "screens": ("drawn", 3, tmp_path, 4, (640, 480), None, False, False),
        "train": ([Path("shown")], 2.5, Path("runs/train"), Path("runs/a")),
        "evaluate": ("pages", 10, 0, "m"),
    }


def test_output_that_nobody_reads_is_no_error():
    command = f"{sys.executable} -m agent.cli tasks list | true; exit ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert "Traceback" not in result.stderr and "Exception" not in result.stderr


def test_every_command_has_help_and_a_function():
    names = set(commands.COMMANDS)
    for argv in (
        ["run"],
        ["demo"],
        ["plan"],
        ["ground"],
        ["read"],
        ["ask"],
        ["tasks", "list"],
        ["tasks", "show"],
        ["tasks", "check"],
        ["tasks", "add"],
        ["trust"],
        ["screens"],
        ["train"],
        ["evaluate"],
        ["redteam"],
        ["doctor"],
        ["permissions"],
        ["record"],
        ["replay"],
        *(["data", verb] for verb in ("check", "classify", "mix", "report", "repair", "regenerate", "rewrite", "safety")),
        *(["model", verb] for verb in ("prepare", "info", "check", "bench", "receipt", "merge")),
        *(["episodes", verb] for verb in ("list", "show", "verify", "review", "trim", "split", "merge", "relabel", "export", "import")),
    ):
        with pytest.raises(SystemExit) as exit_:
            parse([*argv, "--help"])
        assert exit_.value.code == 0
        names.discard(" ".join(argv))
    assert names == {"tui"}
    assert INTERRUPTED == 130
