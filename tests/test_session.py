"""Whole runs on a real display with real applications, driven by a scripted policy."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fakes import FakeDesktop, ScriptedPolicy, small_settings, until

from agent.desktop import LiveDesktop
from agent.errors import DesktopError
from agent.guard import MARKER
from agent.protocols import Phase
from agent.session import Session, SessionError
from agent.virtual import VirtualDesktop
from recordings.episode import Outcome, StopReason
from recordings.provenance import made_here
from recordings.store import EpisodeError, EpisodeWriter, read_episode
from tasks.catalogue import TaskError, load_task
from tests.probe import INTERPRETER, marked

NOTE_TASK = """
name: note
instruction: Type "{text}" and save it as "{file}".
parameters:
  text: {kind: choice, of: ["crème brûlée 5 €", "naïve façade"]}
  file: {kind: choice, of: [a.txt, b.txt]}
start:
  run: [mousepad]
  window: {title: Mousepad, width: [0.5, 0.7], height: [0.5, 0.7]}
checks:
  - {kind: file_text, path: "{file}", equals: "{text}"}
  - {kind: window_title, contains: "{file}"}
limits: {steps: 20, seconds: 60}
"""


SLOW_PROGRAM = """
import time
from Xlib import X
from Xlib.display import Display

display = Display()
root = display.screen().root
window = root.create_window(0, 0, 300, 200, 0, display.screen().root_depth, background_pixel=0xFFFFFF, event_mask=X.ExposureMask)
window.set_wm_name("Slow")
window.set_wm_protocols([display.intern_atom("_NET_WM_PING")])
window.map()
display.sync()
time.sleep(1.5)
while True:
    event = display.next_event()
    if event.type == X.Expose:
        window.fill_rectangle(window.create_gc(foreground=0xFF0000), 0, 0, 2000, 2000)
    elif event.type == X.ClientMessage:
        root.send_event(event, event_mask=X.SubstructureNotifyMask | X.SubstructureRedirectMask)
    display.flush()
"""


@pytest.fixture
def note_task(tmp_path: Path) -> Path:
    path = tmp_path / "note.yaml"
    path.write_text(NOTE_TASK, encoding="utf-8")
    made_here(path)
    return path


def test_a_task_is_prepared_done_recorded_and_checked(tmp_path, note_task):
    values = load_task(note_task).instantiate(3).values
    policy = ScriptedPolicy(
        f'type(text="{values["text"]}")',
        'press(keys=["ctrl", "s"])',
        'press(keys=["ctrl", "a"])',
        f'type(text="{values["file"]}")',
        'press(keys=["enter"])',
        'finish(answer="saved")',
    )
    notices, phases = [], []
    with Session(
        small_settings(tmp_path, seed=3), policy=policy, notice=notices.append, watcher=lambda phase, *_: phases.append(phase)
    ) as session:
        steps = list(session.run(str(note_task)))
        result = session.result
    assert result.verdict is True and result.success, result.checks
    assert (result.stop_reason, result.answer, result.steps) == (StopReason.DONE, "saved", 6)
    assert policy.instructions[0] == f'Type "{values["text"]}" and save it as "{values["file"]}".'
    assert steps[0].changed and steps[0].before.size == (800, 600)
    assert result.line().startswith("✓ note.yaml: done (saved), 6 steps, ")
    assert any("virtual desktop" in line for line in notices) and Phase.SETTLING in phases
    episode = read_episode(result.episode)
    assert episode.problems == () and (episode.header.verdict, episode.header.stop_reason) == (True, StopReason.DONE)
    assert [step.action for step in episode.steps] == [step.action for step in steps]
    assert episode.frame(episode.steps[0], "after").size == (800, 600)


def test_what_starts_is_drawn_before_it_is_looked_at(tmp_path):
    """The window is there and placed long before its program gets round to drawing it."""
    (tmp_path / "slow.py").write_text(SLOW_PROGRAM)
    task = tmp_path / "slow.yaml"
    window = "{title: Slow, width: [0.5, 0.7], height: [0.5, 0.7]}"
    check = "{kind: window_title, contains: Slow}"
    task.write_text(
        f"name: slow\ninstruction: Look.\nstart:\n  run: [{sys.executable}, {tmp_path}/slow.py]\n  window: {window}\nchecks: [{check}]\n"
    )
    made_here(task)
    with Session(small_settings(tmp_path, share=(*INTERPRETER, tmp_path)), policy=ScriptedPolicy("finish()")) as session:
        (step,) = session.run(str(task))
    middle = load_task(task).instantiate(0).window_box.center
    assert step.before.image.getpixel((round(middle.x * 800), round(middle.y * 600))) == (255, 0, 0)
    assert session.result.success


def test_the_verdict_is_the_worlds_not_the_agents(tmp_path, note_task):
    with Session(small_settings(tmp_path), policy=ScriptedPolicy('finish(answer="all done")')) as session:
        list(session.run(str(note_task)))
    assert session.result.stop_reason is StopReason.DONE
    assert session.result.verdict is False and not session.result.success
    assert "0 of 2 checks hold" in session.result.line()


def test_an_application_that_dies_is_named_and_the_run_ends_by_itself(tmp_path, note_task):
    policy = ScriptedPolicy('type(text="x")', 'press(keys=["ctrl", "a"])')
    killed = []

    def kill_editor():
        if policy.histories and not killed:
            ((_, editor),) = session._current.gi_frame.f_locals["place"].stage._programs
            editor.kill()
            killed.append(editor.wait())

    policy.on_predict = kill_editor
    with Session(small_settings(tmp_path), policy=policy) as session:
        list(session.run(str(note_task)))
    assert killed and session.result.stop_reason is StopReason.ERROR and session.result.steps == 2
    assert session.result.detail == "mousepad died during the run: signal 9" and session.result.notes == ()
    assert session.result.verdict is False and read_episode(session.result.episode).header.stop_reason is StopReason.ERROR


def test_a_display_that_dies_ends_the_run_as_an_error(tmp_path, note_task, monkeypatch):
    opened = []
    original = VirtualDesktop.__init__
    monkeypatch.setattr(
        VirtualDesktop, "__init__", lambda self, *args, **options: (original(self, *args, **options), opened.append(self))[0]
    )
    policy = ScriptedPolicy('type(text="x")')
    policy.on_predict = lambda: policy.histories and opened[0].close()
    with Session(small_settings(tmp_path), policy=policy) as session:
        list(session.run(str(note_task)))
    assert session.result.stop_reason is StopReason.ERROR and "is gone: start the run again" in session.result.detail
    assert session.result.verdict is False
    assert read_episode(session.result.episode).header.stop_reason is StopReason.ERROR


def test_leaving_early_closes_everything(tmp_path, note_task):
    session = Session(small_settings(tmp_path), policy=ScriptedPolicy("wait(seconds=0.05)"))
    steps = session.run(str(note_task))
    next(steps)
    stage = session._current.gi_frame.f_locals["place"].stage
    mark = stage._desktop.env[MARKER]
    assert any("Xvfb" in line for line in marked(mark)) and any("mousepad" in line for line in marked(mark))
    session.close()
    assert marked(mark) == [] and not stage.home.exists()
    assert session.result.stop_reason is StopReason.STOPPED and session.result.steps == 1
    assert read_episode(session.result.episode).header.stop_reason is StopReason.STOPPED
    session.close()


def test_an_instruction_runs_with_the_programs_it_names(tmp_path):
    policy = ScriptedPolicy('type(text="1")', "finish()")
    with Session(small_settings(tmp_path, desktop="virtual", open=("mousepad",)), policy=policy) as session:
        first, _ = session.run("type a one")
    assert first.window_title.endswith("Mousepad") and first.changed
    assert session.result.verdict is None and session.result.success


def test_a_step_costs_little_beside_the_model_and_the_settling(tmp_path, monkeypatch):
    """Capture, action, frames and lines on the disk, at 1280×720; processor time, so that other work on the machine does not count."""
    policy = ScriptedPolicy(*(f"move(x=0.{number}, y=0.5)" for number in range(10, 25)), "finish()")
    settling: list[float] = []
    settle = LiveDesktop.settle

    def timed(desktop):
        began = time.process_time()
        try:
            return settle(desktop)
        finally:
            settling.append(time.process_time() - began)

    monkeypatch.setattr(LiveDesktop, "settle", timed)
    with Session(small_settings(tmp_path, desktop="virtual", width=1280, height=720, open=("mousepad",)), policy=policy) as session:
        steps = session.run("move around")
        next(steps)
        settling.clear()
        began = time.process_time()
        count = sum(1 for _ in steps)
        spent = time.process_time() - began - sum(settling)
    print(f"{1000 * spent / count:.1f} ms of processor time a step")
    assert count == 15 and spent / count < 0.06, "the loop itself became slow"


def test_a_program_that_dies_before_its_window_opens_is_named_at_once(tmp_path):
    with Session(small_settings(tmp_path, desktop="virtual", open=("false",)), policy=ScriptedPolicy("finish()")) as session:
        with pytest.raises(DesktopError, match="false died during the run: exit status 1"):
            list(session.run("click it"))


def test_what_cannot_begin_says_so(tmp_path, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    with Session(small_settings(tmp_path), policy=ScriptedPolicy("finish()")) as session:
        with pytest.raises(SessionError, match="nothing to do"):
            list(session.run("  "))
        with pytest.raises(TaskError, match="calculator-sum"):
            list(session.run("calculator-smu"))
        session.settings = small_settings(tmp_path, desktop="host")
        with pytest.raises(SessionError, match="leave out --desktop host"):
            list(session.run("calculator-sum"))
        with pytest.raises(Exception, match="virtual"):
            list(session.run("click the button"))
        assert session.result is None
    with Session(small_settings(tmp_path, desktop="host", model="/nowhere")) as session, pytest.raises(DesktopError, match="virtual"):
        list(session.run("click the button"))  # that there is no display is said before a model is loaded


def test_a_full_disk_ends_the_run_and_keeps_what_was_saved(tmp_path, monkeypatch):
    saved = EpisodeWriter.append

    def append(writer, step):
        if step.index == 2:
            raise EpisodeError("step 3 could not be saved: No space left on device; the 2 steps before it are safe")
        return saved(writer, step)

    monkeypatch.setattr(EpisodeWriter, "append", append)
    desktop = FakeDesktop()
    with Session(small_settings(tmp_path), policy=ScriptedPolicy("click(x=0.5, y=0.5)"), desktop=desktop) as session:
        steps = list(session.run("click on and on"))
    assert len(steps) == 2 and len(desktop.performed) == 3, "nothing happens after the step that was not saved"
    assert session.result.stop_reason is StopReason.ERROR and "No space left" in session.result.detail
    assert session.result.steps == 2, "what was saved is what counts"
    assert len(read_episode(session.result.episode).steps) == 2


def test_approval_is_asked_for_as_the_settings_say(tmp_path):
    desktop = FakeDesktop()
    with Session(small_settings(tmp_path, approve="each"), policy=ScriptedPolicy("click(x=0.5, y=0.5)"), desktop=desktop) as session:
        (refused,) = session.run("click it")
    assert refused.outcome is Outcome.REFUSED and desktop.performed == []
    assert session.result.stop_reason is StopReason.REFUSED and "--approve none" in session.result.detail


# Whole processes, ended from outside.

SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from fakes import ScriptedPolicy
import agent.session
agent.session.Session._load_policy = lambda self: ScriptedPolicy(*["wait(seconds=0.1)", "press(keys=[\\"ctrl\\", \\"a\\"])"] * 200)
from agent.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_a_run_that_is_killed_leaves_a_readable_episode_and_nothing_else(tmp_path, note_task, number, status):
    script = SCRIPT.format(tests=str(Path(__file__).parent))
    command = [sys.executable, "-c", script, "run", str(note_task), "--plain", "--episodes", str(tmp_path / "e"), "--steps", "400"]
    root = Path(__file__).parent.parent
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root)
    lines = iter(process.stdout.readline, "")
    assert any(" 2 " in line and "press" in line for line in lines), process.stderr.read()
    marks = {
        line.partition(b"=")[2].decode()
        for children in Path(f"/proc/{process.pid}/task").glob("*/children")
        for child in children.read_text().split()
        for line in Path(f"/proc/{child}/environ").read_bytes().split(b"\0")
        if line.startswith(MARKER.encode())
    }
    assert len(marks) == 1 and len(marked(*marks)) >= 3
    process.send_signal(number)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == status, errors
    until(lambda: not marked(*marks))
    episode = read_episode(next((tmp_path / "e").iterdir()))
    assert len(episode.steps) >= 2
    if number == signal.SIGINT:
        assert "deskhand: interrupted" in errors and "stopped by the user (interrupted)" in output
        assert episode.header.stop_reason is StopReason.STOPPED and episode.problems == ()
        assert "Traceback" not in errors


def test_a_task_is_said_in_quotation_marks_to_who_follows_only_those(tmp_path):
    policy = ScriptedPolicy("finish()")
    policy.refusal = lambda instruction: None if '"' in instruction else "quote it"
    notices = []
    with Session(small_settings(tmp_path, seed=2, desktop="virtual"), policy=policy, notice=notices.append) as session:
        list(session.run("folder-create"))
        words = load_task("folder-create").instantiate(2)
        assert policy.instructions == [words.quoted] and '"' not in words.instruction
        assert read_episode(session.result.episode).header.instruction == words.quoted
        assert any("quotation marks" in line for line in notices)
        with pytest.raises(SessionError, match="quote it"):
            list(session.run("make a folder"))
