"""A person's words → the names of icons that they mean: those that they are, and those that they are said for (`names.txt`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

from vlm.reading.folding import fold
from vlm.reading.icons.names import IconName, icon_names

_IDLE = frozenset({"the", "a", "an", "to", "of", "this", "it", "my", "please"})
_OBJECTS = frozenset({"file", "files", "document", "item", "items", "entry", "selected", "selection", "current"})
"""What a button acts on and does not name: "Delete Entry" is delete, "Next File" next."""
_ACTIONS = frozenset(
    {
        "add", "attach", "bookmark", "bold", "copy", "cut", "delete", "download", "duplicate", "edit", "export", "extract", "find",
        "forward", "import", "italic", "lock", "modify", "new", "next", "open", "paste", "preview", "previous", "print", "redo",
        "refresh", "reload", "remove", "rename", "repeat", "reply", "save", "search", "send", "share", "sort", "translate",
        "underline", "undo", "unlock", "upload",
    }
)  # fmt: skip
"""What is done to those. None that shuts anything: a cross closes more than a file."""
_KINDS = {
    "text": ("letters", "words", "word", "letter", "paragraph", "title", "heading", "headline", "sentence", "characters", "writing"),
    "picture": ("image", "photo", "photograph", "drawing", "page", "view", "map", "document"),
    "song": ("track", "music", "video", "movie", "clip", "sound", "tune", "film"),
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in (kind, *words)}
"""What is changed or shown another way, all of a kind alike: who has bold text has a bold heading."""
_MAKING = _IDLE | {"make", "makes", "these", "those", "that", "selected", "current"}
_CHANGES = frozenset(
    {
        "bold", "italic", "underline", "strikethrough", "superscript", "subscript", "align left", "center", "align right", "justify",
        "indent", "unindent", "highlight", "text color", "font size", "smaller text", "clear formatting", "zoom in", "zoom out",
        "original size", "fit", "fit width", "full screen", "expand", "rotate left", "rotate right", "flip horizontally",
        "flip vertically", "crop", "refresh", "print", "play", "play in a circle", "pause", "pause in a circle", "stop playing",
        "stop in a circle", "skip forward", "skip backward", "fast forward", "rewind", "mute", "volume", "volume down", "repeat",
        "repeat one", "shuffle", "blur", "contrast", "brightness",
    }
)  # fmt: skip
"""What is done to those, and nothing else: who saves a picture does not save what the program's button saves."""
_FRAMED = {
    "add circle": "add", "add square": "add", "remove circle": "remove", "ok circle": "ok", "close circle": "close",
    "play in a circle": "play", "pause in a circle": "pause", "stop in a circle": "stop playing",
}  # fmt: skip
"""What is drawn in a circle means what it means alone."""
_SHORTCUT = re.compile(r"\s*[(\[](?:(?:(?:ctrl|control|alt|shift|super|meta|cmd)\s?[+-]\s?)+\S+(?: \w+)?|F\d{1,2})[)\]]$", re.IGNORECASE)
"""Behind a name: "Undo (Ctrl+Z)"."""


@lru_cache(maxsize=4096)
def meanings(words: str) -> tuple[frozenset[int], frozenset[int]]:
    """The places in `icon_names()` whose name the words are, and those as well that they are said for."""
    bare = _SHORTCUT.sub("", words)
    spoken = [word.text for word in fold(bare).words if word.text not in _IDLE]
    action = [word for word in spoken if word not in _OBJECTS]
    for way in (words, bare, *(action if len(action) == 1 < len(spoken) and action[0] in _ACTIONS else ())):
        own, meant = _meant(way)
        if meant:
            return own, meant
    return _changed(spoken)


def _changed(spoken: Sequence[str]) -> tuple[frozenset[int], frozenset[int]]:
    """For what is changed and named besides: "make the words heavier" is what is said for "heavier text", "make the heading bold" bold."""
    meant = _changes().get(_change(spoken), frozenset())
    if meant or not any(word in _KIND_OF for word in spoken):
        return frozenset(), meant
    own, meant = _meant(" ".join(word for word in spoken if word not in _KIND_OF and word not in _MAKING))
    changes = frozenset(place for place in meant if icon_names()[place].name in _CHANGES)
    return own & changes, changes


def _change(spoken: Iterable[str]) -> frozenset[str]:
    return frozenset(_KIND_OF.get(word, word) for word in spoken if word not in _MAKING)


@cache
def _changes() -> dict[frozenset[str], frozenset[int]]:
    """By their words, what is said for changes that names what is changed."""
    found: dict[frozenset[str], set[int]] = {}
    for place, name in enumerate(icon_names()):
        for words in (name.name, *name.said):
            spoken = [word.text for word in fold(words).words]
            if name.name in _CHANGES and any(word in _KIND_OF for word in spoken) and len(_change(spoken)) > 1:
                found.setdefault(_change(spoken), set()).add(place)
    return {words: frozenset(places) for words, places in found.items()}


def _meant(words: str) -> tuple[frozenset[int], frozenset[int]]:
    named, said = _phrases()
    own = frozenset[int]().union(*(named.get(key, frozenset()) for key in _keys(words)))
    return own, own.union(*(said.get(key, frozenset()) for key in _keys(words)))


@cache
def _phrases() -> tuple[dict[str, frozenset[int]], dict[str, frozenset[int]]]:
    """By their keys: the names, and what is said for them."""
    named: dict[str, set[int]] = {}
    said: dict[str, set[int]] = {}
    for place, name in enumerate(icon_names()):
        for key in _keys(name.name):
            named.setdefault(key, set()).add(place)
        for key in (key for words in (*name.said, *_also(name)) for key in _keys(words)):
            said.setdefault(key, set()).add(place)
    return _frozen(named), _frozen(said)


def _also(name: IconName) -> tuple[str, ...]:
    bare = next((one for one in icon_names() if one.name == _FRAMED.get(name.name)), None)
    return (bare.name, *bare.said) if bare is not None else ()


def _keys(words: str) -> tuple[str, ...]:
    """How words are known again: by their letters, and by what is left of them without articles and the like, in any order."""
    folded = fold(words)
    telling = sorted(word.text for word in folded.words if word.text not in _IDLE)
    return tuple(key for key in dict.fromkeys((folded.squeezed, " ".join(telling))) if key)


def _frozen(phrases: dict[str, set[int]]) -> dict[str, frozenset[int]]:
    return {words: frozenset(places) for words, places in phrases.items()}
