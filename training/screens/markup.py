"""Random but plausible interfaces as HTML: what the template beside this module draws with."""

from __future__ import annotations

import random
from itertools import count
from typing import Any

from markupsafe import Markup, escape

from training.beside import beside
from training.screens import words
from training.screens.looks import Look
from training.templates import chances, template

SAID = beside(__file__)
ICONS: dict[str, str] = SAID["icons"]
TEMPLATE = template(__file__)


def page(rng: random.Random, look: Look, width: int, height: int) -> str:
    """The body of a whole page, sized for the viewport. Everything is drawn from `rng`; nothing else varies."""
    groups = count(1)

    def say(kind: str = "label", *most: int) -> str:
        """Made-up words."""
        made: str = getattr(words, kind)(rng, *most)
        return made

    def css(widget: str, extra: str = "") -> str:
        """The class attribute that the look wants for a widget."""
        names = f"{look.classes.get(widget, '')} {extra}".strip()
        return Markup(f' class="{escape(names)}"') if names else ""

    drawn: dict[str, Any] = {**chances(rng), **SAID, "say": say, "css": css, "new_group": lambda: next(groups), "labels": words.LABELS}
    return TEMPLATE.render(drawn, look=look.name, classes=look.classes, width=width, height=height)
