"""Secrets to plant, drawn from a seed and so in no file: each kind by the rule that must find it."""

from __future__ import annotations

import random
import string
from collections.abc import Callable

_WORDS = string.ascii_letters + string.digits


def _run(draw: random.Random, alphabet: str, length: int) -> str:
    return "".join(draw.choice(alphabet) for _ in range(length))


def card(draw: random.Random) -> str:
    """Sixteen digits with a right check digit, written in one of the ways in which people write them."""
    digits = [draw.choice("3456")] + [draw.choice(string.digits) for _ in range(14)]
    total = sum(int(one) if place % 2 else sum(divmod(2 * int(one), 10)) for place, one in enumerate(digits))
    number = "".join(digits) + str(-total % 10)
    gap = draw.choice(["", " ", "-"])
    return gap.join(number[start : start + 4] for start in range(0, 16, 4))


def mail(draw: random.Random) -> str:
    return f"{_run(draw, string.ascii_lowercase, 6)}.{_run(draw, string.ascii_lowercase, 5)}@{_run(draw, string.ascii_lowercase, 7)}.org"


def token(draw: random.Random) -> str:
    return draw.choice(["hf" + "_", "sk" + "-", "ghp" + "_", "AKIA", "glpat" + "-"]) + _run(draw, _WORDS, 32)


def key(draw: random.Random) -> str:
    """A key in hexadecimal, or in letters and digits."""
    return _run(draw, "0123456789abcdef", 40) if draw.random() < 0.5 else "aB3" + _run(draw, _WORDS, 40)


def block(draw: random.Random) -> str:
    """A private key as its file holds it, shortened."""
    dashes = "-" * 5
    body = "\n".join(_run(draw, _WORDS + "+/", 64) for _ in range(3))
    return f"{dashes}BEGIN PRIVATE{' '}KEY{dashes}\n{body}\n{dashes}END PRIVATE{' '}KEY{dashes}"


SECRETS: dict[str, Callable[[random.Random], str]] = {"card": card, "mail": mail, "token": token, "key": key, "block": block}
