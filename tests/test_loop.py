"""The loop with scripted answers: every way a run can end, and what the steps say about it."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest
from fakes import DyingDesktop, FakeDesktop, FixedApprover, ScriptedPolicy

from agent.errors import DesktopError, InputStopped
from agent.loop import FRAMES_KEPT, UNCHANGED, Agent, Limits
from agent.protocols import Decision, Phase, Verdict
from agent.stop import StopSwitch
from recordings.action import Click, Finish, Type
from recordings.episode import Element, Observation, Outcome, Source, StopReason
from recordings.geometry import Box

CLICK = "click(x=0.5, y=0.5)"
DONE = 'finish(answer="132")'


def make(*answers: str, desktop: FakeDesktop | None = None, **options) -> Agent:
    return Agent(ScriptedPolicy(*answers), desktop or FakeDesktop(), options.pop("approver", None) or FixedApprover(), **options)


def test_a_run_yields_its_steps_and_ends_done():
    agent = make(CLICK, 'type(text="hello")', DONE)
    steps = list(agent.run("say hello"))
    assert [step.index for step in steps] == [0, 1, 2]
    assert [step.outcome for step in steps] == [Outcome.PERFORMED] * 3
    assert agent.desktop.performed == [Click(x=0.5, y=0.5), Type(text="hello")]
    assert (agent.stop_reason, agent.answer) == (StopReason.DONE, "132")
    assert agent.desktop.releases == 1


def test_a_step_carries_both_frames_and_whether_they_differ():
    click, typed, _ = make(CLICK, 'type(text="hello")', DONE).run("x")
    assert click.changed is True and click.before.image.tobytes() != click.after.image.tobytes()
    assert typed.changed is False and typed.note == "the screen did not change"
    assert set(click.seconds) == {"observe", "predict", "approve", "act", "settle"}


def test_another_resolution_is_said_by_the_next_step():
    desktop = FakeDesktop((80, 60))

    def shrink(action):
        desktop.image = desktop.image.resize((64, 48))

    desktop.on_perform = shrink
    first, second, third, _ = make(CLICK, 'type(text="a")', 'type(text="b")', DONE, desktop=desktop).run("x")
    assert "resolution" not in first.note + third.note and second.note == "the resolution has changed to 64×48"


def test_the_history_is_told_of_every_step_but_keeps_only_the_last_frames():
    agent = make(*[f"click(x=0.{number}, y=0.5)" for number in range(1, 8)], DONE)
    steps = list(agent.run("x"))
    last = agent.policy.histories[-1]
    assert [step.action for step in last] == [step.action for step in steps[:-1]]
    assert [step.before is not None for step in last] == [False] * (len(last) - FRAMES_KEPT) + [True] * FRAMES_KEPT


def test_an_unsuccessful_finish_is_a_failure():
    agent = make('finish(success=false, answer="no such file")')
    list(agent.run("x"))
    assert (agent.stop_reason, agent.detail) == (StopReason.FAILED, "no such file")


def test_malformed_answers_are_fed_back_and_end_the_run_as_failed():
    agent = make("press the button", limits=Limits(mistakes=3))
    steps = list(agent.run("x"))
    assert [step.outcome for step in steps] == [Outcome.MISTAKE] * 3
    assert agent.stop_reason is StopReason.FAILED and agent.detail.startswith("3 in a row: expected one action")
    assert "expected one action" in agent.policy.histories[1][0].note
    assert agent.desktop.performed == []


def test_a_good_answer_in_between_forgives_earlier_mistakes():
    agent = make("?", "?", CLICK, "?", "?", DONE, limits=Limits(mistakes=3))
    assert len(list(agent.run("x"))) == 6
    assert agent.stop_reason is StopReason.DONE


def test_the_same_action_on_an_unchanged_screen_is_stuck():
    desktop = FakeDesktop()
    desktop.frozen = True
    agent = make(CLICK, desktop=desktop, limits=Limits(repeats=3))
    assert len(list(agent.run("x"))) == 3
    assert agent.stop_reason is StopReason.STUCK and "3 times" in agent.detail


def test_a_click_that_a_tooltip_answered_was_not_in_vain_though_the_screen_shows_nothing_new():
    desktop = FakeDesktop()
    desktop.frozen = True
    for tooltip in (False, True):
        desktop.tooltip = tooltip
        step, _ = make(CLICK, DONE, desktop=desktop).run("x")
        assert step.changed is tooltip and (UNCHANGED in step.note) is not tooltip


def test_alternating_between_two_useless_actions_is_stuck_too():
    desktop = FakeDesktop()
    desktop.frozen = True
    agent = make(*[CLICK, "click(x=0.1, y=0.1)"] * 10, desktop=desktop, limits=Limits(repeats=3))
    assert len(list(agent.run("x"))) == 5
    assert agent.stop_reason is StopReason.STUCK


def test_waiting_is_borne_longer_but_not_for_ever():
    agent = make("wait(seconds=0)", limits=Limits(repeats=2))
    assert len(list(agent.run("x"))) == 6
    assert agent.stop_reason is StopReason.STUCK


def test_the_same_action_on_a_changing_screen_is_not_stuck():
    agent = make(*[CLICK] * 9, DONE)
    assert len(list(agent.run("click nine times"))) == 10
    assert agent.stop_reason is StopReason.DONE


def test_a_circle_of_screens_ends_as_stuck():
    desktop = FakeDesktop()
    desktop.on_perform = lambda action: desktop.image.paste("black" if desktop.image.getpixel((0, 0))[0] else "white", (0, 0, 64, 48))
    agent = make('press(keys=["alt"])', desktop=desktop, limits=Limits(repeats=3))
    assert len(list(agent.run("x"))) == 6
    assert agent.stop_reason is StopReason.STUCK and "the same 2 steps 3 times" in agent.detail


def test_a_circle_of_several_steps_is_a_circle_though_each_changes_the_screen():
    desktop = FakeDesktop()
    shades = [0, 60, 120, 180, 240]
    desktop.on_perform = lambda action: desktop.image.paste((shades[len(desktop.performed) % 5],) * 3, (0, 0, 64, 48))
    desktop.frozen = True
    clicks = [f"click(x=0.{place}, y=0.5)" for place in range(1, 6)]
    agent = make(*clicks * 6, desktop=desktop, limits=Limits(repeats=3, steps=25))
    steps = list(agent.run("do nine things"))
    assert agent.stop_reason is StopReason.STUCK and "the same 5 steps 3 times" in agent.detail and len(steps) <= 16


class ClosingDesktop(FakeDesktop):
    """Its window closes after the second action; another comes up after `looks` more looks, or never."""

    looks = 10**9

    def observe(self) -> Observation:
        closed = len(self.performed) >= 2
        self.looks -= closed
        title = None if closed and self.looks > 0 else "Editor"
        return replace(super().observe(), window_title=title, gone="Editor" if title is None else None)


def test_a_window_that_closed_ends_the_run_with_its_reason(monkeypatch):
    monkeypatch.setattr("agent.loop.GONE_SECONDS", 0.01)
    desktop = ClosingDesktop()
    agent = make(*[f"click(x=0.{place}, y=0.5)" for place in range(1, 9)], desktop=desktop)
    assert len(list(agent.run("go on and on"))) == 2 and len(desktop.performed) == 2
    assert agent.stop_reason is StopReason.FAILED and "'Editor' has closed" in agent.detail


def test_a_window_that_closed_at_the_end_or_for_another_is_no_failure(monkeypatch):
    monkeypatch.setattr("agent.loop.GONE_SECONDS", 0.01)
    agent = make(CLICK, "click(x=0.1, y=0.5)", DONE, desktop=ClosingDesktop())
    assert len(list(agent.run("close it"))) == 3 and agent.stop_reason is StopReason.DONE
    desktop = ClosingDesktop()
    desktop.looks = 2
    agent = make(CLICK, "click(x=0.1, y=0.5)", "click(x=0.2, y=0.5)", DONE, desktop=desktop)
    assert len(list(agent.run("wait for the second one"))) == 4 and agent.stop_reason is StopReason.DONE


def test_the_step_limit():
    agent = make(*[CLICK] * 9, limits=Limits(steps=4))
    assert len(list(agent.run("x"))) == 4
    assert agent.stop_reason is StopReason.STEP_LIMIT


def test_the_time_limit_does_not_act_on_a_late_answer():
    agent = make(CLICK, limits=Limits(seconds=0.02))
    agent.policy.on_predict = lambda: time.sleep(0.03)
    assert list(agent.run("x")) == []
    assert (agent.stop_reason, agent.desktop.performed) == (StopReason.TIME_LIMIT, [])


def test_a_wait_ends_with_the_time_limit():
    agent = make("wait(seconds=60)", limits=Limits(seconds=0.05))
    started = time.monotonic()
    list(agent.run("x"))
    assert agent.stop_reason is StopReason.TIME_LIMIT and time.monotonic() - started < 5


def test_the_time_people_take_is_not_counted():
    class SlowApprover(FixedApprover):
        def review(self, observation, prediction):
            time.sleep(0.1)
            return super().review(observation, prediction)

    agent = make(CLICK, DONE, approver=SlowApprover(), limits=Limits(seconds=0.1))
    assert len(list(agent.run("x"))) == 2


def test_failing_actions_are_fed_back_and_end_as_an_error():
    desktop = FakeDesktop()
    desktop.error = DesktopError("the window is gone")
    agent = make(CLICK, "click(x=0.1, y=0.1)", "click(x=0.2, y=0.2)", desktop=desktop)
    steps = list(agent.run("x"))
    assert [(step.outcome, step.note) for step in steps] == [(Outcome.FAILED, "the window is gone")] * 3
    assert agent.stop_reason is StopReason.ERROR


def test_a_display_that_dies_is_an_error_not_a_crash():
    agent = make(CLICK, DONE, desktop=DyingDesktop())
    assert len(list(agent.run("x"))) == 1
    assert agent.stop_reason is StopReason.ERROR and "is gone" in agent.detail


def test_our_own_bugs_propagate_and_still_leave_a_stop_reason():
    agent = make(CLICK)
    agent.policy.on_predict = lambda: 1 / 0
    with pytest.raises(ZeroDivisionError):
        list(agent.run("x"))
    assert agent.stop_reason is StopReason.ERROR and agent.desktop.releases == 1


def test_leaving_the_iteration_ends_the_run():
    agent = make(*[CLICK] * 9)
    steps = agent.run("x")
    next(steps)
    steps.close()
    assert agent.stop_reason is StopReason.STOPPED and agent.desktop.releases == 1


def test_keyboard_interrupt_ends_the_run_and_goes_on():
    agent = make(CLICK)

    def interrupt():
        raise KeyboardInterrupt

    agent.policy.on_predict = interrupt
    with pytest.raises(KeyboardInterrupt):
        list(agent.run("x"))
    assert agent.stop_reason is StopReason.STOPPED and agent.desktop.releases == 1


def test_skipping_goes_on_and_stopping_ends_as_refused():
    agent = make(CLICK, DONE, approver=FixedApprover(Decision(Verdict.SKIP)), limits=Limits(steps=1))
    (skipped,) = agent.run("x")
    assert (skipped.outcome, agent.desktop.performed) == (Outcome.SKIPPED, [])
    agent = make(CLICK, DONE, approver=FixedApprover(Decision(Verdict.STOP, reason="not that")))
    (refused,) = agent.run("x")
    assert refused.outcome is Outcome.REFUSED
    assert (agent.stop_reason, agent.detail, agent.desktop.performed) == (StopReason.REFUSED, "not that", [])


def test_a_corrected_action_is_the_one_performed():
    better = Click(x=0.9, y=0.9)
    agent = make(CLICK, approver=FixedApprover(Decision(Verdict.APPROVE, better, Source.CORRECTED)), limits=Limits(steps=1))
    (step,) = agent.run("x")
    assert (step.action, step.source, agent.desktop.performed) == (better, Source.CORRECTED, [better])
    assert step.prediction.action == Click(x=0.5, y=0.5)


@pytest.mark.parametrize("by_person", [True, False], ids=["a person", "nobody"])
def test_what_a_person_approved_is_kept_with_its_element(by_person):
    button = Element(name="Save", role="button", box=Box(x1=0.4, y1=0.4, x2=0.6, y2=0.6))
    approver = FixedApprover(Decision(Verdict.APPROVE, by_person=by_person))
    agent = make(CLICK, approver=approver, limits=Limits(steps=1), name_at=lambda point, screenshot: button)
    (step,) = agent.run("x")
    assert step.source is Source.AGENT and step.element == (button if by_person else None)


def test_a_question_is_answered_and_joins_the_instruction():
    agent = make('ask(question="Which file?")', DONE, ask=lambda question: "a.txt")
    steps = list(agent.run("open it"))
    assert steps[0].note == "the user answers: a.txt"
    assert agent.policy.instructions == ["open it", "open it\nWhich file? a.txt"]


def test_a_question_nobody_answers_is_skipped_and_asking_on_is_stuck():
    agent = make('ask(question="Which file?")')
    steps = list(agent.run("open it"))
    assert {step.outcome for step in steps} == {Outcome.SKIPPED} and agent.stop_reason is StopReason.STUCK


def test_a_dry_run_shows_and_does_nothing():
    agent = make(CLICK, "wait(seconds=60)", 'type(text="rm")', DONE, dry_run=True)
    steps = list(agent.run("x"))
    assert [step.outcome for step in steps] == [Outcome.DRY_RUN] * 3 + [Outcome.PERFORMED]
    assert agent.desktop.performed == [] and agent.stop_reason is StopReason.DONE


def test_a_stop_while_the_model_computes_acts_on_nothing():
    agent = make(CLICK)
    agent.policy.on_predict = lambda: agent.switch.stop("stopped by the hotkey")
    assert list(agent.run("x")) == []
    assert (agent.stop_reason, agent.detail, agent.desktop.performed) == (StopReason.STOPPED, "stopped by the hotkey", [])


def test_a_pause_while_the_model_computes_makes_it_look_again():
    agent = make(CLICK, DONE)
    resumed = threading.Event()

    def pause_once():
        if not agent.policy.histories:
            agent.switch.pause("you moved the mouse")
            threading.Timer(0.05, lambda: (resumed.set(), agent.switch.resume())).start()

    agent.policy.on_predict = pause_once
    steps = list(agent.run("x"))
    assert resumed.is_set()
    assert [step.action for step in steps] == [Finish(answer="132")], "the click was decided on a screen that a person may have changed"
    assert agent.switch.paused_seconds >= 0.04


def test_an_action_that_a_pause_interrupts_is_skipped_not_failed():
    switch, desktop = StopSwitch(), FakeDesktop()

    def interrupt(action):
        switch.pause("you moved the mouse")
        threading.Timer(0.02, switch.resume).start()
        raise InputStopped("the run is paused")

    desktop.on_perform = interrupt
    agent = make(CLICK, DONE, desktop=desktop, switch=switch)
    first, _ = agent.run("x")
    assert first.outcome is Outcome.SKIPPED and "you moved the mouse" in first.note
    assert agent.stop_reason is StopReason.DONE


def test_a_watcher_sees_each_phase_and_cannot_break_the_run(caplog):
    phases = []

    def watch(phase, observation, prediction):
        phases.append(phase)
        raise RuntimeError("a broken display")

    agent = make(CLICK, DONE, watcher=watch)
    list(agent.run("x"))
    assert agent.stop_reason is StopReason.DONE
    assert phases[:5] == [Phase.OBSERVING, Phase.THINKING, Phase.APPROVING, Phase.ACTING, Phase.SETTLING]
    assert "a broken display" in caplog.text


def test_the_loop_itself_is_cheap():
    agent = make(*[f"click(x=0.{number:02d}, y=0.5)" for number in range(30)], desktop=FakeDesktop((1280, 720)))
    agent.limits = Limits(steps=30)
    started = time.process_time()
    assert len(list(agent.run("x"))) == 30
    assert (time.process_time() - started) / 30 < 0.06
