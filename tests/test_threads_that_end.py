"""A thread that ends by an error is noticed: a run that nobody could stop any more stops, and a recording says that it has."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from agent.human import HumanInput
from agent.ledger import Ledger
from agent.place import _watch_people
from agent.protocols import Phase
from agent.recorder.listening import Listening
from agent.recorder.scribe import Scribe
from agent.stop import StopSwitch


class Listener:
    """A listener's thread, as far as anybody asks."""

    def __init__(self) -> None:
        self.alive = True

    def is_alive(self) -> bool:
        return self.alive

    def stop(self) -> None:
        self.alive = False

    def join(self, seconds: float) -> None:
        """At once."""


@pytest.mark.parametrize("phase", [Phase.OBSERVING, Phase.THINKING, Phase.ACTING, Phase.BY_HAND])
def test_a_run_ends_where_nobody_s_hands_are_noticed_any_more(phase: Phase, monkeypatch: pytest.MonkeyPatch) -> None:
    one, switch = Listener(), StopSwitch()
    monkeypatch.setattr("agent.human.listen", lambda on_event, display: Listening([one]))
    desktop: Any = SimpleNamespace(ledger=Ledger(), screen=SimpleNamespace(corners=()), keep_off=lambda wanted: None)
    with _watch_people(switch, desktop) as people:
        people.begin(phase)
        assert not switch.stopped
        one.alive = False
        people.begin(phase)
        assert switch.stopped and "not watched any more" in switch.reason


def test_who_has_not_begun_to_watch_or_has_ended_watches_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.human.listen", lambda on_event, display: Listening([Listener()]))
    human = HumanInput(Ledger(), lambda words: None, lambda: None, lambda: None)
    assert not human.watching
    with human:
        assert human.watching
    assert not human.watching


@pytest.mark.parametrize("where", ["gathering", "writing"])
def test_a_recording_whose_writer_fails_says_so_and_ends(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ValueError("hunter2 is no number")

    monkeypatch.setattr(Scribe, "_gather_all" if where == "gathering" else "_take", fails)
    monkeypatch.setattr("agent.recorder.scribe.StepKeeper", lambda *_: SimpleNamespace(lines_of=None))
    witness: Any = SimpleNamespace(around=lambda *_: ())
    scribe = Scribe(SimpleNamespace(), SimpleNamespace(), witness).start()  # type: ignore[arg-type]
    if where == "writing":
        scribe._gathered.put(SimpleNamespace())  # type: ignore[arg-type]
    scribe.finish()
    assert scribe.failure is not None and "cannot go on: ValueError" in str(scribe.failure) and "hunter2" not in str(scribe.failure)
    assert not any(thread.is_alive() for thread in scribe._threads)
