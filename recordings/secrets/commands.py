"""Secrets in command lines: which option of which program carries one, what is fed to a program that asks, and files of log-ins."""

from __future__ import annotations

import re
from collections.abc import Iterator

_QUOTED = r"\"(?:(?P<double>(?:\\.|[^\"\\\n]){1,200})|(?P<plain>[^\"\n]{1,200}))\"|'(?P<single>[^'\n]{1,200})'"
"""Plain: with a backslash before the mark that ends it, as of a folder of Windows."""
_LETTER = r"(?:\\[^\s\w]|[^\s\"'|;&<>])"
"""What a word without quotes is made of; a backslash takes their meaning from signs."""
_VALUE = rf"(?:{_QUOTED}|(?P<bare>(?![-$<\[|&;*/]|%\w+%){_LETTER}{{1,200}}))"
_SLASHED = rf"(?:{_QUOTED}|(?P<bare>(?![-$<\[|&;*]|%\w+%){_LETTER}{{1,200}}))"
_REFERENCE = re.compile(r"\$[\w{(].*|(?:[^\s:]{1,80}:)?\[[a-z]{3,6}\]|[*•]+|%\w+%|<[\w -]+>")
"""What stands for a value that is elsewhere, or is hidden already."""
_LITERAL, _EXPANDED = frozenset({"single", "both_single"}), frozenset({"double", "plain", "both_double"})
"""In single quotes a dollar sign is one, and no reference."""
_HOLDING = (*sorted(_LITERAL | _EXPANDED), "bare")
_LONGEST = 400
"""Characters of a command line that are searched."""


def _after(option: str, between: str = r"[ =]{1,3}") -> re.Pattern[str]:
    return re.compile(rf"(?<!\S)(?:{option}){between}{_SLASHED}")


def _pair(option: str, who: str, sign: str, bare: str) -> re.Pattern[str]:
    """Who logs in, and behind a sign with what: quoted together or each by itself."""
    both = rf"\"{who}{sign}(?P<both_double>(?!\[)(?:\\.|[^\"\\\n]){{1,200}})\"|'{who}{sign}(?P<both_single>(?!\[)[^'\n]{{1,200}})'"
    return re.compile(rf"(?<!\S)(?:{option})(?:{both}|[\"']?{who}{sign}(?:{_QUOTED}|(?P<bare>{bare})))")


_P, _CAPITAL_P, _ATTACHED = _after("-p"), _after("-P"), _after("-p(?!=)", "")
_PROGRAMS: dict[str, tuple[re.Pattern[str], ...]] = {
    r"redis-cli|keydb-cli|valkey-cli": (_after("-a|--pass"),),
    r"(?:docker|podman|nerdctl|buildah|skopeo|oras|crane|helm|az|oc|cf|ibmcloud|heroku|rclone|snap|snapcraft|ghcr|regctl)"
    r"(?:[ ][a-z-]{1,20}){0,2}[ ]login": (_P, _ATTACHED),
    r"ldap(?:search|modify|add|delete|passwd|whoami|compare|modrdn|exop)": (_after("-w", r"[ =]{0,3}"), _after("-s|-a")),
    r"mysql|mysqldump|mysqladmin|mysqlimport|mariadb(?:-dump|-admin)?|mycli": (_ATTACHED,),
    r"sshpass": (_after("-p", r"[ ]{0,3}"),),
    r"curl|wget|http|https|xh": (
        _pair("(?:-u|-U|--user|--proxy-user|-a|--auth)[ =]{0,3}", r"[^\s:\"'/]{1,80}", ":", r"(?!\[)[^\s\"']{1,200}"),
        _pair("(?:-b|--cookie)[ =]{0,3}", r"[\w.$-]{1,80}", "=", r"(?!\[)[^\s\"']{1,400}"),
        _after("--oauth2-bearer"),
    ),
    r"net(?:\.exe)? use": (
        re.compile(rf"/user:\S{{1,80}}[ ]{{1,3}}{_VALUE}", re.I), re.compile(rf"\\\\\S{{1,120}}[ ]{{1,3}}{_VALUE}(?=[ ]{{1,3}}/user:)", re.I),
    ),
    r"openssl": (re.compile(rf"-pass(?:in|out)?[ ]{{1,3}}[\"']?pass:{_SLASHED}"), _after("-k|-K")),
    r"gpg2?|gpg-preset-passphrase|borg|restic|duplicity": (_after("--passphrase"),),
    r"zip|unzip|zipcloak|zipnote|7zip": (_after("-P", r"[ ]{0,3}"),),
    r"7z|7za|7zr|7zz|p7zip": (_ATTACHED,),
    r"rar|unrar": (_after("-h?p", ""),),
    r"smb(?:client|get|map|cacls|tree)|rpcclient|net rpc|winexe|pth-[a-z]{2,12}": (
        _pair("(?:-U|--user)[ =]{0,3}", r"[^\s%\"']{1,80}", "%", r"(?!\[)[^\s\"']{1,200}"),
    ),
    r"mongo|mongosh|mongo(?:dump|restore|export|import|stat|top)": (_P, _ATTACHED),
    r"htpasswd": (re.compile(rf"(?<!\S)-[A-Za-z]{{0,6}}b[A-Za-z]{{0,6}}[ ]{{1,3}}(?:[^\s-]\S{{0,120}}[ ]{{1,3}}){{1,2}}{_SLASHED}[ ]{{0,3}}(?=$|[\n|;&])"),),
    r"rdesktop|xfreerdp3?|wlfreerdp3?|sdl-freerdp3?|mstsc|evil-winrm|crackmapexec|netexec|nxc|impacket-\w{2,20}": (
        _P, re.compile(rf"(?<!\S)/p(?:wd|assword)?:{_SLASHED}", re.I),
    ),
    r"lftp|ncftp(?:put|get)?|ftp|sftp": (
        _P, _pair("-u[ ]{0,3}", r"[^\s,\"']{1,80}", ",", r"(?!\[)[^\s\"']{1,200}"),
    ),
    r"keytool|jarsigner|apksigner|pkcs12": (_after(r"-(?:store|key|src(?:store|key)|dest(?:store|key)|new)?pass(?:wd|word)?"),),
    r"sqlcmd|isql|bcp|osql|tsql|freebcp": (_after("-P", r"[ ]{0,3}"),),
    r"sqlplus|sqlldr|expdp|impdp|rman|sqlcl": (_pair("", r"[\w$#]{1,40}", "/", r"(?![-$<\[/])[^\s@/\"']{1,120}(?=@|\s|$|[\"'])"),),
    r"nmcli|iwctl|netsh|wpa_cli|networksetup": (_after(r"password|--passphrase|key|wpa-psk|wifi-sec\.psk|802-11-wireless-security\.psk|psk"),),
    r"ipmitool|mosquitto_(?:pub|sub|rr)|racadm|amtterm": (_CAPITAL_P, _after("-p(?=[ ]{1,3}[^0-9])")),
    r"snmp(?:walk|get|set|getnext|bulkwalk|trap|inform)": (_after("-A|-X"),),
    r"psexec(?:64)?|paexec|winrs|wmic|runas|schtasks": (_after(r"[-/]p(?:assword)?|[-/]rp", r"[ :=]{1,3}"),),
    r"aws configure set": (_after(r"\S{0,80}(?:secret|token|password|access_key)\w{0,20}", r"[ ]{1,3}"),),
    r"npm config set|yarn config set|pnpm config set": (_after(r"\S{0,120}(?:_authToken|_auth|_password)"),),
}  # fmt: skip
_PROGRAM = re.compile("|".join(rf"(?P<p{place}>{names})" for place, names in enumerate(_PROGRAMS)))
_STARTS = re.compile(rf"(?<![\w.@-])(?:{_PROGRAM.pattern})(?:\.exe)?(?![\w.-])", re.I)
_OPTIONS = tuple(_PROGRAMS.values())
_REST = re.compile(r"(?:\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|\\[^\n]|[^\n|;&])*")
"""The rest of a command: what parts commands does so outside quotes alone."""
_CONTINUED = re.compile(r"\\\r?\n[ \t]{0,200}|(?<=[ \t])[`^]\r?\n[ \t]{0,200}")
"""A line that goes on in the next: in a Unix shell, and in those of Windows."""
_MORE = re.compile(r"(?=[\w\\$'\"])(?:\"(?!\s)(?:\\.|[^\"\\\n]){1,200}\"|'(?!\s)[^'\n]{1,200}'|\\[^\s]|[^\s\"'\\|;&<>]){1,200}")
"""What follows a quotation in the same word: a shell takes them for one."""

_TAKES = (
    r"(?:\S{0,80}/)?(?:sudo\b[^\n|]{0,80}?[ ](?:-[A-Za-z]{0,8}S[A-Za-z]{0,8}|--stdin)(?![\w-])"
    r"|(?:sudo[ ]{1,3}(?:-\S{1,8}[ ]{1,3}){0,3})?(?:\S{0,80}/)?(?:chpasswd|kinit|smbpasswd|cryptsetup|su|veracrypt|ecryptfs-\w{2,30}|encfs|ssh-add|age)\b"
    r"|[^\n|]{1,120}?(?:--stdin|--password-stdin|--pass-stdin|--token-stdin|--with-token|--passphrase-fd|-passin[ ]stdin|-pass[ ]stdin|-S[ ]-k)(?![\w-]))"
)
"""Programs that take a secret from what is fed to them."""
_FED = (
    re.compile(rf"(?<![\w.-])(?:echo|printf|yes)[ ]{{1,3}}(?:-[neE]{{1,3}}[ ]{{1,3}}){{0,2}}(?:{_QUOTED}|(?P<bare>(?![-$<\[])[^\n|\"']{{1,200}}?))[ ]{{0,3}}\|[ ]{{0,3}}{_TAKES}"),
    re.compile(rf"(?<![\w.-]){_TAKES}[^\n<|]{{0,120}}<<<[ ]{{0,3}}{_SLASHED}"),
)  # fmt: skip
_FEEDS = re.compile(r"(?<![\w.-])(?:echo|printf|yes)[ ]|<<<")
"""What anything is fed by: without it nothing is looked for."""
_LINES = (
    # What follows a program's name, or a name that follows it, at once.
    re.compile(rf"(?<![\w.@-])(?:vault login|tailscale up|ngrok (?:config )?add-authtoken)[ ]{{1,3}}{_VALUE}"),
    re.compile(rf"(?<![\w.@-])(?:net(?:\.exe)? user|cf auth|rabbitmqctl (?:add_user|change_password))[ ]{{1,3}}[^\s/-]\S{{0,80}}[ ]{{1,3}}{_VALUE}", re.I),
    re.compile(rf"(?<![\w.@-])wpa_passphrase[ ]{{1,3}}(?:\"[^\"\n]{{1,64}}\"|'[^'\n]{{1,64}}'|[^\s\"']{{1,64}})[ ]{{1,3}}{_SLASHED}"),
    re.compile(r"\bjdbc:oracle:(?:thin|oci[0-9]?):[^\s/:@]{1,80}/(?P<bare>(?!\[)[^\s@]{1,200})@", re.I),
    # A line of .pgpass: host, port, database, user, password.
    re.compile(r"^[A-Za-z0-9*._-]{1,120}:(?:[0-9]{3,5}|\*):[^\s:]{1,80}:[^\s:]{1,80}:(?P<bare>(?!\[)\S{1,200})$", re.M),
    re.compile(r"\b(?:machine[ \t]{1,8}\S{1,120}|default)\s{1,8}(?:login|user)\s{1,8}\S{1,80}\s{1,8}(?:account\s{1,8}\S{1,80}\s{1,8})?password\s{1,8}(?P<bare>(?!\[)\S{1,200})"),
    # Who, and with what, at a host without a scheme: an address of mail is told by its own shape.
    re.compile(
        r"(?<![\w.:/@%+-])[A-Za-z][\w.+-]{0,40}:(?P<bare>(?![\[$])[^\s:@/\"'<>\[\]]{3,200})@(?=[A-Za-z0-9.-]{1,120}(?::[0-9]{2,5}(?![0-9A-Za-z])|:?/|:~)"
        r"|localhost\b|(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b)"),
    re.compile(r"\bidentified[ ]{1,3}(?:with[ ]{1,3}\S{1,40}[ ]{1,3})?by[ ]{1,3}(?:password[ ]{1,3})?" + rf"(?:{_QUOTED})", re.I),
    re.compile(rf"\bset[ ]{{1,3}}password\b[^\n;]{{0,80}}?=[ ]{{0,3}}(?:password\()?(?:{_QUOTED})", re.I),
    re.compile(r"(?P<bare>(?<=:_authToken=)[^\s\"'\[$]{4,200})"),
)  # fmt: skip


def in_commands(text: str) -> Iterator[tuple[int, int]]:
    """Where secrets stand in command lines, and in the lines of files that log in."""
    if _CONTINUED.search(text) is None:
        yield from _on_lines(text)
        return
    joined, places = _joined(text)
    for start, end in _on_lines(joined):
        yield places[start], places[end - 1] + 1


def _joined(text: str) -> tuple[str, list[int]]:
    """The text with its continued lines as one each, and where each of its characters stood."""
    joined, places, end = "", list[int](), 0
    for found in [*_CONTINUED.finditer(text), None]:
        upto = found.start() if found is not None else len(text)
        joined += text[end:upto]
        places += range(end, upto)
        if found is not None:
            end = found.end()
            if found[0][-1] in " \t" and not joined.endswith((" ", "\t")):
                joined += " "
                places.append(end - 1)
    return joined, places


def _on_lines(text: str) -> Iterator[tuple[int, int]]:
    for start in _STARTS.finditer(text):
        rest = _REST.match(text, start.end(), start.end() + _LONGEST)
        end = rest.end() if rest else start.end()
        for option in _OPTIONS[int(str(start.lastgroup)[1:])]:
            for found in option.finditer(text, start.end(), end):
                yield from _secret(found)
    for line in _LINES:
        for found in line.finditer(text):
            yield from _secret(found)
    if _FEEDS.search(text):
        for fed in _FED:
            for found in fed.finditer(text):
                yield from _secret(found)


def _secret(found: re.Match[str]) -> Iterator[tuple[int, int]]:
    name = next((name for name in _HOLDING if found.groupdict().get(name)), None)
    if name is None or (_REFERENCE.fullmatch(found[name]) and not (name in _LITERAL and found[name].startswith("$"))):
        return
    start, end = found.span(name)
    after = end + (name != "bare")
    more = _MORE.match(found.string, after, after + _LONGEST) if name != "bare" or _opens_at(found.string, end) else None
    if more is None:
        yield start, end - 2 * found[name].endswith("\\n")
    else:  # with its mark: what is left of a pair would begin another
        yield start - (name != "bare" and found.string[start - 1] in "\"'"), more.end()


def _opens_at(text: str, place: int) -> bool:
    """Whether a quotation begins there, in the middle of a word: of those before it in the line, each has ended."""
    mark = text[place : place + 1]
    return mark in ("'", '"') and text.count(mark, max(text.rfind("\n", 0, place), place - _LONGEST, 0), place) % 2 == 0
