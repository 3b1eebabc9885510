"""Secrets to plant, drawn from a seed and so in no file: each kind alone, and as people and programs write it.

`SECRETS` are told by their own shape; `KINDS` are texts that hold one, with what of them must be kept nowhere.
"""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable

_WORDS = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"
_PLAIN = (
    "abandon ability absent absorb abstract absurd access accident account accuse achieve acid acoustic acquire across action actor actual adapt "
    "addict address adjust admit adult advance advice aerobic affair afford afraid again agent agree airport aisle alarm album alcohol alert alien "
    "alpha already amateur amazing among amount amused analyst anchor ancient anger angle angry animal ankle announce annual answer antenna antique "
    "anxiety apart apology appear apple approve april arch arctic area arena argue armed armor army arrest arrive arrow artist artwork aspect asset"
).split()  # fmt: skip


def _run(draw: random.Random, alphabet: str, length: int) -> str:
    return "".join(draw.choice(alphabet) for _ in range(length))


def _base64(draw: random.Random, size: int) -> str:
    return base64.b64encode(draw.randbytes(size)).decode()


def _digits(draw: random.Random) -> str:
    """Sixteen digits with a right check digit."""
    digits = [draw.choice("3456")] + [draw.choice(string.digits) for _ in range(14)]
    total = sum(int(one) if place % 2 else sum(divmod(2 * int(one), 10)) for place, one in enumerate(digits))
    return "".join(digits) + str(-total % 10)


def card(draw: random.Random) -> str:
    """A card's number, written in one of the ways in which people write them."""
    number, gap = _digits(draw), draw.choice(["", " ", "-"])
    return gap.join(number[start : start + 4] for start in range(0, 16, 4))


def dotted_card(draw: random.Random) -> str:
    number = _digits(draw)
    return draw.choice([".", "\u00a0"]).join(number[start : start + 4] for start in range(0, 16, 4))


def iban(draw: random.Random) -> str:
    country, length = draw.choice([("DE", 18), ("GB", 18), ("FR", 23), ("NL", 14), ("ES", 20), ("CH", 17)])
    rest = (
        _run(draw, string.ascii_uppercase, 4) + _run(draw, string.digits, length - 4)
        if country in ("GB", "NL")
        else _run(draw, string.digits, length)
    )
    number = int("".join(str(int(one, 36)) for one in f"{rest}{country}00"))
    whole = f"{country}{98 - number % 97:02}{rest}"
    return " ".join(whole[at : at + 4] for at in range(0, len(whole), 4)) if draw.random() < 0.6 else whole


def mail(draw: random.Random) -> str:
    return f"{_run(draw, string.ascii_lowercase, 6)}.{_run(draw, string.ascii_lowercase, 5)}@{_run(draw, string.ascii_lowercase, 7)}.org"


def token(draw: random.Random) -> str:
    return draw.choice(["hf" + "_", "sk" + "-", "ghp" + "_", "AKIA", "glpat" + "-"]) + _run(draw, _WORDS, 32)


def key(draw: random.Random) -> str:
    """A key in hexadecimal, or in letters and digits."""
    return _run(draw, _HEX, 40) if draw.random() < 0.5 else "aB3" + _run(draw, _WORDS, 40)


def block(draw: random.Random) -> str:
    """A private key as its file holds it, shortened."""
    dashes, kind = "-" * 5, draw.choice(["", "RSA ", "EC ", "OPENSSH "])
    body = "\n".join(_run(draw, _WORDS + "+/", 64) for _ in range(3))
    return f"{dashes}BEGIN {kind}PRIVATE{' '}KEY{dashes}\n{body}\n{dashes}END {kind}PRIVATE{' '}KEY{dashes}"


def jwt(draw: random.Random) -> str:
    parts = (json.dumps({"alg": "HS256"}), json.dumps({"sub": _run(draw, _HEX, 12)}))
    head = ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)
    return f"{head}.{_run(draw, _WORDS + '-_', 43)}"


def totp(draw: random.Random) -> str:
    seed = (
        _run(draw, string.ascii_uppercase + "234567", 13)
        + _run(draw, "234567", 1)
        + "K7"
        + _run(draw, "ABCDEFG", 4)
        + "3H5J"[: draw.choice([0, 4])]
    )
    return " ".join(seed.lower()[at : at + 4] for at in range(0, len(seed), 4)) if len(seed) % 4 == 0 and draw.random() < 0.5 else seed


def recovery(draw: random.Random) -> str:
    return " ".join(draw.choice(_PLAIN) for _ in range(draw.choice([12, 24])))


def telegram(draw: random.Random) -> str:
    return f"{draw.randrange(10**8, 10**10)}:AA{_run(draw, _WORDS + '-_', 33)}"


SECRETS: dict[str, Callable[[random.Random], str]] = {
    "card": card, "mail": mail, "token": token, "key": key, "block": block, "dotted card": dotted_card, "iban": iban, "jwt": jwt,
    "cloud secret": lambda draw: _base64(draw, 30)[:40], "google": lambda draw: "AI" + "za" + _run(draw, _WORDS + "_-", 35),
    "stripe": lambda draw: draw.choice(["sk", "rk"]) + "_live_" + _run(draw, _WORDS, 24), "npm": lambda draw: "npm" + "_" + _run(draw, _WORDS, 36),
    "pypi": lambda draw: "pypi" + "-AgEIcHlwaS5vcmc" + _run(draw, _WORDS + "_-", 60), "docker": lambda draw: "dckr" + "_pat_" + _run(draw, _WORDS, 27),
    "twilio": lambda draw: "SK" + _run(draw, _HEX, 32), "sendgrid": lambda draw: f"SG.{_run(draw, _WORDS, 22)}.{_run(draw, _WORDS, 43)}",
    "slack": lambda draw: "xox" + f"b-{draw.randrange(10**11)}-{_run(draw, _WORDS, 24)}", "telegram": telegram,
    "recovery phrase": recovery, "authenticator": lambda draw: f"otpauth://totp/Shop:jane?secret={_run(draw, 'ABCDEFGH234567', 32)}&issuer=Shop",
    "ssh key": lambda draw: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA" + _run(draw, _WORDS + "+/", 44),
    "password hash": lambda draw: f"$6${_run(draw, _WORDS, 12)}${_run(draw, _WORDS + './', 86)}",
    "product key": lambda draw: "-".join(_run(draw, string.ascii_uppercase + string.digits, 5) for _ in range(5)),
}  # fmt: skip

Holding = tuple[str, str]
"""A text, and what of it is secret."""


def _password(draw: random.Random) -> str:
    return draw.choice([
        _run(draw, string.ascii_lowercase, draw.randint(5, 9)) + _run(draw, string.digits, draw.randint(1, 4)),
        _run(draw, _WORDS + "!$%&*+#?", draw.randint(8, 16)) + "x7",
    ])  # fmt: skip


def _in(*forms: str, secret: Callable[[random.Random], str] = _password) -> Callable[[random.Random], Holding]:
    def make(draw: random.Random) -> Holding:
        value = secret(draw)
        return draw.choice(forms).replace("{}", value), value

    return make


def _letters(draw: random.Random) -> str:
    return _run(draw, _WORDS, 22)


KINDS: dict[str, Callable[[random.Random], Holding]] = {
    **{name: _in("{}", "it is {}", "see {} there", secret=make) for name, make in SECRETS.items()},
    "labelled password": _in("password: {}", "Password = {}", "passwd={}", "pwd: {}", "my password is {}.", "the password is \"{}\""),
    "password in other words": _in("Passwort: {}", "Kennwort lautet \"{}\"", "mot de passe : {}", "contraseña: {}", "senha: {}", "пароль: {}", "密码：{}"),
    "environment": _in("export DB_PASSWORD={}", "MYSQL_PWD={}", "SECRET_KEY='{}'", "API_TOKEN: {}", "\"client_secret\": \"{}\""),
    "connection": _in("postgres://app:{}@db.example.org:5432/shop", "mongodb+srv://root:{}@c.example.net", "https://jane:{}@git.example.org/x.git",
                      secret=lambda draw: _password(draw).translate(str.maketrans("#?", "-_"))),
    "connection string": _in("Server=db;User Id=sa;Password={};Database=shop", "AccountName=x;AccountKey={};EndpointSuffix=y",
                             secret=lambda draw: _base64(draw, 33)),
    "header": _in("Authorization: Bearer {}", "authorization: Basic {}", "curl -H 'Authorization: token {}' https://x.org", secret=_letters),
    "cookie": _in("Cookie: sid={}; theme=dark", "Set-Cookie: SESSION={}; HttpOnly", secret=_letters),
    "hook": _in("https://hooks.slack.com/services/T0/B0/{}", "https://discord.com/api/webhooks/123456789/{}", secret=_letters),
    "link": _in("https://shop.example.org/reset-password/{}", "https://example.org/login?token={}&next=home", "https://example.org/verify?email=1&code={}",
                secret=lambda draw: _run(draw, _WORDS, 18) + "4f7"),
    "option": _in("deploy --password {} --force", "gh --token={} list", "curl -u jane:{} https://example.org", "mysql -u root -p{} shop", "sshpass -p {} ssh x",
                  secret=lambda draw: _run(draw, string.ascii_lowercase, 8) + _run(draw, string.digits, 3)),
    "seed": _in("{}", "set up key {}", secret=totp),
    "one-time code": _in("Your verification code is {}", "code: {}", "{} is your login code", secret=lambda draw: _run(draw, "123456789", 6)),
    "pass phrase": _in("passphrase: {}", "Pass phrase = {}", "recovery phrase: {}", secret=lambda draw: " ".join(draw.sample(_PLAIN, 5))),
    "pin": _in("PIN: {}", "the PIN is {}", "pin={}", secret=lambda draw: _run(draw, "123456789", draw.choice([4, 6]))),
    "wifi": _in("WIFI:T:WPA;S:home;P:{};;", secret=lambda draw: _run(draw, _WORDS, 14)),
    "netrc": _in("machine example.org login jane password {}"),
}  # fmt: skip
