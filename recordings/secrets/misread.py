"""What may be a secret in a text that was read off a picture: at lower demands than in an exact text, for readers err.

They take letters for each other (O and 0, l, 1 and I), drop signs and labels in scripts that they do not know, and put spaces into long
words. So what looks drawn is one, here, as are what stands beside a label whatever joins them, and what goes on beside a find.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

from recordings.secrets.checks import FILLERS, cards_in, spelt_share
from recordings.secrets.rules import PASSWORD, Find

ALIKE = str.maketrans("oiljsbzgq|!", "01115829911")
"""Letters that readers take for each other, as one."""
SPREADING = frozenset({"password", "token", "key", "phrase", "mail"})
"""Kinds of finds of which a part may stand beside them, cut off by a space that nobody wrote, or in the next line."""
_CHUNK = re.compile(r"\S+")
_SIDES = "\"'`“”„‘’«»()[]{}<>.,:;!?*•·…-–—|"
_PART = re.compile(r"[A-Za-z0-9]+")
_HUMPS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_SIGNS = re.compile(r"[!#$%&*+?@^~]")
_PREFIXES = (
    "ghp_ gho_ ghs_ ghu_ ghr_ github_pat_ glpat- glrt- xoxb- xoxp- xoxa- xoxe- xoxs- xoxr- xapp- sk_live_ sk_test_ rk_live_ rk_test_ "
    "pk_live_ pk_test_ sk- sk-proj- sk-ant- hf_ gsk_ npm_ pypi- dckr_pat_ AKIA ASIA AIza ya29. GOCSPX- eyJ SG. whsec_ hvs. dop_v1_ shpat_ "
    "lin_api_ ntn_ figd_ glsa_ dapi key- AAAAC3Nza AAAAB3Nza SK AC"
)
"""What providers' keys begin with."""
_LABELS = (
    "password passwort kennwort passphrase passcode passwd contraseña senha пароль парол motdepasse secret clientsecret apikey accesskey "
    "accountkey secretkey privatekey token apitoken authorization bearer cookie setcookie credentials recoverycode backupcode licensekey "
    "productkey verificationcode securitycode logincode onetimecode dbpassword mysqlpwd pwd"
)
_TAKE_PASSWORDS = "curl wget http mysql mysqldump mysqladmin mariadb sshpass"
_CODES = "code pin tan otp puk cvv cvc pincode"
_PHRASES = "passphrase recoveryphrase seedphrase mnemonic secretphrase"
LEAST_DRAWN, LEAST_REST, LEAST_SPELT, LEAST_WORDS = 10, 10, 0.5, 7
SPELT_UNREAD = 0.75
"""The same of a word with digits beside a label that could not be read."""
_WORD = re.compile(r"[a-z]{3,12}")
_SET = re.compile(r"([=:：]+)")
"""What stands between a name and what it is set to."""
_GROUP = re.compile(r"[A-Za-z0-9]{4,6}")
_LOOSE = (
    ("card", re.compile(r"(?<![0-9])[0-9OoIl]{4}(?:[ .·-]?[0-9OoIl]{4}){3}(?![0-9])")),
    ("iban", re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9O]{2}(?:[ ]?[A-Z0-9]{4}){3,7}(?:[ ]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")),
    ("mail", re.compile(r"[A-Za-z0-9._%+-]{2,} ?[@©®] ?[A-Za-z0-9-]{1,30}[ .,]{1,2}[A-Za-z.-]{2,}")),
    ("password", re.compile(r"T\s?[:;.]\s?(?:WPA|WEP|SAE)\S{0,80}\s?\S{0,80}", re.IGNORECASE)),
)
_DIGITS = re.compile(r"(?<![0-9A-Za-z])[0-9OoIlSB](?:[\s.·‐-―-]{0,2}[0-9OoIlSB]){12,40}(?![0-9A-Za-z])")
_TO_DIGITS = str.maketrans("OoIlSB", "001158")
_MADE_UP = re.compile(r"[a-zI]{3,14}[0-9]{1,4}|[a-z]{8,14}[oOlI]{0,2}")
_ALL_SORTS = re.compile(r"(?=\S*[a-z])(?=\S*[A-Z])(?=\S*[0-9])[^\s\d./\\]\S{8,40}|(?=\S*[0-9])[a-z]\S{1,12}[!#$%&*?^~]\S{1,12}[A-Za-z0-9]")
_CODE = re.compile(r"[()\[\]{}'\"=,<>:;@/\\]")
_JOINS = re.compile(r"[=:：–—-]")
_SEED_WORD = re.compile(r"[a-z]{3,8}")
LEAST_ALONE = 6
"""Small words that are all of a line, as a field shows of a longer phrase; letters of a word that is all of a line."""
_GROUPS = re.compile(r"(?<![A-Za-z0-9])[A-Z0-9]{2,6}(?:[\s.–—-]{1,3}[A-Z0-9]{1,6}){2,8}(?![A-Za-z0-9])")
_USER = re.compile(r"(?:[a-z+]{2,20}\W{0,2}//?|\s-u\s{0,2}|--user\s)[^\s@]{0,200}?[:;]\s?(?P<secret>\S{3,200}?)[@©®]", re.IGNORECASE)


def unaccented(text: str) -> str:
    """The text with plain letters for accented ones, each in its place: readers see accents in specks."""
    return text if text.isascii() else "".join(map(_base, text))


@cache
def _base(letter: str) -> str:
    first = unicodedata.normalize("NFKD", letter)[:1]
    return first if first.isascii() and first.isalpha() else letter


def misread(text: str, unread: bool = False) -> Iterator[Find]:
    """What may be a secret in it; `unread`: it is a word, and beside it stands what the reader has no letters for, such as its label."""
    chunks = [match.span() for match in _CHUNK.finditer(text)]
    words = [text[start:end] for start, end in chunks]
    folded = [_folded(word) for word in words]
    for (start, end), word in zip(chunks, words, strict=True):
        if is_drawn(word):
            yield Find(start, end, "key")
    searches = (("token", _prefixed), (PASSWORD, _labelled), ("phrase", _phrases), ("key", _grouped))
    for kind, spans in ((kind, search(words, folded)) for kind, search in searches):
        yield from (Find(chunks[first][0], chunks[last][1], kind) for first, last in spans)
    for match in _GROUPS.finditer(text):
        groups = _PART.findall(match[0])
        if sum(not one.isdigit() and not one.isalpha() for one in groups) >= 2 and match[0].count("-") >= 2:
            yield Find(*match.span(), "key")
    small = all(_SEED_WORD.fullmatch(word) and word not in FILLERS for word in words[:-1])  # the last one may be cut off
    if small and LEAST_ALONE <= len(words) == len(set(words)):
        yield Find(chunks[0][0], chunks[-1][1], "phrase")
    yield from (Find(*chunks[at], PASSWORD) for at in _made_up(words, unread))
    for run in _DIGITS.finditer(text):
        if any(not group.isdigit() and not re.search("[0-9]", group) for group in re.split(r"[^0-9A-Za-z]+", run[0])):
            continue
        yield from (Find(run.start() + start, run.start() + end, "card") for start, end in cards_in(run[0].translate(_TO_DIGITS)))
    for match in _USER.finditer(text):
        yield Find(*match.span("secret"), PASSWORD)
    for kind, pattern in _LOOSE:
        yield from (Find(*match.span(), kind) for match in pattern.finditer(text))


def widened(text: str, finds: Sequence[Find]) -> list[Find]:
    """The finds with what stands beside them and is no plain word: the rest of a key that was read in two, or that a line's end broke."""
    chunks = [match.span() for match in _CHUNK.finditer(text)]
    plain = [is_plain(text[start:end]) for start, end in chunks]
    wide = []
    for find in finds:
        first = next((place for place, (_, end) in enumerate(chunks) if end > find.start), None)
        last = next((place for place in range(len(chunks) - 1, -1, -1) if chunks[place][0] < find.end), None)
        if find.kind not in SPREADING or first is None or last is None or last < first:
            wide.append(find)
            continue
        start, end = find.start, find.end
        if not plain[last]:
            end = max(end, chunks[last][1])
        while last + 1 < len(chunks) and not plain[last + 1]:
            last += 1
            end = chunks[last][1]
        while first > 0 and not plain[first - 1]:
            first -= 1
            start = chunks[first][0]
        wide.append(Find(start, end, find.kind))
    return wide


def is_plain(word: str) -> bool:
    """Whether it is a word, several joined, a number, or a sign, as people and programs write them."""
    return all(map(_is_plain_part, _PART.findall(word)))


def _is_plain_part(part: str) -> bool:
    """Of letters and digits alone: a number, a name in any case, or a name with a number behind or before it."""
    pieces = re.findall(r"[0-9]+|[A-Za-z]+", part)
    if len(pieces) > 2 or (len(pieces) == 2 and len(part) > 8):
        return False
    return all(piece.isdigit() or _is_name(piece) for piece in pieces)


def _is_name(letters: str) -> bool:
    humps = _HUMPS.findall(letters)
    if len(humps) > 1 and (len(letters) < 3 * len(humps) or any(len(hump) < 2 for hump in humps[1:])):
        return False
    return all(len(hump) <= 3 or spelt_share(hump) >= LEAST_SPELT for hump in humps)


def is_drawn(word: str) -> bool:
    """Whether a part of it changes its sort of character as no word does, or is spelt as none is."""
    word = word.strip(_SIDES)
    kinds = sum(any(map(test, word)) for test in (str.isdigit, str.isupper, str.islower))
    if 8 <= len(word) <= 40 and kinds == 3 and _SIGNS.search(word[1:-1]) and not re.search(r"[()\[\]{}'\"=,]", word):
        return True
    return any(_is_drawn_part(part) for part in _PART.findall(word))


def _is_drawn_part(part: str) -> bool:
    letters = re.sub(r"[^A-Za-z]", "", part)
    digits = len(part) - len(letters)
    changes = sum(one.isdigit() != other.isdigit() for one, other in pairwise(part))
    cases = sum(one.isupper() != other.isupper() for one, other in pairwise(letters[1:]))
    if len(part) >= LEAST_DRAWN and len(letters) >= 3 and (changes >= 4 or (changes + cases >= 5 and spelt_share(letters) < 0.6)):
        return True
    return len(part) >= 8 and len(letters) >= 5 and digits >= 1 and spelt_share(letters) <= 0.34


def _folded(word: str) -> str:
    return re.sub(r"[^\w]|_", "", word.lower()).translate(ALIKE)


def _all_folded(words: str) -> frozenset[str]:
    return frozenset(map(_folded, words.split()))


_FOLDED_PREFIXES = sorted(_all_folded(_PREFIXES), key=len, reverse=True)
_FOLDED_LABELS, _FOLDED_CODES, _FOLDED_PHRASES = _all_folded(_LABELS), _all_folded(_CODES), _all_folded(_PHRASES)
_LONG_LABELS = tuple(label for label in _FOLDED_LABELS if len(label) >= 5)
_CLIENTS, _OPTIONS = _all_folded(_TAKE_PASSWORDS), _all_folded("u user p")


def _prefixed(words: Sequence[str], folded: Sequence[str]) -> Iterator[tuple[int, int]]:
    """What a provider's keys begin with, and enough after it, be it cut in two."""
    for place, word in enumerate(folded):
        prefix = next((prefix for prefix in _FOLDED_PREFIXES if word.startswith(prefix)), None)
        if prefix is None:
            continue
        last, rest = place, word[len(prefix) :]
        while last + 1 < len(words) and len(rest) < LEAST_REST and not is_plain(words[last + 1]):
            last += 1
            rest += folded[last]
        if len(rest) >= LEAST_REST and not all(is_plain(words[at]) for at in range(place, last + 1)):
            yield place, last


def _labelled(words: Sequence[str], folded: Sequence[str]) -> Iterator[tuple[int, int]]:
    """What stands after a label, whatever joins them, and is no word; after "code" and the like, a number."""
    for place, word in enumerate(folded):
        two = folded[place - 1] + word if place else ""
        name, sign, value = [*_SET.split(words[place], maxsplit=1), "", ""][:3]
        if sign and _folded(name).endswith(_LONG_LABELS) and not is_plain(value):
            yield place, place
        client = not _CLIENTS.isdisjoint(folded[max(place - 5, 0) : place])
        if client and re.match(r"-p\S{4}", words[place]):
            yield place, place
        if word in _FOLDED_LABELS or two in _FOLDED_LABELS or (word in _OPTIONS and client):
            for at in range(place + 1, min(place + 5, len(words))):
                if not is_plain(words[at]) and any(map(str.isalnum, words[at])):
                    yield at, at
                    break
        if word in _FOLDED_CODES:
            for at in range(place + 1, min(place + 3, len(words))):
                if re.fullmatch(r"(?:[0-9OIl][ -]?){4,8}", words[at].strip(_SIDES)):
                    yield at, at
                    break


def _phrases(words: Sequence[str], folded: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Small words after "pass phrase" and the like; many of them, of which no sentence is made, anywhere."""
    first, known = 0, False
    for place, word in enumerate([*words, ""]):
        label = bool(word) and not {folded[place], "".join(folded[max(place - 1, 0) : place + 1])}.isdisjoint(_FOLDED_PHRASES)
        if not label and _WORD.fullmatch(word.strip(",;")) and word not in FILLERS:
            continue
        if place - first >= (3 if known else LEAST_WORDS) and len(set(words[first:place])) >= 0.6 * (place - first):
            yield first, place - 1
        # A sign that joins the label to its words is read, or not.
        known = label or (known and first == place and not any(map(str.isalnum, word)))
        first = place + 1


def _made_up(words: Sequence[str], unread: bool) -> Iterator[int]:
    """A made-up word that is all of a line but for signs and specks of letters, or ends it after a sign: its label may be in a script that
    the reader does not know, or takes for other letters."""
    last = len(words) - 1
    if last < 0 or len(words[last]) < LEAST_ALONE:
        return
    word = _SET.split(words[last])[-1] if unread else words[last]
    digits = sum(map(str.isdigit, word))
    if spelt_share(word) > (SPELT_UNREAD if unread and digits > 1 else LEAST_SPELT if digits else LEAST_SPELT / 2):
        return
    drawn = last == 0 and _ALL_SORTS.fullmatch(word) and not is_plain(word) and not _CODE.search(word)
    if not (drawn or _MADE_UP.fullmatch(word)):
        return
    if (last and _JOINS.fullmatch(words[last - 1][-1])) or not any(map(str.isalpha, "".join(words[:last]))):
        yield last


def _grouped(words: Sequence[str], folded: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Groups of the same length, of which several mix letters and digits."""
    first = 0
    for place in range(1, len(words) + 1):
        if place < len(words) and _GROUP.fullmatch(words[place]) and len(words[place]) == len(words[first]):
            continue
        mixed = sum(not word.isdigit() and not word.isalpha() for word in words[first:place])
        if place - first >= 3 and mixed >= 2:
            yield first, place - 1 + (place < len(words) and not words[place].isalpha())
        first = place
