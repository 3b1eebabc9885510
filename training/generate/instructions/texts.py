"""What people type: names, sentences, numbers, dates, prices, addresses, file names, in several alphabets."""

from __future__ import annotations

import random
from collections.abc import Callable

from training.beside import beside

SAID = beside(__file__)
FIRST, LAST, NOUNS, ADJECTIVES, WORDS, MONTHS = (SAID[name] for name in ("first", "last", "nouns", "adjectives", "words", "months"))


def number(rng: random.Random) -> str:
    kind = rng.randrange(6)
    if kind == 0:
        return f"{rng.randint(0, 99)}.{rng.randint(0, 99):02d}"
    if kind == 1:
        return f"{rng.randint(1, 999)},{rng.randint(100, 999)}"
    return str(rng.randint(0, 10 ** rng.randint(1, 6)))


def date(rng: random.Random) -> str:
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1950, 2035)
    return rng.choice(
        (f"{day}.{month}.{year}", f"{day:02d}.{month:02d}.{year}", f"{year}-{month:02d}-{day:02d}", f"{month}/{day}/{year}", f"{day} {MONTHS[month - 1]} {year}",
         f"{MONTHS[month - 1]} {day}", f"{MONTHS[month - 1]} {day}, {year}", f"{day}/{month}/{year % 100:02d}", f"{MONTHS[month - 1][:3]} {year}", f"{rng.randint(0, 23)}:{rng.randint(0, 59):02d}")
    )  # fmt: skip


def price(rng: random.Random) -> str:
    amount = f"{rng.randint(0, 9999)}{rng.choice(('', '.00', '.50', ',99', '.95'))}"
    return rng.choice(
        (
            f"${amount}",
            f"{amount} €",
            f"€{amount}",
            f"£{amount}",
            f"{amount} EUR",
            f"{amount} kr",
            f"{rng.randint(1, 100)}%",
            f"{rng.randint(1, 300)} px",
            f"{rng.randint(1, 90)} kg",
        )
    )


def email(rng: random.Random) -> str:
    first, last = rng.choice(FIRST[:26]).lower(), rng.choice(LAST[:5]).lower()
    local = rng.choice(
        (
            first,
            f"{first}.{last}",
            f"{first[0]}{last}",
            f"{first}_{last}",
            f"{first}{rng.randint(1, 99)}",
            "info",
            "office",
            f"{first}+news",
        )
    )
    return f"{local}@{rng.choice(SAID['domains'])}"


def url(rng: random.Random) -> str:
    start = rng.choice(("", "", "https://", "http://", "https://www."))
    path = rng.choice(
        (
            "",
            "",
            "/",
            f"/{rng.choice(NOUNS)}",
            f"/{rng.choice(NOUNS)}/{rng.choice(NOUNS)}.html",
            f"/search?q={rng.choice(NOUNS)}",
            f"/{rng.randint(1, 999)}#top",
        )
    )
    return f"{start}{rng.choice(SAID['sites'])}{path}"


def file_name(rng: random.Random) -> str:
    nouns = [rng.choice(NOUNS) for _ in range(rng.choice((1, 1, 1, 2)))]
    if rng.random() < 0.3:
        nouns.insert(0, rng.choice(ADJECTIVES))
    if rng.random() < 0.1:
        nouns[-1] = rng.choice(("müsli", "résumé", "отчёт", "señal", "größe", "księga", "σημειώσεις", "året"))
    joined = rng.choice(("-", "_", "", " ")).join(nouns) if len(nouns) > 1 else nouns[0]
    joined = rng.choice((joined, joined, joined, joined.capitalize(), joined.upper())) + rng.choice(
        ("", "", "", "", str(rng.randint(1, 2030)), "-v2", "_final", " (1)", f"-{rng.randint(2019, 2027)}")
    )
    return f"{joined}.{rng.choice(SAID['endings'])}" if rng.random() < 0.85 else joined


def path(rng: random.Random) -> str:
    place = rng.choice(SAID["places"])
    return place + file_name(rng)


def person(rng: random.Random) -> str:
    first = rng.choice(FIRST)
    return rng.choice((first, first, f"{first} {rng.choice(LAST)}", f"{first} {rng.choice(LAST)}", first.lower()))


def city(rng: random.Random) -> str:
    return rng.choice(SAID["cities"])


def word(rng: random.Random) -> str:
    found = rng.choice(rng.choice((WORDS, NOUNS, ADJECTIVES)))
    return rng.choice((found, found, found, found.capitalize(), found.upper()))


def noun_phrase(rng: random.Random) -> str:
    return rng.choice(
        (
            f"{rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}",
            f"{rng.choice(NOUNS)} {rng.choice(NOUNS)}",
            f"{rng.choice(NOUNS)} {rng.randint(1, 2030)}",
        )
    )


def some_words(rng: random.Random) -> str:
    """Words in a row that mean little: nothing but their place tells that they are to be typed."""
    text = " ".join(rng.choice(rng.choice((WORDS, WORDS, NOUNS))) for _ in range(rng.choice((2, 3, 3, 4, 5, 6, 8, 12))))
    text = text[0].upper() + text[1:] if rng.random() < 0.35 else text
    return text + (rng.choice("!?") if rng.random() < 0.08 else "")


def code(rng: random.Random) -> str:
    """An identifier, a telephone number, a key."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghkmnpqrstuvwxyz23456789"
    return rng.choice(
        ("".join(rng.choice(letters) for _ in range(rng.randint(3, 10))), f"+{rng.randint(1, 99)} {rng.randint(100, 999)} {rng.randint(1000, 999999)}", f"#{rng.randrange(16**6):06x}",
         f"{rng.randint(10000, 99999)}", f"INV-{rng.randint(1, 9999):04d}", f"192.168.{rng.randint(0, 255)}.{rng.randint(1, 254)}", f"0{rng.randint(100, 999)}-{rng.randint(10000, 999999)}",
         f"{rng.choice(NOUNS)}_{rng.randint(1, 99)}", f"v{rng.randint(0, 9)}.{rng.randint(0, 20)}.{rng.randint(0, 20)}")
    )  # fmt: skip


def sentence(rng: random.Random) -> str:
    return rng.choice(SAID["sentences"])


def lines(rng: random.Random) -> str:
    """Text of several lines; in some, lines end as sentences do."""
    made = [
        rng.choice(SAID["lines"]) if rng.random() < 0.6 else rng.choice((some_words, sentence))(rng)
        for _ in range(rng.choice((2, 2, 3, 3, 4, 5)))
    ]
    if rng.random() < 0.45:
        made = [line + rng.choice("....!?") if line[-1].isalnum() and rng.random() < 0.75 else line for line in made]
    return "\n".join(made)


def line_number(rng: random.Random) -> str:
    return str(rng.randint(1, 2500))


def last_name(rng: random.Random) -> str:
    return rng.choice(LAST)


def country(rng: random.Random) -> str:
    return rng.choice(SAID["countries"])


def address(rng: random.Random) -> str:
    return f"{rng.choice(LAST)} Street {rng.randint(1, 200)}"


def street(rng: random.Random) -> str:
    return f"{rng.choice(NOUNS).capitalize()} Road {rng.randint(1, 99)}"


def login(rng: random.Random) -> str:
    return rng.choice(FIRST[:26]).lower()


def pages(rng: random.Random) -> str:
    return f"{rng.randint(1, 9)}-{rng.randint(10, 40)}"


_FIELDS = list(SAID["fields"].items())


def any_text(rng: random.Random) -> str:
    """One line of anything that is typed."""
    often: dict[str, int] = SAID["often"]
    return MAKERS[rng.choices(list(often), list(often.values()))[0]](rng)


def any_field(rng: random.Random) -> tuple[str, str]:
    """A field that many forms have, and what is written into it."""
    name, made = rng.choice(_FIELDS)
    return name, str(rng.randint(*made)) if isinstance(made, list) else MAKERS[made](rng)


MAKERS: dict[str, Callable[[random.Random], str]] = {
    make.__name__: make
    for make in (
        sentence, some_words, word, person, number, file_name, email, url, date, price, city, code, noun_phrase, path, line_number, any_text, last_name, country, address, street, login, pages,
    )
}  # fmt: skip
"""By their names, as the lists of words call them."""
