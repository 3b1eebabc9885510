"""A hub on the loopback: one repository of files, which can be made to break off in the middle of one."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Hub:
    """Serves the files of `folder` as the repository `name` at `revision`.

    Attributes:
        cut: the name of a file whose connection breaks after half of it, until this is None.
        spoiled: the name of a file that arrives with another last byte.
        asked: (file, first byte) of each download so far.
    """

    def __init__(self, folder: Path, name: str, revision: str) -> None:
        self.folder, self.name, self.revision = folder, name, revision
        self.commits = {revision}
        self.cut: str | None = None
        self.spoiled: str | None = None
        self.asked: list[tuple[str, int]] = []
        self.address = ""

    def move_main(self, revision: str) -> None:
        """The main branch is another commit from now on."""
        self.revision = revision
        self.commits.add(revision)

    def info(self) -> dict[str, Any]:
        files = [{"rfilename": path.name, "size": path.stat().st_size} for path in sorted(self.folder.iterdir())]
        return {"id": self.name, "sha": self.revision, "siblings": files}


@contextmanager
def serving(folder: Path, name: str, revision: str) -> Iterator[Hub]:
    """The hub, while the context lasts; its `address` goes into HF_ENDPOINT."""
    hub = Hub(folder, name, revision)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        path = self.path.partition("?")[0]
        if path.startswith(f"/api/models/{self.hub.name}"):
            asked = path.rpartition("/revision/")[2] if "/revision/" in path else self.hub.revision
            if asked in ("main", *self.hub.commits):
                revision = self.hub.revision if asked == "main" else asked
                self._send(json.dumps(self.hub.info() | {"sha": revision}).encode(), {"Content-Type": "application/json"}, body)
                return
        elif path.startswith(f"/{self.hub.name}/resolve/"):
            revision, _, name = path.removeprefix(f"/{self.hub.name}/resolve/").partition("/")
            file = self.hub.folder / name
            if revision in self.hub.commits and file.is_file():
                self._file(file, revision, body)
                return
        self._send(b"{}", {"X-Error-Code": "RepoNotFound"}, body, status=404)

    def _file(self, file: Path, revision: str, body: bool) -> None:
        data = file.read_bytes()
        headers = {"ETag": f'"{hashlib.sha256(data).hexdigest()}"', "X-Repo-Commit": revision, "Accept-Ranges": "bytes"}
        first = 0
        if wanted := self.headers.get("Range"):
            first = int(wanted.removeprefix("bytes=").partition("-")[0])
            headers["Content-Range"] = f"bytes {first}-{len(data) - 1}/{len(data)}"
        if body:
            self.hub.asked.append((file.name, first))
        if body and file.name == self.hub.cut:
            self.send_response(206 if first else 200)
            for key, value in (headers | {"Content-Length": str(len(data) - first)}).items():
                self.send_header(key, value)
            self.end_headers()
            if not first:
                self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
            return
        if file.name == self.hub.spoiled:
            data = data[:-1] + bytes([data[-1] ^ 1])
        self._send(data[first:], headers, body, status=206 if first else 200)

    def _send(self, data: bytes, headers: dict[str, str], body: bool, status: int = 200) -> None:
        self.send_response(status)
        for key, value in (headers | {"Content-Length": str(len(data))}).items():
            self.send_header(key, value)
        self.end_headers()
        if body:
            self.wfile.write(data)
