"""Secrets planted in whole episodes, through every way in which one can get there, and looked for in every byte and pixel of them.

`python -m tests.plant_episodes 1000` plants so many, of all kinds of `tests.planted`, and prints what was found again, by channel; the
suite plants a sample. Texts are searched for each secret as it is, in JSON, backwards, in the other case, and without its spaces; frames
are read by tesseract and by the reader, of which neither may find eight letters of one.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from fakes import FakeDesktop, ScriptedPolicy
from PIL import Image, ImageDraw, ImageFont

from agent.frame_reader import FrameReader, frame_reader
from agent.private import WINDOW
from agent.session import Session
from agent.settings import Settings
from recordings.action import Ask, Finish, Press, Type
from recordings.episode import Element, EpisodeHeader, PlanMark, Prediction, Screenshot, Step, StopReason
from recordings.geometry import Box, ScreenTransform
from recordings.keeper import StepKeeper
from recordings.redaction import redact_header
from recordings.secrets.memory import Redactor
from recordings.secrets.rules import Rules
from recordings.store import EpisodeWriter
from tests.planted import KINDS

COMMON = re.compile(r"-----[A-Z ]+-----|otpauth://totp/Shop:jane\?secret=|&issuer=Shop|ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA")
"""What all secrets of a kind have in common."""
TIMES = re.compile(r'"\w+_at": ?[0-9.]+')
"""Four digits of a PIN stand in one of a hundred moments by chance."""
WHOLE = Box(x1=0.1, y1=0.1, x2=0.9, y2=0.2)
SIZE = (1024, 768)
LETTERS_SEEN = 8
"""So many letters of a secret in a row, read in a frame, are a leak; of a shorter secret, all."""
FONTS = ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf")


@dataclass
class Plant:
    """A secret, where it was put, and what stood around it."""

    kind: str
    channel: str
    text: str
    secret: str


@dataclass
class Found:
    """What came of it."""

    planted: Counter[str] = field(default_factory=Counter)
    leaks: list[tuple[Plant, str]] = field(default_factory=list)

    def line(self) -> str:
        channels = ", ".join(f"{channel} {count}" for channel, count in sorted(self.planted.items()))
        return f"{sum(self.planted.values())} planted of {len(KINDS)} kinds, {len(self.leaks)} found again ({channels})"


def draw_plants(draw: random.Random, channel: str, count: int) -> list[Plant]:
    kinds = list(KINDS)
    plants = []
    for number in range(count):
        kind = kinds[(number + draw.randrange(len(kinds))) % len(kinds)]
        plants.append(Plant(kind, channel, *KINDS[kind](draw)))
    return plants


def step(
    index: int,
    text: str = "",
    *,
    thought: str = "",
    note: str = "",
    title: str = "",
    name: str = "",
    said: str = "",
    shot: Screenshot | None = None,
) -> Step:
    action = Type(text=text) if text else Press(keys=("enter",))
    element = Element(name=name, box=WHOLE) if name else None
    prediction = Prediction(
        action=action, thought=thought, text=said or str(action), plan=PlanMark(step=f'type "{text}"', name=name, target=name)
    )
    return Step(index=index, prediction=prediction, action=action, note=note, window_title=title, element=element, before=shot, after=shot)


def keeper(root: Path, instruction: str = "x", read: FrameReader | None = None) -> StepKeeper:
    redactor = Redactor(Rules())
    redactor.learn_from(instruction)
    header = redact_header(EpisodeHeader(name="run", instruction=instruction), redactor)
    return StepKeeper(EpisodeWriter.create(root, header, rename=True), redactor, read or (lambda image: None))


def in_texts(root: Path, draw: random.Random, count: int) -> list[Plant]:
    """Typed, titles, names, notes, thoughts and answers of the model, several in an episode."""
    plants: list[Plant] = []
    ways: dict[str, Callable[[int, str], Step]] = {
        "typed": lambda index, text: step(index, text),
        "pasted": lambda index, text: step(index, note=f"pasted {text}"),
        "title": lambda index, text: step(index, title=f"{text} - Mail"),
        "name": lambda index, text: step(index, name=text),
        "note": lambda index, text: step(index, note=text),
        "thought": lambda index, text: step(index, thought=f"I see {text} now"),
        "answer of the model": lambda index, text: step(index, said=f"```\n{text}\n```"),
    }
    for number in range(-(-count // 35)):
        writer = keeper(root / f"texts-{number}")
        for channel, make in ways.items():
            for plant in draw_plants(draw, channel, 5):
                plants.append(plant)
                writer.append(make(writer.steps, plant.text))
                writer.append(step(writer.steps))  # so that no two texts are one
        writer.close(StopReason.ERROR, f"TypeError: {plants[-1].text}")
    return plants


def in_pieces(root: Path, draw: random.Random, count: int) -> list[Plant]:
    """Typed over several steps, with a shortcut, an arrow key or a correction between them."""
    plants = [plant for plant in draw_plants(draw, "in pieces", count) if "\n" not in plant.text]
    for number, plant in enumerate(plants):
        writer = keeper(root / f"pieces-{number}")
        pieces = sorted(draw.sample(range(1, len(plant.text)), draw.choice([1, 2, 3])))
        for start, end in zip([0, *pieces], [*pieces, len(plant.text)], strict=True):
            writer.append(step(writer.steps, plant.text[start:end], thought=f"I type {plant.text[start:end]}"))
            between = draw.choice([None, ("ctrl", "s"), ("shift",)])
            if between:
                writer.append(Step(index=writer.steps, prediction=Prediction(action=Press(keys=between)), action=Press(keys=between)))
        writer.close(StopReason.DONE)
    return plants


def in_runs(root: Path, draw: random.Random, count: int) -> list[Plant]:
    """In the instruction of a run, and so in what the model thinks and types; in answers to questions; in what it says in the end."""
    plants = []
    for number, plant in enumerate(draw_plants(draw, "instruction", count // 2)):
        plants.append(plant)
        text = " ".join(plant.text.split())
        plant.secret = " ".join(plant.secret.split())
        policy = ScriptedPolicy(str(Type(text=plant.secret)), str(Finish(answer=f"typed {plant.secret}")), thought=f"I type {plant.secret}")
        _run(root / f"instruction-{number}", policy, f"open it and {text}", None)
    for number in range(count - count // 2):
        answer = "".join(draw.choice("abcdefghkmnpqrstuvwxyz") for _ in range(9))
        plants.append(Plant("answer", "answer of a person", answer, answer))
        asked = draw.choice(
            ["What is the password?", "Which code did you get?", "Wie lautet das Passwort?", "PIN?", "What is your API key?"]
        )
        policy = ScriptedPolicy(
            str(Ask(question=asked)), str(Type(text=answer)), str(Finish(answer=f"used {answer}")), thought=f"now {answer}"
        )
        _run(root / f"answer-{number}", policy, "log in for me", answer)
    return plants


class _Person:
    def __init__(self, answer: str) -> None:
        self._answer = answer

    def answer(self, question: str) -> str:
        return self._answer

    def agree(self, words: str) -> bool:
        return True

    def decide(self, *_: object) -> None:
        raise AssertionError


def _run(root: Path, policy: ScriptedPolicy, instruction: str, answer: str | None) -> None:
    settings = Settings(episodes=root, approve="none")
    person = _Person(answer) if answer is not None else None
    with Session(settings, policy=policy, desktop=FakeDesktop(), person=person) as session:  # type: ignore[arg-type]
        list(session.run(instruction))


def in_pixels(root: Path, draw: random.Random, count: int) -> list[Plant]:
    """On pages and in terminals, drawn; a terminal's window is covered by its class, a page is read."""
    plants, reader = list[Plant](), frame_reader(None, "latin")
    for number in range(-(-count // 10)):
        some = draw_plants(draw, draw.choice(["page", "page", "terminal"]), 10)
        for plant in some[1:]:
            plant.channel = some[0].channel
        plants += some
        writer = keeper(root / f"pixels-{number}", read=reader)
        image = draw_page([plant.text for plant in some], draw)
        private = ((WINDOW, Box(x1=0.0, y1=0.0, x2=1.0, y2=1.0)),) if some[0].channel == "terminal" else ()
        shot = Screenshot(image, ScreenTransform(0, 0, *SIZE), private=private)
        writer.append(step(0, shot=shot))
        writer.close(StopReason.DONE)
    return plants


def draw_page(texts: Sequence[str], draw: random.Random) -> Image.Image:
    """Texts one below the other, long ones wrapped, among words that are no secret."""
    dark = draw.random() < 0.4
    image = Image.new("RGB", SIZE, "#1e1e1e" if dark else "white")
    pen, size = ImageDraw.Draw(image), draw.choice([13, 14, 15, 16])
    font, y = ImageFont.truetype(draw.choice(FONTS), size), 20
    for text in texts:
        pen.text(
            (40, y),
            draw.choice(["Settings", "Profile", "Send message", "Order number 4711"]),
            fill="#888888" if dark else "#555555",
            font=font,
        )
        y += int(size * 1.5)
        for line in text.splitlines():
            while line:
                fits = next(n for n in range(len(line), 0, -1) if font.getlength(line[:n]) < SIZE[0] - 90)
                pen.text((40, y), line[:fits], fill="#dddddd" if dark else "black", font=font)
                line, y = line[fits:], y + int(size * 1.4)
        y += 6
    return image


def leaks(root: Path, plants: Sequence[Plant], tell_frames: Callable[[Path], str]) -> list[tuple[Plant, str]]:
    """What is found again of what was planted, and in which file."""
    files = {path: path.read_bytes().decode("utf-8", "replace") for path in root.rglob("*") if path.is_file() and path.suffix != ".png"}
    everything = "\n".join((*(TIMES.sub("", text) for text in files.values()), *(str(path.relative_to(root)) for path in root.rglob("*"))))
    bare = re.sub(r"[\s\\\"n-]", "", everything).casefold()
    frames = {path: tell_frames(path) for path in root.rglob("*.png")}
    found = []
    for plant in plants:
        secret = plant.secret
        forms = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], secret[::-1]}
        if any(form.casefold() in everything.casefold() for form in forms) or (
            len(secret) > 5 and re.sub(r"[\s\\\"n-]", "", secret).casefold() in bare
        ):
            found.append((plant, "texts"))
        seen = _letters(drawn_part(secret))
        pieces = {seen[at : at + LETTERS_SEEN] for at in range(max(len(seen) - LETTERS_SEEN + 1, 1))}
        found += [(plant, str(path.relative_to(root))) for path, text in frames.items() if any(piece in text for piece in pieces)]
    return found


def drawn_part(secret: str) -> str:
    """Without what all secrets of its kind have in common."""
    return COMMON.sub("", secret).strip()


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def read_frame(path: Path) -> str:
    """Letters and digits that two readers find in a frame."""
    image = Image.open(path).convert("RGB")
    lines = _own_reader(image) or ()
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        image.resize((image.width * 2, image.height * 2), Image.Resampling.LANCZOS).save(file.name)
        other = subprocess.run(["tesseract", file.name, "-", "--psm", "11"], capture_output=True, text=True, check=True).stdout
    return _letters("".join(line.text for line in lines)) + " " + _letters(other)


_own_reader = frame_reader(None, "latin")


def plant_all(root: Path, count: int, seed: int = 3, notice: Callable[[str], None] = lambda line: None) -> Found:
    """Plant, keep and look: half in texts, the rest in pieces, in runs and in pixels."""
    draw, found = random.Random(seed), Found()
    shares: tuple[tuple[Callable[[Path, random.Random, int], list[Plant]], float], ...] = (
        (in_texts, 0.45), (in_pieces, 0.15), (in_runs, 0.1), (in_pixels, 0.3),
    )  # fmt: skip
    for plant_in, share in shares:
        folder = root / plant_in.__name__
        plants = plant_in(folder, draw, max(round(count * share), 1))
        found.planted.update(plant.channel for plant in plants)
        found.leaks += leaks(folder, plants, read_frame if plant_in is in_pixels else lambda path: "")
        notice(found.line())
    return found


def main() -> None:
    count, seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1000, int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory() as folder:
        found = plant_all(Path(folder), count, seed, partial(print, flush=True))
        for plant, where in found.leaks:
            print(f"  {plant.channel}, {plant.kind}: {plant.text!r} in {where}")


if __name__ == "__main__":
    main()
