"""A server's answer as it comes in, piece by piece or at once, in the OpenAI protocol's form."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from vlm.endpoint import RemoteError

LONGEST = 1_000_000
"""Characters of an answer, thinking included: no model writes so many for what it is asked here."""


@dataclass
class Completion:
    """An answer as it comes in. Assembled from events of a stream or from the only one."""

    text: str = ""
    reasoning: str = ""
    pieces: list[bytes] = field(default_factory=list)
    chances: list[float] = field(default_factory=list)
    ended_by: str | None = None
    used: int | None = None

    def take(self, event: dict[str, Any]) -> str:
        """Add one event and return its text, thinking included. Raises KeyError, TypeError or ValueError for a malformed one."""
        if usage := event.get("usage"):
            self.used = int(usage["prompt_tokens"]) + int(usage["completion_tokens"])
        new = ""
        for choice in event["choices"][:1]:
            message = choice.get("delta") or choice.get("message") or {}
            if message.get("refusal"):
                raise RemoteError(f"the server's model refuses: {str(message['refusal'])[:200]}")
            reasoning = message.get("reasoning_content") or message.get("reasoning") or ""
            text = message.get("content") or ""
            self.reasoning += reasoning
            self.text += text
            if len(self.reasoning) + len(self.text) > LONGEST:
                raise RemoteError(f"the server's answer is longer than {LONGEST:,} characters")
            new += reasoning + text
            for token in (choice.get("logprobs") or {}).get("content") or ():
                self.pieces.append(bytes(token["bytes"]) if token.get("bytes") is not None else str(token["token"]).encode())
                self.chances.append(math.exp(min(float(token["logprob"]), 0.0)))
            self.ended_by = choice.get("finish_reason") or self.ended_by
        return new
