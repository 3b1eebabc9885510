"""A headless Chromium over its debugging pipe: enough of the DevTools protocol to show markup, ask it and photograph it."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import tempfile
import time
from types import TracebackType
from typing import Any

from recordings.errors import DeskhandError

EXECUTABLES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions", "--hide-scrollbars",
    "--disable-features=Translate,MediaRouter,OptimizationHints,AutofillServerCommunication", "--password-store=basic",
    # GTK's text on X11: greyscale, lightly hinted, glyphs on whole pixels.
    "--font-render-hinting=slight", "--disable-lcd-text", "--disable-font-subpixel-positioning", "--force-color-profile=srgb",
)  # fmt: skip
ANSWER_SECONDS = 30.0


class BrowserError(DeskhandError):
    """Chromium is missing, died, or answered with an error."""


class Browser:
    """One page of a headless Chromium. A context manager; the process and its profile are gone afterwards."""

    def __init__(self, width: int = 1024, height: int = 768) -> None:
        executable = next((path for name in EXECUTABLES if (path := shutil.which(name))), None)
        if executable is None:
            raise BrowserError("no Chromium found: install it (Debian: apt install chromium)")
        self._profile = tempfile.mkdtemp(prefix="deskhand-browser-")
        child_reads, self._writes = os.pipe()
        self._reads, child_writes = os.pipe()
        # The protocol wants exactly descriptors 3 and 4, which may be in use here: copies above them make the swap safe.
        high = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10) for descriptor in (child_reads, child_writes)]
        command = [executable, *FLAGS, "--remote-debugging-pipe", f"--user-data-dir={self._profile}", f"--window-size={width},{height}"]
        self._process = os.posix_spawn(
            executable,
            [*command, "about:blank"],
            {**os.environ, "TMPDIR": self._profile},  # what it leaves there goes with its profile
            file_actions=[
                *((os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)),
                (os.POSIX_SPAWN_DUP2, high[0], 3),
                (os.POSIX_SPAWN_DUP2, high[1], 4),
            ],
            setpgroup=0,
        )
        for descriptor in (child_reads, child_writes, *high):
            os.close(descriptor)
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        try:
            target = self.command("Target.createTarget", url="about:blank")["targetId"]
            self._session = self.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            self.resize(width, height)
        except BaseException:
            self.close()
            raise

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one DevTools command and wait for its answer. Raises BrowserError."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        try:
            data = json.dumps(message).encode() + b"\0"
            while data:
                data = data[os.write(self._writes, data) :]
            while (answer := self._receive()).get("id") != self._number:
                pass
        except OSError as error:
            raise BrowserError(f"Chromium died ({error}): try again, or look at free memory") from error
        if "error" in answer:
            raise BrowserError(f"Chromium refused {method}: {answer['error'].get('message')}")
        result: dict[str, Any] = answer["result"]
        return result

    def evaluate(self, expression: str) -> Any:
        """The JSON value of a JavaScript expression; promises are awaited. Raises BrowserError with the script's own message."""
        result = self.command("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise BrowserError(f"a page script failed: {details.get('exception', {}).get('description', details.get('text'))}")
        return result["result"].get("value")

    def resize(self, width: int, height: int) -> None:
        """Give the page a viewport of width × height CSS pixels, one device pixel each."""
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def show(self, html: str) -> None:
        """Replace the document by this markup; returns when it is laid out."""
        frame = self.command("Page.getFrameTree")["frameTree"]["frame"]["id"]
        self.command("Page.setDocumentContent", frameId=frame, html=html)
        self.evaluate("document.fonts.ready.then(() => true)")

    def screenshot(self) -> bytes:
        """The viewport as PNG bytes."""
        data = self.command("Page.captureScreenshot", format="png", optimizeForSpeed=True)["data"]
        return base64.b64decode(data)

    def close(self) -> None:
        """End the process with all its children, and remove its profile. Never raises."""
        for descriptor in (self._writes, self._reads):
            os.close(descriptor)
        try:
            os.killpg(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        shutil.rmtree(self._profile, ignore_errors=True)

    def _receive(self) -> dict[str, Any]:
        deadline = time.monotonic() + ANSWER_SECONDS
        while (end := self._buffer.find(b"\0")) < 0:
            if not select.select([self._reads], [], [], max(deadline - time.monotonic(), 0.0))[0]:
                raise BrowserError(f"Chromium did not answer within {ANSWER_SECONDS:.0f} s")
            chunk = os.read(self._reads, 1 << 20)
            if not chunk:
                raise BrokenPipeError("its pipe closed")
            self._buffer += chunk
        message: dict[str, Any] = json.loads(self._buffer[:end])
        self._buffer = self._buffer[end + 1 :]
        return message

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
