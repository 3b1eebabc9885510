"""What a recording or a run has learned to be secret: found once by a rule, typed blindly, or said in answer to a question about it.

A value that is known is hidden wherever it comes up again, with nothing around it to tell it by: in a title, in a thought, piece by piece.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from urllib.parse import quote

from recordings.secrets.rules import PASSWORD, PLACEHOLDERS, Find, Rules, merged, replaced, split_at_placeholders

LEAST_KNOWN = 4
"""Characters: a shorter value is hidden only where it is all of a text, for it stands everywhere."""
LEAST_PART = 12
MOST_FOUND = 500
"""Values that rules may find and that are remembered: a page may show any number of what looks like one. What is known to be secret for
another reason, because it was typed blindly or asked for, is remembered whatever a page shows."""
_LEARNED = frozenset(PLACEHOLDERS) - {"mail", "hidden"}
"""Kinds whose values are secret wherever they stand; mail addresses and the user's own words are found by their rules anyway."""
_QUESTION = re.compile(
    r"pass[ _-]?(?:word|code|phrase|wort|key)|kennwort|passwd|geheim|secret|credential|api[ _-]?key|schlüssel|recovery|seed|card number"
    r"|\b(?:pwd|pin|token|otp|2fa|mfa|cvv?2?|cvc2?|code|iban|clave)\b|kartennummer|mot de passe|contrase[ñn]a|senha|palavra-passe|c[óo]digo"
    r"|wachtwoord|has[łl]o|l[öo]senord|adgangskode|passord|salasana|parola|[şs]ifre|heslo|jelsz[óo]|lozinka|geslo|κωδικ|비밀번호|암호|كلمة|סיסמה"
    r"|mật khẩu|kata sandi|รหัส|\btan\b|security question|maiden name|unlock pattern|\b(?:the|your|my) key\b|on the card"
    r"|密码|密碼|口令|验证码|暗証番号|パスワード|認証コード|парол|\bкод\b",
    re.IGNORECASE,
)


def asks_for_secret(question: str) -> bool:
    """Whether the answer to a question is a secret, whatever it looks like; what is only spoken of by its placeholder is not asked for."""
    return _QUESTION.search(" ".join(split_at_placeholders(question))) is not None


class Redactor:
    """The rules, and what was learned while they were applied. Finds and redacts as `Rules` do. Callable from any thread."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.known: dict[str, str] = {}
        """Kinds by the values that are known to be secret."""
        self._found = 0
        self._lock = threading.RLock()
        self._forms: re.Pattern[str] | None = None
        self._kind_of: dict[str, str] = {}

    def learn(self, value: str, kind: str = PASSWORD) -> bool:
        """From now on hide a value wherever it stands; says whether it is new."""
        value = value.strip()
        if not value or value in self.known or value in PLACEHOLDERS.values():
            return False
        with self._lock:
            self.known = {**self.known, value: kind, **dict.fromkeys(_drawn_parts(value), kind)}
            self._forms = None
        return True

    def learn_found(self, value: str, kind: str) -> bool:
        """The same for what a rule has found, which finds it again: of these no more than `MOST_FOUND` are remembered."""
        if self._found >= MOST_FOUND or not self.learn(value, kind):
            return False
        self._found += 1 + len(_drawn_parts(value.strip()))
        return True

    def learn_from(self, text: str) -> bool:
        """Learn what the rules find in a text; says whether anything is new."""
        found = [self.learn_found(text[find.start : find.end], find.kind) for find in self.rules.each(text) if find.kind in _LEARNED]
        return any(found)

    def find(self, text: str) -> list[Find]:
        """The secrets in a text, in order, without overlaps."""
        return merged([*self.rules.find(text), *self._again(text)])

    def redact(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The text with a placeholder in the place of each secret, and the kinds that were found."""
        finds = self.find(text)
        return replaced(text, finds), tuple(find.kind for find in finds)

    def redact_typed(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The same for what is typed: a piece of a known value is hidden, too, however short, if all of the text is that piece."""
        if text and not split_placeholder(text) and (kind := self._piece_of(text)):
            return PLACEHOLDERS[kind], (kind,)
        return self.redact(text)

    def _piece_of(self, text: str) -> str | None:
        folded = text.strip().casefold()
        if len(folded) < 2:
            return None
        return next((kind for value, kind in self.known.items() if folded in value.casefold()), None)

    def _again(self, text: str) -> Iterator[Find]:
        whole = text.strip()
        if whole in self.known:
            yield Find(text.index(whole), text.index(whole) + len(whole), self.known[whole])
            return
        if not self.known:
            return
        with self._lock:
            forms = self._forms = self._forms or self._compile()
        for match in forms.finditer(text):
            yield Find(match.start(), match.end(), self._kind_of.get(match[0].casefold(), PASSWORD))

    def _compile(self) -> re.Pattern[str]:
        """One expression for every form in which a known value may be written: as it is, in JSON, in an address, without its spaces."""
        self._kind_of = {}
        for value, kind in self.known.items():
            if len(value) >= LEAST_KNOWN:
                forms = {
                    value,
                    json.dumps(value)[1:-1],
                    json.dumps(value, ensure_ascii=False)[1:-1],
                    repr(value)[1:-1],
                    quote(value, safe=""),
                }
                forms |= {re.sub(r"[\s-]", "", value)} if kind in ("card", "iban", "key") else set()
                self._kind_of |= {form.casefold(): kind for form in forms}
        forms_in_order = sorted(self._kind_of, key=len, reverse=True)
        return re.compile("|".join(map(_bounded, forms_in_order)) or r"(?!)", re.IGNORECASE)


def _drawn_parts(value: str) -> list[str]:
    """The parts of an address or a cookie that are secret by themselves: long, and no words."""
    parts = re.split(r"[/=;&?:,@\s\"']+", value)
    return [part for part in parts if part != value and len(part) >= LEAST_PART and (re.search("[0-9]", part) or part.lower() != part)]


def split_placeholder(text: str) -> bool:
    """Whether a text holds a placeholder already."""
    return len(split_at_placeholders(text)) > 1


def _bounded(form: str) -> str:
    """A known word stands for itself, not for a part of longer words; what no word looks like stands for itself anywhere."""
    plain = re.fullmatch(r"[a-z]+|[0-9]+", form)
    body = re.escape(form).replace(r"\ ", r"\s+")
    return rf"(?<![A-Za-z0-9]){body}(?![A-Za-z0-9])" if plain else body
