"""One noun for every front end: a session wires model, desktop, task and store, and runs them as steps.

```python
with Session(settings, watcher=show) as session:
    for step in session.run("sum"):
        ...
    print(session.result.line())
```
"""

from __future__ import annotations

import platform
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from typing import Self

from agent.adapters import AdapterCopy, copy_adapter, switch_adapter, told_by_source
from agent.approval import Person
from agent.consent import ConsentError, before_run
from agent.deadline import interrupted_at
from agent.frame_reader import FrameReader, frame_reader
from agent.gate import gatekeeper_for
from agent.innermost import once_a_frame
from agent.keeping import Unseen, begin_run, refuse_placeholders
from agent.loop import Agent, Limits
from agent.model import check_model, name_of, open_policy
from agent.permissions.effective import Permissions
from agent.permissions.opening import permissions_for
from agent.place import Place, open_place
from agent.planning import adopt, check_understood, plan_in, plan_of, unheeded
from agent.present_run import PresentRun
from agent.protocols import Desktop, Phase, Policy, Watcher
from agent.reading_ahead import ReadingAhead, Sight, sight_of
from agent.result import RunResult
from agent.settings import ApprovalMode, DesktopKind, Settings
from agent.stop import Position, StopSwitch
from agent.undisturbed import undisturbed
from recordings.episode import Display, Element, EpisodeHeader, Observation, Prediction, Screenshot, Step
from recordings.errors import DeskhandError
from recordings.geometry import Point
from recordings.keeper import StepKeeper
from recordings.secrets.memory import Redactor
from recordings.secrets.rules import Rules, load_rules
from recordings.store import EpisodeError, default_root
from tasks.catalogue import load_task
from tasks.prepare import prepare
from tasks.task import TaskInstance
from vlm.planner.plan import PlannedStep
from vlm.planner.position import PlanLine, progress


class SessionError(DeskhandError):
    """A run that cannot begin as it was asked for."""

    exit_status = 2


class Session:
    """Holds what is expensive (the model) across runs and opens what is not (the desktop) for each run.

    Not thread-safe but for `switch`: create it, iterate `run` and close it in one thread. A front end with an event loop does all of it
    in one worker thread and only turns `switch` from others.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        person: Person | None = None,
        watcher: Watcher | None = None,
        notice: Callable[[str], None] | None = None,
        show_permissions: Callable[[Permissions], None] | None = None,
        tell_allowed: Callable[[str], None] | None = None,
        policy: Policy | None = None,
        make_policy: Callable[[Place], Policy] | None = None,
        desktop: Desktop | None = None,
    ) -> None:
        """
        Args:
            settings: may be replaced between runs by assigning `session.settings`.
            person: answers approvals and questions; without one, what needs approval is refused and the run ends as refused.
            watcher: told of each phase, from the run's thread.
            notice: receives one line of progress ("loading the model pocket"), from the run's thread.
            show_permissions: receives what a run may see and do before it is planned and before it starts, from the run's thread.
            tell_allowed: receives in one line what the person allowed for good; `notice` otherwise.
            policy: instead of the model that the settings name (tests).
            make_policy: makes the policy of each run once its desktop is ready (replay); no model is loaded then.
            desktop: instead of the one that the settings name (tests); the session does not close it.
        """
        self.settings = settings
        self.switch = StopSwitch()
        self.result: RunResult | None = None
        """Set when `run` ends, however it ends; None while it runs, and where it could not begin."""
        self.instruction = ""
        """What the model is asked to do in the present run."""
        self.plan: tuple[PlanLine, ...] = ()
        """The present run's planned steps and what became of each, anew after each step; empty for engines that plan as they go."""
        self.permissions = Permissions()
        """What the present run, or the last, may see and do."""
        self.place_kind: DesktopKind | None = None
        """The desktop of the present run, or of the last."""
        self.glance: Callable[[int, int], Screenshot] | None = None  # see `Place.glance`
        self._person, self._watcher, self._notice = person, watcher, notice or (lambda line: None)
        self._show_permissions = show_permissions or (lambda permissions: None)
        self._tell_allowed = tell_allowed or self._notice
        self._policy, self._policy_source, self._make_policy = policy, self._model_choice(None), make_policy
        self._adapter: AdapterCopy | None = None
        """What is loaded of the settings' adapter, whatever lies in its folder meanwhile."""
        self._desktop = desktop
        self._current: Generator[Step, None, None] | None = None
        self._redactor = Redactor(Rules())
        self._stopped = threading.Event()
        self.switch.subscribe(lambda position, reason: self._stopped.set() if position is Position.STOPPED else self._stopped.clear())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def prepare(self) -> None:
        """Load the model now instead of at the first run. Raises DeskhandError where it cannot be."""
        self._adapter = copy_adapter(self.settings.adapter, self._adapter)
        self._load_policy()

    def make_plan(self, request: str) -> tuple[PlannedStep, ...]:
        """The steps that `run` would follow, from the words alone: to be looked at, changed and given to `run`. Nothing is opened or moved.

        Empty for engines that plan as they go.

        Raises:
            DeskhandError: an unknown task, words that give no plan, or a model that cannot be loaded.
        """
        task = _find_task(request, self.settings.seed)
        self.instruction = task.instruction if task else request
        with suppress(ConsentError):  # who has not agreed to a file yet is asked when the run begins
            self._settle_permissions(self.settings.desktop_for(task is not None and task.start is not None), None)
        if written := plan_in(task):
            return written
        self._adapter = copy_adapter(self.settings.adapter, self._adapter)
        policy = self._load_policy()
        self.instruction = self._said(policy, task, request)
        return plan_of(policy, self.instruction)

    def run(self, request: str, plan: Sequence[PlannedStep] | None = None, task: TaskInstance | None = None) -> Generator[Step, None, None]:
        """Run a task (its name, or the path of a YAML file) or a free instruction, and yield each step once it is saved.

        Leaving the iteration early (closing it), an exception and Ctrl-C all end the run cleanly: keys released, the virtual desktop and
        its processes gone, the episode finished and `result` set.

        Args:
            plan: follow these steps, which a person has read and may have changed, instead of planning.
            task: what the request names, made by the caller: it is not looked up, and needs no consent.

        Raises:
            DeskhandError: the run could not begin (no display, unknown task, broken weights).
        """
        self.close()
        self.switch.reset()
        self.result, self.instruction, self.plan = None, request, ()
        self._current = self._run(request, plan, task)
        return self._current

    def close(self) -> None:
        """End the present run, if there is one. Never raises; may be called twice."""
        if self._current is not None:
            self._current.close()
            self._current = None

    def _run(self, request: str, plan: Sequence[PlannedStep] | None, made: TaskInstance | None) -> Generator[Step, None, None]:
        task = made or _find_task(request, self.settings.seed)
        if plan is None and self._make_policy is None:
            plan = plan_in(task) or None
        kind = self.settings.desktop_for(staged := task is not None and task.start is not None)
        if staged and kind == "host" and self._desktop is None:
            raise SessionError("a task needs a start state, which only a virtual desktop can have: leave out --desktop host")
        if kind == "virtual" and (unused := self.settings.only_host):
            raise SessionError(f"{unused[0]} is for the host's screen, and this runs on a virtual desktop: leave it out")
        self._adapter = copy_adapter(self.settings.adapter, self._adapter)
        agreed = before_run(request, task is not None and made is None, self.settings, self._person, self._adapter)
        if task is not None and agreed is not None and agreed.instantiate(self.settings.seed) != task:
            raise SessionError(f"the file of the task {task.name} has changed meanwhile: nothing was done")
        self._settle_permissions(kind, self._person)
        self._redactor = Redactor(load_rules())
        self.instruction, self.place_kind = task.instruction if task else request, kind
        cleanup = ExitStack()
        try:
            if self._desktop is not None:
                place = Place(self._desktop, kind)
            else:  # before the model, which takes longer to load than it takes to say that there is no display
                network = task is not None and task.needs_network
                place = cleanup.enter_context(open_place(self.settings, kind, self.switch, self._notice, self.permissions, network))
            make_policy = self._make_policy or _always(self._load_policy())
            if task is not None and place.stage is not None:
                prepare(task, place.stage)
            if place.stage is not None:
                place.desktop.settle()
            policy = make_policy(place)
            if plan is not None:
                adopt(policy, self.instruction, plan)
            self.instruction, self.glance = self._said(policy, task, request), place.glance
            self._unseen = Unseen(place)
            reader = frame_reader(policy, self.settings.lang)
            agent = self._make_agent(policy, place, task, sight_of(policy, reader, self.switch))
            run = PresentRun(request, self.instruction, self.settings.seed, task, place, agent)
            followed = plan_of(policy, self.instruction)
            if len(followed) >= (most := run.agent.limits.steps):
                raise SessionError(f"the plan has {len(followed)} steps and this run at most {most}: allow more with --steps")
            if plan is None:
                approved = self.settings.approval_on(kind) is ApprovalMode.NONE
                check_understood(followed, self.instruction, self._person, self._notice, approved=approved)
            if self._make_policy is None and self._person is None:
                refuse_placeholders(followed, self.instruction)
            self.plan = progress(followed, ())
            run.writer = self._begin_episode(request, task, place, policy, reader)
            try:
                with closing(run.agent.run(self.instruction)) as steps:
                    for step in steps:
                        secret = bool(getattr(run.agent.approver, "secret", False))
                        saved = run.writer.append(self._unseen.without(step, run.writer, secret)) if run.writer else step
                        run.steps += 1
                        run.tally.add(step)
                        run.history.append(step.model_copy(update={"before": None, "after": None}))
                        self.plan = progress(followed, run.history)
                        yield saved
                run.check()
            except EpisodeError as error:
                run.trouble = str(error)
            finally:
                with undisturbed():
                    self.plan = progress(followed, run.history, running=False)
                    self.result = replace(run.conclude(), plan=self.plan, unheeded=unheeded(followed))
        finally:
            with undisturbed():
                cleanup.close()

    def _settle_permissions(self, kind: DesktopKind, person: Person | None) -> None:
        self.permissions = permissions_for(self.settings, kind, person)
        self._show_permissions(self.permissions)

    def _said(self, policy: Policy, task: TaskInstance | None, request: str) -> str:
        """What the policy is told: the request, or the task's words, quoted where it follows no others. Raises SessionError."""
        if not (why := policy.refusal(task.instruction if task else request)):
            return task.instruction if task else request
        if task is None or task.quoted == task.instruction or policy.refusal(task.quoted):
            raise SessionError(why)
        self._notice(f"the names are put in quotation marks: {why}")
        return task.quoted

    def _make_agent(self, policy: Policy, place: Place, task: TaskInstance | None, sight: Sight) -> Agent:
        settings, person, default = self.settings, self._person, task.limits if task else Limits()
        return Agent(
            policy,
            place.desktop,
            gatekeeper_for(settings, place, sight, self.permissions, person, self._tell_allowed, self.instruction),
            limits=Limits(settings.steps or default.steps, settings.seconds or default.seconds, settings.repeats, settings.mistakes),
            switch=self.switch,
            ask=person.answer if person else lambda question: None,
            watcher=self._watch(place, sight),
            dry_run=settings.dry_run,
            name_at=self._namer(place),
            learn=self._redactor.learn,
            keyboard_roles=place.keyboard_roles,
            elements=place.everything,
            hurried=lambda left: interrupted_at(left, self._stopped, lambda: self.switch.stopped),
        )

    def _namer(self, place: Place) -> Callable[[Point, Screenshot], Element | None]:
        """What lies at a point: where approval may ask, it was looked up while the model thought, and nobody waits for it."""
        if self.settings.approval_on(place.kind) is not ApprovalMode.NONE:
            return lambda point, screenshot: place.element_seen(point)
        return once_a_frame(place.find_elements)

    def _watch(self, place: Place, sight: Sight) -> Watcher:
        """Tell the watcher, and have people's hands pause the run except while one is asked something."""

        def watch(phase: Phase, observation: Observation | None, prediction: Prediction | None) -> None:
            place.begin(phase)
            if phase is Phase.THINKING and observation is not None and self.settings.approval_on(place.kind) is not ApprovalMode.NONE:
                place.look_ahead(observation.screenshot)
                if isinstance(sight, ReadingAhead):
                    sight.begin(observation.screenshot.image)
            if self.settings.record and phase is Phase.THINKING and observation is not None:
                self._unseen.look(observation.screenshot)
            if phase is Phase.ACTING and prediction is not None:
                self._unseen.begin(prediction.action)
            if self._watcher is not None:
                self._watcher(phase, observation, prediction)

        return watch

    def _model_choice(self, adapter: AdapterCopy | None) -> tuple[object, ...]:
        """Another content is another model, though it lies in the same folder."""
        return *self.settings.model_choice, tuple(adapter.digests.items()) if adapter is not None else None

    def _load_policy(self) -> Policy:
        wanted = self._model_choice(self._adapter)
        if self._policy is None or self._policy_source != wanted:
            check_model(self.settings)  # before the address is shown: a refused one may hold a key
            loaded, self._policy = self._policy, None  # should switching or loading fail, the next run begins anew
            beside = [choice[:1] + choice[2:-1] for choice in (self._policy_source, wanted)]
            self._notice(f"loading the model {self.settings.model}")
            adapter = self.settings.adapter if self._adapter is None else self._adapter.folder
            with told_by_source(self._adapter):
                if loaded is None or beside[0] != beside[1] or not switch_adapter(loaded, adapter):
                    loaded = open_policy(self.settings.model_copy(update={"adapter": adapter}), self._stopped)
            self._policy, self._policy_source = loaded, wanted
        return self._policy

    def _begin_episode(
        self, request: str, task: TaskInstance | None, place: Place, policy: Policy, reader: FrameReader
    ) -> StepKeeper | None:
        if not self.settings.record:
            return None
        settings, area = self.settings, place.desktop.observe().screenshot.transform
        header = EpisodeHeader(
            name=task.name if task else "",
            instruction=self.instruction,
            task=task.name if task else None,
            platform=f"{platform.system()} {platform.release()}",
            displays=[Display(left=area.left, top=area.top, width=area.width, height=area.height, scale=area.scale)],
            model=name_of(policy, settings),
            extra={"desktop": place.kind, "seed": settings.seed, "dry_run": settings.dry_run, "permissions": self.permissions.to_json()},
        )
        return begin_run((settings.episodes or default_root()).expanduser(), header, request, self._redactor, reader)


def _always(policy: Policy) -> Callable[[Place], Policy]:
    return lambda place: policy


def _find_task(request: str, seed: int) -> TaskInstance | None:
    """The task that is meant; None for an instruction, which has more than one word."""
    words = request.split()
    if not words:
        raise SessionError("there is nothing to do: give an instruction, the name of a task, or its file")
    if len(words) == 1 or request.endswith((".yaml", ".yml")):
        return load_task(request).instantiate(seed)
    return None
