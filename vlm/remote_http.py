"""One exchange with an OpenAI-compatible server: timeouts, bounded retries, a stop at any moment, and every refusal as one line.

The key is sent as a bearer token to the endpoint alone: redirects are not followed, and whatever the server says is searched for it.
"""

from __future__ import annotations

import asyncio
import json
import math
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr

from recordings.foreign import ForeignError
from recordings.parsing import parse_json
from vlm.answer import Interrupted
from vlm.endpoint import KEY_VARIABLE, RemoteError

if TYPE_CHECKING:
    import httpx2

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 180.0
"""How long a server may say nothing: reading a screenshot takes a large model on a slow machine a minute or two."""
ATTEMPTS = 4
FIRST_PAUSE = 0.5
"""Seconds before the second attempt; each later pause is twice as long."""
LONGEST_PAUSE = 20.0
"""Seconds that a server may ask to be left alone; longer is for people to decide."""
ANSWER_BYTES = 16 * 2**20
LONGEST_SECONDS = 900.0
"""How long one answer may take in all: a server that lets a byte drip now and then is never silent."""
WORDS = 300
"""Characters of a server's complaint that are shown."""

_STOP_SECONDS = 0.05
_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
"""Statuses that may be gone at the next attempt."""

T = TypeVar("T")


class Refused(RemoteError):
    """The server does not take the request: `status`, and its own `words`."""

    def __init__(self, line: str, status: int, words: str) -> None:
        super().__init__(line)
        self.status = status
        self.words = words


class _Passing(Exception):
    """What may be gone at the next attempt: the error to end with, and how long the server asks to be left alone."""

    def __init__(self, error: RemoteError, pause: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.pause = pause


class Server:
    """One endpoint with its key.

    Attributes:
        key: goes out with every request, and into nothing that is shown or kept.
        stop_event: where it is set, an exchange ends with `Interrupted` and its connection is closed.
        option, name_option: what a person names this server and its model with; what goes wrong says so.
    """

    def __init__(self, address: str, key: SecretStr | None = None, option: str = "--model", name_option: str = "--remote-model") -> None:
        self.address = address
        self.option, self.name_option = option, name_option
        self.stop_event: threading.Event | None = None
        self.key = key

    def get(self, path: str, attempts: int = ATTEMPTS) -> Any:
        """The JSON at `path`. Raises as `ask` does."""
        return self._run(self._exchange("GET", path, None, attempts, None))

    def post(self, path: str, body: dict[str, Any], attempts: int = ATTEMPTS) -> Any:
        """Send JSON and return the JSON of the answer. Raises as `ask` does."""
        return self._run(self._exchange("POST", path, body, attempts, None))

    def stream(self, path: str, body: dict[str, Any], on_event: Callable[[dict[str, Any]], None], begin: Callable[[], None]) -> None:
        """Send JSON and hand on each event of the answer as it comes; an answer in one piece is one event.

        Args:
            begin: is called before each attempt; raising there ends the attempts.

        Raises:
            Refused: the server does not take the request.
            RemoteError: it cannot be reached, breaks off, keeps silent, or is no such server.
            Interrupted: the stop event was set.
        """
        self._run(self._exchange("POST", path, body, ATTEMPTS, on_event, begin))

    def redact(self, text: str) -> str:
        """The text without the key, should a server repeat it."""
        return text if self.key is None else text.replace(self.key.get_secret_value(), "[key]")

    def _run(self, job: Coroutine[Any, Any, T]) -> T:
        async def watched() -> T:
            task = asyncio.ensure_future(job)
            try:
                while not task.done():
                    if self.stop_event is not None and self.stop_event.is_set():
                        raise Interrupted("stopped while the model was computing")
                    await asyncio.wait({task}, timeout=_STOP_SECONDS)
            finally:
                if not task.done():
                    task.cancel()
                    await asyncio.wait({task})
            return task.result()

        return asyncio.run(watched())

    async def _exchange(
        self, method: str, path: str, body: Any, attempts: int,
        on_event: Callable[[dict[str, Any]], None] | None, begin: Callable[[], None] = lambda: None,
    ) -> Any:  # fmt: skip
        pause = FIRST_PAUSE
        for left in reversed(range(attempts)):
            begin()
            try:
                return await self._attempt(method, self.address + path, body, on_event)
            except _Passing as passing:
                wait = pause if passing.pause is None else passing.pause
                if not left or wait > LONGEST_PAUSE:
                    raise passing.error from passing
                await asyncio.sleep(wait)
                pause *= 2
        raise AssertionError("no attempt was made")

    async def _attempt(self, method: str, url: str, body: Any, on_event: Callable[[dict[str, Any]], None] | None) -> Any:
        import httpx2  # not before a server is asked: where there is no network the package may be missing

        headers = {} if self.key is None else {"Authorization": f"Bearer {self.key.get_secret_value()}"}
        # Packed, a few kilobytes could stand for gigabytes.
        headers |= {"Accept-Encoding": "identity"}
        options = httpx2.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS)
        # A proxy sees what is not encrypted, and has no business between this machine and itself.
        encrypted = urlsplit(url).scheme == "https"
        try:
            async with (
                asyncio.timeout(LONGEST_SECONDS),
                httpx2.AsyncClient(timeout=options, trust_env=encrypted, follow_redirects=False) as client,
                client.stream(method, url, json=body, headers=headers) as response,
            ):
                if response.status_code != 200:
                    self._refuse(response, await _read(response))
                if on_event is None:
                    return self._parse(await _read(response))
                if response.headers.get("content-type", "").startswith("text/event-stream"):
                    async for event in _events(response):
                        on_event(self._parse(event))
                else:
                    on_event(self._parse(await _read(response)))
                return None
        except TimeoutError as error:
            raise RemoteError(f"{self.address} took longer than {LONGEST_SECONDS:.0f} seconds: look whether it is overloaded") from error
        except (httpx2.ConnectTimeout, httpx2.ConnectError) as error:
            raise self._unreachable(error) from error
        except httpx2.TimeoutException as error:
            raise RemoteError(f"{self.address} said nothing for {SILENCE_SECONDS:.0f} seconds: look whether it is overloaded") from error
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise _Passing(RemoteError(f"{self.address} broke off: {self._words(str(error)) or type(error).__name__}")) from error

    def _unreachable(self, error: Exception) -> Exception:
        if "CERTIFICATE" in str(error).upper():
            return RemoteError(f"the certificate of {self.address} is not trusted here: {self._words(str(error))}")
        why = self._words(str(error)) or f"no connection within {CONNECT_SECONDS:.0f} seconds"
        return _Passing(RemoteError(f"no server answers at {self.address} ({why}): start it, or name another with {self.option}"))

    def _refuse(self, response: httpx2.Response, body: bytes) -> None:
        status, words = response.status_code, self._complaint(body)
        said = f": {words}" if words else ""
        match status:
            case 401:
                found = "asks for a key" if self.key is None else "does not accept the key"
                line = f"{self.address} {found}: set {KEY_VARIABLE} (the server answers 401{said})"
            case 403:
                line = f"{self.address} forbids this (403{said})"
            case 404:
                line = f"{self.address} has no such model or page (404{said}): look at {self.name_option} and the address; it ends in /v1"
            case 413:
                line = f"the picture is too large for {self.address} (413{said}): choose a smaller screen or raise the server's limit"
            case 429:
                line = f"{self.address} is busy or its quota is used up (429{said}): try again later"
            case _ if 300 <= status < 400:
                line = f"{self.address} sends elsewhere ({status}), which is not followed: name the address where the model answers"
            case _:
                line = f"{self.address} answers {status}{said}"
        error = Refused(line, status, words)
        if status in _PASSING:
            raise _Passing(error, _seconds(response.headers.get("retry-after")))
        raise error

    def _parse(self, body: bytes | str) -> Any:
        try:
            found = parse_json(body)
        except ForeignError:
            words = self._words(body if isinstance(body, str) else body.decode(errors="replace"))
            raise RemoteError(f"{self.address} does not speak the OpenAI protocol, it answers: {words[:80]}") from None
        if isinstance(found, dict) and found.get("error"):
            raise RemoteError(f"{self.address} broke off: {self._complaint(json.dumps(found).encode())}")
        return found

    def _complaint(self, body: bytes) -> str:
        """What the server says in an error's body, in whichever of the usual shapes."""
        try:
            found = parse_json(body)
        except ForeignError:
            text = body.decode(errors="replace").strip()
            return "" if text.startswith("<") else self._words(text)
        if isinstance(found, dict):
            found = found.get("error") or found.get("detail") or found.get("message") or ""
        if isinstance(found, dict):
            found = found.get("message") or found
        return self._words(found if isinstance(found, str) else json.dumps(found))

    def _words(self, text: str) -> str:
        return " ".join(self.redact(text).split())[:WORDS]


async def _read(response: httpx2.Response) -> bytes:
    return b"".join([part async for part in _parts(response)])


async def _parts(response: httpx2.Response) -> AsyncIterator[bytes]:
    """The answer as it comes, up to `ANSWER_BYTES`."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise RemoteError("the server packs its answer, though it was asked not to")
    size = 0
    async for part in response.aiter_raw():
        size += len(part)
        if size > ANSWER_BYTES:
            raise RemoteError(f"the server's answer is longer than {ANSWER_BYTES // 2**20} MiB")
        yield part


async def _events(response: httpx2.Response) -> AsyncIterator[str]:
    """The data of each server-sent event, up to a closing `[DONE]`, which not every server sends."""
    async for line in _lines(response):
        name, _, data = line.partition(b":")
        if name != b"data":
            continue
        if data.strip() == b"[DONE]":
            return
        yield data.strip().decode(errors="replace")


async def _lines(response: httpx2.Response) -> AsyncIterator[bytes]:
    """The lines as they come; what has no end yet lies in pieces, so that a long one is not copied again with each of them."""
    pieces: list[bytes] = []
    async for part in _parts(response):
        *ended, rest = part.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for line in ended:
            yield b"".join([*pieces, line])
            pieces = []
        pieces.append(rest)
    yield b"".join(pieces)


def _seconds(text: str | None) -> float | None:
    try:
        asked = float(text) if text is not None else math.nan
    except ValueError:
        asked = math.nan
    return None if math.isnan(asked) else max(asked, 0.0)  # of a date, wait as usual
