"""Pages of widgets in made-up styles, drawn by Chromium, with the state of each: `python -m training.states.pages DIR --count N`."""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import islice
from pathlib import Path

from training.command import command
from training.screens import words
from training.screens.browser import Browser
from training.screens.store import LabelledScreen, ScreenElement, count_screens, write_screens
from training.states.marks import Colours, MarkStyle, bystander

SIZE = (900, 680)
FONTS = (
    "DejaVu Sans", "DejaVu Sans", "DejaVu Serif", "DejaVu Sans Condensed", "Nimbus Sans", "Liberation Sans", "Cantarell", "URW Gothic",
    "Noto Sans", "P052",
)  # fmt: skip
ZOOMS = (0.75, 0.9, 1.0, 1.0, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
TRUTH = """(() => {
  for (const mixed of document.querySelectorAll('[data-mixed]')) mixed.indeterminate = true;
  const sides = (e) => { const r = e.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; };
  return [...document.querySelectorAll('[data-k]')].map((e) => {
    const told = JSON.parse(e.dataset.k), mark = e.matches('[data-m]') ? e : e.querySelector('[data-m]');
    return {...told, box: sides(told.whole || !mark ? e : mark), row: sides(e)};
  }).filter((t) => t.row[3] < innerHeight && t.row[2] < innerWidth + 2 && t.box[2] - t.box[0] > 4);
})()"""
"""What is written beside each widget, in CSS pixels."""
TEXTS = """(() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
  while (walker.nextNode()) {
    range.selectNodeContents(walker.currentNode);
    const r = range.getBoundingClientRect(), said = walker.currentNode.data.trim();
    if (said.length > 1 && r.right < innerWidth && r.bottom < innerHeight && r.left >= 0) found.push([said, r.left, r.top, r.right, r.bottom]);
  }
  return found;
})()"""
"""Each text with the box of its line."""


def generate_pages(seed: int, start: int = 0, groups: bool = False) -> Iterator[LabelledScreen]:
    """Endless pages; page number `start` and later ones of this seed."""
    with Browser(*SIZE) as browser:
        number = start
        while True:
            rng = random.Random(f"{seed}/states/{number}")
            zoom = rng.choice(ZOOMS)
            page = Page(rng, zoom, groups)
            browser.show(page.document())
            elements = [element_of(told) for told in browser.evaluate(TRUTH)]
            texts = [tuple(text) for text in browser.evaluate(TEXTS)]
            yield LabelledScreen(browser.screenshot(), "pages", "made-up", elements, texts)
            number += 1


def element_of(told: dict) -> ScreenElement:
    """One widget as the page's script tells it."""
    states = {name: told.get(name) for name in ("checked", "selected", "enabled", "focused", "expanded")}
    return ScreenElement(told["name"], told["role"], tuple(round(value, 1) for value in told["box"]), **states)


def truth(role: str, name: str, **states: bool | None) -> str:
    """What is true of a widget, as an attribute that the page's script tells; `whole`: its box is all of it, not the mark in it."""
    return f"data-k='{escape(json.dumps({'role': role, 'name': name, **states}), quote=True)}'"


class Page:
    """The markup of one page."""

    def __init__(self, rng: random.Random, zoom: float, groups: bool = False) -> None:
        """`groups`: only what is told among its like: tabs, buttons, rows."""
        self.rng, self.zoom, self.groups = rng, zoom, groups
        self.colours = Colours.drawn(rng)
        self.size = rng.choice((11, 12, 13, 13.333, 14, 14, 15, 16, 16, 18))
        self.marks = MarkStyle(rng, self.colours, self.size)
        self.gap = rng.uniform(0.15, 0.8) * self.size
        self.pad = rng.uniform(0.1, 0.6) * self.size

    def document(self) -> str:
        c, rng = self.colours, self.rng
        panels: list[Callable[[], str]] = [
            self.options, self.options, self.options, self.options, self.options, self.switches, self.tree, self.menu, self.list, self.tabs, self.toggles, self.plain,
            self.table, self.buttons,
        ]  # fmt: skip
        if self.groups:
            panels = [self.tabs, self.tabs, self.tabs, self.toggles, self.toggles, self.list, self.buttons, self.buttons, self.menu]
        body = "".join(f'<section style="{self._panel()}">{rng.choice(panels)()}</section>' for _ in range(rng.randint(9, 20)))
        sheet = (
            f"*{{box-sizing:border-box}}body{{margin:0;padding:{rng.randint(2, 20)}px;background:{c.ground};color:{c.ink};zoom:{self.zoom};"
            f'font:{self.size}px "{rng.choice(FONTS)}";color-scheme:{"dark" if c.dark else "light"};columns:{rng.choice((1, 2, 2, 3))};}}'
            f"section{{break-inside:avoid}}i,b{{font-style:normal}}.r{{display:flex;align-items:center;white-space:nowrap}}"
        )
        return f'<!doctype html><meta charset="utf-8"><style>{sheet}</style><body>{body}</body>'

    def _panel(self) -> str:
        edge = f"border:1px solid {self.colours.line};" if self.rng.random() < 0.4 else ""
        return f"margin:{self.rng.randint(0, 12)}px 0;padding:{self.rng.randint(0, 10)}px;{edge}"

    def name(self) -> str:
        return words.label(self.rng)

    def text(self, name: str, enabled: bool = True) -> str:
        return f'<span style="{"" if enabled else self._grey()}">{escape(name)}</span>'

    def _grey(self) -> str:
        return f"color:{self.colours.faint}" if self.marks.dot > 0.45 else self.marks.disabled

    def row(self, inner: str, told: str, style: str = "") -> str:
        return f'<div class="r" {told} style="gap:{self.gap:.1f}px;padding:{self.pad:.1f}px {self.pad * 2:.1f}px;{style}">{inner}</div>'

    def _ground(self) -> str:
        """Now and then a row of its own ground: under the pointer, chosen, striped, framed."""
        c = self.colours
        return self.rng.choices(
            (
                "",
                f"background:{c.accent};color:{c.on_accent}",
                f"background:{c.line}",
                f"outline:1px dotted {c.ink}",
                f"border:1px solid {c.line}",
            ),
            weights=(14, 1, 1, 1, 1),
        )[0]

    def options(self) -> str:
        """Boxes or radio buttons beside their labels."""
        rng, kind = self.rng, self.rng.choice(("check", "check", "radio", "radio", "radio", "switch"))
        flows, right = rng.random() < 0.25, rng.random() < (0.3 if kind == "switch" else 0.06)
        made = []
        for _ in range(rng.randint(2, 7)):
            state = rng.choice(("on", "off")) if kind != "check" or rng.random() > 0.07 else "mixed"
            enabled, focused, name = rng.random() > 0.14, rng.random() < 0.08, self.name()
            role = {"check": "check box", "radio": "radio button", "switch": "switch"}[kind]
            checked = {"on": True, "off": False, "mixed": None}[state]
            mark, text = self.marks.mark(kind, state, enabled, focused), self.text(name, enabled)
            icon = bystander(rng, self.colours, self.size) if rng.random() < 0.05 else ""
            ring = f"outline:1px dotted {self.colours.ink}" if rng.random() < 0.05 else self._ground()
            inner = text + mark if right else mark + icon + text
            made.append(self.row(inner, truth(role, name, checked=checked, enabled=enabled, focused=focused), ring))
        return f'<div style="display:flex;flex-wrap:wrap">{"".join(made)}</div>' if flows else "".join(made)

    def switches(self) -> str:
        """Settings: a label to the left, a switch, a box or something else at the right end."""
        made = []
        for _ in range(self.rng.randint(2, 6)):
            name, kind = self.name(), self.rng.choices(("switch", "check", "radio", "none"), weights=(8, 2, 1, 4))[0]
            state, enabled, focused = self.rng.choice(("on", "off")), self.rng.random() > 0.12, self.rng.random() < 0.06
            icon = bystander(self.rng, self.colours, self.size) if self.rng.random() < 0.3 else ""
            if kind == "none":
                told, mark = truth("label", name, whole=True), self._ending()
            else:
                role = {"check": "check box", "radio": "radio button", "switch": "switch"}[kind]
                told = truth(role, name, checked=state == "on", enabled=enabled, focused=focused)
                mark = self.marks.mark(kind, state, enabled, focused)
            made.append(self.row(f'{icon}{self.text(name, enabled)}<span style="flex:1"></span>{mark}', told, self._ground()))
        return "".join(made)

    def _ending(self) -> str:
        c, rng = self.colours, self.rng
        width = self.size * rng.uniform(2, 8)
        frame = f'<span data-m style="width:{width:.0f}px;height:{self.size * 1.7:.0f}px;border:1px solid {c.line};background:{c.field};border-radius:{rng.choice((0, 3, 12))}px'
        share = rng.randint(10, 85)
        slider = (
            f'<span data-m style="position:relative;width:{width * 1.3:.0f}px;height:{self.size:.0f}px"><b style="position:absolute;top:{self.size * 0.4:.0f}px;left:0;right:0;height:{rng.choice((2, 4, 6))}px;'
            f'background:{c.line};border-radius:3px"></b><b style="position:absolute;left:{share}%;width:{self.size:.0f}px;height:{self.size:.0f}px;border-radius:50%;background:{c.accent}"></b></span>'
        )
        return rng.choice(
            (
                f'{frame}"></span>',
                f'{frame};text-align:right">▾</span>',
                slider,
                f"<span data-m>{bystander(rng, c, self.size)}</span>",
                "<span data-m>›</span>",
            )
        )

    def tree(self) -> str:
        """A tree or an accordion."""
        made = []
        for _ in range(self.rng.randint(3, 9)):
            name, kind, depth = self.name(), self.rng.choice(("open", "closed", "closed", "leaf")), self.rng.randint(0, 3)
            icon = bystander(self.rng, self.colours, self.size) if self.rng.random() < 0.4 else ""
            told = truth("label", name, whole=True) if kind == "leaf" else truth("expander", name, expanded=kind == "open")
            mark = f'<span style="width:{self.size}px"></span>' if kind == "leaf" else self.marks.mark("expander", kind)
            made.append(self.row(mark + icon + self.text(name), told, f"margin-left:{depth * self.size:.0f}px;{self._ground()}"))
        return "".join(made)

    def menu(self) -> str:
        """A menu: plain entries, and entries with ticks, boxes or dots."""
        made, bare = [], self.rng.random() < 0.6
        hovered = self.rng.randint(0, 9)
        for number in range(self.rng.randint(3, 9)):
            name, kind = self.name(), self.rng.choice(("plain", "plain", "check", "radio"))
            state = self.rng.choice(("on", "off"))
            ground = f"background:{self.colours.accent};color:{self.colours.on_accent}" if number == hovered else ""
            end = f'<span style="flex:1"></span>{self.rng.choice(("Ctrl+S", "F5", "▸", "", ""))}'
            if kind == "plain":
                icon = (
                    bystander(self.rng, self.colours, self.size)
                    if self.rng.random() < 0.4
                    else f'<span style="width:{self.size * 1.2:.1f}px"></span>'
                )
                made.append(self.row(icon + self.text(name) + end, truth("menu item", name, whole=True), ground))
                continue
            drawn = self.marks.mark("tick" if bare else kind, state)
            made.append(
                self.row(drawn + self.text(name) + end, truth(f"{kind} menu item", name, checked=state == "on", whole=True), ground)
            )
        return f'<div style="border:1px solid {self.colours.line};box-shadow:1px 2px 5px #0004">{"".join(made)}</div>'

    def list(self) -> str:
        """Rows, some of them chosen."""
        c, rng = self.colours, self.rng
        soft = rng.random() < 0.4
        lit = rng.choice(
            (f"background:{c.accent};color:{c.on_accent}", f"background:color-mix(in srgb,{c.accent} {rng.randint(14, 40)}%,{c.ground})")
        )
        rest = ""
        if self.groups and rng.random() < 0.35:
            lit, rest = rng.choice(((f"color:{c.accent}", ""), ("font-weight:bold", ""), ("", f"color:{c.faint}")))
        elif soft:
            lit = f"background:{c.line}" + (f";border-left:{rng.randint(2, 4)}px solid {c.accent}" if rng.random() < 0.5 else "")
        made, icons = [], rng.random() < 0.5
        for _ in range(rng.randint(3, 9)):
            chosen, name = rng.random() < 0.25, self.name()
            icon = bystander(rng, c, self.size) if icons else ""
            made.append(self.row(icon + self.text(name), truth("list item", name, selected=chosen, whole=True), lit if chosen else rest))
        return "".join(made)

    def tabs(self) -> str:
        """A row of tabs, one of them open."""
        c, rng = self.colours, self.rng
        chosen, below = rng.randint(0, 4), rng.randint(1, 4)
        lit, side = rng.choice((("#fff", "#808080"), (c.line, c.line), (c.ground, c.line)))
        edge = f"border:1px solid {side};border-top-color:{lit};border-left-color:{lit}"
        on, off = rng.choice(
            (
                (f"border-bottom:{below}px solid {c.accent}", f"border-bottom:{below}px solid transparent"),
                (f"border-bottom:{below}px solid {c.accent};color:{c.accent}", f"border-bottom:{below}px solid {c.line}"),
                (f"border:1px solid {c.line};border-bottom:1px solid {c.ground};background:{c.ground}", f"border:1px solid transparent;border-bottom:1px solid {c.line}"),
                (f"border:1px solid {c.line};border-bottom:none;background:{c.field};padding-top:{self.pad + 3:.0f}px", f"border:1px solid {c.line};background:color-mix(in srgb,{c.line} 50%,{c.ground})"),
                (f"background:{c.accent};color:{c.on_accent};border-radius:{rng.choice((3, 20))}px", "border:0"),
                (f"border-top:{below}px solid {c.accent};background:{c.field}", f"border-top:{below}px solid transparent;color:{c.faint}"),
                ("font-weight:bold;border-bottom:2px solid", "border-bottom:2px solid transparent"),
                (f"{edge};border-bottom:1px solid {c.ground};padding-bottom:{self.pad + 4:.0f}px", f"{edge};border-bottom:1px solid {side}"),
                (f"{edge};border-bottom:0;margin:0 -1px", f"{edge};border-bottom:1px solid {lit};padding-bottom:{self.pad:.0f}px"),
                (f"color:{c.accent}", ""),
                (f"background:{c.field};box-shadow:0 1px 2px #0004;border-radius:6px", f"color:{c.faint}"),
            )
        )  # fmt: skip
        if "color" not in on and rng.random() < 0.25:  # links: what is open is none
            on, off = f"{on};color:{c.ink}", f"{off};color:{c.accent}"
        names = [self.name() for _ in range(rng.randint(2, 5))]
        chosen = chosen % len(names)
        made = [
            f'<span {truth("page tab", name, selected=number == chosen, enabled=True, whole=True)} style="padding:{self.pad + 2:.0f}px {self.pad * 2 + 5:.0f}px;{on if number == chosen else off}">{escape(name)}</span>'
            for number, name in enumerate(names)
        ]
        return f'<div class="r" style="align-items:flex-end">{"".join(made)}</div>'

    def toggles(self) -> str:
        """Buttons that stay down, beside each other."""
        c, rng = self.colours, self.rng
        radius = rng.choice((0, 3, 6, 20))
        on, off = rng.choice(
            (
                (f"background:{c.accent};color:{c.on_accent};border:1px solid {c.accent}", f"border:1px solid {c.line}"),
                (f"background:{c.line};border:1px solid {c.line};box-shadow:inset 0 1px 3px #0006", f"border:1px solid {c.line};background:{c.field}"),
                (f"border:2px solid {c.accent};color:{c.accent}", f"border:2px solid {c.line}"),
                (f"border:2px inset {c.line};background:{c.line}", f"border:2px outset {c.line}"),
                (f"background:color-mix(in srgb,{c.accent} 25%,{c.ground});border:1px solid {c.accent}", f"border:1px solid {c.line}"),
                (f"background:{c.accent};color:{c.on_accent};border:1px solid {c.accent}", f"color:{c.accent};border:1px solid {c.accent}"),
                (f"background:color-mix(in srgb,#000 {rng.randint(25, 45)}%,{c.accent});color:{c.on_accent}", f"background:{c.accent};color:{c.on_accent}"),
                (f"color:{c.accent};border:1px solid {c.line}", f"border:1px solid {c.line}"),
            )
        )  # fmt: skip
        made = []
        for _ in range(rng.randint(2, 5)):
            name, state, enabled = self.name(), rng.random() < 0.45, rng.random() > 0.1
            grey = "" if enabled else self._grey()
            made.append(
                f'<span {truth("toggle button", name, checked=state, enabled=enabled, whole=True)} style="padding:{self.pad + 3:.0f}px {self.pad * 2 + 6:.0f}px;border-radius:{radius}px;{on if state else off};{grey}">{escape(name)}</span>'
            )
        return f'<div class="r" style="gap:{rng.choice((0, 4, 8))}px">{"".join(made)}</div>'

    def buttons(self) -> str:
        """Buttons, some grey, one with the keyboard."""
        c, rng, made = self.colours, self.rng, []
        edge = rng.choice((f"1px solid {c.line}", "1px solid transparent", f"2px outset {c.line}"))
        own = rng.choice(
            (
                f"background:{c.field}",
                f"background:{c.field}",
                f"color:{c.accent};border-color:{c.accent}",
                f"background:{c.accent};color:{c.on_accent}",
            )
        )
        for _ in range(rng.randint(2, 5)):
            name, enabled, focused = self.name(), rng.random() > 0.35, rng.random() < 0.2
            icon = bystander(rng, c, self.size) if rng.random() < 0.3 else ""
            look = ("" if enabled else self._grey() + ";") + (self.marks._focus() if focused else "")
            made.append(
                f'<span class=r {truth("push button", name, enabled=enabled, focused=focused, whole=True)} style="gap:4px;padding:{self.pad + 3:.0f}px {self.pad * 2 + 6:.0f}px;border:{edge};border-radius:{rng.choice((0, 4))}px;{own};{look}">{icon}{escape(name)}</span>'
            )
        return f'<div class="r" style="gap:8px">{"".join(made)}</div>'

    def plain(self) -> str:
        """Words that have no state, with small things beside them or none."""
        made = []
        for _ in range(self.rng.randint(3, 8)):
            name = self.name() if self.rng.random() < 0.7 else words.sentence(self.rng)
            beside = bystander(self.rng, self.colours, self.size) if self.rng.random() < 0.75 else ""
            made.append(self.row(beside + self.text(name), truth("label", name, whole=True), self._ground()))
        return "".join(made)

    def table(self) -> str:
        """A table whose first column may hold boxes."""
        boxes, rows = self.rng.random() < 0.6, []
        for _ in range(self.rng.randint(3, 7)):
            name, state, chosen = self.name(), self.rng.choice(("on", "off")), self.rng.random() < 0.2
            lit = f"background:color-mix(in srgb,{self.colours.accent} 30%,{self.colours.ground})" if chosen else ""
            cell = f'<td style="border-bottom:1px solid {self.colours.line};padding:{self.pad:.0f}px {self.pad * 2:.0f}px">'
            if boxes:
                first = f'<tr style="{lit}" {truth("check box", name, checked=state == "on", enabled=True)}>{cell}{self.marks.mark("check", state)}</td>'
            else:
                first = f'<tr style="{lit}" {truth("list item", name, selected=chosen, whole=True)}>'
            rows.append(f"{first}{cell}{self.text(name)}</td>{cell}{escape(words.datum(self.rng))}</td></tr>")
        return f'<table style="border-collapse:collapse">{"".join(rows)}</table>'


@command
def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.states.pages", description=__doc__)
    parser.add_argument("out", type=Path, metavar="DIR")
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--groups", action="store_true", help="only tabs, buttons, rows and menus")
    given = parser.parse_args(arguments)
    have = count_screens(given.out)
    print(write_screens(given.out, islice(generate_pages(given.seed, have, given.groups), max(given.count - have, 0))))


if __name__ == "__main__":
    raise SystemExit(main())
