"""The loop: look, decide, ask, act, look again, as a generator of steps.

Model mistakes and failing actions are data: they are counted, and the next turn reads them in the history. Our own bugs propagate.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator, Sequence, Set
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace

from agent.circling import Circling
from agent.errors import DesktopError
from agent.protocols import Approver, Decision, Desktop, Phase, Policy, Verdict, Watcher
from agent.stop import Stopped, StopSwitch
from recordings.action import Action, Ask, Finish, Type, Wait, target_of
from recordings.episode import (
    ANSWERED,
    INTERRUPTED,
    UNCHANGED,
    Element,
    Observation,
    Outcome,
    Prediction,
    Screenshot,
    Source,
    Step,
    StopReason,
)
from recordings.errors import DeskhandError
from recordings.geometry import Point, ScreenTransform
from recordings.secrets.rules import placeholders, split_at_placeholders
from vlm.answer import Interrupted

GONE_SECONDS = 1.0
"""After a window has closed, another may take so long to come up."""
FRAMES_KEPT = 2
"""Steps of the history that keep their frames: older ones would fill the memory, and no policy looks at them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What ends a run that does not end itself. Seconds exclude pauses and the time people take to answer."""

    steps: int = 50
    seconds: float = 600.0
    repeats: int = 3
    mistakes: int = 3


class _Ended(Exception):
    def __init__(self, reason: StopReason, detail: str = "") -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


class Agent:
    """Runs one instruction at a time. After `run`, `stop_reason` and `detail` say why it ended and `answer` what the model had to say."""

    def __init__(
        self,
        policy: Policy,
        desktop: Desktop,
        approver: Approver,
        *,
        limits: Limits = Limits(),
        switch: StopSwitch | None = None,
        ask: Callable[[str], str | None] = lambda question: None,
        watcher: Watcher | None = None,
        dry_run: bool = False,
        name_at: Callable[[Point, Screenshot], Element | None] = lambda point, screenshot: None,
        learn: Callable[[str], object] = lambda secret: None,
        keyboard_roles: Callable[[], Set[str]] = frozenset,
        elements: Callable[[ScreenTransform], Sequence[Element]] = lambda area: (),
        hurried: Callable[[Callable[[], float]], AbstractContextManager[None]] = lambda left: nullcontext(),
    ) -> None:
        """
        Args:
            learn: told of what a person says that must be kept nowhere.
            hurried: interrupts what the policy computes once no seconds are left.
            name_at: the element at a point of the screen as it is: for what a person corrects or approves, so that it can be learned from,
                for what is judged before it happens, and for the kind and the state of what a plan means.
            keyboard_roles, elements: see `Observation`.
        """
        self.name_at, self.learn, self.hurried, self.keyboard_roles, self.elements = name_at, learn, hurried, keyboard_roles, elements
        self.policy, self.desktop, self.approver, self.limits = policy, desktop, approver, limits
        self.switch, self.ask, self.watcher, self.dry_run = switch or StopSwitch(), ask, watcher, dry_run
        self.stop_reason: StopReason | None = None
        self.detail = self.answer = ""

    def run(self, instruction: str) -> Generator[Step, None, None]:
        """Yield each step as it happens; the run ends with exactly one stop reason, whatever ends it."""
        self.stop_reason, self.detail, self.answer = None, "", ""
        self._instruction, self._started, self._people_seconds = instruction, time.monotonic(), 0.0
        self._known: tuple[int, Screenshot | None] = (0, None)
        self._circling = Circling(self.limits.repeats)
        self._size: tuple[int, int] | None = None
        self._onward: Callable[[], Decision | None] | None = None
        try:
            yield from self._turns()
        except _Ended as end:
            self.stop_reason, self.detail = end.reason, end.detail
        except Stopped as stopped:
            self.stop_reason, self.detail = StopReason.STOPPED, str(stopped)
        except DeskhandError as error:
            if isinstance(error, Interrupted) and self._seconds_left() <= 0 and not self.switch.stopped:
                self.stop_reason, self.detail = StopReason.TIME_LIMIT, f"{self.limits.seconds:g} seconds are used up"
                return
            stopped_too = self.switch.stopped  # then the policy gave up, or the gate was shut, because of that
            self.stop_reason, self.detail = (StopReason.STOPPED, self.switch.reason) if stopped_too else (StopReason.ERROR, str(error))
        except (GeneratorExit, KeyboardInterrupt, SystemExit):
            self.stop_reason, self.detail = StopReason.STOPPED, "interrupted"
            raise
        except BaseException as error:
            self.stop_reason, self.detail = StopReason.ERROR, f"{type(error).__name__}: {error}"
            raise
        finally:
            self.desktop.release()

    def _turns(self) -> Iterator[Step]:
        history: list[Step] = []
        while len(history) < self.limits.steps:
            step = self._turn_by_hand(history) or self._turn(history)
            history.append(step)
            if len(history) > FRAMES_KEPT:
                history[-FRAMES_KEPT - 1] = history[-FRAMES_KEPT - 1].model_copy(update={"before": None, "after": None})
            yield step
            self._judge(step, history)
        if self.switch.stopped:
            raise Stopped(self.switch.reason)
        raise _Ended(StopReason.STEP_LIMIT, f"{self.limits.steps} steps are used up")

    def _turn(self, history: list[Step]) -> Step:
        started_at, seconds = time.time(), dict[str, float]()
        while True:  # a person who pauses the run may move anything: what was decided before is decided again
            self._checkpoint()
            pauses = self.switch.pauses
            with self._phase(Phase.OBSERVING, seconds):
                observation = self._observe()
                self._seen_before = self._known[0]
            with self._phase(Phase.THINKING, seconds, observation), self.hurried(self._seconds_left):
                prediction = self.policy.predict(self._instruction, tuple(history), observation)
            self._checkpoint()
            if observation.gone and prediction.action is not None and not isinstance(prediction.action, Finish):
                raise _Ended(StopReason.FAILED, f"the window {observation.gone!r} has closed, and there is no other to act in")
            decision = Decision(Verdict.SKIP)
            if prediction.action is not None and self.switch.pauses == pauses:
                with self._phase(Phase.APPROVING, seconds, observation, prediction, of_people=True):
                    decision = self.approver.review(observation, prediction)
                self._checkpoint()
            if self.switch.pauses == pauses:
                break
        action = decision.action or prediction.action
        element = self._meant(action, prediction, decision, observation)
        outcome, note, after = self._carry_out(action, decision, observation, prediction.model_copy(update={"action": action}), seconds)
        # A calculator shows nothing new after `+`: only the tooltip, taken away again, tells that it was not clicked in vain.
        changed = None if after is None else after.screenshot is not observation.screenshot or after.tooltip
        return Step(
            index=len(history), prediction=prediction, action=action, source=decision.source, outcome=outcome,
            note=note or self._resized or (UNCHANGED if changed is False else ""), changed=changed,
            window_title=observation.window_title, window_class=observation.window_class, element=element,
            started_at=started_at, seconds=seconds,
            before=decision.before or observation.screenshot, after=after.screenshot if after else None,
        )  # fmt: skip

    def _turn_by_hand(self, history: list[Step]) -> Step | None:
        """What the person who has taken over does next; None where nobody has, or they have just handed back."""
        decision, seconds = None, dict[str, float]()
        if self._onward is not None:
            with self._phase(Phase.BY_HAND, seconds, of_people=True):
                decision = self._onward()
            self._checkpoint()
        if decision is None:
            self._onward = None
            return None
        outcome, note, after = self._settle(None, Prediction(), seconds)
        return Step(
            index=len(history), prediction=Prediction(), action=decision.action, source=decision.source, outcome=outcome,
            note=note or decision.reason, element=decision.element, seconds=seconds,
            started_at=decision.before.taken_at if decision.before is not None else time.time(),
            before=decision.before, after=after.screenshot if after else None,
        )  # fmt: skip

    def _observe(self) -> Observation:
        """What the screen shows. A window that has just closed gets a moment for what follows it: a start picture, say."""
        observation = self.desktop.observe()
        if observation.gone:
            self.switch.sleep(GONE_SECONDS)
            observation = self.desktop.observe()
        observation = self._recognise(observation)
        area, size = observation.screenshot.transform, observation.screenshot.image.size
        self._resized = f"the resolution has changed to {size[0]}×{size[1]}" if self._size not in (None, size) else ""
        self._size = size
        named: dict[Point, Element | None] = {}

        def element_at(point: Point) -> Element | None:
            if point not in named:
                named[point] = self.name_at(point, observation.screenshot)
            return named[point]

        return replace(observation, element_at=element_at, keyboard_roles=self.keyboard_roles, elements=lambda: self.elements(area))

    def _meant(self, action: Action | None, prediction: Prediction, decision: Decision, observation: Observation) -> Element | None:
        """What is acted on, while it is there: as the accessibility tree names it where a person decided, else as the plan found it.
        What was done by hand has happened already: whoever decided says to what."""
        place = target_of(action) if action is not None else None
        if place is None or decision.verdict is not Verdict.APPROVE:
            return decision.element
        if decision.by_person and (element := observation.element_at(place)) is not None:
            return element
        mark, box = prediction.plan, prediction.box
        return Element(name=mark.name, box=box) if mark is not None and mark.name and box is not None and box.contains(place) else None

    def _carry_out(
        self, action: Action | None, decision: Decision, observation: Observation, prediction: Prediction, seconds: dict[str, float]
    ) -> tuple[Outcome, str, Observation | None]:
        if action is None:
            return Outcome.MISTAKE, prediction.mistake or "the answer holds no action", None
        if decision.verdict is Verdict.TAKEN:
            self._onward = decision.onward
            return self._settle(observation, prediction, seconds)
        if decision.verdict is not Verdict.APPROVE:
            outcome = Outcome.SKIPPED if decision.verdict is Verdict.SKIP else Outcome.REFUSED
            return outcome, decision.reason or "the user does not want this action", None
        if isinstance(action, Finish):
            return Outcome.PERFORMED, action.answer, None
        if isinstance(action, Ask):
            return self._put_question(action.question, seconds)
        if self.dry_run:
            return Outcome.DRY_RUN, decision.reason, None
        action = self._filled(action, seconds)
        pauses = self.switch.pauses
        try:
            with self._phase(Phase.ACTING, seconds, observation, prediction):
                note = self._perform(action)
        except DesktopError as error:
            if self.switch.stopped or self.switch.pauses != pauses:
                return Outcome.SKIPPED, f"{INTERRUPTED}{self.switch.reason or error}", None
            return Outcome.FAILED, str(error), None
        outcome, words, after = self._settle(observation, prediction, seconds)
        return outcome, words or note, after

    def _filled(self, action: Action, seconds: dict[str, float]) -> Action:
        """What is to be typed, with what a person says in the place of each placeholder: what was hidden once was kept nowhere."""
        if not isinstance(action, Type) or not (missing := placeholders(action.text)):
            return action
        parts = split_at_placeholders(action.text)
        text = parts[0]
        for word, after in zip(missing, parts[1:], strict=True):
            with self._phase(Phase.APPROVING, seconds, of_people=True):
                said = self.ask(f"{word} is to be typed here, which was not kept. What is it?")
            if said is None:
                raise _Ended(StopReason.FAILED, f"{word} is to be typed, which was not kept, and nobody is there to say it")
            self.learn(said)
            text += said + after
        return action.model_copy(update={"text": text})

    def _settle(
        self, observation: Observation | None, prediction: Prediction, seconds: dict[str, float]
    ) -> tuple[Outcome, str, Observation | None]:
        phase = Phase.SETTLING if self._onward is None else Phase.BY_HAND
        try:
            with self._phase(phase, seconds, observation, prediction, of_people=phase is Phase.BY_HAND):
                return Outcome.PERFORMED, "", self._recognise(self.desktop.settle())
        except DesktopError as error:
            return Outcome.PERFORMED, f"what it did was not seen: {error}", None

    def _perform(self, action: Action) -> str:
        """Do it; what was done otherwise than decided, such as a window that was followed."""
        if isinstance(action, Wait):
            self.switch.sleep(min(action.seconds, self._seconds_left()))
            return ""
        return self.desktop.perform(action) or ""

    def _put_question(self, question: str, seconds: dict[str, float]) -> tuple[Outcome, str, None]:
        with self._phase(Phase.APPROVING, seconds, of_people=True):
            answer = self.ask(question)
        if answer is None:
            return Outcome.SKIPPED, "nobody is there to answer", None
        self._instruction += f"\n{question} {answer}"
        return Outcome.PERFORMED, f"{ANSWERED}{answer}", None

    def _judge(self, step: Step, history: list[Step]) -> None:
        """End the run if this step ends it."""
        if step.outcome is Outcome.REFUSED:
            raise _Ended(StopReason.REFUSED, step.note)
        if isinstance(step.action, Finish) and step.outcome is Outcome.PERFORMED:
            self.answer = step.action.answer
            raise _Ended(StopReason.DONE if step.action.success else StopReason.FAILED, step.action.answer)
        for outcome, reason in ((Outcome.MISTAKE, StopReason.FAILED), (Outcome.FAILED, StopReason.ERROR)):
            last = history[-self.limits.mistakes :]
            if len(last) == self.limits.mistakes and all(earlier.outcome is outcome for earlier in last):
                raise _Ended(reason, f"{len(last)} in a row: {step.note}")
        if step.action is not None and step.source is not Source.HUMAN:
            # A plan may rightly do the same again and again: each of its steps is counted for itself.
            mark = step.prediction.plan
            seen = (self._seen_before, step.action, mark.index if mark is not None else None)
            # What changes the screen may rightly come again, but not forever: menus that open and close are a circle, too.
            patience = 3 if isinstance(step.action, Wait) else 2 if step.changed else 1
            if stuck := self._circling.add(seen, str(step.action), patience):
                raise _Ended(StopReason.STUCK, stuck)

    def _recognise(self, observation: Observation) -> Observation:
        """A frame that shows what the one before it showed becomes the same object: compared once, saved once."""
        screenshot = observation.screenshot
        fingerprint = hash(screenshot.image.tobytes())
        if self._known[0] == fingerprint and self._known[1] is not None and self._known[1].transform == screenshot.transform:
            return replace(observation, screenshot=self._known[1])
        self._known = (fingerprint, screenshot)
        return observation

    def _checkpoint(self) -> None:
        if self.switch.paused:
            self._tell(Phase.PAUSED, None, None)
        self.switch.checkpoint()
        if self._seconds_left() <= 0:
            raise _Ended(StopReason.TIME_LIMIT, f"{self.limits.seconds:g} seconds are used up")

    def _seconds_left(self) -> float:
        return self.limits.seconds - (time.monotonic() - self._started - self._people_seconds - self.switch.paused_seconds)

    @contextmanager
    def _phase(
        self, phase: Phase, seconds: dict[str, float], observation: Observation | None = None, prediction: Prediction | None = None,
        of_people: bool = False,
    ) -> Iterator[None]:  # fmt: skip
        self._tell(phase, observation, prediction)
        started = time.monotonic()
        try:
            yield
        finally:
            elapsed = time.monotonic() - started
            seconds[_SECONDS_OF[phase]] = round(seconds.get(_SECONDS_OF[phase], 0.0) + elapsed, 4)
            self._people_seconds += elapsed if of_people else 0.0

    def _tell(self, phase: Phase, observation: Observation | None, prediction: Prediction | None) -> None:
        if self.watcher is None:
            return
        try:
            self.watcher(phase, observation, prediction)
        except Exception:
            logging.getLogger(__name__).exception("a watcher failed; the run goes on")


_SECONDS_OF = {
    Phase.OBSERVING: "observe", Phase.THINKING: "predict", Phase.APPROVING: "approve", Phase.ACTING: "act", Phase.SETTLING: "settle",
    Phase.BY_HAND: "by hand",
}  # fmt: skip
