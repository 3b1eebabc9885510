"""Random but plausible interfaces as HTML: widgets, panels made of widgets, and pages made of panels.

`data-name` overrides an element's name where its visible text holds more than its label (a shortcut beside a menu item).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from html import escape

from training.beside import beside
from training.screens import words
from training.screens.looks import Look

SAID = beside(__file__)
ICONS: dict[str, str] = SAID["icons"]
Panel = Callable[[], str]


class Painter:
    """Writes the markup of one page. Every call draws from `rng`; nothing else varies."""

    def __init__(self, rng: random.Random, look: Look, width: int, height: int) -> None:
        self.rng, self.look, self.width, self.height = rng, look, width, height
        self._groups = 0

    def page(self) -> str:
        """The body of a whole page, sized for the viewport."""
        return self.rng.choices((self._site, self._windows, self._alone), weights=(4, 4, 2))[0]()

    def say(self, make: Callable[[random.Random], str] = words.label) -> str:
        """Made-up words, escaped."""
        return escape(make(self.rng))

    # widgets

    def css(self, widget: str, extra: str = "") -> str:
        names = f"{self.look.classes.get(widget, '')} {extra}".strip()
        return f' class="{names}"' if names else ""

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def button(self, text: str | None = None, kind: str = "") -> str:
        kind = kind or self.rng.choices(("button", "primary", "danger"), weights=(6, 3, 1))[0]
        state = " disabled" if self.chance(0.1) else ""
        return f'<button type="button"{self.css(kind)}{state}>{escape(text or words.label(self.rng))}</button>'

    def icon(self, name: str = "") -> str:
        name = name or self.rng.choice(list(ICONS))
        size = self.rng.choice((14, 16, 16, 20))
        lines = f'fill="none" stroke="currentColor" stroke-width="1.5"><path d="{ICONS[name]}"/>'
        drawing = f'<svg width="{size}" height="{size}" viewBox="0 0 16 16" {lines}</svg>'
        return f'<span role="button" tabindex="0" class="x-icon" aria-label="{name}">{drawing}</span>'

    def check(self, kind: str = "checkbox", group: str = "") -> str:
        checked = " checked" if self.chance(0.45 if kind != "radio" else 0.3) else ""
        state = " disabled" if self.chance(0.08) else ""
        role = ' role="switch"' if kind == "switch" else ""
        box = f'<input type="{"radio" if kind == "radio" else "checkbox"}"{role}{self.css("checkbox")} name="{group}"{checked}{state}>'
        if self.look.name == "spectre":
            shape = "radio" if kind == "radio" else "switch" if kind == "switch" else "checkbox"
            return f'<label class="form-{shape} form-inline">{box}<i class="form-icon"></i> {self.say()}</label>'
        return f'<label class="x-check">{box}<span>{self.say()}</span></label>'

    def radios(self) -> str:
        self._groups += 1
        return "".join(self.check("radio", f"g{self._groups}") for _ in range(self.rng.randint(2, 4)))

    def entry(self) -> str:
        holder = f' placeholder="{self.say()}"' if self.chance(0.4) else ""
        value = "" if holder and self.chance(0.7) else f' value="{self.say(words.datum)}"'
        state = " disabled" if self.chance(0.06) else ""
        return f'<input type="text"{self.css("input")}{holder}{value}{state} style="width:{self.rng.randint(110, 260)}px">'

    def select(self) -> str:
        options = "".join(f"<option>{self.say()}</option>" for _ in range(3))
        width = f' style="width:{self.rng.randint(110, 220)}px"'
        if self.look.name == "bulma":
            return f"<div{self.css('select')}><select{width}>{options}</select></div>"
        return f"<select{self.css('select')}{width}>{options}</select>"

    def slider(self) -> str:
        return f'<input type="range"{self.css("range")} aria-label="{self.say()}" value="{self.rng.randrange(101)}" style="width:140px">'

    # panels

    def form(self) -> str:
        rows = []
        stack = " x-stack" if self.chance(0.3) else ""
        colon = self.rng.choice((":", ":", "", " *"))
        for _ in range(self.rng.randint(2, 7)):
            widget = self.rng.choice((self.entry, self.entry, self.select, self.slider))()
            rows.append(f'<div class="x-field{stack}"><label class="x-caption">{self.say()}{colon}</label>{widget}</div>')
        for _ in range(self.rng.randint(0, 3)):
            rows.append(self.check(self.rng.choice(("checkbox", "checkbox", "switch"))))
        end = self.rng.choice(("", " x-end"))
        rows.append(f'<div class="x-row{end}">{"".join(self.button() for _ in range(self.rng.randint(1, 3)))}</div>')
        return f"<form{self.css('form', 'x-col')}>{''.join(rows)}</form>"

    def settings(self) -> str:
        groups = []
        for _ in range(self.rng.randint(1, 3)):
            checks = "".join(self.check(self.rng.choice(("checkbox", "checkbox", "switch"))) for _ in range(self.rng.randint(1, 5)))
            groups.append(f"<h3>{self.say()}</h3>{checks if self.chance(0.7) else self.radios()}")
        return f'<div class="x-col">{"".join(groups)}</div>'

    def toolbar(self) -> str:
        items = [self.icon() if self.chance(0.6) else self.button(kind="button") for _ in range(self.rng.randint(3, 9))]
        return f'<div class="x-bar" role="toolbar">{"".join(items)}</div>'

    def menubar(self) -> str:
        titles = self.rng.choice((["File", "Edit", "View", "Help"], ["File", "Edit", "Search", "View", "Document", "Help"], None))
        titles = titles or [words.label(self.rng) for _ in range(self.rng.randint(3, 7))]
        return f'<div class="x-bar" role="menubar">{"".join(f"""<span role="menuitem">{escape(t)}</span>""" for t in titles)}</div>'

    def popup(self, x: int, y: int) -> str:
        items = []
        for number in range(self.rng.randint(3, 12)):
            text = self.say()
            state = ' aria-disabled="true"' if self.chance(0.15) else ""
            hover = ' class="x-hover"' if number == 1 and self.chance(0.4) and not state else ""
            if self.chance(0.2):
                checked, mark = self.rng.choice((("true", "☑"), ("false", "☐")))
                role = f'role="menuitemcheckbox" aria-checked="{checked}" data-name="{text}"{state}'
                items.append(f"<div {role}><span>{mark}</span><span>{text}</span></div>")
            else:
                key = f'<span class="x-key">{self.rng.choice(SAID["shortcuts"])}</span>' if self.chance(0.4) else ""
                items.append(f'<div role="menuitem" data-name="{text}"{hover}{state}><span>{text}</span>{key}</div>')
            if self.chance(0.15):
                items.append('<div class="x-rule"></div>')
        place = f"left:{x}px;top:{y}px;min-width:{self.rng.randint(120, 240)}px"
        return f'<div class="x-popup" role="menu" style="{place}">{"".join(items)}</div>'

    def tabs(self) -> str:
        count = self.rng.randint(2, 6)
        chosen = self.rng.randrange(count)
        parts = []
        for number in range(count):
            current = self.look.classes.get("current", "") if number == chosen else ""
            state = str(number == chosen).lower()
            parts.append(f'<span role="tab" aria-selected="{state}"{self.css("tab", current)}>{self.say()}</span>')
        return f'<div{self.css("tabs", "x-tabs")} role="tablist">{"".join(parts)}</div>'

    def table(self) -> str:
        kinds = self.rng.choices(
            (words.label, words.number, words.date, words.person, words.file_name, words.email, words.nonsense), k=self.rng.randint(2, 6)
        )
        heads = "".join(f"<th>{self.say()}</th>" for _ in kinds)
        rows = []
        chosen = self.rng.randrange(25)
        for number in range(self.rng.randint(3, 14)):
            cells = [f"<td>{self.say(kind)}</td>" for kind in kinds]
            if number % 3 == 0 and self.chance(0.3):
                cells[-1] = f"<td>{self.button()}</td>"
            rows.append(f"<tr{' aria-selected=true' if number == chosen else ''}>{''.join(cells)}</tr>")
        return f"<table{self.css('table')}><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"

    def listing(self) -> str:
        kind = self.rng.choice((words.label, words.file_name, words.person, words.nonsense, lambda rng: words.sentence(rng, 5)))
        chosen = self.rng.randrange(12)
        items = "".join(
            f'<div role="option" aria-selected="{str(i == chosen).lower()}"{self.css("item")}>{self.say(kind)}</div>'
            for i in range(self.rng.randint(3, 14))
        )
        return f'<div{self.css("list", "x-list")} role="listbox">{items}</div>'

    def links(self) -> str:
        items = "".join(f'<li><a href="#">{self.say()}</a></li>' for _ in range(self.rng.randint(3, 10)))
        return f"<h3>{self.say()}</h3><ul class='x-col'>{items}</ul>"

    def cards(self) -> str:
        columns = self.rng.randint(2, 3)
        parts = []
        for _ in range(columns * self.rng.randint(1, 2)):
            lines = f"<h3>{self.say()}</h3><p>{self.say(words.sentence)}</p>"
            buttons = "".join(self.button() for _ in range(self.rng.randint(1, 2)))
            parts.append(f'<div{self.css("card", "x-card-box")}>{lines}<div class="x-row">{buttons}</div></div>')
        return f'<div class="x-grid" style="grid-template-columns:repeat({columns},1fr)">{"".join(parts)}</div>'

    def login(self) -> str:
        rows = "".join(
            f'<label class="x-caption">{escape(t)}</label>{self.entry()}'
            for t in (self.rng.choice(("Username", "Email", "User name:")), "Password")
        )
        buttons = self.button(self.rng.choice(("Log in", "Sign in", "Login")), "primary") + self.button()
        end = f'{self.check()}<div class="x-row">{buttons}</div><a href="#">Forgot password?</a>'
        return f'<div class="x-col"><h2>{self.say()}</h2>{rows}{end}</div>'

    def calculator(self) -> str:
        keys = self.rng.choice(SAID["calculators"])
        buttons = "".join(f'<button type="button"{self.css("button")}>{escape(key)}</button>' for row in keys for key in row.split())
        columns = len(keys[-1].split())
        shown = words.number(self.rng) if self.chance(0.7) else f"{self.rng.randrange(999)} + {self.rng.randrange(999)}"
        return (
            f'<div class="x-col"><div class="x-text" style="text-align:right;font-size:1.6em">{escape(shown)}</div>'
            f'<div class="x-grid x-key-pad" style="grid-template-columns:repeat({columns},1fr)">{buttons}</div></div>'
        )

    def editor(self) -> str:
        kind = self.rng.random()
        lines = [words.sentence(self.rng, self.rng.choice((4, 9, 12))) if self.chance(0.85) else "" for _ in range(self.rng.randint(3, 30))]
        if kind < 0.3:
            lines = [f"{number:>3} {line}" for number, line in enumerate(lines, 1)]
        mono = "font-family:'DejaVu Sans Mono',monospace!important;" if self.chance(0.6) else ""
        return f'<div class="x-text" style="{mono}height:100%">{escape(chr(10).join(lines))}</div>'

    def prose(self) -> str:
        paragraphs = "".join(
            f"<p>{escape(' '.join(words.sentence(self.rng) for _ in range(self.rng.randint(1, 4))))}</p>"
            for _ in range(self.rng.randint(1, 4))
        )
        return f'<div class="x-col"><h2>{self.say()}</h2>{paragraphs}</div>'

    def files(self) -> str:
        """Icons in a grid, as a file manager shows a folder."""
        parts = ""
        for _ in range(self.rng.randint(4, 18)):
            name = self.say(words.file_name if self.chance(0.6) else words.label)
            folder = f'<path d="M1 2h5l2 2h7v9H1z" fill="hsl({self.rng.randrange(360)},45%,60%)"/>'
            drawing = f'<svg width="32" height="28" viewBox="0 0 16 14">{folder}</svg>'
            parts += f'<div role="option" data-name="{name}" class="x-file">{drawing}<div>{name}</div></div>'
        return f'<div class="x-grid" style="grid-template-columns:repeat({self.rng.randint(3, 6)},1fr)">{parts}</div>'

    def meters(self) -> str:
        rows = ""
        for _ in range(self.rng.randint(2, 6)):
            share = f"{self.rng.randrange(101)}%"
            bar = f'<div class="x-meter x-fill"><div style="width:{share}"></div></div><span>{share}</span>'
            rows += f'<div class="x-field"><span class="x-caption">{self.say()}</span>{bar}</div>'
        return f'<div class="x-col">{rows}</div>'

    def month(self) -> str:
        heads = "".join(f"<th>{day}</th>" for day in ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"))
        first, today = self.rng.randrange(7), self.rng.randint(1, 28)
        cells = [""] * first + [str(day) for day in range(1, 31)] + [""] * (12 - first)
        rows = "".join(
            "<tr>" + "".join(f"<td>{'<b>' + c + '</b>' if c == str(today) else c}</td>" for c in cells[i : i + 7]) + "</tr>"
            for i in range(0, 35, 7)
        )
        title = f"<span>{escape(self.rng.choice(words.LABELS))} {self.rng.randint(1990, 2035)}</span>"
        head = f'<div class="x-row">{self.icon("Back")}{title}{self.icon("Forward")}</div>'
        return f"{head}<table{self.css('table')}><tr>{heads}</tr>{rows}</table>"

    def panel(self) -> str:
        """Any panel, at times below tabs or a toolbar or beside another."""
        kinds: tuple[Panel, ...] = (
            self.form, self.form, self.settings, self.settings, self.table, self.table, self.listing, self.links, self.cards, self.login,
            self.calculator, self.editor, self.prose, self.files, self.meters, self.month,
        )  # fmt: skip
        body = self.rng.choice(kinds)()
        above = self.rng.choices(("", self.tabs(), self.toolbar(), f"<h2>{self.say()}</h2>"), weights=(5, 2, 2, 2))[0]
        return f'<div class="x-col">{above}{body}</div>'

    def panels(self, most: int) -> str:
        return "".join(self.panel() for _ in range(self.rng.randint(1 + most // 3, most)))

    # pages

    def window(self, x: int, y: int, width: int, height: int, depth: int) -> str:
        """A window with a title bar, as window managers and GTK draw it."""
        title = f'<div class="x-title">{self.icon("Menu") if self.chance(0.3) else ""}<span>{self.say()}</span>{self.icon("Close")}</div>'
        bars = "".join(bar() for bar in (self.menubar, self.toolbar) if self.chance(0.45))
        columns = [f'<div class="x-col">{self.panels(2)}</div>' for _ in range(2 if width > 520 and self.chance(0.5) else 1)]
        body = f'<div class="x-body"><div class="x-columns">{"".join(columns)}</div></div>'
        foot = ""
        if self.chance(0.4):
            foot = f'<div class="x-row x-end" style="padding:8px">{self.button("Cancel")}{self.button(kind="primary")}</div>'
        place = f"left:{x}px;top:{y}px;width:{width}px;height:{height}px;z-index:{depth}"
        return f'<div class="x-window" style="{place}">{title}{bars}{body}{foot}</div>'

    def _windows(self) -> str:
        parts = []
        for depth in range(self.rng.choice((1, 1, 2, 2, 3))):
            width = self.rng.randint(min(220, self.width // 2), self.width)
            height = self.rng.randint(min(200, self.height // 2), self.height)
            left, top = self.rng.randint(0, self.width - width), self.rng.randint(0, self.height - height)
            parts.append(self.window(left, top, width, height, depth))
        ground = f"hsl({self.rng.randrange(360)},{self.rng.randrange(60)}%,{self.rng.randint(10, 90)}%)"
        return f'<div class="x-page" style="position:absolute;inset:0;background:{ground}">{"".join(parts)}{self._over()}</div>'

    def _site(self) -> str:
        nav = "".join(f'<a href="#" style="padding:6px">{self.say()}</a>' for _ in range(self.rng.randint(2, 6)))
        head = f'<strong>{self.say()}</strong><div class="x-row">{nav}{self.button()}</div>'
        head = f'<nav{self.css("nav", "x-row x-between")} style="padding:6px 12px">{head}</nav>'
        side = f'<div class="x-side">{self.rng.choice((self.links, self.listing))()}</div>' if self.chance(0.5) else ""
        alert = f"<div{self.css('alert')}>{self.say(words.sentence)}</div>" if self.chance(0.25) else ""
        columns = "".join(f'<div class="x-col">{self.panels(4)}</div>' for _ in range(self.rng.choice((1, 2, 2, 3))))
        scroll = -self.rng.randrange(120) if self.chance(0.2) else 0
        main = f'<main style="padding:12px">{alert}<div class="x-columns">{side}{columns}</div></main>'
        return f'<div class="x-page" style="margin-top:{scroll}px">{head}{main}{self._over()}</div>'

    def _alone(self) -> str:
        """One panel in the middle of little else: logins, error pages, small tools."""
        width = self.rng.randint(240, min(620, self.width - 20))
        side = self.rng.choice(("auto", f"{self.rng.randint(0, self.width - width)}px"))
        column = f'<div style="width:{width}px;margin-left:{side};margin-right:auto">{self.panels(3)}</div>'
        return f'<div class="x-page" style="padding-top:{self.rng.randint(0, 200)}px">{column}{self._over()}</div>'

    def _over(self) -> str:
        """At times an open menu or a dialog above the page."""
        kind = self.rng.random()
        if kind < 0.25:
            return self.popup(self.rng.randint(0, self.width - 300), self.rng.randint(0, self.height // 2))
        if kind < 0.4:
            width, height = self.rng.randint(260, self.width - 100), self.rng.randint(150, self.height - 80)
            veil = '<div class="x-veil"></div>' if self.chance(0.6) else ""
            return veil + self.window((self.width - width) // 2, (self.height - height) // 2, width, height, 5)
        return ""
