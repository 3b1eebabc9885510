"""What a click is for, or where one is by then: words that add no step."""

from __future__ import annotations

from training.generate.instructions.draft import Draft

_TO = (
    "continue",
    "confirm",
    "go on",
    "go ahead",
    "finish",
    "start",
    "apply the changes",
    "close the dialog",
    "proceed",
    "get to the next page",
    "see more",
    "save it",
    "send it",
    "get there",
    "open it",
    "see the list",
    "begin",
    "accept",
    "get back",
    "make it so",
    "get it done",
    "bring up the dialog",
    "get a list",
    "store the settings",
    "move on",
    "search",
    "see the result",
    "complete it",
)
_THERE = (
    "in the window that opens, ",
    "in the dialog that comes up, ",
    "in the dialog that appears, ",
    "there, ",
    "there ",
    "in there, ",
    "in the menu that opens, ",
    "when the dialog appears, ",
    "once the page has loaded, ",
    "when the window is there, ",
    "in the new window, ",
    "as soon as the dialog is open, ",
    "in the list that comes up, ",
    "on the next page, ",
    "when it is open, ",
    "once it's open ",
    "in what opens, ",
    "on the page that follows, ",
)


def with_purpose(draft: Draft, text: str) -> str:
    """What it is for, or where one is by then: words that add no step."""
    draw = draft.rng.random()
    if draw < 0.45:
        return f"{text} to {draft.pick(_TO)}"
    if draw < 0.55:
        return f"to {draft.pick(_TO)}, {text}"
    if draw < 0.6:
        return f"{text} so that {draft.pick(('it closes', 'it starts', 'the dialog closes', 'it gets saved', 'we can go on', 'the list opens'))}"
    return draft.pick(_THERE) + text
