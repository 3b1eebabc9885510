"""Everyday ways to say a thing, said as the model knows them: rules that read what a small model misreads and is sure of all the same.

    change the name from Bob to Robert           set the name to Robert
    go to the second tab                         click the second tab
    name Maria, phone 12                         set name to Maria, set phone to 12
    log in as anna with password s3cret          set user name to anna, set password to s3cret and click log in
    close the tab Notes                          click the Notes tab and press Ctrl+W
    scroll till you see Licence and tick it      scroll down and tick Licence
    wait 2 minutes                               wait 60 seconds 2 times
    take the tick out of Remember me             untick Remember me
    paste it at the end of the document          press Ctrl+End and paste it
    click the thing that says Help               click Help
    tab tab enter                                press Tab, press Tab, press Enter
    go to the stopwatch and start it             go to the stopwatch and click start

Quotations are left as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from vlm.planner.durations import in_seconds
from vlm.planner.keys import spelled
from vlm.planner.parts import VERB
from vlm.planner.quotations import blank_quotations
from vlm.planner.repeats import NUMBERS, TIMES, clauses, count_of
from vlm.planner.taken_back import without_taken_back

Said = Mapping[str, str]
"""What a pattern found in a person's words, by name."""
_SEVERAL = "|".join(name for name, number in NUMBERS.items() if 1 < number < 10)
_ORDINAL = r"first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|last|leftmost|rightmost|\d+(?:st|nd|rd|th)"
_LABEL = (
    r"(?:(?:first|last|given|family|full|middle|user|display|file|company|street) ?)?name|surname|username|login|nickname"
    r"|e-?mail(?: address)?|(?:mobile |phone |telephone |fax )number|phone|telephone|mobile|fax|(?:street |postal |home )?address|street"
    r"|house number|zip(?: code)?|post(?:al )?code|city|town|state|country|region|age|birthday|date of birth|date|time|password|pin|company"
    r"|iban|subject|title|author|amount|quantity|price|width|height|port|server|host"
)
"""What fields of forms are called."""
_ENTRY = re.compile(
    rf"(?P<lead>(?:(?:please|now|then|and|also) )*(?:(?:fill(?: in| out)?|complete) (?:the |this |my )?(?:\w+ )?(?:form|fields)?"
    rf"(?: with|:)?|enter|fill in|put in|with|use|:|my)? ?)(?:the |my )?(?P<label>{_LABEL})(?: is|:| =)? "
    r"(?P<value>(?!(?:field|box|is|as|to|with|should|must|and|in|into|on|of|by|from|or|tab|menu|button|list|column)\b|[=:]).+)",
    re.I,
)
_TOLD_TO_ENTER = re.compile(r"(?:\w+ )*(?:enter|fill in|put in) ", re.I)
_DATA = re.compile(r"^(?!.* (?:in|into|as|for|on|to|at|with)\b)(?=.*[\d@])[^\s].*$")
"""What is no description: it holds a figure or an address, and no word that says where it goes."""
_CREDENTIALS = re.compile(
    r"\b(?P<order>(?:log|sign)[ -]?(?:in|on|up)|register) (?:as|with|using) (?:(?:the |my )?(?P<label>e-?mail(?: address)?|user ?name|login"
    r"|user|name) )?(?P<who>[^\s,;]+),? (?:and |with |using )*(?:the |my )?(?P<secret>password|passphrase|pin|code) (?P<word>[^\s,;]+?)"
    r"(?=\.?(?:\s|$))",
    re.I,
)


_ENDS = r"(?=\s*(?:$|[,.;!?\n]|(?:and|then|without)\b))"
_SHORT, _LONG = r"(?:(?! and )[^,.;:!?\n]){1,30}?", r"[^,.;\n]{1,60}?"
"""A name, and a text without marks."""
_NAMED = (
    rf"(?:tab (?:called |named )?(?P<after>(?!(?:with|without|at|on|in|of|to|by|after|before|if|when|again|now|please|that|which|too|and"
    rf"|then|for|using)\b){_SHORT})|(?P<before>(?!(?:current|this|that|active|open(?:ed)?|selected|whole|entire|same|other|new|next"
    rf"|previous|browser|front|all|every|each|both|{_ORDINAL})\b){_SHORT}) tab)"
)
"""A tab that is told by its name, and not as the current, the next or the second one."""
_SHOWS = r"(?: (?:until|till) (?:you|I|we) (?:can )?(?:see|find|reach|get to)(?: the)?+| to(?: the)?+)"
_ENDLESS = r"(?:very )?(?:top|bottom|end|beginning|start|left|right|next|previous)\b"
"""Where scrolling ends without a name."""
_ANOTHER = re.compile(
    rf"\b(?P<kind>tab|window|page|field|link|button|(?:check ?)?box|row|item|option|entry|file|folder|picture|image)\b"
    rf"(?P<between>[^.\n]{{0,80}}?) (?P<which>next|previous|other|{_ORDINAL}) one\b",
    re.I,
)
"""What “the next one” is one of."""
_GREETING = re.compile(r"(?:dear|hey|hi|hello|ok|okay)(?: (?:computer|assistant|agent|robot|machine|there))?[,!.:]+\s+(?=\w)", re.I)
_ASIDE = re.compile(
    r",? (?:please|pls|plz|thanks|thx|thank you)[ .!]*$"
    r"|,(?: because| since| as)? (?:I|we)(?: (?:cannot|can['’]t) (?:see|read|hear)\b"
    r"|(?: want| need| would like|['’]d like) to (?:see|know) (?:what|which|who|how|if|whether|where|when)\b)[^,.;\n]*[.!]?$",
    re.I,
)
"""Thanks, and what it is good for, at the end."""
_MAY_BE_TYPED = re.compile(r"\b(?:type|write|enter|put|say|key in|input|fill|call|name|answer|reply|set|find|search)\b", re.I)
_ACTED_ON = r"tick|untick|check|uncheck|click(?: on)?|press|open|select|choose|double[- ]click(?: on)?|right[- ]click(?: on)?"


def rephrased(instruction: str) -> str:
    """The instruction in words that the model reads rightly. Raises NoPlan where something is taken back, and it is not plain what."""
    words = _replaced(instruction, _ANOTHER, "{kind}{between} {which} {kind}")
    words = spelled(in_seconds(without_taken_back(_without_asides(words))))
    for pattern, say in _WAYS:
        words = _replaced(words, pattern, say)
    return _as_settings(_said_again(words))


def _without_asides(words: str) -> str:
    """The words without what is said around the order, which makes the model doubt, and which may be a text's that is typed."""
    greeted = _GREETING.match(words)
    words = words if greeted is None else words[greeted.end() :]
    aside = _ASIDE.search(blank_quotations(words))
    before = clauses(words[: aside.start()]) if aside is not None else []
    return words if aside is None or not before or _MAY_BE_TYPED.search(words, before[-1].start) else words[: aside.start()]


def number_said(text: str, instruction: str) -> bool:
    """Whether a number is said in words: "two" and "twice" are typed as 2."""
    said = instruction.casefold()
    counted = (str(count_of(often[0])) for often in re.finditer(rf"\b{TIMES}", said))
    return text in counted or any(str(number) == text and re.search(rf"\b{word}\b", said) is not None for word, number in NUMBERS.items())


def _replaced(words: str, pattern: re.Pattern[str], say: str | Callable[[Said], str]) -> str:
    """The words, with what a pattern finds outside quotations said otherwise; a quotation within is taken over.

    Args:
        say: what is said instead, with the pattern's groups by name: a template where all of them are found.
    """
    made, end = "", 0
    for found in pattern.finditer(blank_quotations(words)):
        said = {name: words[slice(*found.span(name))] for name in pattern.groupindex if found[name] is not None}
        made += words[end : found.start()] + (say.format(**said) if isinstance(say, str) else say(said))
        end = found.end()
    return made + words[end:]


def _log_in(said: Said) -> str:
    return f"set {said.get('label', 'user name')} to {said['who']}, set {said['secret']} to {said['word']} and click {said['order']}"


def _print(said: Said) -> str:
    number = said["number"].casefold()
    return f"press Ctrl+P, set Copies to {NUMBERS.get(number, number)} and click Print"


def _paste(said: Said) -> str:
    return f"press Ctrl+{'End' if said['which'].casefold() in ('end', 'bottom') else 'Home'} and paste{said.get('what', '')}"


_WAYS: tuple[tuple[re.Pattern[str], str | Callable[[Said], str]], ...] = (
    (
        re.compile(
            r"\b(?:take|remove|clear|get)(?: away)? (?:the |its )?(?:ticks?|checks?|check ?marks?|crosse?s?)(?: away)?"
            r" (?:out of|off of|off|from|next to|beside|at|in front of|before|in)\b(?! it\b| the (?:check ?)?box\b)",
            re.I,
        ),
        "untick",
    ),
    (
        re.compile(
            r"\bpaste(?P<what> (?:it|this|that|them|everything))? (?:at|to) the (?:very )?(?P<which>end|bottom|top|beginning|start)"
            r" of (?:the |this |my )?(?:document|text|file|page|note|letter)\b",
            re.I,
        ),
        _paste,
    ),
    (
        re.compile(
            r"(?:(?<=\band )|(?<=\bthen )|(?<=, ))(?P<order>start|stop|play|pause|resume|reset) it(?= *(?:$|[.,;!\n]|and\b|then\b))", re.I
        ),
        "click {order}",
    ),
    (re.compile(r"(?<=\band )copy (?:the |its )?(?:result|answer|sum|total|product)(?= *(?:$|[.,;!\n]))", re.I), "press Ctrl+C"),
    (re.compile(r"\b(?:the |that )?(?:thing|one|place|part) (?:that|which|where it) (?:says|reads) |(?<=click )where it says ", re.I), ""),
    (
        re.compile(
            rf"\b(?P<order>write|type|enter)(?: in)? (?:there|here)(?: the (?:words?|text))?"
            rf" (?!(?:{VERB}|and|then|what|as|is|again)\b)(?=\w)",
            re.I,
        ),
        "{order} ",
    ),
    (
        re.compile(
            rf"(?:(?<=[,;] )|(?<=and ))in(?:to)? the (?:field|box) (?P<label>[\w-]+) (?P<value>(?!(?:{VERB})\b)\S+?)"
            r"(?=[,;.]?(?:\s|$))",
            re.I,
        ),
        "enter {value} into {label}",
    ),
    (
        re.compile(
            r"\b(?:change|update|correct|edit|alter|modify) (?P<what>(?:the |my )?(?!from\b)[\w -]{1,40}?) from [^,;\n]{1,60}? to ", re.I
        ),
        "set {what} to ",
    ),
    (
        re.compile(
            r"\b(?:(?:go|switch|move|jump|change|turn|skip)(?: back| over)? to"
            r"|(?:take|bring|get) me (?:back )?to|open|select|show(?: me)?|activate|bring up)"
            rf" (?:the |my )?(?P<which>{_ORDINAL}) (?P<tab>tab)\b(?! (?:key|bar))",
            re.I,
        ),
        "click the {which} {tab}",
    ),
    (
        re.compile(rf"\bclose (?:the |my )?(?P<which>{_ORDINAL}) tab\b", re.I),
        "click the {which} tab and press Ctrl+W",
    ),
    (
        re.compile(rf"\b(?P<tab>(?:{_ORDINAL}|new|next|previous|other) tab(?:,| and| then)+ )close (?:it|that|this)(?: tab)?\b", re.I),
        "{tab}press Ctrl+W",
    ),
    (
        re.compile(
            rf"\bclose (?:the |my )?+{_NAMED}{_ENDS}",
            re.I,
        ),
        lambda said: f"click the {said.get('after') or said['before']} tab and press Ctrl+W",
    ),
    (_CREDENTIALS, _log_in),
    (
        re.compile(rf"\bopen (?P<number>[2-9]|{_SEVERAL}) new (?P<what>tab|window|document)s\b", re.I),
        "open a new {what} {number} times",
    ),
    (
        re.compile(
            rf"\bprint (?:out )?(?:me )?(?P<number>\d{{1,3}}|{'|'.join(NUMBERS)}) cop(?:y|ies)\b"
            r"(?: of (?:it|this|that|(?:the|this|my) (?:page|document|file|text|letter))\b)?(?=\s*(?:$|[,.;!?]|and\b|then\b|please\b))",
            re.I,
        ),
        _print,
    ),
    (
        re.compile(rf"\bprint(?: out)? (?:it|this|that|(?:the|this|my) (?:page|document|file|text|letter)) (?P<often>{TIMES})", re.I),
        lambda said: f"press Ctrl+P, set Copies to {count_of(said['often'])} and click Print",
    ),
    (re.compile(r"(?:^|(?<=[.!;] ))(?:I think )?(?:I|we)(?:'d| would)? (?:want|need|like|prefer|love)\b[^.!;\n]*, so (?:please )?"
                rf"(?P<order>{VERB})\b", re.I), "{order}"),
    (
        re.compile(
            rf"\bscroll(?: (?P<way>up|down|left|right))?(?: a bit| further| on)?{_SHOWS} (?P<what>(?!{_ENDLESS}){_SHORT})"
            rf"(?:,| and| then)+ (?P<order>{_ACTED_ON}) (?:it|that|them)\b",
            re.I,
        ),
        lambda said: f"scroll {said.get('way', 'down')} and {said['order']} {said['what']}",
    ),
    (
        re.compile(
            rf"\bscroll(?: (?P<way>up|down|left|right))?(?: a bit| further| on)?{_SHOWS} (?P<what>(?!{_ENDLESS}){_SHORT})"
            r"(?:,| and| then)+ (?P<order>type|write|enter) (?!(?:it|that|in|into)\b)",
            re.I,
        ),
        lambda said: f"scroll {said.get('way', 'down')}, click {said['what']} and {said['order']} ",
    ),
    (
        re.compile(
            r"\b(?:as soon as|once|when|after) (?:it|this|that|everything|the (?:page|window|file|program|app|site|document))"
            rf"(?:['’]s| has| is)(?: been)?(?: all| fully| completely)? (?:loaded|ready|(?:finished|done)(?: loading)?),? (?={VERB})",
            re.I,
        ),
        "wait, then ",
    ),
    (
        re.compile(
            rf"\b(?P<order>put|type|enter|write) (?P<value>{_LONG}) (?P<into>into|in) both (?:the )?(?P<one>{_SHORT}) and (?:the )?"
            rf"(?P<two>{_SHORT}){_ENDS}",
            re.I,
        ),
        "{order} {value} {into} {one} and {order} {value} {into} {two}",
    ),
    (
        re.compile(
            rf"\b(?P<order>set|change) (?:both (?:the )?(?P<any>{_SHORT})|(?:the )?(?!date and time\b)(?P<one>{_LABEL})) and (?:the )?"
            rf"(?P<two>{_LABEL}|(?(any){_SHORT}|(?!))) to (?P<value>{_LONG}){_ENDS}",
            re.I,
        ),
        lambda said: "{order} {first} to {value} and {order} {two} to {value}".format(first=said.get("any") or said["one"], **said),
    ),
    (
        re.compile(
            r"\bsave (?P<what>it|this|that|a copy|the \w+) (?:in|into|to|under) (?:the |my )?"
            r"(?P<folder>(?!(?:a|an|new|the|name|disk)\b)[\w-]+(?: [\w-]+)??)(?: (?:folder|directory))?"
            r" (?:as|under the name|with the name|named|called) (?P<name>[^\s,;]+)",
            re.I,
        ),
        "save {what} as {name} in the {folder} folder",
    ),
    (
        re.compile(
            r"\b(?P<order>scroll\b(?:(?!\b(?:and|then|click)\b)[^,.;\n])*?) (?:until|till) (?:you|I|we) (?:can )?"
            r"(?:see|find|reach|get to)\b(?:(?!\b(?:and|then)\b)[^,.;\n])*?(?=[.!]?$)",
            re.I,
        ),
        "{order}",
    ),
    (
        re.compile(r"(?:^|(?<=, )|(?<=; ))(?P<what>[A-Z][\w -]{1,30}?)(?::| =) (?P<value>on|off)(?=\s*(?:$|[,.;]))", re.I),
        "turn {value} {what}",
    ),
)  # fmt: skip


def _said_again(words: str) -> str:
    """ "click Next, and again" as "click Next, and click Next"."""
    made, end, last = "", 0, ""
    for span in clauses(words):
        said = words[span.start : span.stop]
        if last and re.fullmatch(r"(?:and )?(?:once )?again|once more|one more time", said.strip(" .!"), re.I):
            made += words[end : span.start] + last
            end = span.stop
        else:
            last = said
    return made + words[end:]


def _as_settings(words: str) -> str:
    """ "name Maria, phone 12" as "set name to Maria, set phone to 12": two fields at least, each named before what goes into it, or one and
    what only a field takes: "enter the password hunter2"."""
    plain = blank_quotations(words)
    found = [(span, entry) for span in clauses(words) if (entry := _ENTRY.fullmatch(plain[span.start : span.stop])) is not None]
    if len(found) < 2 and not (found and _TOLD_TO_ENTER.match(found[0][1][0]) and _DATA.search(found[0][1]["value"])):
        return words
    made, end = "", 0
    for span, entry in found:
        value = words[span.start + entry.start("value") : span.start + entry.end("value")]
        made += f"{words[end : span.start]}set {entry['label']} to {value}"
        end = span.stop
    return made + words[end:]
