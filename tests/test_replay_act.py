"""Acting replays: on a painted desktop through the loop, and on real applications on a virtual one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from demonstrations import BUTTONS, SCRIPT, Model, demonstrate, make_episode, paint, screenshot
from fakes import FakeDesktop, FixedApprover, ScriptedPolicy, small_settings
from PIL import Image, ImageDraw

from agent.cli.main import main
from agent.errors import DesktopError
from agent.loop import Agent
from agent.place import Place
from agent.protocols import Decision, Verdict
from agent.replay.act import ReplayPolicy
from agent.replay.resemblance import alike, find_patch, patch_alike, patch_around
from agent.replay.source import stage_settings
from agent.session import Session
from recordings.action import Action, Click, Drag, Move, Type, Wait, parse_action
from recordings.episode import Element, Observation, Outcome, Prediction, Source, Step, StopReason
from recordings.geometry import Box, Point
from recordings.provenance import made_here
from recordings.store import Episode, read_episode


@pytest.fixture
def shown(tmp_path: Path) -> Episode:
    return read_episode(make_episode(tmp_path / "episodes"))


# Resemblance.


def test_screens_and_patches_are_told_apart() -> None:
    same, moved, other = paint(), paint(shift=(0.0, 0.3)), Image.new("RGB", (320, 200), "black")
    assert alike(same, paint(1)) > 0.9 and alike(same, moved) < 0.9 and alike(same, other) < 0.2
    assert alike(same, same.resize((640, 400))) > 0.95
    rectangle = patch_around(Point(x=0.7, y=0.15), BUTTONS["Save"], same.size)
    assert rectangle == (192, 20, 256, 40)
    assert patch_alike(same, paint(5), rectangle) == 1.0 and patch_alike(same, moved, rectangle) < 0.5
    left, top, share = find_patch(same.crop(rectangle), moved, (200, 75))
    assert (left, top, share) == (192, 80, 1.0)
    assert find_patch(same.crop(rectangle), other, (200, 75))[2] < 0.5
    relabelled = same.copy()
    pen = ImageDraw.Draw(relabelled)
    pen.rectangle((192, 20, 256, 40), fill=same.getpixel((250, 30)))
    pen.text((198, 24), "Send", fill="white")
    assert patch_alike(same, relabelled, rectangle) < 0.85, "the same button with another label"


# Acting on a painted desktop, through the loop.


SAMPLES = Path(__file__).parent.parent / "recordings" / "samples"


class Painted(FakeDesktop):
    """Shows the recording's next frame after each action but waits, its buttons `shift` away from `moves_at` on."""

    def __init__(self, shift: tuple[float, float] = (0.0, 0.0), moves_at: int = 0, late: int = 0) -> None:
        super().__init__((320, 200), "Editor")
        self.shift, self.moves_at, self.late = shift, moves_at, late
        self.moves = 0
        self._paint()

    def _paint(self) -> None:
        number = len(self.performed)
        self.image = paint(number, shift=self.shift if number >= self.moves_at else (0.0, 0.0))
        if self.late and number >= self.moves_at:
            self.image = Image.new("RGB", (320, 200))

    def observe(self) -> Observation:
        observation = super().observe()
        if self.late and len(self.performed) >= self.moves_at:
            self.late -= 1
            self._paint()
        return observation

    def perform(self, action: Action) -> None:
        if isinstance(action, Move):  # changes nothing here
            self.moves += 1
            return
        super().perform(action)
        self._paint()


def act(
    episode: Episode, desktop: FakeDesktop, approver: FixedApprover | None = None, **options: object
) -> tuple[Agent, list[Step], ReplayPolicy]:
    policy = ReplayPolicy(episode, **{"patience": 1.0, **options})  # type: ignore[arg-type]
    agent = Agent(policy, desktop, approver or FixedApprover())
    agent.switch.sleep = lambda seconds: None  # type: ignore[method-assign]
    return agent, list(agent.run(episode.header.instruction)), policy


def actions_of(episode: Episode) -> list[Action]:
    return [step.action for step in episode.steps if step.action is not None and step.action.kind not in ("wait", "finish")]


def test_an_episode_is_repeated_and_ends_as_it_ended(shown: Episode) -> None:
    desktop = Painted()
    agent, steps, policy = act(shown, desktop)
    assert agent.stop_reason is StopReason.DONE and agent.answer == "132"
    assert desktop.performed == actions_of(shown) and len(steps) == len(SCRIPT)
    assert policy.done == len(SCRIPT) - 1 and policy.moved == 0 and policy.name == "replay of shown"


def test_a_target_that_moved_is_found_by_its_name(shown: Episode) -> None:
    shift = (0.05, 0.1)
    places = [
        Element(
            name=name, role="push button", box=Box(x1=box.x1 + shift[0], y1=box.y1 + shift[1], x2=box.x2 + shift[0], y2=box.y2 + shift[1])
        )
        for name, box in BUTTONS.items()
    ]
    desktop = Painted(shift, moves_at=2)
    agent, steps, policy = act(shown, desktop, find_elements=lambda area: [*places, places[0].model_copy(update={"role": "label"})])
    assert agent.stop_reason is StopReason.DONE, agent.detail
    assert desktop.performed[0] == Click(x=0.2, y=0.15) and desktop.performed[2] == Click(x=0.75, y=0.25, count=2)
    drag = desktop.performed[5]
    assert isinstance(drag, Drag) and drag.path == ((0.25, 0.85), (0.85, 1.0))
    assert policy.moved == 3 and "'Save' has moved and was found by its name" in steps[2].prediction.thought


def test_a_target_that_moved_is_found_by_the_model_only_where_its_pixels_are(shown: Episode) -> None:
    model = Model(shift=(0.04, 0.09))  # a little beside the true place
    desktop = Painted((0.05, 0.1), moves_at=2)
    agent, steps, policy = act(shown, desktop, load_grounder=lambda: model)
    assert desktop.performed[2] == Click(x=0.75, y=0.25, count=2), "the recorded pixels say exactly where"
    assert any("found by the model" in step.prediction.thought for step in steps)
    assert agent.stop_reason is StopReason.FAILED and "'Quit' is not where it was" in agent.detail, "there it points at another button"
    assert policy.done == 5


def test_a_screen_that_does_not_resemble_is_waited_for_and_then_halts(shown: Episode) -> None:
    desktop = Painted(late=2, moves_at=3)
    desktop.window_title = "Editor"
    agent, steps, _ = act(shown, desktop)
    assert agent.stop_reason is StopReason.DONE, agent.detail
    gone = Painted(late=1000, moves_at=2)
    agent, steps, policy = act(shown, gone)
    assert agent.stop_reason is StopReason.FAILED and policy.done == 2
    assert "halted before step 3 of 8, click(x=0.7000, y=0.1500, count=2): 'Save' is not where it was" in agent.detail
    assert "% as recorded" in agent.detail and gone.performed == actions_of(shown)[:2]
    assert [step.action.kind for step in steps[2:]] == ["wait", "move", "finish"]


def test_typing_needs_the_screen_or_the_window(shown: Episode) -> None:
    black = Painted(late=1000, moves_at=1)
    agent, *_ = act(shown, black)
    assert len(black.performed) == 2, "the window is the same: it types; the next click halts"
    black = Painted(late=1000, moves_at=1)
    black.window_title = "Mail"
    agent, *_ = act(shown, black)
    assert len(black.performed) == 0 and "the window 'Mail' is active instead of 'Editor'" in agent.detail


def test_what_a_person_skips_is_passed_over_and_what_fails_halts(shown: Episode) -> None:
    class SkipsOne(FixedApprover):
        def review(self, observation: Observation, prediction: Prediction) -> Decision:
            self.asked.append(prediction.action)
            return Decision(Verdict.SKIP if len(self.asked) == 2 else Verdict.APPROVE)

    agent, steps, policy = act(shown, Painted(), SkipsOne())
    assert agent.stop_reason is StopReason.DONE and policy.done == len(SCRIPT) - 2 and steps[1].outcome is Outcome.SKIPPED
    failing = Painted()
    from agent.errors import DesktopError

    failing.error = DesktopError("there is no such key")
    agent, _, policy = act(shown, failing)
    assert agent.stop_reason is StopReason.FAILED and "halted at step 1 of 8: there is no such key" in agent.detail and policy.done == 0


def test_the_same_turn_asked_again_gives_the_same_step(shown: Episode) -> None:
    policy = ReplayPolicy(shown)
    observation = Observation(screenshot(paint()), "Editor")
    first, again = (policy.predict("x", (), observation) for _ in range(2))
    assert first.action == again.action == parse_action(SCRIPT[0])


def test_the_recorded_pace_is_kept(shown: Episode) -> None:
    slept: list[float] = []
    act(shown, Painted(), pace="recorded", sleep=slept.append)
    assert len(slept) == len(SCRIPT) - 2 and all(0.5 < seconds <= 1.0 for seconds in slept), "one second lay between the recorded steps"
    slept.clear()
    act(shown, Painted(), sleep=slept.append)
    assert slept == []


def test_nothing_is_done_where_no_frame_tells_what_the_screen_was(shown: Episode) -> None:
    (shown.path / shown.steps[2].before_frame).unlink()
    agent, _, policy = act(shown, Painted())
    assert policy.done == 2 and "its frame is missing, so it cannot be told" in agent.detail


def test_what_was_hidden_is_typed_by_a_person_or_halts(tmp_path: Path) -> None:
    episode = read_episode(make_episode(tmp_path, script=[SCRIPT[0], 'type(text="[secret]")', SCRIPT[2]]))
    agent, steps, policy = act(episode, Painted())
    assert agent.stop_reason is StopReason.FAILED and "nobody did it by hand" in agent.detail and policy.done == 1
    desktop = Painted()
    agent = Agent(
        ReplayPolicy(episode), desktop, FixedApprover(), ask=lambda question: desktop.performed.append(parse_action(SCRIPT[1])) or ""
    )
    steps = list(agent.run("x"))
    assert agent.stop_reason is StopReason.DONE and "[secret]" in steps[1].action.question
    assert not any(isinstance(action, Type) and "secret" in action.text for action in desktop.performed)


def test_a_step_that_was_not_performed_is_not_repeated(tmp_path: Path) -> None:
    from recordings.edit import write_whole
    from recordings.frames import Frames

    episode = read_episode(make_episode(tmp_path))
    steps = [step.model_copy(update={"outcome": Outcome.REFUSED}) if step.index == 1 else step for step in Frames(episode).steps()]
    changed = read_episode(write_whole(tmp_path, episode.header.model_copy(update={"name": "changed"}), steps, list))
    assert ReplayPolicy(changed)._steps[1].index == 2


# A person who did the step.


def test_what_a_person_has_done_is_not_done_again() -> None:
    desktop = FakeDesktop()
    done = Click(x=0.9, y=0.9)
    agent = Agent(
        ScriptedPolicy("click(x=0.1, y=0.1)", "finish()"), desktop, FixedApprover(Decision(Verdict.TAKEN, done, Source.CORRECTED))
    )
    step = next(agent.run("x"))
    assert desktop.performed == [] and step.action == done and step.source is Source.CORRECTED and step.outcome is Outcome.PERFORMED
    assert step.prediction.action == Click(x=0.1, y=0.1) and step.after is not None and "act" not in step.seconds


# On real applications.


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The calculator's task, done on a real virtual desktop and kept with the elements that were clicked."""
    root = tmp_path_factory.mktemp("recorded")
    return demonstrate(root, "calculator-sum", 1, "sum", small_settings(root))


def replayed(
    episode: Episode, tmp_path: Path, first: Callable[[Place], None] = lambda place: None
) -> tuple[Session, ReplayPolicy, list[Step]]:
    request, settings = stage_settings(episode, small_settings(tmp_path))
    policies: list[ReplayPolicy] = []

    def make_policy(place: Place) -> ReplayPolicy:
        first(place)
        policies.append(ReplayPolicy(episode, find_elements=place.find_elements))
        return policies[-1]

    with Session(settings, make_policy=make_policy) as session:
        steps = list(session.run(request))
    return session, policies[0], steps


@pytest.mark.desktop
def test_a_recorded_task_is_done_again_and_its_own_checks_hold(recorded: Path, tmp_path: Path) -> None:
    episode = read_episode(recorded)
    session, policy, steps = replayed(episode, tmp_path)
    assert session.result.verdict is True and session.result.stop_reason is StopReason.DONE, session.result
    assert policy.done == len(episode.steps) - 1 and policy.moved == 0
    again = read_episode(session.result.episode)
    assert again.header.model == "replay of sum" and again.header.task == "calculator-sum" and again.header.extra["seed"] == 1
    done = [step.action for step in again.steps if not isinstance(step.action, (Move, Wait))]  # where the screen is late
    assert done[:-1] == [step.action for step in episode.steps][:-1] and len(steps) >= len(episode.steps)


@pytest.mark.desktop
def test_a_window_that_stands_elsewhere_is_followed(recorded: Path, tmp_path: Path) -> None:
    def elsewhere(place: Place) -> None:
        place.stage.place_window("galculator", Box(x1=0.02, y1=0.02, x2=0.6, y2=0.8))

    episode = read_episode(recorded)
    session, policy, _ = replayed(episode, tmp_path, elsewhere)
    assert session.result.verdict is True, (session.result, policy.done)
    assert policy.moved == policy.done == len(episode.steps) - 1


@pytest.mark.desktop
def test_an_application_that_is_not_there_halts_the_replay(recorded: Path, tmp_path: Path) -> None:
    def gone(place: Place) -> None:
        for _, process in place.stage._programs:
            process.kill()
            process.wait()

    with pytest.raises(DesktopError, match="galculator died"):
        replayed(read_episode(recorded), tmp_path, gone)


@pytest.mark.desktop
def test_the_command_acts_and_reports(recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made_here(recorded)
    assert main(["replay", str(recorded), "--how", "act", "--json", "--keep", "--episodes", str(tmp_path / "kept")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["run"]["success"] and found["repeated"] == len(read_episode(recorded).steps) - 1 and found["moved"] == 0
    assert read_episode(Path(found["run"]["episode"])).header.verdict is True


@pytest.mark.desktop
@pytest.mark.parametrize("sample", sorted(path.name for path in SAMPLES.iterdir() if path.is_dir()))
def test_every_sample_can_be_acted_again(sample: str, tmp_path: Path) -> None:
    """The recorder's own demonstrations: on a fresh desktop the task's checks hold."""
    episode = read_episode(SAMPLES / sample)
    session, policy, _ = replayed(episode, tmp_path)
    assert session.result.verdict is True, (session.result, policy.done)
