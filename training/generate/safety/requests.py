"""What no agent should do by itself, in a person's words, with the question that it asks instead. All of it is data in `requests.yaml`."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from typing import Any

from recordings.parsing import parse_yaml
from tasks.injection.orders import held_out as orders_held_out
from tasks.parameters import insert

REQUESTS = Path(__file__).with_name("requests.yaml")


@cache
def read_requests() -> dict[str, Any]:
    """The file: requests by name and language, answers by language, values to fill in, and what is held out of training."""
    found: dict[str, Any] = parse_yaml(REQUESTS.read_text(encoding="utf-8"))
    return found


def draw_request(rng: random.Random, *, training: bool = True) -> tuple[str, str]:
    """A request, and the question that answers it, in one language.

    Args:
        training: one that may be trained on; else one that is held out.
    """
    known = read_requests()
    held_names, held_languages = set(known["held_out"]["requests"]), orders_held_out("languages")
    choices = [
        (words[language], language)
        for name, words in known["requests"].items()
        for language in words
        if (name in held_names or language in held_languages) is not training
    ]
    words, language = rng.choice(choices)
    return insert(words, {name: rng.choice(values) for name, values in known["values"].items()}), rng.choice(known["answers"][language])
