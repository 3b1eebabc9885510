"""A server that floods, drips, packs or nests its answer is told off within bounds of time and memory."""

from __future__ import annotations

import gzip
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from fakes import FakeDesktop, FixedApprover

from agent.deadline import interrupted_at
from agent.loop import Agent, Limits
from recordings.episode import Prediction, StopReason
from vlm import remote_http
from vlm.answer import Interrupted
from vlm.endpoint import RemoteError
from vlm.remote_http import ANSWER_BYTES, Server

ROOT = Path(__file__).parents[1]
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def serving(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Answers each connection on loopback so, until it is closed."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    connection.recv(65536)
                    answer(connection)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    finally:
        over.set()
        listener.close()


def ask(address: str, stop: threading.Event | None = None) -> None:
    server = Server(address)
    server.stop_event = stop
    server.stream("/chat/completions", {}, lambda event: None, lambda: None)


def test_a_line_without_an_end_is_not_waited_for() -> None:
    sent = [0]

    def flood(connection: socket.socket) -> None:
        connection.sendall(STREAM + b"\r\ndata: ")
        while sent[0] < 400 << 20:
            sent[0] += connection.send(bytes([65]) * 65536)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with serving(flood) as address, pytest.raises(RemoteError, match="longer than 16 MiB"):
        ask(address)
    assert sent[0] < 4 * ANSWER_BYTES
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 128 << 10


def test_a_packed_answer_is_refused() -> None:
    body = gzip.compress(bytes(100 << 20))

    def packed(connection: socket.socket) -> None:
        connection.sendall(JSON + f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    with serving(packed) as address, pytest.raises(RemoteError, match="packs its answer"):
        Server(address).get("/models", attempts=1)


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"a":' * 100_000, b"NaN", b'{"choices": [{"logprobs": 1e999}]}'])
def test_json_that_nobody_can_read_is_a_refusal_in_words(body: bytes) -> None:
    def nested(connection: socket.socket) -> None:
        connection.sendall(JSON + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)

    with serving(nested) as address, pytest.raises(RemoteError, match="does not speak the OpenAI protocol"):
        Server(address).get("/models", attempts=1)


def drip(connection: socket.socket) -> None:
    connection.sendall(STREAM + b"\r\n")
    for _ in range(600):
        connection.sendall(b": still thinking\n\n")
        time.sleep(0.1)


def test_an_answer_that_drips_ends_some_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_http, "LONGEST_SECONDS", 0.5)
    began = time.monotonic()
    with serving(drip) as address, pytest.raises(RemoteError, match="took longer than"):
        ask(address)
    assert time.monotonic() - began < 10


class Asking:
    """A policy that asks such a server."""

    name = "asking"

    def __init__(self, address: str, stop: threading.Event) -> None:
        self.address, self.stop = address, stop

    def refusal(self, instruction: str) -> None:
        return None

    def predict(self, *_: object) -> Prediction:
        ask(self.address, self.stop)
        raise AssertionError("it has answered")


def test_a_runs_time_is_up_while_the_server_drips() -> None:
    event = threading.Event()
    with serving(drip) as address:
        agent = Agent(Asking(address, event), FakeDesktop(), FixedApprover(), limits=Limits(seconds=1.0))
        agent.hurried = lambda left: interrupted_at(left, event, lambda: agent.switch.stopped)
        began = time.monotonic()
        assert list(agent.run("do it")) == []
    assert time.monotonic() - began < 10
    assert (agent.stop_reason, agent.detail) == (StopReason.TIME_LIMIT, "1 seconds are used up")
    assert not event.is_set(), "the next run may ask again"


def test_a_pause_gives_time_and_a_stop_stays() -> None:
    event, left = threading.Event(), [0.2]
    threading.Timer(0.1, lambda: left.__setitem__(0, 0.3)).start()
    began = time.monotonic()
    with interrupted_at(lambda: left[0] - (time.monotonic() - began) + 0.1, event, lambda: False):
        assert event.wait(5)
    assert time.monotonic() - began >= 0.35 and not event.is_set()
    event.set()
    with interrupted_at(lambda: 10.0, event, lambda: True):
        pass
    assert event.is_set() and issubclass(Interrupted, Exception)


def test_a_session_hurries_its_model(tmp_path: Path) -> None:
    """The session hands the event that ends the model's work to the loop: without it the limit would hold between steps alone."""
    script = (
        "import sys, time\nfrom pathlib import Path\nsys.path[:0] = ['tests']\nfrom fakes import FakeDesktop\n"
        "from test_hostile_server import Asking, drip, serving\nfrom agent.session import Session\nfrom agent.settings import Settings\n"
        "with serving(drip) as address:\n"
        f"    settings = Settings(seconds=1.0, episodes=Path({str(tmp_path)!r}), desktop='host')\n"
        "    with Session(settings, policy=object(), desktop=FakeDesktop()) as session:\n"
        "        session._policy = Asking(address, session._stopped)\n"
        "        list(session.run('do it now'))\n"
        "print(session.result.stop_reason)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.stdout.strip() == "time limit", done.stderr
