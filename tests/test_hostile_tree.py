"""An application may say anything of itself on the accessibility bus: it is then not seen, and all others are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from agent import accessibility
from agent.accessibility import Accessibility
from agent.folding import LONGEST

GOOD = {
    "GetRoleName": ("push button",), "GetState": ([1 << 25 | 1 << 8 | 1 << 24, 0],), "GetChildren": ([],),
    "GetExtents": ((10, 10, 80, 20),), "Name": (("s", "Save"),), "ChildCount": (("i", 0),),
}  # fmt: skip
FRAME = GOOD | {"GetRoleName": ("frame",), "GetChildren": ([(":1.2", "/one"), (":1.2", "/odd")],), "Name": (("s", "Window"),),
                "GetExtents": ((0, 0, 500, 500),), "ChildCount": (("i", 2),)}  # fmt: skip


@pytest.fixture
def tree(monkeypatch: pytest.MonkeyPatch) -> tuple[Accessibility, dict[str, Any], list[str]]:
    """One application with a window of two buttons, the second as odd as the test wants it; and the paths that are asked for."""
    odd: dict[str, Any] = dict(GOOD) | {"Name": (("s", "Odd"),)}
    asked: list[str] = []

    def ask_all(connection: object, calls: Sequence[tuple[Any, ...]], end: float) -> list[Any]:
        answers: list[Any] = []
        for bus, path, _, method, _, arguments in calls:
            asked.append(path)
            what = arguments[1] if method == "Get" else method
            if bus == "org.a11y.atspi.Registry":
                answers.append(([(":1.2", "/root")],))
            elif what == "GetConnectionUnixProcessID":
                answers.append((7,))
            else:
                known = {"/root": FRAME | {"GetChildren": ([(":1.2", "/window")],)}, "/window": FRAME, "/odd": odd}.get(path, GOOD)
                answers.append(known.get(what))
        return answers

    monkeypatch.setattr(accessibility, "ask_all", ask_all)
    reader = object.__new__(Accessibility)
    reader._connection, reader._patience, reader._windows = None, 5.0, None
    return reader, odd, asked


def names(reader: Accessibility) -> list[str]:
    return [node.name for node in reader.nodes() if node.role == "push button"]


@pytest.mark.parametrize(
    ("what", "said"),
    [("GetState", ([],)), ("GetState", ("abc",)), ("GetState", ()), ("GetState", ([-1],)), ("GetRoleName", (7,)), ("GetRoleName", ())],
)
def test_what_describes_itself_as_nothing_is_left_out(tree: Any, what: str, said: Any) -> None:
    reader, odd, _ = tree
    assert names(reader) == ["Save", "Odd"]
    odd[what] = said
    assert names(reader) == ["Save"]


@pytest.mark.parametrize(
    ("what", "said"), [("ChildCount", (("s", "many"),)), ("ChildCount", ()), ("Name", (("i", 7),)), ("Name", ((),)), ("GetText", (7,))]
)
def test_what_it_says_wrongly_is_as_if_it_said_nothing(tree: Any, what: str, said: Any) -> None:
    reader, odd, _ = tree
    odd[what] = said
    assert names(reader)[0] == "Save" and len(names(reader)) == 2


@pytest.mark.parametrize("said", [(("a", "b", "c", "d"),), ((1, 2),), (7,), ((0, 0, 1 << 40, 1),)])
def test_what_has_no_place_is_not_shown(tree: Any, said: Any) -> None:
    reader, odd, _ = tree
    odd["GetExtents"] = said
    assert names(reader) == ["Save"]


@pytest.mark.parametrize("path", ["", "no path", "/a//b", "/a/", "/ä", "/a b", "/" + "x" * 5000, 7])
def test_nobody_is_asked_by_a_path_that_is_none(tree: Any, path: Any) -> None:
    """The library that asks refuses to, and nothing would be seen of any application."""
    reader, odd, asked = tree
    odd |= {"GetRoleName": ("panel",), "ChildCount": (("i", 1),), "GetChildren": ([(":1.2", path)],)}
    assert names(reader) == ["Save"] and path not in asked


def test_a_name_of_a_whole_book_is_kept_as_its_beginning_and_its_end(tree: Any) -> None:
    reader, odd, _ = tree
    odd["Name"] = (("s", "Delete" + "x" * 1_000_000 + "for ever"),)
    name = names(reader)[1]
    assert len(name) <= LONGEST + 1 and name.startswith("Delete") and name.endswith("for ever")


@pytest.mark.parametrize("crowd", [300, 3000])
def test_a_window_of_a_million_things_is_looked_at_in_part(crowd: int, tree: Any) -> None:
    """It says that it has two, and lists many, each of which lists as many again."""
    reader, odd, asked = tree
    reader._patience = 60.0
    odd |= {"GetRoleName": ("panel",), "ChildCount": (("i", 2),), "GetChildren": ([(":1.2", "/odd")] * crowd,)}
    assert names(reader) == ["Save"]
    assert len(asked) < 100_000
