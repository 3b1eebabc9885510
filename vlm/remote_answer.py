"""A server's answer as it comes in, piece by piece or at once, in the OpenAI protocol's form."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from vlm.endpoint import RemoteError

MOST_TOKENS = 1_000_000_000
"""Of a context, as episodes write it down."""
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
            self.used = _count(usage["prompt_tokens"]) + _count(usage["completion_tokens"])
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
                self.pieces.append(bytes(list(token["bytes"])) if token.get("bytes") is not None else str(token["token"]).encode())
                self.chances.append(math.exp(min(_number(token["logprob"]), 0.0)))
            self.ended_by = choice.get("finish_reason") or self.ended_by
        return new


def _number(value: Any) -> float:
    """Raises TypeError or ValueError where it is none."""
    if math.isnan(found := float(value)):
        raise ValueError("a number that is none")
    return found


def _count(value: Any) -> int:
    """Tokens. Raises TypeError or ValueError where there cannot be so many."""
    if not 0 <= (found := int(value)) <= MOST_TOKENS // 2:
        raise ValueError(f"{found} tokens")
    return found
