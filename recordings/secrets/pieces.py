"""A secret that is typed piece by piece, over several steps: found in the pieces together, hidden in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recordings.action import Action, Click, Drag, Press, Type, print_action
from recordings.episode import Hidden, Step
from recordings.secrets.memory import Redactor
from recordings.secrets.rules import PLACEHOLDERS, Find

MOST_PIECES = 64
LONGEST_PIECE = 2000
"""Characters of what may be a piece: who writes more writes a text, in which a secret is found by itself."""
_MOVES_ON = frozenset({"enter", "tab", "escape"})


@dataclass(frozen=True, slots=True)
class _Piece:
    index: int
    text: str
    apart: bool
    """Whether something moved the keyboard elsewhere before it: the next of several small fields, say."""


class TypedPieces:
    """What was typed last, step by step."""

    def __init__(self) -> None:
        self._pieces: list[_Piece] = []
        self._apart = False
        self.spans: dict[int, tuple[Find, ...]] = {}
        """What is to be hidden of the text that a step typed, by the step's index."""

    @property
    def found(self) -> int:
        """How many parts of texts are to be hidden so far."""
        return sum(map(len, self.spans.values()))

    def forget(self, index: int) -> None:
        """The step with this index, and what came after it, was taken back."""
        self._pieces = [piece for piece in self._pieces if piece.index < index]
        self.spans = {at: spans for at, spans in self.spans.items() if at < index}

    def add(self, step: Step, redactor: Redactor) -> None:
        """Look at what a step typed together with what was typed before it."""
        action = step.action or step.prediction.action
        text = typed_text(action)
        if text is None:
            self._apart = (
                self._apart or isinstance(action, Click | Drag) or (isinstance(action, Press) and bool(_MOVES_ON & set(action.keys)))
            )
            if isinstance(action, Press) and action.keys == ("backspace",) and self._pieces and not self._apart:
                last = self._pieces[-1]
                self._pieces[-1] = _Piece(last.index, last.text[:-1], last.apart)
            return
        if len(text) > LONGEST_PIECE:
            self._pieces, self._apart = [], False
            return
        self._pieces = [*self._pieces[-MOST_PIECES + 1 :], _Piece(step.index, text, self._apart)]
        self._apart = False
        for between in ("", " "):
            self._search(between, redactor)

    def _search(self, between: str, redactor: Redactor) -> None:
        joined, places = "", []
        for number, piece in enumerate(self._pieces):
            joined += between if piece.apart and number else ""
            places.append((len(joined), piece))
            joined += piece.text
        for find in (*redactor.rules.each(joined), *redactor.find(joined)):
            parts = [
                (piece, max(find.start - start, 0), min(find.end - start, len(piece.text)))
                for start, piece in places
                if find.start < start + len(piece.text) and start < find.end
            ]
            redactor.learn_found(joined[find.start : find.end], find.kind)
            for piece, left, right in parts:
                spans = {*self.spans.get(piece.index, ()), Find(left, right, find.kind)}
                self.spans[piece.index] = tuple(sorted(spans, key=lambda one: (one.start, one.end)))


def typed_text(action: Action | None) -> str | None:
    """What an action writes; None where it writes nothing."""
    match action:
        case Type(text=text):
            return text
        case Press(chords=chords):
            keys = [[key for key in chord if key != "shift"] for chord in chords]
            if all(len(chord) == 1 and (len(chord[0]) == 1 or chord[0] == "space") for chord in keys):
                return "".join(" " if chord[0] == "space" else chord[0] for chord in keys)
            return None
        case _:
            return None


def without_spans(step: Step, spans: Sequence[Find]) -> Step:
    """The step with placeholders in the place of parts of what it typed; a key that is a part becomes text, for no key is called so."""

    def hidden(action: Action | None) -> Action | None:
        text = typed_text(action)
        if text is None:
            return action
        end = len(text)
        for span in reversed(spans):
            if span.start < end:
                text = text[: span.start] + PLACEHOLDERS[span.kind] + text[min(span.end, end) :]
                end = span.start
        return Type(text=text)

    action, wanted = hidden(step.action), hidden(step.prediction.action)
    typed = {text for text in (typed_text(step.action), typed_text(step.prediction.action)) if text}

    def quoted(words: str) -> str:
        """What a policy says of its action, which holds the text again."""
        for old, new in ((step.prediction.action, wanted), (step.action, action)):
            if old is not None and new is not None:
                words = words.replace(print_action(old), print_action(new))
        for text in typed:
            words = words.replace(text, PLACEHOLDERS[spans[0].kind]) if len(text) > 1 else words
        return words

    prediction, mark = step.prediction, step.prediction.plan
    update = {
        "action": wanted,
        "text": quoted(prediction.text),
        "thought": quoted(prediction.thought),
        "plan": mark and mark.model_copy(update={"step": quoted(mark.step)}),
    }
    told = dict.fromkeys((*(step.hidden or ()), *(Hidden(place="action", kind=span.kind) for span in spans)))
    return step.model_copy(update={"action": action, "prediction": prediction.model_copy(update=update), "hidden": tuple(told)})
