"""Chooses among what has a name: by role, number, place, region and relation, and by what is active and has just appeared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from recordings.geometry import Box
from vlm.reading.layout import Item, Layout, Rectangle
from vlm.reading.protocols import How
from vlm.reading.qualifiers import Region, Relation, Request, requests
from vlm.reading.vocabulary import Side
from vlm.reading.wording import SPELT, Match, find

FRESH, ACTIVE, OUT_OF_PLACE, ROLE_FITS = 0.08, 0.05, 0.06, 0.04
"""What it adds to have just appeared, to lie in the active window, and to fit the role said; what it costs to be a title, a display."""
APART = 0.025
"""Two that lie closer than this fit alike."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known besides the words: the layout, the active window, what has just appeared."""

    layout: Layout
    active: Rectangle | None
    fresh: tuple[Rectangle, ...]
    picture: Image.Image | None = None

    @property
    def window(self) -> Rectangle:
        return self.active or self.layout.whole

    def field(self, label: Match) -> Rectangle:
        """Where the field is that a label names: where its frame is seen, else where fields mostly are."""
        return self._frame(label) or self.layout.field(label.item, self.active)

    def framed(self, label: Match) -> bool:
        """Whether the frame of a field is seen at the label."""
        return self._frame(label) is not None

    def _frame(self, label: Match) -> Rectangle | None:
        from vlm.reading.frames import field_frame

        if self.picture is None or self.picture.size != (self.layout.width, self.layout.height):
            return None
        return field_frame(self.picture, label.place, self.window)


@dataclass(frozen=True, slots=True)
class Choice:
    """One candidate while it is ranked: `rank` compares on this screen, `score` between screens."""

    match: Match
    rank: float
    score: float
    place: Rectangle
    how: How


def appeared(layout: Layout, fresh: Sequence[Box]) -> tuple[Rectangle, ...]:
    """The changes that are a menu or a dialog: two elements or more, and not nearly everything. One alone is what was just typed, a
    display, a tooltip."""
    places = [layout.pixels(box) for box in fresh if box.area < 0.7]
    return tuple(place for place in places if sum(place.holds(item.place.middle) for item in layout.items) >= 2)


def choose(request: Request, scene: Scene) -> tuple[list[Choice], list[Match]]:
    """The choices of one way to understand the words, best first, and all that has the name, chosen or not."""
    layout = scene.layout
    if not request.name:
        return _beside(request, scene), []
    matches = find(request.name, layout, prose=request.role in (None, "link", "other"))
    if request.several and len(matches) < 2:
        return [], []
    choices = _rank(matches, request, scene)
    for region in request.regions:
        choices = _in_region(choices, region, scene)
    for relation in request.relations:
        choices = _related(choices, relation, scene)
    if request.places:
        choices = _placed(choices, request.places, scene)
    if request.ordinal is not None:
        choices = _counted(choices, request.ordinal, scene)
    choices.sort(key=lambda choice: -choice.rank)
    if request.role == "field":  # a menu is called like it, and has none
        choices = [choice for choice in choices if not layout.in_menu_bar(choice.match.item) or scene.framed(choice.match)]
        choices = [Choice(c.match, c.rank, c.score - 0.05, scene.field(c.match), "field") for c in choices]
    return choices, matches


def _rank(matches: list[Match], request: Request, scene: Scene) -> list[Choice]:
    layout = scene.layout
    items = [match.item for match in matches]
    choices = []
    company = {id(item): layout.company(item) for item in items} if len(items) > 1 else {}
    for match in matches:
        rank = match.score
        middle = match.place.middle
        if any(place.holds(middle) for place in scene.fresh):
            rank += FRESH
        if scene.active is not None and scene.active.holds(middle):
            rank += ACTIVE
        if len(items) > 1 and request.role != "other":
            others = [company[id(other.item)] for other in matches if abs(other.score - match.score) < APART]
            alone = not company[id(match.item)] and max(others) > 1
            if alone or layout.is_title(match.item, items, scene.active):
                rank -= OUT_OF_PLACE
        rank += ROLE_FITS * _fitness(match, request, scene) if len(items) > 1 else 0.0
        choices.append(Choice(match, rank, match.score, match.place, match.how))
    return choices


def _fitness(match: Match, request: Request, scene: Scene) -> int:
    """How well a match fits the role said: menus stand in menu bars, labels of fields end with a colon or have a frame beside them."""
    in_bar = scene.layout.in_menu_bar(match.item)
    named = match.item.element.text.rstrip().endswith((":", "："))
    if request.role == "field":
        return 2 * named + scene.framed(match) - in_bar
    if request.role == "menu":
        return int(in_bar) - named
    return -int(in_bar and request.role not in (None, "item", "other")) - int(named and request.role is not None)


def _in_region(choices: list[Choice], region: Region, scene: Scene) -> list[Choice]:
    layout, window = scene.layout, scene.window

    def within(places: Sequence[Rectangle]) -> list[Choice]:
        return [choice for choice in choices if any(place.holds(choice.place.middle) for place in places)]

    match region.area:
        case "dialog":
            containers = [*scene.fresh, *([scene.active] if scene.active else [])]
            return within(containers) if containers else choices
        case "menu" if not region.name:
            return within(scene.fresh) or [choice for choice in choices if not layout.in_menu_bar(choice.match.item)]
        case "menu":
            heads = find(region.name, layout, prose=False)
            fresh = within(scene.fresh)
            return fresh or [choice for choice in choices if any(_hangs(choice.match.item, head.item, layout) for head in heads)]
        case "toolbar":
            side = 0.12 * (window.x2 - window.x1)
            upper = window.y1 + 0.35 * window.height
            lower = window.y1 + 0.85 * window.height
            inside = [
                choice for choice in choices
                if not layout.in_menu_bar(choice.match.item) and choice.place.y2 < lower
                and (choice.place.y2 < upper or choice.place.x1 < window.x1 + side or choice.place.x2 > window.x2 - side)
            ]  # fmt: skip
            settled = [choice for choice in inside if not any(place.holds(choice.place.middle) for place in scene.fresh)]
            return settled or inside
        case "menubar":
            return [choice for choice in choices if layout.in_menu_bar(choice.match.item)]
        case "statusbar":
            return [choice for choice in choices if choice.place.middle[1] > window.y2 - max(0.1 * window.height, 40)]
        case "titlebar":
            return [choice for choice in choices if choice.place.middle[1] < window.y1 + max(0.05 * window.height, 40)]
        case "sidebar":
            third = 0.34 * (window.x2 - window.x1)
            return [c for c in choices if c.place.middle[0] < window.x1 + third or c.place.middle[0] > window.x2 - third]
        case _:
            named = find(region.name, layout, prose=False) if region.name else []
            if region.name and named and len(choices) > 1:
                return _related(choices, Relation("in", region.name), scene)
            return (within([scene.active]) if scene.active else []) or choices


def _hangs(item: Item, head: Item, layout: Layout) -> bool:
    """Whether an item belongs to the menu that hangs from a head: lines below it without a gap."""
    height = max(head.place.height, 1.0)
    left, right = head.place.x1 - 3 * height, head.place.x1 + 14 * height
    if item is head or not left <= item.place.x1 <= right:
        return False
    bottom = head.place.y2
    for other in sorted(layout.items, key=lambda other: other.place.y1):
        if left <= other.place.x1 <= right and other.place.y1 >= bottom - 0.5 * height:
            if other.place.y1 - bottom > 3.0 * height:
                return False
            if other is item:
                return True
            bottom = max(bottom, other.place.y2)
    return False


def _related(choices: list[Choice], relation: Relation, scene: Scene) -> list[Choice]:
    """Those nearest to the anchor on the side said; none where there is no anchor."""
    layout = scene.layout
    anchors = _anchors(relation.anchor, scene)
    measured: list[tuple[float, Choice]] = []
    for choice in choices:
        far = [
            apart for anchor in anchors
            if anchor.item is not choice.match.item and (apart := layout.towards(choice.place, anchor.place, relation.side)) is not None
        ]  # fmt: skip
        if far:
            measured.append((min(far), choice))
    return _closest(measured)


def _anchors(words: str, scene: Scene) -> list[Match]:
    """What a relation starts from: all that has the name, or the one that is qualified itself ("next to the last Delete")."""
    if found := find(words, scene.layout, prose=False):
        return _preferred(found, scene)
    for request in requests(words)[1:]:
        if request.name and not request.relations and (choices := choose(request, scene)[0]):
            return [choice.match for choice in choices if choice.rank > choices[0].rank - APART]
    return []


def _preferred(matches: list[Match], scene: Scene) -> list[Match]:
    """Anchors in the active window or in what has just appeared, where there are some."""
    places = [*scene.fresh, *([scene.active] if scene.active else [])]
    return [match for match in matches if any(place.holds(match.place.middle) for place in places)] or matches


def _closest(measured: list[tuple[float, Choice]]) -> list[Choice]:
    """The closest first; as good as another only where hardly farther."""
    measured.sort(key=lambda entry: entry[0])
    chosen = []
    for apart, choice in measured:
        height = max(choice.place.height, 1.0)
        behind = min((apart - measured[0][0]) / (0.6 * height), 10.0)
        chosen.append(Choice(choice.match, choice.match.score + 0.1 - APART * behind, choice.score, choice.place, choice.how))
    return chosen


def _placed(choices: list[Choice], places: tuple[str, ...], scene: Scene) -> list[Choice]:
    """Those at a side of the window or the screen: the outermost of several; one alone must lie in that half."""
    layout = scene.layout
    frames = [layout.whole, *([scene.active] if scene.active else [])]

    def outside(choice: Choice, frame: Rectangle) -> float:
        """How far from the side said, 0–1 of the frame."""
        x = (choice.place.middle[0] - frame.x1) / max(frame.x2 - frame.x1, 1.0)
        y = (choice.place.middle[1] - frame.y1) / max(frame.height, 1.0)
        measures = {"top": y, "bottom": 1 - y, "left": x, "right": 1 - x, "middle": max(abs(x - 0.5), abs(y - 0.5))}
        return max(measures[place] for place in places)

    if places == ("middle",) and (between := _between(choices)) is not None:
        return between
    if len(choices) < 2:
        return [choice for choice in choices if any(outside(choice, frame) <= 0.55 for frame in frames)]
    ordered = sorted(choices, key=lambda choice: outside(choice, layout.whole))
    first = outside(ordered[0], layout.whole)
    measured = []
    for choice in ordered:
        behind = (outside(choice, layout.whole) - first) * layout.height / max(choice.place.height, 1.0)
        measured.append(Choice(choice.match, choice.rank + 0.05 - APART * min(behind, 10.0), choice.score, choice.place, choice.how))
    return measured


def _between(choices: list[Choice]) -> list[Choice] | None:
    """The one with as many before as behind it, of names alike in one row or column; all of them where there is none."""
    alike = _alike(choices)
    within = max((choice.place.height for choice in alike), default=0.0)
    in_line = any(max(across) - min(across) <= within for across in zip(*(choice.place.middle for choice in alike), strict=True))
    if len(alike) < 2 or not in_line:
        return None
    return [_reading_order(alike)[len(alike) // 2]] if len(alike) % 2 else alike


def _alike(choices: list[Choice]) -> list[Choice]:
    best = max((choice.match.score for choice in choices), default=0.0)
    return [choice for choice in choices if choice.match.score >= min(best, SPELT)]


def _counted(choices: list[Choice], ordinal: int, scene: Scene) -> list[Choice]:
    """The one with that number in reading order, of those in the active window where there are as many."""
    alike = _alike(choices)
    pools = []
    for places in (scene.fresh, (scene.active,) if scene.active else ()):
        pools.append([choice for choice in alike if any(place.holds(choice.place.middle) for place in places)])
    for pool in [*pools, alike]:
        if len(pool) >= max(2, abs(ordinal)):
            ordered = _reading_order(pool)
            return [ordered[ordinal - 1 if ordinal > 0 else ordinal]]
    return []


def _reading_order(choices: list[Choice]) -> list[Choice]:
    ordered = sorted(choices, key=lambda choice: choice.place.y1)
    rows: list[list[Choice]] = []
    for choice in ordered:
        if rows and rows[-1][0].place.shares_row(choice.place):
            rows[-1].append(choice)
        else:
            rows.append([choice])
    return [choice for row in rows for choice in sorted(row, key=lambda choice: choice.place.x1)]


def _beside(request: Request, scene: Scene) -> list[Choice]:
    """What has no name of its own: the field of a label, the box before one, whatever is written next to it."""
    layout = scene.layout
    choices: list[Choice] = []
    if not request.relations:
        return []
    relation = request.relations[-1]
    for anchor in _anchors(relation.anchor, scene):
        if request.role == "field" and relation.side in ("near", "right", "row", "in", "below"):
            place = scene.field(anchor)
            choices.append(Choice(anchor, anchor.score, anchor.score - 0.05, place, "field"))
        elif request.role == "check" and relation.side in ("near", "left", "row"):
            choices.append(Choice(anchor, anchor.score, anchor.score - 0.05, anchor.place, anchor.how))
        elif request.role in ("button", "link", "other", "item", "tab"):
            sides: tuple[Side, ...] = ("right", "left") if relation.side in ("near", "row") else (relation.side,)
            for side in sides:
                beside = [(far, item) for item in layout.items if (far := layout.towards(item.place, anchor.place, side)) is not None]
                beside = [entry for entry in beside if entry[1] is not anchor.item and entry[0] < 8 * anchor.place.height]
                if beside:
                    item = min(beside, key=lambda entry: entry[0])[1]
                    found = Match(item, item.place, anchor.score, "field")
                    choices.append(Choice(found, anchor.score, anchor.score - 0.2, item.place, "field"))
                    break
    if request.ordinal is not None:
        choices = _counted(choices, request.ordinal, scene)
    for region in request.regions:
        choices = _in_region(choices, region, scene)
    return sorted(choices, key=lambda choice: -choice.rank)
