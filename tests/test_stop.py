"""The stop switch: who is told, when, and who waits."""

from __future__ import annotations

import threading
import time

import pytest

from agent.stop import Position, Stopped, StopSwitch


def test_a_stop_reaches_a_waiting_loop_and_every_listener_at_once():
    switch, heard = StopSwitch(), []
    switch.subscribe(lambda position, reason: 1 / 0)
    switch.subscribe(lambda position, reason: heard.append((position, reason)))
    switch.pause("you moved the mouse")
    outcome = []

    def loop():
        try:
            switch.checkpoint()
        except Stopped as stopped:
            outcome.append((str(stopped), time.monotonic()))

    waiting = threading.Thread(target=loop)
    waiting.start()
    stopped_at = time.monotonic()
    switch.stop("the hotkey")
    waiting.join(5)
    assert heard == [(Position.PAUSED, "you moved the mouse"), (Position.STOPPED, "the hotkey")]
    assert outcome[0][0] == "the hotkey" and outcome[0][1] - stopped_at < 0.1


def test_a_pause_ends_with_resume():
    switch = StopSwitch()
    switch.pause()
    threading.Timer(0.03, switch.resume).start()
    started = time.monotonic()
    switch.checkpoint()
    assert time.monotonic() - started >= 0.02
    assert switch.pauses == 1 and switch.paused_seconds >= 0.02


def test_stopped_is_final_until_reset():
    switch = StopSwitch()
    switch.stop("first")
    switch.stop("second")
    switch.pause()
    switch.resume()
    assert (switch.position, switch.reason) == (Position.STOPPED, "first")
    with pytest.raises(Stopped, match="first"):
        switch.checkpoint()
    switch.reset()
    switch.checkpoint()
    assert switch.position is Position.RUNNING and switch.pauses == 0


def test_sleep_wakes_at_a_stop():
    switch = StopSwitch()
    threading.Timer(0.02, switch.stop).start()
    started = time.monotonic()
    switch.sleep(30)
    assert time.monotonic() - started < 5


def test_a_listener_can_leave():
    switch, heard = StopSwitch(), []
    leave = switch.subscribe(lambda position, reason: heard.append(position))
    switch.pause()
    leave()
    leave()
    switch.resume()
    assert heard == [Position.PAUSED]


def test_many_threads_may_turn_it():
    switch = StopSwitch()
    turners = [threading.Thread(target=lambda: [(switch.pause(), switch.resume()) for _ in range(200)]) for _ in range(4)]
    for turner in turners:
        turner.start()
    for turner in turners:
        turner.join(10)
    switch.resume()
    assert switch.position is Position.RUNNING and switch.paused_seconds >= 0
