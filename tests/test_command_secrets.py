"""Secrets that stand in command lines, in files that log in, in links and after names of numbers; and what only looks like them."""

from __future__ import annotations

import pytest
from test_secrets import seconds_of_search

from recordings.secrets.rules import Rules

SECRET = "swordfish"
HOLDING = (
    'redis-cli -h db -a {} ping', 'docker login -u jane -p {} registry.example.org', 'docker login --username jane --password {} x',
    'ldapsearch -x -D cn=admin -w {} -b dc=x', 'ldapmodify -w{} -f a', 'mysql -uroot -p{} shop', "mysql -p'{}' -u root",
    'sshpass -p {} ssh host', 'sshpass -p{} ssh host', 'curl -u jane:{} https://example.org', 'curl https://example.org -u jane:{}',
    'curl --user jane:{} x', 'wget --password={} x', 'echo {} | sudo -S apt update', "echo '{}' | sudo -kS ls", 'sudo -S ls <<< {}',
    "printf '{}\\n' | sudo --stdin ls", 'jdbc:oracle:thin:scott/{}@//db.example.org:1521/shop', 'sqlplus scott/{}@shop',
    'jdbc:mysql://db/shop?user=a&password={}', 'jane:{}@example.org', 'rsync a jane:{}@10.0.0.7:/x', 'jane:{}@db-host:5432',
    'machine example.org login jane password {}', 'machine example.org\n  login jane\n  password {}',
    'default login anonymous password {}', 'db.example.org:5432:shop:jane:{}', '*:*:*:jane:{}', 'net user jane {} /add',
    'net user jane {}', 'net use Z: \\\\srv\\share /user:jane {}', 'openssl rsa -in k.pem -passin pass:{}',
    'openssl enc -aes-256-cbc -pass pass:{} -in a', 'openssl enc -k {} -in a', 'gpg --batch --passphrase {} -c a',
    'gpg --passphrase={} -c a', 'zip -P {} -r a.zip b', 'unzip -P {} a.zip', '7z a -p{} a.7z b', '7z x a.7z -p{}', 'rar a -hp{} a.rar b',
    'unrar x -p{} a.rar', 'az login -u jane -p {}', 'az login --service-principal -u app -p {} --tenant t',
    'aws configure set aws_secret_access_key {}', 'aws configure set aws_session_token {}', 'FOO_PASSWORD={} cmd',
    'PGPASSWORD={} psql -h db', 'env DB_PASS={} ./run', 'export API_SECRET={}', 'MYSQL_PWD={} mysql', 'set FOO_PASSWORD={}',
    "$env:FOO_TOKEN='{}'", 'smbclient //srv/share -U jane%{}', 'mount -t cifs //s/x /mnt -o username=jane,password={}',
    'psql postgresql://jane:{}@db/shop', 'mongosh -u root -p {} --host x', 'mongodump -u=a -p={}', 'htpasswd -b .htpasswd jane {}',
    'echo jane:{} | chpasswd', "echo 'jane:{}' | sudo chpasswd", 'echo {} | passwd --stdin jane', 'rdesktop -u jane -p {} host',
    'xfreerdp /u:jane /p:{} /v:host', 'nmcli dev wifi connect home password {}', 'keytool -storepass {} -keypass {}',
    'helm registry login -u a -p {} x', 'npm config set //registry.npmjs.org/:_authToken {}', '//registry.npmjs.org/:_authToken={}',
    'git clone https://jane:{}@git.example.org/x', 'lftp -u jane,{} ftp.example.org', 'ncftp -u jane -p {} host',
    'svn co --password {} x', 'ansible-playbook -e ansible_password={} x', 'echo -n {} | cryptsetup open /dev/sda1 x -',
    'winrs -r:h -u:a -p:{} x', 'psexec \\\\h -u jane -p {} cmd', 'sqlcmd -S db -U sa -P {}', 'isql -U sa -P {}', 'wpa_passphrase home {}',
    'ipmitool -U a -P {} power', 'snmpwalk -v3 -A {} -X {} h', 'kubectl create secret generic x --from-literal=password={}',
    'vault login {}x9', 'mosquitto_pub -u a -P {} -t x', "ALTER USER jane WITH PASSWORD '{}'", "CREATE USER jane IDENTIFIED BY '{}'",
    "SET PASSWORD FOR jane = '{}'", "curl -s https://example.org \\\n      -u jane:{}", "mysqldump \\\n  -h db \\\r\n  -p{} shop",
    "docker login x ^\n  -u jane `\n  -p {}", "docker login x -u 'a&b' -p {}", "redis-cli -u \"a;b|c\" -a {} ping",
    "curl -A 'a; b' -u jane:{} x",
)  # fmt: skip
"""Lines that hold a password that is a word, so that nothing but its place tells it."""
QUOTED = (
    ("redis-cli -h db -a '{}' ping", "p;q;swordfish"), ("redis-cli -a '{}'", "$swordfish"), ("redis-cli -a '{}'", "${swordfish}"),
    ("smbclient //srv/share -U 'jane%{}'", "ab&swordfish"), ("curl -u 'jane:{}' x", "a b|swordfish"), ('curl -u "jane:{}" x',
    "a'b; swordfish"),
    ("curl -u jane:'{}' x", "a; swordfish"), ('curl -u jane:"{}" x', "a & swordfish"), ("lftp -u 'jane,{}' h", "a;swordfish"),
    ("sqlplus 'scott/{}@shop'", "a;swordfish"), ('sqlplus scott/"{}"@shop', "a@swordfish"), ("curl -b 'sid={}' x", "abc; t=swordfish"),
    ('redis-cli -a "{}" ping', r"a\"b;swordfish"), ("redis-cli -a {} ping", r"a\&b\;swordfish"), ("redis-cli -a {} ping",
    "'a;b'\"c d\"swordfish"),
    ("redis-cli -a {} ping", "ab'; swordfish'"), ("curl -u jane:{} x", 'ab"; swordfish"'), ("redis-cli \\\n  -a '{}'", "$a;swordfish"),
    ('7z a -p"{}" a.7z', "C:\\swordfish\\"), ("mysql -p'{}' shop", "a;b swordfish"),
)  # fmt: skip
"""Lines, and a password that a shell reads as one word, whatever signs stand in it."""
SHAPED = (
    'https://shop.example.org/reset-password/qwmzkfbtrlpxhdgj',
    'https://example.org/users/password/edit?reset_password_token=qwmzkfbtrlpx', 'https://example.org/account/verify/hgkdslqwpzmxnbvc',
    'session=qwmzkfbtrlpx', 'sid=qwmzkfbt; path=/', "curl -b 'sid=qwmzkfbt' x", 'PHPSESSID=qwmzkfbtrlpx', 'JSESSIONID=ABCDEFGHIJ',
    'SSN: 078-05-1120', 'my social security number is 123-45-6789', '123-45-6789', 'Authorization: Basic amFuZTpzd29yZGZpc2g=',
    "-H 'Authorization: Basic amFuZTp4'",
)  # fmt: skip
"""Lines whose secret is told by its shape as well."""
ORDINARY = (
    'docker run -p 8080:80 nginx', 'docker login registry.example.org', 'mkdir -p a/b/c', 'redis-cli -h host -p 6379 ping',
    'ssh -p 2222 host', 'zip -r a.zip folder', 'unzip a.zip -d out', 'curl -u jane https://example.org',
    'curl -b cookies.txt https://example.org', 'curl -a file https://example.org', 'openssl x509 -in a.pem -noout -text',
    'openssl rsa -in k.pem -passin stdin', 'net user', 'net user jane', 'net user jane * /add', 'net user jane /delete',
    'net use Z: \\\\srv\\\\share', '7z a a.7z folder', '7z x a.7z', 'ldapsearch -x -W -D cn=admin', 'cp -p a b', 'nmcli dev wifi list',
    'nmcli connection show', 'echo hello | sudo tee /etc/hosts', 'echo done', 'echo "a b" | grep a', 'yes | apt install vim',
    "printf 'a\\n' | sort", 'sqlplus / as sysdba', 'sqlplus /nolog', 'rsync -a a host:/b', 'rsync -a a jane@host:/b',
    'az login --use-device-code', 'aws configure set region eu-west-1', 'aws configure', 'psexec -s cmd', 'gcc -pthread a.c',
    'python -m pip install x', 'session=default', 'session=plasmawayland', 'export XDG_SESSION=gnome', 'sid=1', 'localhost:8080',
    'image:tag@sha256:0a1b', 'note: meeting 10:30@room', 'file.c:120:5: error: expected', 'host:port:database:user',
    'https://example.org/login/administrator', 'https://example.org/auth/authentication',
    'https://example.org/account/password/instructions', 'https://example.org/unsubscribe/newsletters',
    'https://example.org/confirm/registration', 'phone 030-123-4567', 'order 12-345-6789', 'part 123-456-7890', '2026-11-27',
    'the tax id is required', 'mysql -u root -p', 'mysql -u root shop', 'mongosh --port 27017', 'sshpass -f file ssh host',
    'htpasswd -c file jane', 'xfreerdp /v:host /u:jane', 'lftp ftp.example.org', 'gpg --passphrase-fd 0 -d a',
    'keytool -list -keystore a.jks', 'git log -p file', 'ls -a -P', 'sudo -S ls', 'su - jane', 'at 10:30', 'helm install -p x',
    'net start service', 'HTTP is a protocol', 'echo hi | wc -l', 'wget -P folder https://example.org', 'ping -c 3 host', 'FOO=bar cmd',
    'npm config set registry https://registry.example.org', 'ratio 3:4@home', '10:20:30:40:50', 'kinit jane', 'git push origin main',
    'DATABASE: shop, user: jane', 'snap install vlc', 'az vm list', 'he is at -p home', 'a sid=abc test', 'PATH=/usr/bin:/bin cmd',
    'dni number: see below', 'RFC 2616 and RFC 2119', 'rfc7231', 'http://user@host/path', 'tin can number 12',
    'curl http://localhost:3000/a -u', 'Address 123 Main Street', 'redis-cli -a "$REDIS_PASSWORD" ping',
    'redis-cli -a $REDIS_PASSWORD ping',
    "curl 'https://example.org/?a=1&b=2' -o 'a b.html'", "curl https://example.org \\\n  -o page.html", "mysql 'shop'; echo -pthread",
)  # fmt: skip


def test_what_a_program_is_given_to_log_in_with_is_hidden() -> None:
    for line in HOLDING:
        of_a_file = line.startswith(("db.", "*:"))  # a line of a file of passwords is a whole one
        for text in (line, f"first\n{line}\nand last", *(() if of_a_file else (f"then $ {line}",))):
            clean, kinds = Rules().redact(text.replace("{}", SECRET))
            assert SECRET not in clean and kinds, clean
            assert Rules().redact(clean)[0] == clean, "what was hidden is not hidden again"


def test_what_is_quoted_is_one_word_whatever_signs_stand_in_it() -> None:
    for line, secret in QUOTED:
        for text in (line, f"first; {line} && last"):
            clean, kinds = Rules().redact(text.replace("{}", secret))
            assert "swordfish" not in clean and kinds, clean
            assert not line.endswith((" ping", " shop", " x")) or clean.split()[-1] in ("ping", "shop", "x", "last"), clean
            assert Rules().redact(clean)[0] == clean


def test_a_mark_that_has_no_fellow_ends_nothing() -> None:
    assert "[secret]; don't" in Rules().redact(f"it's redis-cli -a {SECRET}; don't use zip -P")[0]
    assert Rules().redact("curl 'https://example.org; docker run -u jane:tarzan x")[0].endswith("jane:tarzan x"), "another command"


def test_what_stands_for_a_secret_that_is_elsewhere_stays() -> None:
    for line in HOLDING:
        text = line.replace("'{}'", "{}").replace("{}", "[secret]")
        assert Rules().redact(text)[0] == text


def test_links_cookies_and_numbers_of_people_are_hidden() -> None:
    assert [line for line in SHAPED if not Rules().redact(line)[1]] == []


def test_ordinary_command_lines_stay() -> None:
    assert [(line, clean) for line in ORDINARY if (clean := Rules().redact(line)[0]) != line] == []


PARTS = (
    "curl ", "docker a ", "docker login ", "net user a ", "echo a ", "echo a | sudo ", "<<< ", "sid=a ", "a:1234:b:c:d\n", "identified by ",
    "set password ", "/reset/aaaaaaaaaaaaaaaa", "ssn 1", "sqlplus a ", "mysql -p", "machine a ", "a:b@", "a:bcd@e ", "session.",
    "123-45-", "\\\\a ", "curl '", 'curl "\\"', "curl \\\n ", "redis-cli -a 'x'y", "zip -P 'a -P ", "curl -u a:'b'c'd -u ",
    "mysql \\\r\n   -p'a\\",
)  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_searching_command_lines_takes_time_in_proportion_to_the_text(part: str) -> None:
    short = min(seconds_of_search(part, 10_100 + more) for more in range(2))
    assert seconds_of_search(part, 40_400) < max(12 * short, 0.5), "four times the text, and far more than four times the time"
