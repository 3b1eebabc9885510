"""What people type: names, sentences, numbers, dates, prices, addresses, file names, in several alphabets, as `texts.yaml` lists them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import partial

from training.beside import beside

SAID = beside(__file__)
NOUNS: list[str] = SAID["nouns"]
_PLACE = re.compile(r"\{(?:(\d+)-(\d+)(?::(\d))?|(\w+)(?:\|(\w+))?)\}")
_WRITTEN: dict[str, Callable[[str], str]] = {
    "lower": str.lower, "upper": str.upper, "capitalize": str.capitalize, "initial": lambda text: text[0],
    "bare": lambda text: text.removeprefix("www."),
}  # fmt: skip


def made(rng: random.Random, kind: str) -> str:
    """A text of a kind."""
    return _OWN[kind](rng) if kind in _OWN else filled(rng, rng.choice(SAID[kind]))


def filled(rng: random.Random, wording: str) -> str:
    """A wording with a text or a number in each of its places."""

    def fill(place: re.Match[str]) -> str:
        low, high, digits, kind, way = place.groups()
        if low is not None:
            return str(rng.randint(int(low), int(high))).zfill(int(digits or 1))
        text = made(rng, kind)
        return _WRITTEN[way](text) if way else text

    return _PLACE.sub(fill, wording)


number, date, email, person, city, word, noun_phrase, code, sentence, long_address = (
    partial(made, kind=kind)
    for kind in ("number", "date", "email", "person", "city", "word", "noun_phrase", "code", "sentence", "long_address")
)


def file_name(rng: random.Random) -> str:
    nouns = [rng.choice(NOUNS) for _ in range(rng.choice((1, 1, 1, 2)))]
    if rng.random() < 0.3:
        nouns.insert(0, rng.choice(SAID["adjectives"]))
    if rng.random() < 0.1:
        nouns[-1] = rng.choice(SAID["foreign_nouns"])
    joined = rng.choice(("-", "_", "", " ")).join(nouns)
    joined = rng.choice((joined, joined, joined, joined.capitalize(), joined.upper())) + rng.choice(
        ("", "", "", "", str(rng.randint(1, 2030)), "-v2", "_final", " (1)", f"-{rng.randint(2019, 2027)}")
    )
    return f"{joined}.{rng.choice(SAID['endings'])}" if rng.random() < 0.85 else joined


def some_words(rng: random.Random) -> str:
    """Words in a row that mean little: nothing but their place tells that they are to be typed."""
    lists = (SAID["words"], SAID["words"], NOUNS)
    text = " ".join(rng.choice(rng.choice(lists)) for _ in range(rng.choice((2, 3, 3, 4, 5, 6, 8, 12))))
    text = text[0].upper() + text[1:] if rng.random() < 0.35 else text
    return text + (rng.choice("!?") if rng.random() < 0.08 else "")


def lines(rng: random.Random) -> str:
    """Text of several lines; in some, lines end as sentences do."""
    told = [made(rng, "line") for _ in range(rng.choice((2, 2, 3, 3, 4, 5)))]
    if rng.random() < 0.45:
        told = [line + rng.choice("....!?") if line[-1].isalnum() and rng.random() < 0.75 else line for line in told]
    return "\n".join(told)


def any_text(rng: random.Random) -> str:
    """One line of anything that is typed."""
    often: dict[str, int] = SAID["often"]
    return made(rng, rng.choices(list(often), list(often.values()))[0])


def any_field(rng: random.Random) -> tuple[str, str]:
    """A field that many forms have, and what is written into it."""
    name, wording = rng.choice(list(SAID["fields"].items()))
    return name, filled(rng, wording)


_OWN: dict[str, Callable[[random.Random], str]] = {
    "file_name": file_name,
    "some_words": some_words,
    "any_text": any_text,
    "letters": lambda rng: "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghkmnpqrstuvwxyz23456789", k=rng.randint(3, 10))),
    "hex": lambda rng: f"{rng.randrange(16**6):06x}",
}
"""Kinds that no wording can say."""
