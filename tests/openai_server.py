"""A small OpenAI-compatible server around a real engine: real sockets on loopback, strict about what it is sent.

It answers as vLLM, llama.cpp or a plain server does, by the fields that it knows; what goes wrong is put into `faults`.
"""

from __future__ import annotations

import base64
import io
import json
import sys
import threading
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from llguidance.gbnf_to_lark import gbnf_to_lark
from PIL import Image

from vlm.engine import VisionLanguageModel
from vlm.prompts import SPECIAL_TOKENS

COMMON = {"model", "messages", "temperature", "max_tokens", "max_completion_tokens", "logprobs", "stream", "stream_options"}
KNOWN = {
    "vllm": COMMON | {"structured_outputs", "add_generation_prompt", "continue_final_message", "skip_special_tokens"},
    "llamacpp": COMMON | {"grammar"},
    "somebody": COMMON,
}


class BadRequest(Exception):
    """Status and words of a refusal."""


class _Quiet(ThreadingHTTPServer):
    """Says nothing where the other side hangs up, as clients may: what is printed would stand among a command's own lines."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class OpenAIServer:
    """Serves one engine on a free port of this machine until it is closed.

    Attributes:
        address: up to `/v1`.
        known: the fields that a request may have; any other is refused by its name.
        key: what requests must bear; None asks for none.
        regex: constrains the answers of second and later turns from the server's side, as a better model would.
        bodies: the requests for answers, in order.
        faults: what the next requests for an answer meet instead, each once.
    """

    def __init__(self, model: VisionLanguageModel, owner: str = "vllm", key: str | None = None) -> None:
        self.model, self.owner, self.key = model, owner, key
        self.names = ["tiny"]
        self.known = set(KNOWN[owner])
        self.regex: str | None = None
        self.bodies: list[dict[str, Any]] = []
        self.faults: deque[Callable[[Handler], None]] = deque()
        self.gone = threading.Event()
        self.closing = threading.Event()
        handler = type("BoundHandler", (Handler,), {"home": self})
        self._http = _Quiet(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._http.server_address[1]}/v1"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def answer(self, body: dict[str, Any]) -> tuple[list[int], list[float], bool, int]:
        """Tokens, their probabilities, whether the answer ended of itself, and the tokens of the prompt."""
        if unknown := body.keys() - self.known:
            raise BadRequest(422, f"Unexpected fields in the request: {sorted(unknown)}")
        if body["model"] not in self.names:
            raise BadRequest(404, f"The model `{body['model']}` does not exist.")
        messages, mode = list(body["messages"]), "own"
        if body.get("continue_final_message"):
            assert body["add_generation_prompt"] is False
            begun = messages.pop()
            assert begun["role"] == "assistant"
            mode = {SPECIAL_TOKENS["nothink"]: "nothink", SPECIAL_TOKENS["think"]: "think"}[begun["content"]]
        elif messages[-1]["role"] == "assistant":  # llama.cpp goes on from it without being told
            assert self.owner == "llamacpp"
            assert messages.pop()["content"] == SPECIAL_TOKENS["nothink"]
            mode = "nothink"
        assert [message["role"] for message in messages] == ["user", "assistant"] * (len(messages) // 2) + ["user"]
        images = [_decode(part["image_url"]["url"]) for part in messages[0]["content"] if part["type"] == "image_url"]
        texts = [part["text"] for part in messages[0]["content"] if part["type"] == "text"]
        question = "\n".join([*texts, *(message["content"] for message in messages[1:])])
        sight, model = self.model.look(images), self.model
        prompt = model.chat.chunks(question, mode, len(images))[-1]
        used = sight.prefix_length + len(prompt)
        limit = body.get("max_tokens") or body["max_completion_tokens"]
        if used + 40 > model.context_limit:
            raise BadRequest(400, f"This model's maximum context length is {model.context_limit} tokens. Your prompt has {used}.")
        constraint = model.grammars.start(grammar) if (grammar := self._grammar(body, len(messages))) else None
        with model.lock, sight._restored():
            decoded = sight._decode(prompt, model.ends, min(limit, model.context_limit - used - 1), constraint, copy_from=prompt)
        return decoded.tokens, decoded.chances, decoded.complete, used

    def _grammar(self, body: dict[str, Any], turns: int) -> str | None:
        if "grammar" in body:
            return gbnf_to_lark(body["grammar"])
        regex = body.get("structured_outputs", {}).get("regex") or (self.regex if turns > 1 else None)
        return None if regex is None else f"start: /{regex.replace('/', chr(92) + '/')}/\n"


class Handler(BaseHTTPRequestHandler):
    home: OpenAIServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *rest: Any) -> None:
        pass

    def do_GET(self) -> None:
        if not self._admitted():
            return
        if self.path != "/v1/models":
            return self.reply(404, {"detail": "Not Found"})
        extra = {
            "vllm": {"max_model_len": self.home.model.context_limit},
            "llamacpp": {"meta": {"n_ctx": self.home.model.context_limit}},
        }.get(self.home.owner, {})
        data = [{"id": name, "object": "model", "owned_by": self.home.owner, **extra} for name in self.home.names]
        self.reply(200, {"object": "list", "data": data})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._admitted():
            return
        if self.path == "/tokenize" and self.home.owner != "somebody":
            text = body["prompt" if self.home.owner == "vllm" else "content"]
            return self.reply(200, {"tokens": self.home.model.chat.tokenizer.encode(text, add_special_tokens=False)})
        if self.path != "/v1/chat/completions":
            return self.reply(404, {"detail": "Not Found"})
        self.home.bodies.append(body)
        if self.home.faults:
            return self.home.faults.popleft()(self)
        try:
            tokens, chances, complete, used = self.home.answer(body)
        except BadRequest as refusal:
            return self.reply(refusal.args[0], {"error": {"message": refusal.args[1], "type": "BadRequestError"}})
        self.begin_stream()
        skip = body.get("skip_special_tokens", True)
        for token, chance in zip(tokens, chances, strict=True):
            piece = self.home.model.grammars.tokenizer.decode_bytes([token])
            text = self.home.model.chat.tokenizer.decode([token], skip_special_tokens=skip, clean_up_tokenization_spaces=False)
            logprob = {"token": text, "logprob": _log(chance), "bytes": list(piece)}
            self.event({"choices": [{"delta": {"content": text}, "logprobs": {"content": [logprob]} if body.get("logprobs") else None}]})
        self.event({"choices": [{"delta": {}, "finish_reason": "stop" if complete else "length"}]})
        if body.get("stream_options", {}).get("include_usage"):
            self.event({"choices": [], "usage": {"prompt_tokens": used, "completion_tokens": len(tokens)}})
        self.data("[DONE]")
        self.chunk(b"")

    def _admitted(self) -> bool:
        if self.home.key is None or self.headers["Authorization"] == f"Bearer {self.home.key}":
            return True
        self.reply(401, {"error": {"message": f"Incorrect API key provided: {self.headers['Authorization']}"}})
        return False

    def reply(self, status: int, body: Any, **headers: str) -> None:
        """A whole answer: JSON, or text as it is."""
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if isinstance(body, str) else "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def event(self, event: dict[str, Any]) -> None:
        self.data(json.dumps(event))

    def data(self, text: str) -> None:
        self.chunk(f"data: {text}\n\n".encode())

    def chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def hang(self) -> None:
        """Say nothing until the other side has gone, and tell `home.gone` of it."""
        self.connection.settimeout(0.05)
        while not self.home.closing.is_set():
            try:
                if self.connection.recv(1) == b"":
                    self.home.gone.set()
                    break
            except TimeoutError:
                continue
            except OSError:
                self.home.gone.set()
                break
        self.close_connection = True

    def cut(self) -> None:
        """Break off in the middle of a stream."""
        self.close_connection = True
        self.connection.close()


def _decode(url: str) -> Image.Image:
    head, _, data = url.partition(",")
    assert head == "data:image/png;base64"
    return Image.open(io.BytesIO(base64.b64decode(data, validate=True)))


def _log(chance: float) -> float:
    import math

    return math.log(max(chance, 1e-30))
