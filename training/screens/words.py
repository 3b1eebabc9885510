"""Words for made-up screens: the vocabulary of user interfaces, names, numbers, and strings that mean nothing.

Nonsense is as important as the vocabulary: a model that only meets known labels learns their outlines instead of their letters.
"""

from __future__ import annotations

import random
import string

from training.beside import beside

LABELS, WORDS, FIRST_NAMES, LAST_NAMES, EXTENSIONS = (
    beside(__file__)[name] for name in ("labels", "words", "first_names", "last_names", "extensions")
)
PUNCTUATION = "!#$%&()*+,-./:;<=>?@[]^_{|}~'\""


def label(rng: random.Random) -> str:
    """The text of a control: mostly what interfaces say, one in three something never seen."""
    kind = rng.random()
    if kind < 0.55:
        return rng.choice(LABELS)
    if kind < 0.72:
        text = " ".join(rng.choices(WORDS, k=rng.choice((1, 1, 2, 2, 3))))
        return rng.choice((text, text.capitalize(), text.title(), text.upper()))
    return nonsense(rng) if kind < 0.9 else datum(rng)


def nonsense(rng: random.Random) -> str:
    """One or two pseudo-words, at times with digits or punctuation."""
    alphabet = rng.choice((string.ascii_lowercase, string.ascii_lowercase, string.ascii_letters, string.ascii_uppercase + string.digits))
    parts = ["".join(rng.choices(alphabet, k=rng.randint(2, 9))) for _ in range(rng.choice((1, 1, 2)))]
    if rng.random() < 0.3:
        parts[0] = parts[0].capitalize()
    if rng.random() < 0.15:
        parts[-1] += rng.choice(PUNCTUATION)
    return " ".join(parts)


def number(rng: random.Random) -> str:
    kind = rng.randrange(7)
    if kind < 2:
        return str(rng.randrange(10 ** rng.randint(1, 6)))
    if kind == 2:
        return f"{rng.uniform(0, 1000):.{rng.randint(1, 3)}f}"
    if kind == 3:
        return f"{rng.choice('$€£')}{rng.randrange(1, 5000)}.{rng.randrange(100):02d}"
    if kind == 4:
        return f"{rng.randrange(101)}%"
    if kind == 5:
        return f"{rng.uniform(0.1, 999):.1f} {rng.choice(('KB', 'MB', 'GB', 'kB', 'bytes'))}"
    return f"-{rng.randrange(1000)}"


def date(rng: random.Random) -> str:
    year, month, day = rng.randint(1990, 2035), rng.randint(1, 12), rng.randint(1, 28)
    clock = f"{rng.randrange(24):02d}:{rng.randrange(60):02d}"
    return rng.choice(
        (
            f"{year}-{month:02d}-{day:02d}",
            f"{day:02d}/{month:02d}/{year}",
            f"{day}.{month}.{year}",
            clock,
            f"{year}-{month:02d}-{day:02d} {clock}",
        )
    )


def person(rng: random.Random) -> str:
    return f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"


def email(rng: random.Random) -> str:
    user = rng.choice(FIRST_NAMES).lower() + rng.choice((".", "_", "")) + rng.choice(LAST_NAMES).lower()
    return f"{user}@{rng.choice(WORDS)}.{rng.choice(('com', 'org', 'net', 'de'))}"


def file_name(rng: random.Random) -> str:
    stem = (
        rng.choice(("-", "_", "", " ")).join(rng.choices(WORDS, k=rng.choice((1, 2, 2))))
        if rng.random() < 0.7
        else nonsense(rng).replace("/", "")
    )
    return f"{stem}{rng.choice(('', '', str(rng.randrange(1000))))}.{rng.choice(EXTENSIONS)}"


def datum(rng: random.Random) -> str:
    """A value as tables and fields hold it."""
    return rng.choice((number, number, date, person, email, file_name))(rng)


def sentence(rng: random.Random, most: int = 10) -> str:
    """Up to `most` words with a nonsense word, number or mark strewn in."""
    parts = [rng.choice(WORDS) if rng.random() < 0.8 else rng.choice((nonsense, number))(rng) for _ in range(rng.randint(2, most))]
    text = " ".join(parts)
    return text[0].upper() + text[1:] + rng.choice((".", ".", "", "!", "?", ":"))


def typable_text(rng: random.Random, most_lines: int = 12) -> str:
    """Lines as people type them, in characters of a US keyboard."""
    lines = [sentence(rng, rng.choice((3, 6, 10))) for _ in range(rng.randint(1, most_lines))]
    return "".join(character for character in "\n".join(lines) if character in string.printable)


def typable_file_name(rng: random.Random) -> str:
    """A file name of letters, digits and little else, at times one that means nothing."""
    meaningless = "".join(rng.choices(string.ascii_lowercase + string.digits, k=rng.randint(3, 10))) + ".txt"
    name = file_name(rng) if rng.random() < 0.6 else meaningless
    return "".join(character for character in name if character.isascii() and (character.isalnum() or character in "._- "))
