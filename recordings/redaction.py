"""What must not be kept: secrets are found in texts by rules, replaced by placeholders, and painted over in frames.

The recorder uses this before anything is written. `hide_boxes` and `hide_texts` do the same to an episode that is on disk already,
file by file and each in one step: a crash leaves every file readable, and the same call again finishes the work.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw

from recordings import foreign, provenance
from recordings.action import Action, Ask, Finish, Press, Type
from recordings.durable import try_lock
from recordings.episode import EpisodeHeader, Hidden, PlanMark, Prediction, Step
from recordings.errors import DeskhandError
from recordings.geometry import Box
from recordings.patterns import Pattern, TooSlow
from recordings.store import FAST_PNG, HEADER, LOCK, STEPS, EpisodeError, Which, default_root, is_frame, read_episode

PAINT = (32, 32, 32)
"""The colour of what is painted over: one that no text shines through."""
PASSWORD = "password"
PLACEHOLDERS = {PASSWORD: "[secret]", "card": "[card]", "token": "[token]", "key": "[key]", "mail": "[mail]", "hidden": "[hidden]"}
_PLACEHOLDER = re.compile("|".join(re.escape(word) for word in PLACEHOLDERS.values()))

# What may not stand before a match lets each text be searched once, not once from every character.
_MAIL = re.compile(r"(?<![A-Za-z0-9._%+'-])[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}")
_CARD = re.compile(r"(?<![0-9])(?:[0-9][ -]?){12,18}[0-9](?![0-9])")
_TOKEN = re.compile(
    r"\b(?:hf_|sk-|pk_live_|sk_live_|rk_live_|gh[opsur]_|github_pat_|glpat-|xox[abeprs]-|npm_|pypi-|dop_v1_|shpat_|ya29\.|AIza|AKIA|ASIA)"
    r"[A-Za-z0-9_./+=-]{12,}"
    r"|(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?"
    r"|\b[Bb]earer +[A-Za-z0-9._~+/=-]{12,}"
)
# A block that is cut off where a field ends is hidden to its end.
_KEY_BLOCK = re.compile(r"-----BEGIN [A-Z0-9 ]*(?:KEY|KEY BLOCK)-----.*?(?:-----END [A-Z0-9 ]*(?:KEY|KEY BLOCK)-----|\Z)", re.DOTALL)
_RANDOM = re.compile(r"(?<![A-Za-z0-9_/+=-])[A-Za-z0-9_+=-]{24,}(?![A-Za-z0-9_/+=-])")
_HEX = re.compile(r"[0-9a-fA-F]{32,}")


RULES_BYTES = 1 << 20


class RulesError(DeskhandError):
    """The user's own list of what to hide cannot be used."""


@dataclass(frozen=True, slots=True)
class Find:
    """A secret in a text: where it starts and ends, and which rule found it."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What counts as a secret. The built-in rules always hold; `own` are the user's patterns."""

    own: tuple[Pattern, ...] = ()

    def find(self, text: str) -> list[Find]:
        """The secrets in a text, in order, without overlaps: what several rules find together is hidden as one."""
        found = sorted(self._matches(text), key=lambda find: (find.start, -find.end))
        merged: list[Find] = []
        for find in found:
            if merged and find.start < merged[-1].end:
                merged[-1] = Find(merged[-1].start, max(merged[-1].end, find.end), merged[-1].kind)
            else:
                merged.append(find)
        return merged

    def redact(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The text with a placeholder in the place of each secret, and the kinds that were found."""
        finds = self.find(text)
        for find in reversed(finds):
            text = text[: find.start] + PLACEHOLDERS[find.kind] + text[find.end :]
        return text, tuple(find.kind for find in finds)

    def _matches(self, text: str) -> Iterator[Find]:
        for kind, pattern in (("mail", _MAIL), ("token", _TOKEN), ("key", _KEY_BLOCK)):
            yield from (Find(*match.span(), kind) for match in pattern.finditer(text))
        yield from (Find(*match.span(), "card") for match in _CARD.finditer(text) if _is_card(match[0]))
        yield from (Find(*match.span(), "key") for match in _RANDOM.finditer(text) if _looks_random(match[0]))
        for own in self.own:
            try:
                yield from (Find(*span, "hidden") for span in own.spans(text))
            except TooSlow:  # what could not be searched may hold anything
                yield Find(0, len(text), "hidden")


def own_rules_path() -> Path:
    """The user's own list: `redact.txt` beside the folder of episodes."""
    return default_root().parent / "redact.txt"


def load_rules(path: Path | None = None) -> Rules:
    """The built-in rules and the user's own list, where there is one.

    Each line of the list is a text to hide wherever it stands, case ignored, or a regular expression between slashes; `#` starts a
    comment line.

    Raises:
        RulesError: the list cannot be read, or a line is no regular expression; the line is named.
    """
    path = path or own_rules_path()
    try:
        lines = foreign.read_text(path, RULES_BYTES).splitlines()
    except FileNotFoundError:
        return Rules()
    except (OSError, UnicodeDecodeError) as error:
        raise RulesError(f"the list of what to hide, {path}, cannot be read: {error}") from error
    own = []
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line or line.startswith("#"):
            continue
        regex = len(line) > 2 and line.startswith("/") and line.endswith("/")
        try:
            own.append(Pattern(line[1:-1] if regex else re.escape(line), ignore_case=True))
        except ValueError as error:
            raise RulesError(
                f"{path}:{number}: {line} is no regular expression ({error}): mend the line, or write it without slashes"
            ) from error
    return Rules(tuple(own))


def placeholders(text: str) -> list[str]:
    """The placeholders in a recorded text, in order: whoever replays it must ask for each."""
    return _PLACEHOLDER.findall(text)


def redact_action(action: Action, rules: Rules) -> tuple[Action, tuple[str, ...]]:
    """The action without the secrets in its text, and the kinds that were found."""
    match action:
        case Type(text=text):
            clean, kinds = rules.redact(text)
            return (action.model_copy(update={"text": clean}) if kinds else action), kinds
        case Ask(question=text):
            clean, kinds = rules.redact(text)
            return (action.model_copy(update={"question": clean}) if kinds else action), kinds
        case Finish(answer=text):
            clean, kinds = rules.redact(text)
            return (action.model_copy(update={"answer": clean}) if kinds else action), kinds
        case Press():
            return action, ()
        case _:
            return action, ()


def redact_step(step: Step, rules: Rules) -> Step:
    """The step without the secrets in any of its texts; what was found is told in `hidden`. Frames are not touched."""
    hidden: list[Hidden] = []

    def clean(place: Literal["action", "title", "element", "note"], text: str) -> str:
        changed, kinds = rules.redact(text)
        hidden.extend(Hidden(place=place, kind=kind) for kind in kinds)
        return changed

    action = step.action
    if action is not None:
        action, kinds = redact_action(action, rules)
        hidden.extend(Hidden(place="action", kind=kind) for kind in kinds)
    prediction = step.prediction
    wanted = prediction.action if prediction.action is None else redact_action(prediction.action, rules)[0]
    if step.action is None and prediction.action is not None:
        hidden.extend(Hidden(place="action", kind=kind) for kind in redact_action(prediction.action, rules)[1])
    cleaned = Prediction.model_validate(
        prediction.model_dump()
        | {
            "action": wanted,
            "thought": clean("note", prediction.thought),
            "text": clean("action", prediction.text),
            "mistake": prediction.mistake and clean("note", prediction.mistake),
            "plan": prediction.plan and _redact_mark(prediction.plan, lambda text: clean("note", text)),
        }
    )
    element = step.element
    if element is not None:
        element = element.model_copy(update={"name": clean("element", element.name)})
    title = step.window_title and clean("title", step.window_title)
    note = clean("note", step.note)
    if not hidden:
        return step
    told = (*(step.hidden or ()), *dict.fromkeys(hidden))
    update = {"action": action, "prediction": cleaned, "element": element, "window_title": title, "note": note, "hidden": told}
    return step.model_copy(update=update)


def _redact_mark(mark: PlanMark, clean: Callable[[str], str]) -> PlanMark:
    texts = {name: clean(getattr(mark, name)) for name in ("step", "name", "target")}
    choices = tuple(choice.model_copy(update={"name": clean(choice.name)}) for choice in mark.choices)
    return mark.model_copy(update={**texts, "choices": choices})


def redact_header(header: EpisodeHeader, rules: Rules) -> EpisodeHeader:
    """The header without secrets in its instruction and its end."""
    update = {"instruction": rules.redact(header.instruction)[0], "stop_detail": rules.redact(header.stop_detail)[0]}
    notes = header.extra.get("notes")
    if isinstance(notes, list):
        update["extra"] = header.extra | {"notes": [rules.redact(str(note))[0] for note in notes]}  # type: ignore[assignment]
    return header.model_copy(update=update)


def paint(image: Image.Image, boxes: Sequence[Box]) -> Image.Image:
    """A copy of the image with the boxes painted over, each grown to whole pixels."""
    painted = image.copy()
    draw = ImageDraw.Draw(painted)
    width, height = image.size
    for box in boxes:
        # Coordinates are rounded to four decimals, so a box may stand half a pixel inside of what it must cover.
        left, top = max(int(box.x1 * width) - 1, 0), max(int(box.y1 * height) - 1, 0)
        right, bottom = min(int(box.x2 * width) + 1, width - 1), min(int(box.y2 * height) + 1, height - 1)
        if right >= left and bottom >= top:
            draw.rectangle((left, top, right, bottom), fill=PAINT)
    return painted


def hide_boxes(path: Path, boxes: Mapping[tuple[int, Which], Sequence[Box]], kind: str = "hidden") -> int:
    """Paint boxes over frames of a stored episode, and over every other frame of it that is the same picture.

    Args:
        path: the episode's folder.
        boxes: by step index and frame.
        kind: what `Step.hidden` will say.

    Returns:
        How many frame files were rewritten.

    Raises:
        EpisodeError: the episode is being written, cannot be read or written, or has no such frame.
    """
    with _owned(path) as lines:
        steps = {step.index: step for step in lines}
        wanted: dict[bytes, list[Box]] = {}
        names = {name for step in lines for _, name in _frames(step) if is_frame(name) and foreign.is_below(path, name)}
        contents = {name: foreign.digest(path, name) for name in sorted(names)}
        for (index, which), some in boxes.items():
            name = dict(_frames(steps[index])).get(which) if index in steps else None
            if name is None or name not in contents:
                raise EpisodeError(f"{path} has no frame {which} of step {index} to hide anything in")
            wanted.setdefault(contents[name], []).extend(some)
        changed = [name for name, content in contents.items() if content in wanted]
        for name in changed:
            buffer = io.BytesIO()
            image = foreign.read_picture(path, name, ("PNG",))
            paint(image, wanted[contents[name]]).save(buffer, "PNG", compress_level=FAST_PNG)
            foreign.replace_below(path, name, buffer.getvalue())
        told = [
            _tell(
                step,
                [
                    Hidden(place=which, kind=kind, box=box)
                    for which, name in _frames(step)
                    for box in wanted.get(contents.get(name, b""), ())
                ],
            )
            for step in lines
        ]
        _write_steps(path, told)
    return len(changed)


def hide_texts(path: Path, rules: Rules) -> int:
    """Take what the rules find out of every text of a stored episode: actions, answers, notes, titles, element names, instruction.

    Returns:
        How many steps were changed.

    Raises:
        EpisodeError: the episode is being written, or cannot be read or written.
    """
    with _owned(path) as lines:
        cleaned = [redact_step(step, rules) for step in lines]
        header = read_episode(path).header
        _write_steps(path, cleaned)
        foreign.replace_below(path, HEADER, redact_header(header, rules).model_dump_json(indent=2).encode() + b"\n")
    return sum(one is not other for one, other in zip(lines, cleaned, strict=True))


@contextmanager
def _owned(path: Path) -> Iterator[list[Step]]:
    """The steps of an episode that nobody else writes meanwhile."""
    if not foreign.is_below(path, HEADER):
        raise EpisodeError(f"{path} is not an episode: it has no {HEADER}")
    try:
        lock = try_lock(path / LOCK)
    except OSError as error:
        raise EpisodeError(f"{path / LOCK} cannot be made: {error.strerror}") from error
    if lock is None:
        raise EpisodeError(f"another process is writing {path}: wait for it to end")
    try:
        episode = read_episode(path)
        damaged = [problem for problem in episode.problems if problem.startswith(STEPS) and "incomplete" not in problem]
        if damaged:
            raise EpisodeError(f"{path} cannot be rewritten: {damaged[0]}")
        with provenance.kept(path):
            yield list(episode.steps)
    except OSError as error:
        raise EpisodeError(f"{path} could not be rewritten: {error.strerror or error}; do it again") from error
    finally:
        os.close(lock)


def _frames(step: Step) -> list[tuple[Which, str]]:
    named: list[tuple[Which, str | None]] = [("before", step.before_frame), ("after", step.after_frame)]
    return [(which, name) for which, name in named if name is not None]


def _tell(step: Step, hidden: Sequence[Hidden]) -> Step:
    return step.model_copy(update={"hidden": (*(step.hidden or ()), *hidden)}) if hidden else step


def _write_steps(path: Path, steps: Sequence[Step]) -> None:
    foreign.replace_below(path, STEPS, b"".join(step.model_dump_json(exclude_none=True).encode() + b"\n" for step in steps))


def _is_card(text: str) -> bool:
    """The check digit of payment cards (Luhn); a run of one digit passes it and is no card."""
    digits = [int(character) for character in text if character.isdigit()]
    total = sum(digit if place % 2 == 0 else digit * 2 - 9 * (digit > 4) for place, digit in enumerate(reversed(digits)))
    return total % 10 == 0 and len(set(digits)) > 1


def _looks_random(text: str) -> bool:
    """Long runs that nobody writes by hand: hexadecimal keys, and capitals, small letters and digits mixed."""
    if _HEX.fullmatch(text):
        return len(set(text.lower())) > 4
    return all(re.search(kind, text) for kind in ("[a-z]", "[A-Z]", "[0-9]")) and len(set(text)) > 10
