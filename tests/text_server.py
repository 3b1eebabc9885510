"""A small OpenAI-compatible server on loopback that answers what it is given, one text after the other, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class TextServer:
    """Attributes:
    answers: the next ones; the last is repeated.
    refused: fields that a request may not have: the server names them.
    bodies: the requests, in order.
    """

    def __init__(self, *answers: Any, refused: tuple[str, ...] = (), names: tuple[str, ...] = ("small",)) -> None:
        self.answers = [answer if isinstance(answer, str) else json.dumps(answer) for answer in answers]
        self.refused, self.names = refused, names
        self.bodies: list[dict[str, Any]] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"home": self}))
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def __enter__(self) -> TextServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    home: TextServer

    def log_message(self, *rest: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._reply(200, {"data": [{"id": name} for name in self.home.names]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if found := [name for name in self.home.refused if name in body]:
            return self._reply(422, {"detail": f"Unexpected keys in the request: {found}"})
        self.home.bodies.append(body)
        answer = self.home.answers.pop(0) if len(self.home.answers) > 1 else self.home.answers[0]
        self._reply(200, {"choices": [{"message": {"content": answer}, "finish_reason": "stop"}]})

    def _reply(self, status: int, value: Any) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
