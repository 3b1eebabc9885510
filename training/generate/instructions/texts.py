"""What people type: names, sentences, numbers, dates, prices, addresses, file names, in several alphabets."""

from __future__ import annotations

import random
from collections.abc import Callable

FIRST = (
    "Anna Ben Carla David Emma Felix Grace Hugo Ines Jonas Karin Leo Mia Noah Olga Paul Rosa Sam Tom Uma Vera Walter Yara Zoe Priya Chen Aisha Omar "
    "Björn Zoë José François Søren Łukasz Agnieszka Márta Ñico Jürgen Ayşe Dvořák Chloé Renée Åsa Øyvind Иван Ольга Дмитрий Наталья Γιώργος "
    "Ελένη Μαρία Νίκος Siobhán Mateus Linh Kofi Fatima Ahmed Yuki Mei Raj Lena Max Nina Oscar Petra Bob Alice Eve Mallory Jo Kim Lee Ali"
).split()
LAST = (
    "Smith Jones Brown Miller Schmidt Müller García Rossi Dupont Novák Kowalski Nilsen Hansen Jansen Silva Santos Ivanov Petrov Papadopoulos Kim Lee Nguyen "
    "Tanaka Singh Patel Khan Okafor Mbeki O'Brien McDonald Ångström Sørensen Wałęsa Núñez Côté Häkkinen Čapek Ștefan Öztürk Дунаев Козлова Weber Fischer"
).split()
CITIES = (
    "Rome Paris London Berlin Oslo Kraków Łódź München Zürich São Paulo|New York|Málaga|Αθήνα|Москва|Київ|Tromsø|Malmö|Düsseldorf|Lisbon|Prague|Vienna|Rio de Janeiro|"
    "Los Angeles|Reykjavík|Göteborg|Besançon|Budapest|Bristol|Leeds|Dublin|Ghent|Toronto|Nairobi|Osaka|Mumbai|Lima|Quito|Boston"
).replace(" Paris London Berlin Oslo Kraków Łódź München Zürich São Paulo", "|Paris|London|Berlin|Oslo|Kraków|Łódź|München|Zürich|São Paulo").split("|")  # fmt: skip
NOUNS = (
    "invoice report budget letter notes agenda list summary draft plan contract receipt photo poem essay recipe minutes schedule table chart logo "
    "backup readme manual thesis chapter song diary journal shopping holiday travel tax salary team project meeting garden kitchen birthday "
    "wedding school office client order delivery stock price sales winter spring summer autumn holidays cat dog house car bike boat train"
).split()
ADJECTIVES = "new old final first last big small red blue green quick slow nice long short secret open daily weekly monthly annual private public".split()
ENDINGS = (
    "txt txt txt md pdf pdf docx odt png jpg csv csv xlsx html py json tar.gz zip mp3 svg log c cpp yaml xml bak gif webp tex sh".split()
)
WORDS = (
    "the a one my our your this that and or but with for from about over under into before after day week month year people water morning evening night "
    "please remember send bring call meet buy read write finish start check update new good great small early late tomorrow today monday tuesday "
    "friday sunday milk bread butter eggs coffee tea apples rent keys phone number address home work office train bus flight hotel room table "
    "window door garden weather sun rain snow music film book story question answer idea problem change test hello world thanks regards dear all"
).split()
SENTENCES = (
    "hello world|Hello, world!|hi there|Dear all|Dear Mr Brown,|see you on Monday|See you tomorrow!|thank you very much|how are you?|Best regards, Anna|"
    "milk, eggs and bread|bread and butter|apples; pears; plums|to be or not to be|The quick brown fox jumps over the lazy dog|lorem ipsum|"
    "meeting moved to 3 pm|call me back|out of office until Friday|it's fine|don't panic|I'll be there at 8|we can't make it|happy birthday, Zoë!|"
    "Guten Tag|Grüße aus München|Straße 5|à bientôt|ça va ?|Où est la gare ?|¿Qué tal?|mañana por la mañana|Привет, мир|Добрый день|Καλημέρα|Γειά σου Κόσμε|"
    "Zażółć gęślą jaźń|dzień dobry|Příliš žluťoučký kůň|smørrebrød|Blåbærsyltetøy|năm mới|İstanbul'da|szép napot|obrigado|今日は|naïve café|crème brûlée|"
    "first draft|final version|to do|to-do|done|n/a|yes|no|ok|draft|test|testing 123|abc|foo|bar|asdf|some text|notes for the meeting|page 2 of 10|chapter one|"
    "x = y + 1|print('hi')|SELECT * FROM users|ls -la|cd ..|sudo apt update|git status|<b>bold</b>|# Heading|- item|a -> b|C:\\Temp|50% off|R&D|A/B test|"
    "1 + 1 = 2|Hello|Hi Tom|Good morning|Good night|Happy New Year|Merry Christmas|Sincerely yours|rain in the afternoon|buy flowers|pay the rent|"
    "water the plants|feed the cat|ask Bob about the keys|nothing to see here|all is well|The end|To whom it may concern|Please find attached the report"
).split("|")
DOMAINS = "example.com example.org mail.org posteo.de firma.de web.fr uni-graz.at company.co.uk shop.it test.net acme.io kontor.no".split()
SITES = "example.com www.example.org wikipedia.org news.site.com duckduckgo.com openstreetmap.org python.org debian.org localhost:8080 bbc.co.uk heise.de lemonde.fr".split()
MONTHS = "January February March April May June July August September October November December".split()
LINES = (
    "Dear Anna,|Dear all,|Hi Tom,|thank you for your letter.|see you on Monday|Kind regards|Best wishes,|Yours, Ben|milk|eggs|bread|2 x butter|apples|1. wash|2. dry|3. fold|"
    "Roses are red|Violets are blue|first line|second line|third line|Name: Carla|City: Oslo|Grüße|Привет|the meeting is at 10|please bring the keys|"
    "def f(x):|return x + 1|key = value|[section]|- one|- two|* star|Agenda|1) Welcome|2) Budget|3) Any other business|P.S. call me"
).split("|")


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
    return f"{local}@{rng.choice(DOMAINS)}"


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
    return f"{start}{rng.choice(SITES)}{path}"


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
    return f"{joined}.{rng.choice(ENDINGS)}" if rng.random() < 0.85 else joined


def path(rng: random.Random) -> str:
    place = rng.choice(("/tmp/", "~/", "Documents/", "~/Desktop/", "../", "C:\\Users\\Anna\\", "/etc/", "./", "Pictures/2024/"))
    return place + file_name(rng)


def person(rng: random.Random) -> str:
    first = rng.choice(FIRST)
    return rng.choice((first, first, f"{first} {rng.choice(LAST)}", f"{first} {rng.choice(LAST)}", first.lower()))


def city(rng: random.Random) -> str:
    return rng.choice(CITIES)


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
    return rng.choice(SENTENCES)


def lines(rng: random.Random) -> str:
    """Text of several lines; in some, lines end as sentences do."""
    made = [
        rng.choice(LINES) if rng.random() < 0.6 else rng.choice((some_words, sentence))(rng) for _ in range(rng.choice((2, 2, 3, 3, 4, 5)))
    ]
    if rng.random() < 0.45:
        made = [line + rng.choice("....!?") if line[-1].isalnum() and rng.random() < 0.75 else line for line in made]
    return "\n".join(made)


MAKERS: tuple[tuple[Callable[[random.Random], str], int], ...] = (
    (sentence, 22), (some_words, 20), (word, 12), (person, 8), (number, 8), (file_name, 8), (email, 4), (url, 3), (date, 5), (price, 4), (city, 3), (code, 4),
    (noun_phrase, 6), (path, 1),
)  # fmt: skip
_MAKERS, _WEIGHTS = zip(*MAKERS, strict=True)


def any_text(rng: random.Random) -> str:
    """One line of anything that is typed."""
    return str(rng.choices(_MAKERS, _WEIGHTS)[0](rng))


FIELDS: tuple[tuple[str, Callable[[random.Random], str]], ...] = (
    ("Name", person), ("First name", person), ("Last name", lambda rng: rng.choice(LAST)), ("Full name", person), ("Surname", lambda rng: rng.choice(LAST)),
    ("City", city), ("Town", city), ("Address", lambda rng: f"{rng.choice(LAST)} Street {rng.randint(1, 200)}"), ("Street", lambda rng: f"{rng.choice(NOUNS).capitalize()} Road {rng.randint(1, 99)}"),
    ("Postcode", lambda rng: str(rng.randint(1000, 99999))), ("ZIP code", lambda rng: str(rng.randint(10000, 99999))), ("Country", lambda rng: rng.choice(("Norway", "Österreich", "España", "Polska", "Ελλάδα", "France", "India", "Brazil", "Canada"))),
    ("Email", email), ("E-mail address", email), ("Phone", code), ("Mobile", code), ("Password", code), ("User name", lambda rng: rng.choice(FIRST[:26]).lower()), ("Username", lambda rng: rng.choice(FIRST[:26]).lower()), ("Title", noun_phrase),
    ("Subject", sentence), ("To", email), ("Cc", email), ("Message", sentence), ("Comment", sentence), ("Description", some_words), ("Notes", some_words), ("Age", lambda rng: str(rng.randint(1, 99))),
    ("Date", date), ("Date of birth", date), ("Start date", date), ("Amount", price), ("Price", price), ("Total", price), ("Quantity", lambda rng: str(rng.randint(1, 500))), ("Width", lambda rng: str(rng.randint(1, 4000))), ("Height", lambda rng: str(rng.randint(1, 4000))),
    ("File name", file_name), ("Folder", path), ("Location", path), ("Search", word), ("Find", word), ("Filter", word), ("URL", url), ("Address bar", url), ("Website", url), ("Size", lambda rng: str(rng.randint(6, 96))), ("Font size", lambda rng: str(rng.randint(6, 96))), ("Tab width", lambda rng: str(rng.randint(1, 8))),
    ("Copies", lambda rng: str(rng.randint(1, 50))), ("Port", lambda rng: str(rng.randint(1, 65535))), ("Host", url), ("Server", url), ("Company", noun_phrase), ("Reference", code), ("Invoice number", code), ("Customer", person), ("Tags", word), ("Category", word),
    ("Percent", lambda rng: str(rng.randint(1, 400))), ("Left", lambda rng: str(rng.randint(0, 99))), ("Timeout", lambda rng: str(rng.randint(1, 600))), ("Label", word), ("Author", person), ("Year", lambda rng: str(rng.randint(1950, 2035))), ("Pages", lambda rng: f"{rng.randint(1, 9)}-{rng.randint(10, 40)}"),
)  # fmt: skip
"""Fields that many forms have, and what is written into them."""
