"""Finds a name among the elements of a reading: whole before joined before nearly before a part of a line; and what comes nearest."""

from __future__ import annotations

import itertools
import statistics
from dataclasses import dataclass

from vlm.reading.folding import Folded, Word, fold, same_letters, spelt
from vlm.reading.layout import Item, Layout, Rectangle
from vlm.reading.opposites import is_another_word, is_plural
from vlm.reading.protocols import How
from vlm.reading.slips import ALIKE, distance, is_digit_for_letter, limit
from vlm.reading.vocabulary import MENU_NAMES

EXACT, SAME_LETTERS, FOLDED, DECORATED, SPELT, JOINED, LETTERED, CUT_OFF = 1.0, 0.98, 0.95, 0.92, 0.9, 0.9, 0.84, 0.82
APART, BEFORE_COLON, PHRASE, WORD = 0.9, 0.8, 0.7, 0.64
NEARLY_BEST, NEARLY_WORST = 0.86, 0.7
ELLIPSIS = 0.03
WIDE_GAP = 0.7
"""Of a line's height: wider than between words, as between the tabs of a notebook."""
PROSE_WORDS = 5
"""A line of so many words is prose, whose words are no buttons."""
LONG_ENOUGH = 12
"""So many letters of a name that was cut off ("Quarterly repor…") tell which is meant."""
LEAST_LIKENESS = 0.33
"""Of names that are told as coming near: a word of two, or a third of the letters."""
CLEARLY_READ = 0.95
"""Read so surely, a digit is a digit: "5ave" is no slip for "Save"."""
MOST_NEAR = 4
"""So many names are told that look most like one that is not there."""
LEAST_WORD = 4
"""Letters of a word that another one may begin like, or hold."""
_ELLIPSES = ("…", "...", "..")


@dataclass(frozen=True, slots=True)
class Match:
    """An element, or some joined, that a name may mean. `score` 0–1 is of the words alone."""

    item: Item
    place: Rectangle
    score: float
    how: How


def find(name: str, layout: Layout, prose: bool = True) -> list[Match]:
    """What a name may mean, without order; only the best kind of match: whatever is there whole hides what is there in part.

    Args:
        prose: whether a word or phrase in a line of prose will do.
    """
    wanted = fold(name)
    if not wanted.squeezed:
        return []
    found = [match for item in layout.items if (match := _whole(name, wanted, item)) is not None]
    found = found or _joined(wanted, layout)
    found = found or _apart(wanted, layout)
    if not found:
        found = [match for item in layout.items if (match := _nearly(wanted, item, layout.in_menu_bar(item))) is not None]
        best = max((match.score for match in found), default=0.0)
        found = [match for match in found if match.score > best - 0.06]
    return found or [match for item in layout.items if (match := _part(name, wanted, item, prose)) is not None]


def nearest(name: str, layout: Layout) -> list[Match]:
    """What looks most like a name that is not there, best first; never to be clicked."""
    wanted = fold(name)
    if not wanted.squeezed:
        return []
    words = [spelt(word.text) for word in wanted.words]
    found: list[tuple[float, int, Match]] = []
    seen: set[str] = set()
    for number, item in enumerate(layout.items):
        folded = item.folded
        if folded.squeezed in seen or len(item.element.text) > 60 or (len(wanted.squeezed) < 3 and len(folded.squeezed) > 4):
            continue
        likeness = 2 * len(wanted.pairs & folded.pairs) / (len(wanted.pairs) + len(folded.pairs))
        others = [spelt(word.text) for word in folded.words]
        shared = sum(max((_word_likeness(word, other) for other in others), default=0.0) for word in words)
        likeness = max(likeness, 0.9 * 2 * shared / (len(words) + len(others)))
        if likeness >= LEAST_LIKENESS:
            seen.add(folded.squeezed)
            found.append((-likeness, number, Match(item, item.place, min(0.5 * likeness, 0.49), "fuzzy")))
    return [match for _, _, match in sorted(found, key=lambda entry: entry[:2])[:MOST_NEAR]]


def _word_likeness(one: str, other: str) -> float:
    """1 for the same word, 0.8 for two that begin alike ("colour", "coloring"), 0.5 for one in the other ("mark", "Bookmark"), else 0."""
    if one == other:
        return 1.0
    short, long = sorted((one, other), key=len)
    if len(short) < LEAST_WORD:
        return 0.0
    begun = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(short, long, strict=False)))
    if begun >= LEAST_WORD and begun >= 0.7 * len(short):
        return 0.8
    return 0.5 if short in long else 0.0


def _whole(name: str, wanted: Folded, item: Item) -> Match | None:
    text, folded = item.element.text, item.folded
    if text == name:
        return Match(item, item.place, EXACT, "exact")
    if folded.squeezed == wanted.squeezed:
        score = SAME_LETTERS if same_letters(text, name) else FOLDED
        if text.endswith(_ELLIPSES) != name.endswith(_ELLIPSES):
            score -= ELLIPSIS  # the menu "Search" before the field "Search…"
        return Match(item, item.place, score, "folded")
    if folded.plain == wanted.squeezed and len(folded.plain) > 1:
        letter = folded.plain_words[0] > 0 and text[folded.words[0].start].isalpha()  # "x height" may be a name
        return Match(item, _part_place(item, *folded.plain_words), LETTERED if letter else DECORATED, "folded")
    alike = len(wanted.squeezed) > 3 and abs(len(folded.text) - len(wanted.text)) <= 4 and folded.text[:1] == wanted.text[:1]
    if alike and spelt(folded.text) == spelt(wanted.text):
        return Match(item, item.place, SPELT, "folded")
    begins = text.endswith(_ELLIPSES) and wanted.squeezed.startswith(folded.squeezed)
    if begins and len(folded.squeezed) >= max(LONG_ENOUGH, 0.5 * len(wanted.squeezed)):
        return Match(item, item.place, CUT_OFF, "folded")
    return None


def _joined(wanted: Folded, layout: Layout) -> list[Match]:
    """A label split over elements on one line, or over lines."""
    if len(wanted.words) < 2:
        return []
    found = []
    target = wanted.squeezed
    for item in layout.items:
        if target.startswith(item.folded.squeezed) and (place := _continue(item, item.place, len(item.folded.squeezed), target, layout, 4)):
            found.append(Match(item, place, JOINED, "folded"))
    return found


def _continue(item: Item, place: Rectangle, done: int, target: str, layout: Layout, left: int) -> Rectangle | None:
    if done == len(target):
        return place
    if not left:
        return None
    widest = 1.2 if len(target) < 16 else 4.0  # long names do not stand beside each other by chance
    for other in layout.items:
        part = other.folded.squeezed
        if other is item or not target.startswith(part, done):
            continue
        across, down = item.place.gaps(other.place)
        height = max(item.place.height, 1.0)
        beside = other.place.shares_row(item.place) and other.place.x1 > item.place.x1 and across < widest * height
        under = other.place.y1 > item.place.middle[1] and down < 0.8 * height and across == 0 and 0.7 < other.place.height / height < 1.4
        if (beside or under) and (whole := _continue(other, place.join(other.place), done + len(part), target, layout, left - 1)):
            return whole
    return None


def _apart(wanted: Folded, layout: Layout) -> list[Match]:
    """Names that a reader left on one line though wide gaps part them, and a label with its value behind a colon."""
    found = []
    for item in layout.items:
        if len(item.folded.words) <= len(wanted.words) or wanted.squeezed not in item.folded.squeezed:
            continue
        text, size = item.element.text, len(wanted.words)
        for first, last in _places(wanted, item.folded):
            start, end = item.folded.words[first].start, item.folded.words[last - 1].end
            if text[end : end + 1] in (":", "：") and first == 0:
                found.append(Match(item, _part_place(item, first, last), BEFORE_COLON, "part"))
            elif (_gap(item, first, start) and _gap(item, last, end)) or (size == 1 and _menu_bar(item)):
                found.append(Match(item, _part_place(item, first, last), APART, "part"))
    return found


def _gap(item: Item, border: int, place: int) -> bool:
    """Whether more than a blank is free between the words before and after a border between words."""
    words = item.folded.words
    if border in (0, len(words)):
        return True
    edges = item.element.edges
    if not edges:
        return item.element.text[words[border - 1].end : words[border].start].count(" ") >= 3
    # Edges lie between characters, so half of a gap counts to either neighbour: measured from the start of the last letter.
    usual = statistics.median(after - before for before, after in itertools.pairwise(edges))
    free = edges[words[border].start] - edges[words[border - 1].end - 1] - usual
    scale = (item.place.x2 - item.place.x1) / max(edges[-1] - edges[0], 1e-9)
    return free * scale > WIDE_GAP * item.place.height


def _menu_bar(item: Item) -> bool:
    """Whether a line is nothing but names of menus: "Session Edit View Settings Help"."""
    words = item.folded.words
    known = sum(word.text in MENU_NAMES for word in words)
    return len(words) >= 3 and known >= max(3, len(words) - 1) and all(item.element.text[word.start].isupper() for word in words)


def _nearly(wanted: Folded, item: Item, heading: bool) -> Match | None:
    folded = item.folded
    if abs(len(folded.squeezed) - len(wanted.squeezed)) > 3 and folded.plain == folded.squeezed:
        return None
    most = limit(max(len(wanted.squeezed), len(folded.squeezed)))
    if (folded.letters ^ wanted.letters).bit_count() > 4 * most + 2 or 4 * len(folded.pairs & wanted.pairs) < len(wanted.pairs):
        return None  # quicker than measuring, and too far for sure
    for text, words in {folded.squeezed: folded.words, folded.plain: folded.words[slice(*folded.plain_words)]}.items():
        most = limit(max(len(wanted.squeezed), len(text)))
        cost = distance(wanted.squeezed, text, most) if most else None
        same = _same_words(wanted.words, words, heading) if len(words) == len(wanted.words) else cost is not None and cost <= 2 * ALIKE
        clear = item.element.confidence >= CLEARLY_READ and is_digit_for_letter(wanted.squeezed, text)
        if cost is not None and same and not clear:
            return Match(item, item.place, NEARLY_BEST - (NEARLY_BEST - NEARLY_WORST) * cost / max(most, 1.0), "fuzzy")
    return None


def _same_words(wanted: tuple[Word, ...], words: tuple[Word, ...], heading: bool) -> bool:
    """Whether each word is nearly the other's: one that is wholly different makes another name ("Import CSV", "Export CSV"), and so does
    one that is made of the other ("Uninstall", "Archived"). The plural of a menu's name is the same menu ("Bookmark"), of a command's name
    it is another command ("Remove Bookmarks")."""
    for one, other in zip(wanted, words, strict=True):
        if one.text == other.text:
            continue
        if distance(one.text, other.text, limit(max(len(one.text), len(other.text)))) is None:
            return False
        if is_another_word(one.text, other.text) and not (heading and len(words) == 1 and is_plural(one.text, other.text)):
            return False
    return True


def _part(name: str, wanted: Folded, item: Item, prose: bool) -> Match | None:
    """A word or phrase in a line of prose. One or two words must be written alike; one alone must not begin the line, where any has a
    capital."""
    words = item.folded.words[: item.folded.plain_words[1]]  # a shortcut is no word
    if not prose or len(words) < PROSE_WORDS or len(words) < len(wanted.words) + 3 or wanted.squeezed not in item.folded.squeezed:
        return None
    for first, last in _places(wanted, item.folded):
        if last > len(words):
            break
        text = item.element.text[words[first].start : words[last - 1].end]
        alike = same_letters(text, name)
        if len(wanted.words) > 2 or (len(wanted.words) > 1 and alike):
            return Match(item, _part_place(item, first, last), PHRASE, "part")
        if len(wanted.squeezed) >= 3 and first > 0 and alike:
            return Match(item, _part_place(item, first, last), WORD, "part")
    return None


def _places(wanted: Folded, folded: Folded) -> list[tuple[int, int]]:
    """Where the wanted words stand among those of a text: (first, last), exclusive."""
    texts, size = [word.text for word in folded.words], len(wanted.words)
    sought = [word.text for word in wanted.words]
    return [(first, first + size) for first in range(len(texts) - size + 1) if texts[first : first + size] == sought]


def _part_place(item: Item, first: int, last: int) -> Rectangle:
    """The place of the words `first` to `last` (exclusive)."""
    words = item.folded.words
    if (first, last) == (0, len(words)):
        return item.place
    part = item.element.part(words[first].start, words[last - 1].end)
    box = item.element.box
    scale = (item.place.x2 - item.place.x1) / max(box.x2 - box.x1, 1e-9)
    return Rectangle(item.place.x1 + (part.x1 - box.x1) * scale, item.place.y1, item.place.x1 + (part.x2 - box.x1) * scale, item.place.y2)
