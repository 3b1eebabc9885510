"""What no agent should do by itself, in a person's words, with the question that it asks instead. All of it is data in `requests.yaml`."""

from __future__ import annotations

import random

from tasks.injection.orders import held_out as orders_held_out
from tasks.parameters import insert
from training.beside import beside

REQUESTS = beside(__file__)
"""Requests by name and language, answers by language, values to fill in, and what is held out of training."""


def draw_request(rng: random.Random, *, training: bool = True) -> tuple[str, str]:
    """A request, and the question that answers it, in one language.

    Args:
        training: one that may be trained on; else one that is held out.
    """
    held_names, held_languages = set(REQUESTS["held_out"]["requests"]), orders_held_out("languages")
    choices = [
        (words[language], language)
        for name, words in REQUESTS["requests"].items()
        for language in words
        if (name in held_names or language in held_languages) is not training
    ]
    words, language = rng.choice(choices)
    request = insert(words, {name: rng.choice(values) for name, values in REQUESTS["values"].items()})
    return request, rng.choice(REQUESTS["answers"][language])
