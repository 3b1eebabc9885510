"""Secrets, and ordinary values, beside labels in scripts that the reader does not know, on pages that Chromium rendered.

`python -m tests.planted_labels 20 SEED` prints how many of eight secrets a page stay bare, and how many ordinary values are covered.
"""

from __future__ import annotations

import io
import random
import string
import sys
from collections.abc import Callable, Iterator, Sequence

from PIL import Image

from agent.frame_reader import frame_reader
from recordings.geometry import Box
from recordings.secrets.memory import Redactor
from recordings.secrets.pixels import find_shown
from recordings.secrets.rules import Rules
from tests.planted_screens import _WHERE, VIEWS, Secret, _page, _part
from training.screens.browser import Browser

SECRET_LABELS = (
    "Пароль", "пароль", "Ваш пароль", "Новый пароль", "Секретный ключ", "Ключ API", "Код доступа", "Лозинка", "Парола",
    "Гасло", "Кодовая фраза", "Токен", "Κωδικός", "Κωδικός πρόσβασης", "Συνθηματικό", "Μυστικό κλειδί", "密码", "密碼",
    "口令", "パスワード", "暗証番号", "秘密鍵", "비밀번호", "كلمة المرور", "كلمة السر", "סיסמה", "รหัสผ่าน", "पासवर्ड",
    "Գաղտնաբառ", "პაროლი",
)  # fmt: skip
OTHER_LABELS = (
    "Имя", "Размер", "Версия", "Дата", "Файл", "Тип", "Автор", "Цена", "Телефон", "Город", "Όνομα", "Μέγεθος", "Έκδοση",
    "Ημερομηνία", "Αρχείο", "名称", "大小", "版本", "日期", "ファイル名", "サイズ", "작성자", "الاسم", "الحجم", "שם", "ชื่อ",
    "नाम",
)  # fmt: skip
ORDINARY = (
    "report_final_v3.pdf", "1.4.2", "12 KB", "2026-11-27", "27.11.2026", "14:05", "Berlin", "jane", "Mousepad", "1,299.00 €",
    "+49 30 123456", "libreoffice-calc", "GTK 3.24.38", "1920×1080", "x86_64", "UTF-8", "invoice-2026-0412.pdf",
    "Ubuntu 24.04 LTS", "linux-image-6.1.0-28", "IMG_20260412.jpg", "A4", "Type-C", "mp4", "H.264", "v2.0-rc1", "python3.11",
    "README.md", "/srv/notes", "http://example.org", "#4711", "INV-2026-0412", "LH 4711", "Intel Core i7-1260P",
    "RTX 4090", "USB 3.0", "Wi-Fi 6E", "1080p60", "DejaVu Sans", "0.5 mm", "100 %", "3/8", "B2B", "MP3 320 kbps", "AES-256",
    "SHA-1", "ISO-8859-1", "Win32", "amd64", "i686", "e4 e5", "debian12", "room101", "build4711", "nvme0n1",
)  # fmt: skip
SIGNS = (": ", " ", "：", " = ", " — ", ":\n")
PER_PAGE = 8


def _secret(draw: random.Random) -> str:
    if draw.random() < 0.5:
        letters = "".join(draw.choice(string.ascii_lowercase) for _ in range(draw.randint(5, 9)))
        return letters + "".join(draw.choice(string.digits) for _ in range(draw.randint(1, 4)))
    return "".join(draw.choice(string.ascii_letters + string.digits + "!$%&*+#?") for _ in range(draw.randint(8, 16))) + "x7"


def labelled_screens(
    draw: random.Random, count: int, labels: Sequence[str], value: Callable[[random.Random], str]
) -> Iterator[tuple[Image.Image, list[Secret]]]:
    """Pages with values beside labels, and where each letter of each value stands."""
    with Browser() as browser:
        for _ in range(count):
            browser.resize(*draw.choice(VIEWS))
            values = [value(draw) for _ in range(PER_PAGE)]
            browser.show(_page(draw, [_part(draw, "value", draw.choice(labels) + draw.choice(SIGNS) + one, one) for one in values]))
            told = browser.evaluate(_WHERE)
            shown = [Secret(kind, text, tuple(tuple(letter) for letter in letters)) for kind, text, letters in told]  # type: ignore[misc]
            yield Image.open(io.BytesIO(browser.screenshot())).convert("RGB"), shown


def touched(value: Secret, boxes: Sequence[Box]) -> bool:
    """Whether a letter of it is covered."""
    places = [(x, y) for letter, x, y in value.letters if x is not None and letter.isalnum()]
    return any(box.x1 <= x <= box.x2 and box.y1 <= y <= box.y2 for box in boxes for x, y in places)


def main() -> None:
    count, seed = int(sys.argv[1]) if len(sys.argv) > 1 else 20, int(sys.argv[2]) if len(sys.argv) > 2 else 3
    read, draw, rules = frame_reader(None, "latin"), random.Random(seed), Rules()
    every = bare = values = covered = 0
    for image, secrets in labelled_screens(draw, count, SECRET_LABELS, _secret):
        boxes = [shown.box for shown in find_shown(read(image) or (), Redactor(rules))]
        every += len(secrets)
        bare += sum(bool(secret.shown(boxes)) for secret in secrets)
    for image, ordinary in labelled_screens(draw, count, OTHER_LABELS, lambda draw: draw.choice(ORDINARY)):
        boxes = [shown.box for shown in find_shown(read(image) or (), Redactor(rules))]
        values += len(ordinary)
        covered += sum(touched(value, boxes) for value in ordinary)
    print(f"of {every} secrets {bare} stay bare; of {values} ordinary values {covered} are covered")


if __name__ == "__main__":
    main()
