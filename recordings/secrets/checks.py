"""Whether what looks like a secret is one: check digits, and how random a run of characters is. Each takes time linear in its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

CARD_DIGITS = (13, 19)
_CARD_STARTS = re.compile(r"[3456]|2[2-7]|81")
_SEPARATORS = re.compile(r"[^0-9]+")
_COUNTRIES = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 "
    "GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LI21 LT20 LU20 LV21 MC27 MD24 ME22 "
    "MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 TN24 TR26 UA29 VA22 VG24 "
    "XK20"
)
_IBAN_LENGTHS = {one[:2]: int(one[2:]) for one in _COUNTRIES.split()}
_HEX = re.compile(r"[0-9a-fA-F]+")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_FILLERS_WORDS = (
    "the and for with from not are was were been has had have his her she him they them their its our but all any can may one who "
    "what when where which how why you your yours that this then than there here will would could should into over after before "
    "between about also only some such each every other most more very just like bin dev etc usr var tmp lib opt sys src mnt srv "
    "boot media proc root sbin"
)
FILLERS = frozenset(_FILLERS_WORDS.split())
"""Words that stand in sentences and lists of files, and hardly in what a machine has drawn."""
_VOWELS = re.compile(r"[aeiouy]")
_MARKS, _DIGIT = re.compile(r"[_/+=-]+"), re.compile(r"[0-9]")
_PAIRS = (
    "ab ac ad ag ai ak al am an ap ar as at ax ba be bi bl bo ca ce ch ck cl cm co cr ct da de di do ea ec ed el em en ep er es et "
    "ev ex fi fo ge gh gr gt ha he hi ho ht ia ib ic ie if ig il im in io ip ir is it ke la lc le li ll lo lp ls ma me mi mo mp na "
    "nc nd ne nf ng ni no ns nt oc od of og ol om on op or os ot ou ow pa pe ph pi pl po pp pr pt pu ra rc rd re ri rk ro rs rt sa "
    "sc se sh si so sr ss st sy ta te th ti to tr ts tu ty ud ul un up ur us ut va ve vi wa wi wo xt"
)
_SPELT = frozenset(_PAIRS.split())
"""The pairs of letters that make up words: 85 of 100 in texts and names of files, 23 of 100 where all pairs are equally likely."""
LEAST_WORDS = 12
"""Words of the shortest recovery phrase."""


def cards_in(run: str) -> Iterator[tuple[int, int]]:
    """Where card numbers stand in a run of digits and single separators, from the beginning of a group of digits to the end of one."""
    groups = [match.span() for match in re.finditer(r"[0-9]+", run)]
    for first, (start, _) in enumerate(groups):
        digits = ""
        for _, (left, right) in enumerate(groups[first:]):
            digits += run[left:right]
            if len(digits) > CARD_DIGITS[1]:
                break
            if len(digits) >= CARD_DIGITS[0] and is_card(digits) and not _in_thousands(run[start:right]):
                yield start, right
                break


def is_card(digits: str) -> bool:
    """The check digit of payment cards (Luhn), on digits that begin as cards do; a run of one digit passes it and is no card."""
    total = sum(int(one) if place % 2 == 0 else sum(divmod(2 * int(one), 10)) for place, one in enumerate(reversed(digits)))
    return total % 10 == 0 and len(set(digits)) > 1 and _CARD_STARTS.match(digits) is not None


def _in_thousands(text: str) -> bool:
    """Whether it is one large number, written in groups of three."""
    groups = _SEPARATORS.split(text)
    return len(groups) > 3 and all(len(group) == 3 for group in groups[1:])


def iban_end(text: str) -> int | None:
    """Where the account number that a text begins with ends: its country's length, its check digits right; None where it is none."""
    length, compact = _IBAN_LENGTHS.get(text[:2].upper()), ""
    if length is None:
        return None
    for place, character in enumerate(text):
        if character.isalnum():
            compact += character.upper()
            if len(compact) == length:
                turned = compact[4:] + compact[:4]
                right = compact.isascii() and int("".join(str(int(one, 36)) for one in turned)) % 97 == 1
                return place + 1 if right else None
    return None


def key_length(text: str) -> int:
    """All of a run that nobody writes by hand, else 0: hexadecimal keys, and letters and digits that change places all the time."""
    if _UUID.fullmatch(text):
        return 0
    if _HEX.fullmatch(text):
        return len(text) if len(text) >= 32 and len(set(text.lower())) > 4 else 0
    core = _MARKS.sub("", text)
    cased, numbered = core.upper() != core != core.lower(), _DIGIT.search(core) is not None
    if len(core) < 20 or len(set(core)) <= 10 or not (cased or numbered) or (cased and len(text) < 24):
        return 0
    changes = sum(_sort(one) != _sort(other) for one, other in pairwise(core)) / (len(core) - 1)
    spelt = spelt_share(core, least=6)
    drawn = spelt <= 0.2 + 0.8 * changes if cased else core == text and changes >= 0.1 and spelt <= 0.35 + 0.6 * changes
    return len(text) if drawn else 0


def spelt_share(text: str, least: int = 1) -> float:
    """Of the pairs of letters in a text, the share that words are made of; 0 where there are fewer than `least`."""
    pairs = [one + other for one, other in pairwise(text.lower()) if one.isalpha() and other.isalpha()]
    return sum(pair in _SPELT for pair in pairs) / len(pairs) if len(pairs) >= least else 0.0


def _sort(character: str) -> str:
    return "0" if character.isdigit() else "A" if character.isupper() else "a"


def seed_length(text: str) -> int:
    """All of it where letters and digits are the secret of one-time passwords: base 32, drawn by a machine; else 0."""
    compact = re.sub(r"[ -]", "", text)
    changes = sum(one.isdigit() != other.isdigit() for one, other in pairwise(compact))
    random = len(compact) >= 16 and len(_DIGIT.findall(compact)) >= 2 and len(set(compact)) >= 8 and changes >= 4
    return len(text) if random else 0


def letters_length(text: str) -> int:
    """All of a run of letters that is no word: of drawn ones few pairs are those of words, and words are not that long."""
    inside = sum(one.isupper() for one in text[1:])
    drawn = len(text) >= 20 or (inside > 1 and not text.isupper()) or spelt_share(text) < 0.55
    return len(text) if drawn else 0


def session_length(text: str) -> int:
    """All of what names a session, unless it could be a word: a desktop's session is called by one, too."""
    core = text.rstrip(".")
    return len(core) if len(_DIGIT.findall(core)) > 1 or (len(core) >= 8 and core.isalpha() and spelt_share(core) < 0.45) else 0


def numbered_length(text: str) -> int:
    """All of what follows the name of a person's number, where it holds enough digits to be one."""
    return len(text) if len(_DIGIT.findall(text)) >= 6 else 0


def phrases_in(run: str) -> Iterator[tuple[int, int]]:
    """Where the words of a wallet may stand in a run of small words: a dozen or more, few of them twice, none that sentences need."""
    stretch: list[tuple[int, int]] = []
    for match in (*re.finditer(r"[a-z]+", run), None):
        if match is not None and match[0] not in FILLERS and _VOWELS.search(match[0]):
            stretch.append(match.span())
            continue
        if len(stretch) >= LEAST_WORDS and len({run[start:end] for start, end in stretch}) >= 0.6 * len(stretch):
            yield stretch[0][0], stretch[-1][1]
        stretch = []


def words_length(text: str) -> int:
    """How much of what follows "pass phrase:" belongs to it: three words or more, up to the first that goes on with the sentence."""
    words = re.split("( )", text)
    end = next((place for place, word in enumerate(words) if word.lower() in FILLERS), len(words))
    return len("".join(words[:end]).rstrip()) if end >= 5 else 0


def bare_length(text: str) -> int:
    """How much of a value without quotes is the value: what closes a sentence, a bracket or a field of a connection string is not."""
    if field := re.search(r";(?=[A-Za-z ]{2,30}=)", text):
        text = text[: field.start()]
    return len(text.rstrip(".,;:?)]}\"'`"))


def is_pass_phrase(text: str) -> bool:
    """Whether all of a text is a few plain words and no sentence: what machines and people draw as a pass phrase. For what is pasted."""
    words = re.split(r"[ ._-]", text.strip())
    return (
        4 <= len(words) <= 10
        and len(set(re.findall(r"[ ._-]", text.strip()))) == 1
        and all(re.fullmatch(r"[A-Za-z]{3,12}[0-9]{0,3}", word) for word in words)
        and not FILLERS & {word.lower() for word in words}
        and len({word.lower() for word in words}) == len(words)
    )
