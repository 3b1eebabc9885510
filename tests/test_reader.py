"""The reader against drawn screens whose words and places are known."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from rendered import FONTS, LOOKS, draw_words, font

from recordings.errors import DeskhandError
from recordings.geometry import Box
from vlm.reading.alphabet import allowed
from vlm.reading.networks import Networks
from vlm.reading.reader import ScreenReader, open_reader
from vlm.reading.reading import Reading, ScreenElement

ROOT = Path(__file__).parents[1]
SIZES = (8, 10, 13, 18, 30)


@pytest.fixture(scope="module")
def reader() -> ScreenReader:
    return open_reader()


def pixels(element: ScreenElement, reading: Reading) -> tuple[float, float, float, float]:
    box, (width, height) = element.box, reading.size
    return box.x1 * width, box.y1 * height, box.x2 * width, box.y2 * height


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Intersection over union."""
    width, height = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0) * max(height, 0)
    return shared / (sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)) - shared)


def folded(text: str) -> str:
    """As a match folds it: dots at the end and spaces inside do not count."""
    return text.rstrip(".…").replace(" ", "").casefold()


@pytest.mark.parametrize("look", LOOKS)
def test_names_are_read_where_they_stand(reader: ScreenReader, look: str) -> None:
    told = missed = 0
    for size in SIZES:
        picture, written = draw_words(17, look, size, screen=(960, 540), count=24)
        reading = reader.read(picture)
        for word in written:
            best = max(reading.elements, key=lambda each: overlap(pixels(each, reading), word.box), default=None)
            told += 1
            right = best is not None and folded(best.text) == folded(word.text) and overlap(pixels(best, reading), word.box) > 0.6
            missed += not right
        assert len(reading.elements) <= len(written) * 1.1 + 1, "what is not there was read"
    assert told >= 100 and missed <= 0.06 * told, f"{missed} of {told}"


def test_names_in_a_row_are_apart_and_the_words_of_one_name_together(reader: ScreenReader) -> None:
    picture = Image.new("RGB", (640, 128), (246, 245, 244))
    pen, face = ImageDraw.Draw(picture), font(FONTS[0], 13)
    x = 10
    for name in ("File", "Edit", "View", "Documents", "Help"):
        pen.text((x, 6), name, font=face, fill=(46, 52, 54))
        x += round(face.getlength(name)) + 16
    pen.text((10, 40), "Save As...", font=face, fill=(46, 52, 54))
    pen.text((160, 40), "Ctrl+Shift+S", font=face, fill=(46, 52, 54))
    prose = "A long line of prose stays one element, and its words can be found."
    pen.text((10, 80), prose, font=face, fill=(46, 52, 54))
    texts = [each.text for each in reader.read(picture).elements]
    assert texts == ["File", "Edit", "View", "Documents", "Help", "Save As...", "Ctrl+Shift+S", prose]


def test_the_words_of_a_line_are_found_in_it(reader: ScreenReader) -> None:
    prose = "The quick brown fox jumps over the lazy dog and naps."
    for size in (11, 15, 26):
        face = font(FONTS[0], size)
        picture = Image.new("RGB", (960, 96), "white")
        ImageDraw.Draw(picture).text((20, 20), prose, font=face, fill="black")
        (line,) = reader.read(picture).elements
        assert line.text == prose and len(line.edges) == len(prose) + 1 and list(line.edges) == sorted(line.edges)
        for word in ("quick", "fox", "lazy", "naps"):
            start = prose.index(word)
            part = line.part(start, start + len(word))
            left, right = (20 + face.getlength(prose[:place]) for place in (start, start + len(word)))
            assert abs(part.x1 * 960 - left) < 3 + size / 8 and abs(part.x2 * 960 - right) < 3 + size / 8, word


def test_words_of_a_fixed_pitch_are_one_line(reader: ScreenReader) -> None:
    picture = Image.new("RGB", (640, 90), "white")
    pen, face = ImageDraw.Draw(picture), font("truetype/dejavu/DejaVuSansMono.ttf", 13)
    prose = "Dear all, the invoice of May is due."
    pen.text((20, 12), prose, font=face, fill="black")
    pen.text((20, 50), "name      size      date", font=face, fill="black")
    elements = reader.read(picture).elements
    assert [each.text for each in elements] == [prose, "name", "size", "date"]
    start = prose.index("invoice")
    part = elements[0].part(start, start + 7)
    assert abs(part.x1 * 640 - 20 - face.getlength(" ") * start) < 4


def test_a_mnemonic_is_no_part_of_its_letter(reader: ScreenReader) -> None:
    picture = Image.new("RGB", (480, 64), (240, 240, 240))
    pen, face = ImageDraw.Draw(picture), font(FONTS[0], 13)
    for number, name in enumerate(("Tools", "Find", "Terminal", "Format")):
        x = 20 + 110 * number
        pen.text((x, 20), name, font=face, fill=(20, 20, 20))
        pen.rectangle((x + 1, 34, x + 7, 34), fill=(20, 20, 20))
    assert [each.text for each in reader.read(picture).elements] == ["Tools", "Find", "Terminal", "Format"]


def test_a_whole_wall_of_pixels_is_read(reader: ScreenReader) -> None:
    picture = Image.new("RGB", (3840, 2160), (30, 34, 40))
    pen = ImageDraw.Draw(picture)
    places = {"Settings": (30, 20), "Wallpaper": (1900, 1000), "Shut Down": (3600, 2110)}
    for name, place in places.items():
        pen.text(place, name, font=font(FONTS[0], 26), fill=(230, 230, 230))
    reading = reader.read(picture)
    assert [each.text for each in reading.elements] == list(places)
    assert all(abs(each.box.x1 * 3840 - places[each.text][0]) < 4 for each in reading.elements)


def keys(size: int, look: str, face: str, signs: str) -> tuple[Image.Image, list[tuple[str, tuple[int, int]]]]:
    """A keypad, one sign in the middle of each key."""
    ground, ink = LOOKS[look]
    pitch = 34 + 2 * size
    picture = Image.new("RGB", (6 * pitch + 20, -(-len(signs) // 6) * pitch + 20), ground)
    pen, drawn = ImageDraw.Draw(picture), font(face, size)
    edge = tuple((3 * one + other) // 4 for one, other in zip(ground, ink, strict=True))
    made = []
    for number, sign in enumerate(signs):
        x, y = 10 + number % 6 * pitch, 10 + number // 6 * pitch
        pen.rounded_rectangle((x, y, x + pitch - 8, y + pitch - 8), radius=4, outline=edge)
        middle = x + (pitch - 8) // 2, y + (pitch - 8) // 2
        pen.text(middle, sign, font=drawn, fill=ink, anchor="mm")
        made.append((sign, middle))
    return picture, made


def test_single_signs_are_read(reader: ScreenReader) -> None:
    told, missed = 0, []
    for size, look, face in (
        (11, "light", FONTS[0]),
        (13, "dark", FONTS[0]),
        (16, "light", FONTS[1]),
        (22, "chosen", FONTS[0]),
        (30, "grey", FONTS[-1]),
    ):
        picture, made = keys(size, look, face, "7894561230+-*/=().%√×÷" if "DejaVu" in face else "7894561230+-*/=().%×÷")
        reading = reader.read(picture)
        for sign, (x, y) in made:
            told += 1
            near = [
                each.text
                for each in reading.elements
                for a, b, c, d in [pixels(each, reading)]
                if a - size < x < c + size and b - size < y < d + size
            ]
            if near != [sign]:
                missed.append((size, look, sign, near))
    assert told >= 100 and len(missed) <= 0.03 * told, missed


def test_pictures_and_specks_are_no_letters(reader: ScreenReader) -> None:
    rng = random.Random(5)
    picture = Image.new("RGB", (640, 480), (240, 240, 240))
    pen = ImageDraw.Draw(picture)
    for row in range(6):
        for column in range(8):
            x, y = 30 + column * 76, 30 + row * 76
            match (row + column) % 6:
                case 0:
                    pen.rectangle((x, y, x + 13, y + 13), outline=(90, 90, 90))
                    pen.line((x + 3, y + 7, x + 6, y + 11, x + 12, y + 2), fill=(30, 30, 30), width=2)
                case 1:
                    pen.polygon([(x, y), (x + 10, y), (x + 5, y + 6)], fill=(60, 60, 60))
                case 2:
                    pen.rectangle((x, y + 4, x + 16, y + 15), fill=(235, 190, 60), outline=(120, 90, 10))
                    pen.rectangle((x, y + 1, x + 7, y + 4), fill=(235, 190, 60), outline=(120, 90, 10))
                case 3:
                    pen.rectangle((x, y, x + 2, y + 2), fill=(80, 80, 80))
                case 4:
                    for line in range(4):
                        pen.line((x, y + 4 * line, x + rng.choice((10, 14, 16)), y + 4 * line), fill=(70, 70, 70))
                case _:
                    pen.ellipse((x, y, x + 15, y + 15), fill=(40, 110, 200))
                    pen.polygon([(x + 5, y + 4), (x + 12, y + 8), (x + 5, y + 11)], fill=(255, 255, 255))
    assert [each.text for each in reader.read(picture).elements] == []


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (3, 2), (700, 1), (5, 700), (640, 480)])
def test_what_holds_no_text_gives_none(reader: ScreenReader, size: tuple[int, int]) -> None:
    reading = reader.read(Image.new("RGB", size, (90, 20, 60)))
    assert reading.elements == () and reading.size == size


def test_noise_and_other_modes_do_no_harm(reader: ScreenReader) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    assert len(reader.read(Image.fromarray(noise)).elements) < 20
    picture, _ = draw_words(3, "light", 16, screen=(480, 320), count=6)
    texts = [each.text for each in reader.read(picture).elements]
    assert texts and [each.text for each in reader.read(picture.convert("RGBA")).elements] == texts
    assert len(reader.read(picture.convert("L")).elements) == len(texts)


def test_four_hundred_names_are_read(reader: ScreenReader) -> None:
    picture = Image.new("RGB", (1920, 1080), "white")
    pen, face = ImageDraw.Draw(picture), font(FONTS[0], 12)
    names = [f"Row {number}" for number in range(400)]
    for number, name in enumerate(names):
        pen.text((20 + number % 20 * 94, 20 + number // 20 * 52), name, font=face, fill="black")
    read = {each.text for each in reader.read(picture).elements}
    assert len(read & set(names)) >= 390


def test_the_alphabet_is_the_users(reader: ScreenReader) -> None:
    characters = Networks().characters
    latin = {characters[index] for index in allowed(characters)}
    assert {"", " ", "=", "+", "é", "ß", "√", "€"} <= latin and not {"二", "十", "口", "ω"} & latin
    assert "二" in {characters[index] for index in allowed(characters, "chinese")} and "ω" in {
        characters[index] for index in allowed(characters, "greek, latin")
    }
    assert len(characters) == 18_710 == len(allowed(characters, "all"))
    with pytest.raises(DeskhandError, match="no alphabet 'klingon'"):
        allowed(characters, "klingon")


OFFLINE_CODE = """
import sys
import vlm.reading.reader
heavy = {"onnxruntime", "rapidocr", "cv2", "torch"} & set(sys.modules)
assert not heavy, heavy
from PIL import Image, ImageDraw, ImageFont
picture = Image.new("RGB", (300, 80), "white")
ImageDraw.Draw(picture).text((20, 20), "Preferences", font=ImageFont.load_default(24), fill="black")
print([each.text for each in vlm.reading.reader.open_reader().read(picture).elements])
assert "rapidocr" not in sys.modules
import os
from pathlib import Path
open_files = [os.readlink(path) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
assert not any(each.startswith("socket:") for each in open_files), open_files
"""


def test_reading_needs_no_network_no_home_and_nothing_at_import(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    environment = {**kept, "HOME": str(home), "PYTHONPATH": os.pathsep.join((str(ROOT / "tests" / "offline"), str(ROOT)))}
    result = subprocess.run([sys.executable, "-c", OFFLINE_CODE], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert result.stdout.strip() == "['Preferences']", result.stderr
    assert list(home.iterdir()) == [], "the runtime's telemetry is not off"


def test_without_the_packages_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(DeskhandError, match="pip install onnxruntime"):
        open_reader()


def test_a_part_of_an_element() -> None:
    element = ScreenElement("Save all", Box(x1=0.1, y1=0.2, x2=0.5, y2=0.3), 1.0)
    assert element.part(0, 4) == Box(x1=0.1, y1=0.2, x2=0.3, y2=0.3)
    with pytest.raises(ValueError, match="no part"):
        element.part(3, 9)
