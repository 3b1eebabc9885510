"""What is typed, where its end or its sense is hard to tell: apostrophes and commas, addresses, keys between texts, a text said before
it is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from training.generate.instructions import steps as say
from training.generate.instructions import texts
from training.generate.instructions.draft import Clause, Draft, Step
from training.generate.instructions.keys import NAMED
from training.generate.instructions.parts import chained, click, press, spelled_out, type_
from training.generate.instructions.procedures import procedure

_SUBJECTS = "it|that|this|he|she|there|what|who|where|everything|the train|the cake|my cat|dinner|the meeting".split("|")
_PREDICATES = "half past 8|late|fine by me|too cold, too wet and too windy|Anna's turn|nearly done, I think|a bit odd|at 5, not at 6|all yours|raining again|time to go, then|John's and Mary's|over there|good enough; really|the 3rd of May|cheap, fast and good|10 o'clock sharp".split("|")  # fmt: skip
_TAGS = ("", "", ", isn't it?", ", isn't it", ", right?", ", don't you think?", ", I'd say.", " - or is it?", "!", "...", ", so let's go", ", that's all.", "?")  # fmt: skip
_MORE = (
    "don't forget: we've got Tom's keys, Ann's bag and the dog's lead|I can't, won't and shouldn't|Let's meet at Pia's, 7.30, ok?|Yes, and no.|Well, that's that.|What's up, Doc?|"
    "if it's not there, it's gone|You're late. We're not.|Dear Ms O'Neill, it's done.|5 o'clock, the usual place, don't be late!|Rock 'n' roll|that's Jo's, not Al's|Stop. Wait. Go.|"
    "We'll see; I'm not sure, to be honest.|Hello there|hi there|over here|come in|see you there|I was here|sign in here|Good morning, everybody. It's me again.|first, second and third|"
    "press any key, then wait|open the door, then close it|click here to go on|save our souls|to be, or not to be: that's the question|Thanks, that's great. Bye.|you, me and them|then and now|up and down, left and right"
).split("|")  # fmt: skip


def lively(draft: Draft) -> str:
    """A text with apostrophes, commas and full stops in it, or with words that mean something else outside quotes."""
    if draft.chance(0.5):
        return draft.pick(_MORE)
    text = (
        draft.pick(_SUBJECTS)
        + draft.pick(("'s", " is", "'s not", " wasn't", " isn't", "'ll be"))
        + " "
        + draft.pick(_PREDICATES)
        + draft.pick(_TAGS)
    )
    return text[0].upper() + text[1:] if draft.chance(0.4) else text


def punctuated(draft: Draft) -> Clause:
    """Such a text typed, between quotes mostly, and something after it."""
    text = lively(draft)
    plain = not set(text) & set(",;.:!?") and " and " not in text and " then" not in text
    t = draft.text(text) if plain else draft._slot(text, draft._quoted(text))
    head = spelled_out(draft, "(~type|~type|~write|~enter|~type in|~put in|~insert|~add) {T}", T=t), [type_(t)]
    if draft.chance(0.2):
        f = draft.label(
            say.field_name(draft) if draft.chance(0.5) else draft.pick(("Message", "Subject", "Comment", "Notes", "Title", "Reply"))
        )
        head = spelled_out(draft, "(~type|~write|~enter|~put) {T} (in|into) (|the ){F}(| field| box)", T=t, F=f), [click(f), type_(t)]
    if draft.chance(0.2):
        return chained(draft, [(spelled_out(draft, "(~select all|~select everything|~mark everything)"), press("Ctrl+A")), (spelled_out(draft, "~delete it"), press("Delete")), head])  # fmt: skip
    after = draft.rng.choice((None, "new line", "save", "print", "new paragraph", "button", "press"))
    if after is None:
        return Clause(*head)
    made = say.button(draft) if after == "button" else say.press(draft, "Enter") if after == "press" else procedure(draft, after)
    if made.whole:
        return Clause(*head)
    return chained(draft, [head, (made.text, made.steps)])


_FOREIGN_WORDS = "Łódź|münchen|café|ñandú|straße|Москва|smørrebrød|naïve|Köln+Altstadt|Αθήνα|l%C3%A4nder|东京|piñata|Ærø|über".split("|")


def _address(draft: Draft) -> str:
    rng = draft.rng
    site = rng.choice((rng.choice(texts.SITES), "maps.example.org", "shop.example.net", "intra.firma.de", "api.test.io:8443", "my-site.co"))
    start = draft.pick(("https://", "https://", "http://", "www.", "", ""))
    value = rng.choice((rng.choice(_FOREIGN_WORDS), rng.choice(texts.NOUNS), str(rng.randint(1, 9999))))
    tail = rng.choice(
        (f"/?q={value}", f"/search?q={value}&page={rng.randint(1, 9)}", f"/{rng.choice(texts.NOUNS)}?id={rng.randint(1, 999)}", f"/?{rng.choice('abqs')}={value}",
         f"/{value}", f"/index.php?lang=de&id={value}", f"/u/anna/{value}.html", f"/a/b/{value}#part-{rng.randint(1, 9)}", "/", "")
    )  # fmt: skip
    return start + site.removeprefix("www.") + tail


def address(draft: Draft) -> Clause:
    """An address typed where addresses go, and gone to."""
    t = draft.exact(_address(draft)) if draft.chance(0.7) else draft._slot(one := _address(draft), draft._quoted(one))
    f = draft.exact(
        draft.pick(("address bar", "address bar", "location bar", "URL bar", "address field", "search bar", "Address", "Location"))
    )
    if draft.chance(0.25):
        text = spelled_out(draft, "(~go to|~open|~visit|~load|~take me to|~browse to|~show me) {T}", T=t)
        return Clause(text, [*press("Ctrl+L"), type_(t), *press("Enter")])
    head = spelled_out(
        draft,
        "((~type|~enter|~write|~put|~paste in|~key) {T} (in|into) the {F}|in the {F}(,|) (~type|~enter|~write) {T}|~click (|in |on )the {F}(,| and|, then) (~type|~enter) {T})",
        T=t,
        F=f,
    )
    after = spelled_out(draft, "(~go there|~go to it|~open it|~load it|~visit it|~go|~press enter|~hit Enter|~load the page|~confirm)")
    return chained(draft, [(head, [click(f), type_(t)]), (after, press("Enter"))])


def keyed_texts(draft: Draft) -> Clause:
    """Texts and the keys between them: "type 'a' enter 'b' enter"."""
    marks = draft.pick(('""', "''", "''", "“”", "``", "«»")) if draft.chance(0.85) else ""
    left, right = marks[:1], marks[1:]
    words: list[str] = []
    steps: list[Step] = []
    for number in range(draft.rng.choice((1, 2, 2, 3, 3, 4))):
        text = draft.pick("ls -la|cd ..|cd /tmp|git pull|make test|exit|sudo su|pwd|vi notes|ssh srv1|top|42|yes|y|admin|cat a.txt|python3|1|hello|apples|12.5|Anna".split("|")) if draft.chance(0.6) else texts.word(draft.rng) if not left else texts.any_text(draft.rng)  # fmt: skip
        if (left and (left in text or right in text)) or "\n" in text:
            text = "x"
        t = draft._slot(text, f"{left}{text}{right}")
        key = draft.pick(("Enter", "Enter", "Enter", "Tab", "Tab", "Down", "Escape"))
        k = draft.key(key, draft.pick(tuple(name for name in NAMED[key] if not name.startswith("the ") and " " not in name)))
        words += [draft.pick(("", "", "type ", "then ")) + t if number else t, k]
        steps += [type_(t), *press(k)]
    if draft.chance(0.25) and len(steps) > 1:
        words, steps = words[:-1], steps[:-1]
    return Clause(f"~type {draft.pick((' ', ' ', ', ', ' + ')).join(words)}", steps, whole=False)


def bare_keys(draft: Draft) -> Clause:
    """Keys by their names alone, or with how often: "page down twice, then end"."""
    parts: list[tuple[str, list[Step]]] = []
    for _ in range(draft.rng.choice((1, 2, 2, 3, 3))):
        key = draft.pick(
            ("PageDown", "PageUp", "Down", "Up", "Tab", "End", "Home", "Enter", "Left", "Right", "Backspace", "Delete", "Space", "Escape")
        )
        k = draft.key(key, draft.pick(tuple(name for name in NAMED[key] if len(name) > 1 and not name.startswith("the "))))
        count = draft.rng.choice((1, 1, 2, 2, 3, 4))
        said = f"{draft.pick(('', '', '~press ', '~hit '))}{k}" + (f" {say.times(draft, count)}" if count > 1 else "")
        parts.append((said, press(k) * count))
    return chained(draft, parts)


def told_before(draft: Draft) -> Clause:
    """A text that is said first and asked for later, by a word that stands for it."""
    text = lively(draft) if draft.chance(0.5) else texts.sentence(draft.rng)
    t = draft._slot(text, draft._quoted(text))
    opener = draft.label(
        draft.pick(
            (
                "Reply",
                "Answer",
                "Comment",
                "Message",
                "New Message",
                "Write",
                "Compose",
                "New",
                "Post",
                "Chat",
                "Note",
                "Add Note",
                "Forward",
            )
        )
    )
    button = draft.label(draft.pick(("Send", "Send", "Post", "Submit", "Publish", "Save", "OK")))
    it = "(the text|it|that|this text|this|the sentence|the message|that text)"
    templates = (
        f"(~reply with|~answer with|~answer|~write|~post|~send|~say|~comment with) {{T}}(| and send it| and post it)(: |, that is: | - )(click|press|hit) {{A}}, (type|write|enter) {it}(, |, then | and |, and )(click|press|hit) {{B}}",
        f"(the text is|the message is|the answer is|my answer:|text:|message:) {{T}}. (Click|Press|Open) {{A}}, (type|enter|write) {it}(, |, then | and )(click|press|hit) {{B}}",
        f"(I want to|I'd like to|we should|let's) (say|write|send|answer) {{T}}(: |. So |; )(click|press) {{A}}, (type|write|enter) {it}(, then | and |, )(click|press) {{B}}",
        f"{{T}} is (the text|the message|what I want to say)(: |. )(click|press) {{A}}, (type|write|enter) {it}(, then | and |, )(click|press) {{B}}",
    )
    return Clause(spelled_out(draft, draft.pick(templates), T=t, A=opener, B=button), [click(opener), type_(t), click(button)], whole=True)  # fmt: skip


def in_its_place(draft: Draft) -> Clause:
    t, u = (
        draft.text(draft.rng.choice((texts.word, texts.word, texts.person, texts.city, texts.number))(draft.rng), closed=True)
        for _ in range(2)
    )
    templates = (
        "(~find|~search for|~look for|~seek) (every|all|each|the word|any) {T} and (~put|~write|~set|~insert) {U} (in its place|in their place|instead|there instead|in place of it)",
        "~take out (every|each|the word) {T} and ~put {U} (in its place|in|there)",
        "(wherever|everywhere) (there is|you find|you see) {T}(,|) ~put {U} (instead|in its place)",
        "~put {U} (in place|in the place) of (every|each|all) {T}",
    )
    return Clause(
        spelled_out(draft, draft.pick(templates), T=t, U=u),
        [*press("Ctrl+H"), type_(t), *press("Tab"), type_(u), click("Replace All")],
    )


def signs(draft: Draft) -> Clause:
    """A single sign, or little more, as a field's value."""
    f = draft.label(draft.pick(("separator", "delimiter", "Field delimiter", "decimal point", "Currency", "prefix", "suffix", "bullet", "Separator", "Quote character", "symbol", "Thousands separator", "Comment sign", "wildcard", "placeholder")))  # fmt: skip
    sign = draft.pick(
        (
            ";",
            ",",
            "|",
            ":",
            ".",
            "#",
            "%",
            "-",
            "_",
            "/",
            "*",
            "€",
            "$",
            "£",
            "'",
            "&",
            "!",
            "@",
            "§",
            "→",
            "--",
            "//",
            "::",
            "...",
            "?",
        )
    )
    t = draft._slot(sign, draft._quoted(sign) if draft.chance(0.4) else sign)
    text = spelled_out(
        draft,
        "(~set (|the ){F} to {T}|~change (|the ){F} to {T}|~use {T} as (|the ){F}|~enter {T} (as|for) (|the ){F}|~make (|the ){F} {T}|~put {T} (in|into) (|the ){F})",
        F=f,
        T=t,
    )
    parts: list[tuple[str, Sequence[Step]]] = [(text, [click(f), type_(t)])]
    if draft.chance(0.6):
        x = draft.label(say.option_name(draft))
        parts.insert(0, (spelled_out(draft, "(~tick|~check|~enable|~turn on) {X}", X=x), [{"do": "set", "value": "on", "target": x}]))
    if draft.chance(0.3):
        b = draft.label(draft.pick(("Export", "OK", "Import", "Save", "Apply", "Next")))
        one = chained(draft, parts)
        return Clause(
            spelled_out(draft, "(~press|~click|~hit) {B} (only |)(after|once|when) you('ve| have) ", B=b).replace("{B}", b)
            + one.inflected("done"),
            [*one.steps, click(b)],
        )
    return chained(draft, parts)
