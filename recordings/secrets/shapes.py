"""The shapes of secrets: what providers' keys begin with, what stands after a label, what an address carries.

Every expression is anchored by a rare beginning or by what may not stand before it, and repeats within bounds, so that a text is searched
in time linear in its length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from recordings.secrets import checks

Kind = Literal["password", "card", "iban", "token", "key", "phrase", "mail", "hidden"]


@dataclass(frozen=True, slots=True)
class Shape:
    """One rule: where its expression matches, its group `secret`, or else the whole match, is a secret as far as `length` says."""

    name: str
    kind: Kind
    pattern: re.Pattern[str]
    length: Callable[[str], int] = len

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where it finds secrets in a text."""
        group = "secret" if "secret" in self.pattern.groupindex else 0
        for match in self.pattern.finditer(text):
            if length := self.length(match[group]):
                yield match.start(group), match.start(group) + length


_WORDY = r"A-Za-z0-9_"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PREFIXED = {
    "github": r"gh[opsur]_[A-Za-z0-9]{12,}|github_pat_[A-Za-z0-9_]{16,}",
    "gitlab": r"gl(?:pat|dt|rt|oas|cbt|ptt|ft|imt|agent|soat|ffct)-[A-Za-z0-9_.-]{12,}",
    "slack": r"xox[abceoprs][.-][A-Za-z0-9.-]{12,}|xapp-[A-Za-z0-9-]{12,}",
    "stripe": r"(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{12,}|whsec_[A-Za-z0-9+/=]{12,}",
    "aws": r"(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA|AGPA|ANPA|ANVA)[A-Za-z0-9]{12,}",
    "google": r"AIza[A-Za-z0-9_-]{12,}|ya29\.[A-Za-z0-9_./-]{12,}|GOCSPX-[A-Za-z0-9_-]{12,}|1//[A-Za-z0-9_-]{30,}",
    "models": r"sk-[A-Za-z0-9_./+=-]{12,}|(?:gsk|hf|r8|pplx|xai|nvapi|tgp_v1|fw)[_-][A-Za-z0-9_-]{12,}",
    "npm": r"npm_[A-Za-z0-9]{12,}",
    "pypi": r"pypi-[A-Za-z0-9_-]{12,}",
    "docker": r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{12,}",
    "twilio": r"(?:AC|SK)[0-9a-f]{32}",
    "sendgrid": r"SG\.[A-Za-z0-9_-]{12,}\.[A-Za-z0-9_-]{12,}",
    "telegram": r"[0-9]{8,10}:[A-Za-z0-9_-]{30,}",
    "digitalocean": r"do[opr]_v1_[a-f0-9]{12,}",
    "shopify": r"shp(?:at|ca|pa|ss)_[A-Za-z0-9]{12,}",
    "mailgun": r"key-[0-9a-z]{24,}|[0-9a-f]{32}-us[0-9]{1,2}",
    "atlassian": r"AT(?:ATT3x|CTT3x|BB)[A-Za-z0-9_=+/-]{12,}",
    "databricks": r"dapi[0-9a-f]{24,}",
    "vault": r"hv[sbr]\.[A-Za-z0-9_-]{12,}",
    "services": r"(?:lin_api|ntn|figd|glc|glsa|sntrys|sntryu|nfp|sbp|pscale_tkn|pscale_pw|rubygems|tskey|dop|shippo_live|pat|ops|lsv2_pt|lsv2_sk|bk[a-z]a)_"
                r"[A-Za-z0-9_+=.-]{16,}|NRAK-[A-Z0-9]{16,}|sq0[a-z]{3}-[A-Za-z0-9_-]{16,}|EAA[A-Za-z0-9]{24,}|dp\.(?:pt|st|ct)\.[A-Za-z0-9]{16,}"
                r"|tskey-[A-Za-z0-9-]{16,}|AGE-SECRET-KEY-1[A-Z0-9]{16,}|pul-[0-9a-f]{32,}|v1\.0-[0-9a-f]{16,}-[0-9a-f]{32,}"
                rf"|(?:access-(?:sandbox|development|production)|sdk|mob|api)-{_UUID}|A3-[A-Z0-9]{{6}}(?:-[A-Z0-9]{{5,6}}){{5}}",
    "discord": r"[MNO][A-Za-z0-9_-]{22,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}",
    "wallet": r"[5KL][1-9A-HJ-NP-Za-km-z]{50,51}|xprv[1-9A-HJ-NP-Za-km-z]{50,}",
}  # fmt: skip

_HOOKS = (
    r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<slack>[A-Za-z0-9/_-]{8,})"
    r"|discord(?:app)?\.com/api/(?:v[0-9]+/)?webhooks/[A-Za-z0-9/_-]{8,}|[A-Za-z0-9.-]{1,80}\.webhook\.office\.com/[A-Za-z0-9/@_.-]{8,}"
    r"|hooks\.zapier\.com/hooks/[A-Za-z0-9/_-]{6,}|chat\.googleapis\.com/v1/spaces/[^\s\"'<>]{8,}|/hooks/[a-z0-9]{20,}"
    r"|maker\.ifttt\.com/[^\s\"'<>]{8,}|api\.telegram\.org/bot[^\s\"'<>]{8,}|/open-apis/bot/v2/hook/[A-Za-z0-9-]{8,}|webhook\.site/[A-Za-z0-9-]{8,}"
    r"|events\.pagerduty\.com/integration/[A-Za-z0-9]{8,}|ntfy\.sh/[A-Za-z0-9_-]{8,}"
)

_LONG_LABELS = (
    r"pass[ _-]?(?:word|wort|wd|code|phrase|key)s?|password[ _-]?hash|kennwort|geheimzahl|mot de passe|phrase secr[eè]te|contrase[ñn]a|senha"
    r"|palavra-passe|密码|密碼|口令|パスワード|暗証番号|парол[ьяю]|wachtwoord|toegangscode|has[łl]o|l[öo]senord|adgangskode|passord|salasana|parola|[şs]ifre|heslo|jelsz[óo]|lozinka|geslo|slaptažodis"
    r"|κωδικός|비밀번호|암호|كلمة (?:المرور|السر)|סיסמה|mật khẩu|kata sandi|รหัสผ่าน|client[ _-]?secret|secret(?:[ _-]?(?:access[ _-]?)?key)?|api[ _-]?(?:key|token|secret)"
    r"|app[ _-]?(?:key|secret|password)|access[ _-]?(?:key|token)|account[ _-]?key|shared[ _-]?access[ _-]?key|auth[ _-]?(?:key|token)"
    r"|refresh[ _-]?token|id[ _-]?token|session[ _-]?(?:id|token|key)|csrf[ _-]?token|reset[ _-]?(?:token|code)|bearer[ _-]?token|private[ _-]?key"
    r"|signing[ _-]?key|encryption[ _-]?key|master[ _-]?key|recovery[ _-]?(?:code|key)s?|backup[ _-]?codes?|security[ _-]?code"
    r"|verification[ _-]?code|(?:one|single)[ -]time[ _-]?(?:password|code)|confirmation[ _-]?code|activation[ _-]?(?:code|key)|licen[sc]e[ _-]?key"
    r"|product[ _-]?key|access[ _-]?code|login[ _-]?code|credentials?|token|jsessionid|phpsessid|sessionid|connect\.sid|asp\.net_sessionid"
)
_SHORT_LABELS = r"(?<![A-Za-z])(?:pin|tan|otp|totp|2fa|mfa|psk|cvv2?|cvc2?|pwd|pw|pass|puk)"
_LABELS = rf"(?:{_LONG_LABELS}|{_SHORT_LABELS})"
_EMPTY = r"(?:none|null|nil|true|false|yes|no|str|string|text|bytes|int|required|optional|empty|unset|unknown|hidden|n/?a|your|my|the|a)(?=[\s.,;:)\]}\"']|$)"
_NO_VALUE = rf"(?!\[(?:secret|card|iban|token|key|phrase|mail|hidden)\]|[*•●·.]{{2,}}|[$%]?[{{<(]|{_EMPTY})"
_BARE = rf"{_NO_VALUE}[^\s\"'“„«]\S{{0,400}}"
_SETS = r"[\"'\]]{0,2}\s{0,3}(?:=>|:=|->|→|[:=：＝])\s{0,3}"
_IS = r"\s{1,3}(?:is|ist|lautet|est|es|é|=)\s{1,3}"
_TO = r"\s{1,3}(?:was|to|as|with|von|auf|en|à)\s{1,3}"
_SAYS = rf"(?:{_IS}|{_TO}|\s{{1,3}})"
_ABOUT = (
    r"(?!(?:wrong|in\w*|required|not|too|empty|weak|strong|expired|correct|missing|hidden|shown|this|that|there|here|on|at|of|to|for|needed|stored|"
    r"saved|already|used|set|changed|shorter|longer|visible|valid|accepted|asked|kept|safe|secure|ready|never|always|only|just|also|being|written|"
    r"typed|sent|known|lost|gone|same|different|falsch|nicht|zu|leer|erforderlich|korrekt|richtig|incorrecte?|obligatoire|vide|trop|requise?|"
    r"incorrecta|obligatoria|vac[ií]a|muy)(?![a-z]))"
)
"""What is said of passwords."""
_UNSURE = r"(?=\S{0,80}[0-9@#$%^&*_+]|\S{0,80}[!?]\S)"
"""After words that go on in sentences a bare value must look like none of their words."""


_LABEL = re.compile(rf"(?<!\[)(?:{_LONG_LABELS})|(?P<short>{_SHORT_LABELS})(?![A-Za-z])", re.IGNORECASE)


def _after(expression: str, length: Callable[[str], int]) -> tuple[re.Pattern[str], Callable[[str], int]]:
    return re.compile(expression, re.IGNORECASE), length


def _unkept(text: str) -> int:
    """All of what stands in quotation marks, unless it is a placeholder already."""
    return 0 if re.fullmatch(r"\[[a-z]{3,6}\]", text) else len(text)


_AFTER_LABEL = (
    _after(rf"(?:{_SETS}|{_SAYS})(?P<quote>[\"'`])(?P<secret>(?:(?!(?P=quote))[^\n]){{1,200}})(?P=quote)", _unkept),
    _after(rf"(?:{_SETS}|{_SAYS})[“„«‘](?P<secret>[^“”»’\n]{{1,200}})[”“»’]", _unkept),
    _after(rf"{_SETS}(?P<secret>{_BARE})", checks.bare_length),
    _after(rf"{_IS}(?P<secret>(?=\S{{4}}){_ABOUT}{_BARE})", checks.bare_length),
    _after(rf"{_TO}(?P<secret>{_UNSURE}{_BARE})", checks.bare_length),
    _after(rf"\s{{1,3}}(?P<secret>{_UNSURE}(?=\S{{4}})(?!\S{{0,80}}[:=](?:\s|$)){_BARE})", checks.bare_length),
)
"""What may follow a label: a value in quotation marks; after a colon; after "is"; after "to" and the like; or at once."""
SHORT_VALUE = 3
"""Characters that a value needs after a label that is short, too: tests say "pass: 3"."""


def labelled(text: str) -> Iterator[tuple[int, int]]:
    """Where values of passwords, tokens and the like stand, told by the word before them."""
    for label in _LABEL.finditer(text):
        for pattern, length in _AFTER_LABEL:
            match = pattern.match(text, label.end())
            if match and (size := length(match["secret"])) and (size >= SHORT_VALUE or not label["short"]):
                yield match.start("secret"), match.start("secret") + size
                break


_ADDRESS_KEYS = (
    r"(?:access_?|id_?|refresh_?|reset_?|reset_password_?|confirmation_?|invitation_?|invite_?|auth_?|login_?|verify_?|session_?|oob|security_?|"
    r"unsubscribe_?|magic_?)?(?:token|code|key|hash|ticket|secret|signature|sig|password|passwd|pwd|otp|jwt|session|sid|nonce|auth)"
    r"|api_?key|x-amz-(?:signature|credential|security-token)|awsaccesskeyid|client_secret"
)

SHAPES: tuple[Shape, ...] = (
    Shape("mail", "mail", re.compile(r"(?<![A-Za-z0-9._%+'-])[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}\.(?!(?:png|svg|jpe?g|gif|ico|webp|css|js|ts)(?![A-Za-z]))[A-Za-z]{2,24}")),
    *(
        Shape(name, "token", re.compile(rf"(?<![{_WORDY}])(?:{pattern})"))
        for name, pattern in _PREFIXED.items()
    ),
    Shape("jwt", "token", re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*){0,3}")),
    Shape("hook", "token", re.compile(_HOOKS)),
    Shape("bearer", "token", re.compile(r"\b[Bb](?:earer|EARER)\s{1,3}(?P<secret>[A-Za-z0-9._~+/=-]{8,})")),
    Shape("authorisation", "token", re.compile(r"\b(?:proxy-)?authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?P<secret>(?!\[)[^\s\"'][^\n\"']{3,400})", re.I)),
    Shape("cookie", "token", re.compile(r"\b(?:set-)?cookie[\"']?\s{0,3}:\s{0,3}[\"']?(?P<secret>[A-Za-z0-9_.$-]{1,80}=[^\n\"']{4,2000})", re.I)),
    Shape("userinfo", "password", re.compile(r"://[^\s:/@\"'<>]{0,256}:(?P<secret>(?![0-9]{1,5}(?:/|$))(?!\[secret\]@)[^\s\"'<>]{1,256})@(?=[A-Za-z0-9\[])")),
    Shape("address", "token", re.compile(rf"[?&#;](?:{_ADDRESS_KEYS})=(?P<secret>[A-Za-z0-9%._~+/=-]{{6,}})", re.I)),
    Shape(
        "reset link", "token",
        re.compile(
            r"/(?:reset|verify|confirm|confirmation|invite|invitation|magic|magic-link|activate|activation|set-password|new-password|"
            r"password[-_]?reset|reset[-_]?password|forgot|recover|login|sso|unsubscribe|auth|email-verification|passwords?)"
            r"/(?:[a-z]{1,12}/){0,2}(?P<secret>(?=[A-Za-z_.=~-]{0,40}[0-9])[A-Za-z0-9_.=~-]{16,})",
            re.I,
        ),
    ),
    Shape(
        "reset link of letters", "token",
        re.compile(
            r"/(?:reset|verify|confirm|confirmation|invite|invitation|magic|magic-link|activate|activation|set-password|new-password|"
            r"password[-_]?reset|reset[-_]?password|forgot|recover|login|sso|unsubscribe|auth|email-verification|passwords?)"
            r"/(?:[a-z]{1,12}/){0,2}(?P<secret>[A-Za-z]{12,})(?![\w.-])",
            re.I,
        ),
        checks.letters_length,
    ),
    Shape(
        "session", "token",
        re.compile(
            r"(?<![\w-])(?:[a-z]{1,12}[_.-]){0,2}(?:session|sess|sid|sessid|session[_-]?id|s_?id|remember[_-]?(?:me|token)|xsrf-token|csrftoken|csrf)"
            r"=(?P<secret>[A-Za-z0-9%._~+/:|-]{6,400})",
            re.I,
        ),
        checks.session_length,
    ),
    Shape("social security", "hidden", re.compile(r"(?<![\w.-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![\w-]|\.[0-9])")),
    Shape("named number", "hidden", re.compile(
        r"\b(?:ssn|social[ -]security|s\.s\.n\.|itin|nino|national insurance|tax ?(?:payer)? ?id|tin|cpf|curp|dni|nie|nif|nir|sozialversicherung\w*"
        r"|rentenversicherung\w*|steuer-?id\w*|steueridentifikations\w*|num[ée]ro de s[ée]curit[ée] sociale|codice fiscale|aadhaar|身份证号?码?|マイナンバー|снилс|инн)"
        r"(?:[ ](?:number|no\.?|nr\.?|num\.?|nummer|#))?(?:\s{0,2}[:=：#]|\s{1,2}(?:is|ist|est|es|lautet|é|:))?\s{0,3}"
        r"(?P<secret>(?=[A-Z0-9 ./-]{0,8}[0-9])[A-Z0-9](?:[ ./-]?[A-Z0-9]){6,19})(?![A-Za-z0-9])", re.I), checks.numbered_length),
    Shape(
        "key block", "key",
        re.compile(
            # One that is cut off where a field ends is hidden to its end.
            r"-----BEGIN [A-Z0-9 ]{0,40}KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]{0,40}KEY(?: BLOCK)?-----|\Z)|PuTTY-User-Key-File-.*\Z",
            re.DOTALL,
        ),
    ),
    Shape("ssh key", "key", re.compile(r"\b(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp[0-9]{3}|sk-ssh-ed25519@openssh\.com) AAAA[A-Za-z0-9+/=]{20,}")),
    Shape("password hash", "key", re.compile(r"\$(?:[0-9][a-z]?|y|argon2id?|argon2i|scrypt|pbkdf2[a-z0-9-]{0,10})\$[A-Za-z0-9./$,=+-]{16,}")),
    Shape("authenticator", "key", re.compile(r"otpauth(?:-migration)?://[^\s\"'<>]{4,}", re.I)),
    Shape("seed", "key", re.compile(r"(?<![A-Z0-9])(?:[A-Z2-7]{4}[ -]?){4,16}(?![A-Z0-9])|(?<![a-z0-9])(?:[a-z2-7]{4} ){3,15}[a-z2-7]{4}(?![a-z0-9])"), checks.seed_length),
    Shape("wifi", "password", re.compile(r"\bWIFI:[^\n]{0,200}?;P:(?P<secret>(?!\[)(?:\\.|[^;\n]){1,200})", re.I)),
    Shape("option", "password", re.compile(rf"--(?:[a-z]{{1,20}}-){{0,3}}(?:{_LABELS})(?:[ =]{{1,3}})(?P<secret>{_BARE})", re.I), checks.bare_length),
    Shape("client option", "password", re.compile(r"\b(?:curl|wget|http)\b[^\n|;]{0,200}?\s(?:-u|--user)[ =]{1,3}[\"']?[^\s:\"']{1,80}:(?P<secret>(?!\[)[^\s\"']{1,200})")),
    Shape("database option", "password", re.compile(r"\b(?:mysql|mysqldump|mysqladmin|mariadb|sshpass)\b[^\n|;]{0,200}?\s-p[ ]?[\"']?(?P<secret>(?!\[)[^\s\"'-][^\s\"']{1,200})")),
    Shape("netrc", "password", re.compile(r"\blogin\s{1,8}\S{1,80}\s{1,8}password\s{1,8}(?P<secret>(?!\[)\S{1,200})")),
    Shape("pass phrase", "password", re.compile(
        r"(?:pass[ _-]?phrase|seed[ _-]?phrase|recovery[ _-]?phrase|mnemonic|secret[ _-]?phrase|passwor[dt]|pass[ _-]?code|kennwort|contrase[ñn]a|senha)"
        rf"{_SETS}(?P<secret>{_NO_VALUE}[A-Za-z0-9][^\s,.;:]{{0,30}}(?:[ ][a-z][a-z0-9]{{2,14}}){{2,24}})", re.I), checks.words_length),
    Shape("one-time code", "password", re.compile(
        r"(?:code|kod|código|códe|验证码|認証コード|код|\bpin|\btan|\botp)(?:\s{0,2}[:=：]|\s{1,2}(?:is|ist|est|es|lautet|:))\s{0,3}(?P<secret>(?:[A-Z]{1,3}-)?[0-9](?:[ -]?[0-9]){3,9})(?![0-9])", re.I)),
    Shape("sent code", "password", re.compile(
        r"(?P<secret>(?<![0-9A-Za-z.-])[0-9]{3}[ -]?[0-9]{3})(?=\s{1,2}(?:is your|ist dein|ist ihr|est votre|es su|es tu|é o seu))", re.I)),
    Shape("product key", "key", re.compile(r"(?<![A-Z0-9-])(?:[A-Z0-9]{5}-){4}[A-Z0-9]{5}(?![A-Z0-9-])")),
    Shape("recovery code", "key", re.compile(
        r"(?<![A-Za-z0-9-])(?=[a-z]{0,4}[0-9])(?=[0-9]{0,4}[a-z])[a-z0-9]{5}-(?=[a-z]{0,4}[0-9])(?=[0-9]{0,4}[a-z])[a-z0-9]{5}(?![A-Za-z0-9-])")),
    Shape("random", "key", re.compile(r"(?<![A-Za-z0-9_/+=-])[A-Za-z0-9_/+=-]{20,}(?![A-Za-z0-9_/+=-])"), checks.key_length),
)  # fmt: skip
