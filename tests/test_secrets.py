"""What counts as a secret: every kind, in time linear in the text, and hardly anything that is none."""

from __future__ import annotations

import random
import string

import pytest
from own_time import own_seconds

from recordings.secrets.checks import is_pass_phrase, key_length
from recordings.secrets.memory import Redactor, asks_for_secret
from recordings.secrets.rules import Rules, load_rules
from tests.planted import KINDS

ORDINARY = [
    "pass: 3, fail: 2", "Password:", "Forgot your password?", "The password is wrong.", "Change password", "password fields are hidden",
    "bin boot dev etc home lib media mnt opt proc root run sbin srv sys tmp usr var", "IMG_20240101_123456_Burst.jpg", "1.234.567.890.123.456",
    "550e8400-e29b-41d4-a716-446655440000", "def find(token: str)", "if token is None:", "Documents/Jane/Letters/Report2024Final/v2/summary",
    "https://host:8080/@scope/pkg", "icon@2x.png", "Screenshot_2024-01-01_at_10.11.12", "a quick brown fox jumps over the lazy dog near the river bank",
    "12,345.67 + 8,900.00 = 21,245.67", "Donaudampfschifffahrtsgesellschaftskapitaen", "the tokens are counted in thousands", "[secret] and [token]",
    "2026-11-25 01:51:55 2026-11-26 01:51:55", "git checkout feature/JIRA-1234-add-new-login-page", "libreoffice-writer-calc-impress-draw-7.4",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_hidden_in_the_words_around_it(kind: str) -> None:
    draw, rules = random.Random(kind), Rules()
    for _ in range(40):
        text, secret = KINDS[kind](draw)
        clean, found = rules.redact(text)
        assert found and secret not in clean, text
        assert len(secret) < 12 or not any(secret[at : at + 6] in clean for at in range(len(secret) - 5)), f"{text} → {clean}"
        assert rules.redact(clean) == (clean, ()), "what was hidden is not hidden again"


def test_keys_of_more_services_are_hidden() -> None:
    """Their makers write them in forms of their own: drawn here, so that no file holds one."""
    draw, letters = random.Random(3), string.ascii_letters + string.digits

    def some(alphabet: str, *lengths: int) -> str:
        return "-".join("".join(draw.choice(alphabet) for _ in range(length)) for length in lengths)

    uuid, block = (some("0123456789abcdef", 8, 4, 4, 4, 12) for _ in range(2))
    written = [
        "A3-" + some(string.ascii_uppercase, 6, 6, 5, 5, 5, 5), "v1.0-" + some("0123456789abcdef", 24, 146), f"sdk-{uuid}", f"access-sandbox-{block}",
        "pul-" + some("0123456789abcdef", 40), "lsv2_pt_" + some("0123456789abcdef", 32), "bkua_" + some("0123456789abcdef", 40),
        "eyJ" + ".".join(some(letters, length) for length in (40, 80, 16, 60, 22)),
    ]  # fmt: skip
    for secret in written:
        for text in (secret, f"see {secret} there", f"it is {secret}."):
            clean = Rules().redact(text)[0]
            assert secret[-16:] not in clean and secret[8:24] not in clean, f"{text} → {clean}"


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_stays(text: str) -> None:
    assert Rules().redact(text) == (text, ())


def seconds_of_search(part: str, size: int) -> float:
    """What it takes to look for secrets in so many characters of this, again and again."""
    text = (part * (size // len(part) + 1))[:size]
    return own_seconds(lambda: Rules().find(text))


@pytest.mark.parametrize(
    "part",
    ["a", "1 ", "A", "-", "a:", "://a", "password ", "password is ", "eyJ", "word ", "-----BEGIN KEY-----", "curl -u a ", "/reset/a", "?token=", "@a.", "DE89 "],
)  # fmt: skip
def test_searching_takes_time_in_proportion_to_the_text(part: str) -> None:
    short = min(seconds_of_search(part, 30_000 + more) for more in range(2))
    assert seconds_of_search(part, 120_000) < max(12 * short, 0.5), "four times the text, and far more than four times the time"


def test_hardly_a_random_key_is_missed_and_hardly_a_name_is_taken_for_one() -> None:
    draw = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    keys = ["".join(draw.choice(letters) for _ in range(32)) for _ in range(500)]
    assert sum(key_length(key) == 0 for key in keys) <= 2
    names = [
        "-".join(draw.sample(["report", "final", "Draft", "2024", "Version2", "meeting", "Notes", "v3", "copy", "Invoice"], 5))
        for _ in range(500)
    ]
    assert sum(key_length(name) > 0 for name in names) <= 2


def test_what_is_known_is_hidden_wherever_it_stands() -> None:
    redactor = Redactor(Rules())
    assert redactor.learn_from('log in as jane with the password "Sword fish"')
    for text in ("typing Sword fish", "SWORD FISH", 'type(text="Sword fish")', "q=Sword%20fish", "Sword  fish"):
        assert "[secret]" in redactor.redact(text)[0] and "fish" not in redactor.redact(text)[0].lower()
    redactor.learn_from("Cookie: sid=4UwqQO5X6dNBAywsW0vCZS; theme=dark")
    assert redactor.redact("I type 4UwqQO5X6dNBAywsW0vCZS now")[0] in ("I type [token] now", "I type [key] now")
    redactor.learn("1234")
    assert redactor.redact("code 1234 of 12345")[0] == "code [secret] of 12345"
    redactor.learn('a"b\\c')
    assert "b" not in redactor.redact('text="a\\"b\\\\c"')[0].replace("[secret]", "")


def test_questions_about_secrets_are_known_in_several_languages() -> None:
    for question in (
        "What is the password?",
        "Which code did they send?",
        "PIN?",
        "Wie lautet das Passwort?",
        "¿Cuál es la contraseña?",
        "Your API key?",
    ):
        assert asks_for_secret(question)
    for question in ("Which file?", "Save it as what?", "“Edit” may mean 1: … Which?", "Shall I go on?"):
        assert not asks_for_secret(question)


def test_a_pass_phrase_is_told_from_a_sentence() -> None:
    for phrase in ("correct horse battery staple", "Correct-Horse-Battery-Staple7", "lunar.velvet.orbit.candle.frost"):
        assert is_pass_phrase(phrase)
    for text in ("see you at the station", "hello there", "one two", "The quick brown fox, and so on", "notes.txt"):
        assert not is_pass_phrase(text)


def test_the_user_lets_windows_be_kept(tmp_path) -> None:
    (tmp_path / "redact.txt").write_text("show window: XTerm\nBluebird\n")
    rules = load_rules(tmp_path / "redact.txt")
    assert rules.shown == ("xterm",) and rules.redact("bluebird")[0] == "[hidden]"


@pytest.mark.parametrize(
    "label",
    [
        "wachtwoord",
        "Hasło",
        "lösenord",
        "salasana",
        "parola",
        "şifre",
        "heslo",
        "jelszó",
        "비밀번호",
        "كلمة المرور",
        "סיסמה",
        "mật khẩu",
        "κωδικός",
    ],
)
@pytest.mark.parametrize("between", [": ", " = ", " -> ", " → ", ":"])
def test_what_stands_after_a_password_in_any_language_is_hidden(label: str, between: str) -> None:
    assert "xk9vQ2pw" not in Rules().redact(f"note {label}{between}xk9vQ2pw and on")[0]


@pytest.mark.parametrize(
    "question",
    ["wachtwoord?", "Hasło?", "비밀번호?", "Welche TAN?", "Your mother's maiden name?", "What is the key?", "number on the card?"],
)
def test_questions_after_secrets_are_known_in_any_language(question: str) -> None:
    assert asks_for_secret(question)
    assert not asks_for_secret("Which of the two keyboards?")


@pytest.mark.parametrize("between", [" ", "-", ".", "/", ",", " , ", "·", "|", "\t", "  "])
def test_a_card_is_known_whatever_parts_it(between: str) -> None:
    assert "4111" not in Rules().redact(f"pay with {between.join(('4111', '1111', '1111', '1111'))} please")[0]


@pytest.mark.parametrize(
    "address",
    ["https://open.feishu.cn/open-apis/bot/v2/hook/8f3a-11aa-99bc", "https://webhook.site/8f3a11aa-99bc-4d", "https://ntfy.sh/mysecrettopic9",
     "https://events.pagerduty.com/integration/0123456789abcdef0123456789abcdef/enqueue"],
)  # fmt: skip
def test_hooks_are_hidden(address: str) -> None:
    assert address not in Rules().redact(f"post to {address} now")[0]
