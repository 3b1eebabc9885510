"""Pages that are made up by chance: Jinja templates beside the modules that fill them. All chance is one generator's."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, Template

from training.beside import read_beside


@cache
def template(module: str) -> Template:
    """The template beside a module, which says `template(__file__)`; the ends and beginnings of its lines are no part of what it gives."""
    text = read_beside(module, f"{Path(module).stem}.html.jinja")
    return Environment(autoescape=True).from_string("".join(line.strip() for line in text.splitlines()))


def chances(rng: random.Random) -> dict[str, Any]:
    """What a template draws with: `chance(0.3)`, `rand(2, 5)` (both ends count), `pick`, `weighted` and `several` of a list."""
    return {
        "random": rng.random,
        "chance": lambda share: rng.random() < share,
        "rand": rng.randint,
        "uniform": rng.uniform,
        "pick": rng.choice,
        "weighted": lambda choices, weights: rng.choices(choices, weights)[0],
        "several": lambda choices, count: rng.choices(choices, k=count),
    }
