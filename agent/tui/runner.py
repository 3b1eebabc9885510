"""The thread that owns the session, and the person it asks. Nothing here touches a widget: it posts messages."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from PIL import Image
from textual.message import Message

from agent.meanings import Concern
from agent.protocols import Decision, Phase, Verdict
from agent.recorder.naming import Namer
from agent.stop import Position, StopSwitch
from agent.tui.messages import (
    Allowed,
    Answered,
    Asked,
    Noticed,
    Permitted,
    PhaseBegan,
    PlanFollowed,
    Planned,
    Proposed,
    RunBegan,
    RunEnded,
    StepTaken,
    SwitchTurned,
)
from agent.tui.text import shorten
from recordings.action import Action, Ask, target_of
from recordings.episode import Element, Observation, Prediction, Screenshot, Source
from recordings.errors import DeskhandError
from recordings.geometry import Point
from recordings.secrets.rules import Rules

if TYPE_CHECKING:
    from agent.session import Session
    from agent.settings import DesktopKind, Settings
    from vlm.planner.plan import PlannedStep
    from vlm.planner.position import PlanLine
    from vlm.reading.protocols import Reader

Post = Callable[[Message], None]
BY_HAND = "the user did it"
MOST, LINE = 18, 400
"""Lines, and characters of each, that can be shown of what a person agrees to."""
TOO_LONG = (
    "This is too long to be shown whole here, so nothing is done: deskhand trust FILE shows all of it, and asks there. Enter goes on."
)


@dataclass(frozen=True, slots=True)
class Job:
    """A request to serve: only to plan where the plan is to be read first, else to run, by the plan that was read."""

    request: str
    plan: tuple[PlannedStep, ...] | None = None
    review: bool = False


class TerminalPerson:
    """Satisfies `agent.approval.Person`: blocks the run's thread until a key answers, or until the run is stopped."""

    def __init__(self, post: Post, name_at: Callable[[Image.Image, Point], Element | None]) -> None:
        """`name_at` names what lies at a place of a frame: what the person's own hands have acted on."""
        self._post, self._name_at = post, name_at
        self._lock = threading.Lock()
        self._replies: SimpleQueue[Decision | str | None] | None = None
        self._proposing = False
        self._by_hand: SimpleQueue[Decision | None] = SimpleQueue()
        self.considered: Prediction | None = None
        """What was decided last: a question's choices are there."""
        self._stopped: Callable[[], bool] = lambda: False

    def attach(self, switch: StopSwitch) -> None:
        """Give up waiting whenever this switch is stopped, and drop a proposal when it is paused: it will be stale."""
        self._stopped = lambda: switch.stopped
        switch.subscribe(self._on_switch)

    def decide(self, observation: Observation, prediction: Prediction, concern: str) -> Decision:
        reply = self._wait(Proposed(observation, prediction, concern if isinstance(concern, Concern) else Concern(concern)))
        if not isinstance(reply, Decision):
            return Decision(Verdict.STOP, source=Source.HUMAN)
        return self._told(reply, observation.screenshot)

    def answer(self, question: str) -> str | None:
        wanted = self.considered.action if self.considered is not None else None
        mark = self.considered.plan if self.considered is not None else None
        meant = mark is not None and isinstance(wanted, Ask) and wanted.question == question
        choices = tuple(choice.name for choice in mark.choices) if mark is not None and meant else ()
        reply = self._wait(Asked(question, choices))
        return reply if isinstance(reply, str) else None

    def agree(self, words: str) -> bool:
        whole = words.splitlines()
        lines = [shorten(line, LINE) for line in whole]
        if len(whole) > MOST or any(len(line) > LINE for line in whole):
            # Nobody agrees here to what they have not seen.
            self._wait(Asked("\n".join([*lines[:MOST], TOO_LONG]), whole=True))
            return False
        reply = self._wait(Asked("\n".join([*lines, "Do you want this? Write yes to agree."]), whole=True))
        return isinstance(reply, str) and reply.strip().lower() == "yes"

    def take(self, action: Action, seen: Screenshot) -> None:
        """From any thread: the person has done this with their own hands, and goes on until they `hand_back`."""
        with self._lock:
            first = self._replies is not None
            if first:
                self._by_hand = SimpleQueue()
        if first:
            self.reply(Decision(Verdict.TAKEN, action, Source.CORRECTED, BY_HAND, before=seen, onward=self._next_by_hand))
        else:
            self._by_hand.put(Decision(Verdict.TAKEN, action, Source.HUMAN, BY_HAND, before=seen))

    def hand_back(self) -> None:
        """From any thread: the agent goes on."""
        self._by_hand.put(None)

    def _next_by_hand(self) -> Decision | None:
        decision = None if self._stopped() else self._by_hand.get()
        return None if decision is None else self._told(decision, None)

    def _told(self, decision: Decision, seen: Screenshot | None) -> Decision:
        """With what it was done to. That may have gone by now: only the frame before it can still tell."""
        seen, place = decision.before or seen, target_of(decision.action) if decision.action is not None else None
        if decision.verdict is not Verdict.TAKEN or seen is None or place is None:
            return decision
        return replace(decision, element=self._name_at(seen.image, place))

    def reply(self, value: Decision | str | None) -> bool:
        """From any thread: the answer to what is being asked. False where nothing is (any more)."""
        with self._lock:
            if self._replies is None:
                return False
            self._replies.put(value)
            self._replies = None
            return True

    def _on_switch(self, position: Position, reason: str) -> None:
        if position is Position.STOPPED:
            self.reply(None)
            self.hand_back()
        elif position is Position.PAUSED and self._proposing:
            self.reply(Decision(Verdict.SKIP, source=Source.HUMAN))

    def _wait(self, question: Message) -> Decision | str | None:
        replies: SimpleQueue[Decision | str | None] = SimpleQueue()
        with self._lock:
            self._replies = replies
            self._proposing = isinstance(question, Proposed)
        self._post(question)
        if self._stopped():
            self.reply(None)
        try:
            return replies.get()
        finally:
            self._post(Answered())


def _open_reader(settings: Settings) -> Reader:
    from vlm.reading.reader import open_reader

    return open_reader(settings.lang)


class Runner:
    """Holds one session in one thread: `work` is that thread, every other method is for the others."""

    def __init__(self, open_session: Callable[..., Session], settings: Settings, post: Post) -> None:
        self._open_session = open_session
        self.settings = settings
        """Of the next run: another one may be put here from any thread."""
        self._post_to_app = post
        self._closed = False
        self._stop_reason = ""
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._told: tuple[PlanLine, ...] = ()
        self._switch: StopSwitch | None = None
        self._session: Session | None = None
        self.person = TerminalPerson(self._post, Namer(lambda: _open_reader(self.settings), Rules()))
        self.crashes: list[str] = []
        """Tracebacks of errors that are ours, to be printed once the terminal is free again."""

    def submit(self, job: Job) -> None:
        self._stop_reason = ""
        self._jobs.put(job)

    def close(self) -> None:
        """Stop what runs, let the thread end, and say no more."""
        self._closed = True
        self.stop("the terminal was closed")
        self._jobs.put(None)

    def stop(self, reason: str = "stopped by the user") -> None:
        self._stop_reason = reason
        if self._switch:
            self._switch.stop(reason)

    def pause(self) -> None:
        if self._switch:
            self._switch.pause()

    def resume(self) -> None:
        if self._switch:
            self._switch.resume()

    @property
    def glance(self) -> Callable[[int, int], Screenshot] | None:
        """What says what a person's gesture begins on in the present run; None where that cannot be asked."""
        return self._session.glance if self._session is not None else None

    @property
    def place_kind(self) -> DesktopKind | None:
        """The desktop of the present run."""
        return self._session.place_kind if self._session is not None else None

    @property
    def pause_reason(self) -> str:
        return self._switch.reason if self._switch is not None else ""

    @property
    def paused(self) -> bool:
        return self._switch is not None and self._switch.paused

    def work(self) -> None:
        """Serve requests until closed: the session is opened, used and closed in this thread alone."""
        arguments: dict[str, Any] = {
            "person": self.person, "watcher": self._watch, "notice": lambda line: self._post(Noticed(line)),
            "show_permissions": lambda permissions: self._post(Permitted(permissions.lines())),
            "tell_allowed": lambda line: self._post(Allowed(line)),
        }  # fmt: skip
        with self._open_session(self.settings, **arguments) as session:
            self._session, self._switch = session, session.switch
            self.person.attach(session.switch)
            session.switch.subscribe(lambda position, reason: self._post(SwitchTurned(position, reason)))
            while (job := self._jobs.get()) is not None:
                self._serve(session, job)

    def _serve(self, session: Session, job: Job) -> None:
        request, error = job.request, ""
        session.settings = self.settings
        try:
            if job.review and (plan := self._plan(session, request)):
                self._post(Planned(request, session.instruction, plan))
                return
            self._post(RunBegan(request))
            steps = session.run(request, job.plan)
            if self._stop_reason:  # it came before the run did, and the run has set the switch back
                session.switch.stop(self._stop_reason)
            for step in steps:
                self._post(StepTaken(step))
                self._tell_plan(session)
        except DeskhandError as problem:
            error = str(problem)
        except Exception as problem:  # noqa: BLE001 — the terminal must stay usable; the traceback is printed when it closes
            self.crashes.append(traceback.format_exc())
            error = f"internal error: {type(problem).__name__}: {problem}"
        self._tell_plan(session)
        self._post(RunEnded(request, session.result if not error else None, " ".join(error.split())))

    def _plan(self, session: Session, request: str) -> tuple[PlannedStep, ...]:
        """The plan to be read; empty for a model that plans as it goes. Raises DeskhandError where it cannot be made, or was stopped."""
        session.switch.reset()
        if self._stop_reason:
            session.switch.stop(self._stop_reason)
        plan = session.make_plan(request)
        if self._stop_reason:
            raise DeskhandError(self._stop_reason)
        return plan

    def _tell_plan(self, session: Session) -> None:
        if session.plan and session.plan is not self._told:
            self._told = session.plan
            self._post(PlanFollowed(session.instruction, session.plan))

    def _post(self, message: Message) -> None:
        if not self._closed:
            self._post_to_app(message)

    def _watch(self, phase: Phase, observation: Observation | None, prediction: Prediction | None) -> None:
        if self._session is not None:
            self._tell_plan(self._session)
        if prediction is not None:
            self.person.considered = prediction
        self._post(PhaseBegan(phase, observation, prediction))
