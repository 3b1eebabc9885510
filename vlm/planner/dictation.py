"""What is to be typed, where the words leave no doubt: it is put between quotation marks before anything is planned.

    type line one                                    type "line one"
    write the words click Delete in the box          write the words "click Delete" in the box
    type dear all,⏎see you                            type "dear all,⏎see you"

Where nothing says what to type ("type in the box", "type my name"), the person is told so: a description of a text is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from vlm.planner.instruction import NoPlan
from vlm.planner.plan import PlannedStep
from vlm.planner.quotations import QUOTATION, blank_quotations, quoted_part
from vlm.planner.repeats import TIMES, clauses

_BEGIN = r"(?:^|(?<=[\n.;:,!?])|(?<=[\n.;:,!?] )|\b(?:and|then|to|please|you|now|just|first|next|also)\s+)"
_TYPE = r"(?:type|write|key)(?: in| out| down)?"
_ORDERS = (
    r"(?:click|press|open|save|select|choose|pick|close|tick|untick|check|uncheck|scroll|drag|double[- ]click|right[- ]click|copy"
    r"|paste|cut|undo|redo|print|go|find"
    r"|replace|search|hit|push|tap|type|write|delete|remove|rename|switch|turn|wait|use|quit|exit|set|fill|enter|put|move|zoom|submit|send|confirm)"
)
_NUMBER = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|first|second|last|\d+|[A-Za-z])"
_LEAD = r"the (?:exact |following )?(?:words?|text|sentence|phrase|line|letters|string|characters):? "
_NO_TEXT = (
    r"(?:in|into|to|that|which|below|above|again|there|here|from|of|on|at|for|with|number|and|then|as|is|was|under|after"
    r"|before|twice|it|i|you)\b"
)
_KIND = r"(?:box|field|entry|bar|cell|area|editor|document|window|form|page|terminal|dialog|chat|file|search)"
_PLACE = re.compile(
    rf" (?:(?:in|into|inside|to|on) (?:the |this |that |a |my )?(?:[\w'’-]+ ){{0,3}}?{_KIND}|into (?:the )?[\w'’-]+(?: [\w'’-]+){{0,2}})"
    r"(?=\s*(?:$|[,.;!?\n]|and\b|then\b))",
    re.I,
)
_STOP = re.compile(
    rf" (?:{TIMES})(?=\s*(?:$|[,.;!?\n]|and\b|then\b))|[,;](?=\s)|[.!?](?=\s+[A-Z]|\s*$)|\n"
    rf"|,? (?:and then|and|then|before|after) (?=(?:please |then |you )?{_ORDERS}\b)",
    re.I,
)
_SURE = re.compile(
    rf"{_BEGIN}(?:(?:{_TYPE}|enter|put|input) {_LEAD}(?!{_NO_TEXT})|{_TYPE} (?=(?:{_ORDERS} (?!(?:and|then|in|into|once"
    rf"|twice)\b)\S)|(?:line|page|chapter|part|word|item|step) {_NUMBER}(?!\w)))",
    re.I,
)
_QUESTION = re.compile(r"(?:What|How|Who|Where|When|Why|Which|Is|Are|Do|Does|Did|Can|Could|Will|Would|Have|Has)(?:['’]s)? [^.!?\n]*\?")
"""A question that is to be typed: the order is none."""
_SEVERAL = re.compile(rf"{_BEGIN}{_TYPE} (?=[^\s\"“«'‘`„|])", re.I)
_SENTENCE = re.compile(rf"{_BEGIN}{_TYPE} (?=(?-i:[A-Z])[\w'’-]* \S+ \S)", re.I)
"""A text of three words or more that begins as sentences do: a small model may take its middle for an order."""
_MAY_BE_PLACE = re.compile(
    r" (?:in|into|inside|as|at|under|below|on|onto|to|over|beside|next to|after|before)(?: (?:the|my|a|this|that))?(?: [\w'’-]+){1,2}$"
    r"| (?:in|into|as|for|at|on|to|under) (?-i:[A-Z])| (?:first|again|now|there|here|instead|too|please|next|once|twice)$"
    r"| (?:press|hit|click|tap|tick|tab|enter|return|then)\b| (?:in|into) (?:the|my|a|this|that) (?:[\w'’-]+ )?(?:box|field|cell|bar)\b"
    r"| (?:for|with|using|by) (?:the |my )?(?:[\w-]+ )?(?:name|subject|title|address|e-?mail|phone|number|keyboard|comment|city|field)\b",
    re.I,
)
"""What may be said of such a text, or be an order behind it: it is left to the model."""
_FOLLOWING = re.compile(
    rf"{_BEGIN}(?:{_TYPE}|enter|put in) [^\n]{{0,40}}\b(?:following|below|this|these|text|lines)\b[^\n]{{0,30}}:\s*\n\s*", re.I
)
_LETTER = re.compile(r"\S")
_NEXT_ORDER = re.compile(rf"\s*(?:\d{{1,2}}[.)] |[-*•] )?(?:(?:and|then|now|please|finally|after that),? )*{_ORDERS}\b", re.I)
_ABBREVIATION = re.compile(r"\b(Mr|Mrs|Ms|Dr|Prof|St|[A-Z])\. ")
_ASIDE = re.compile(r"(?:thank(?:s| you)(?! for (?:your|the|this|coming|having))|please|cheers|if|when|after|before|as soon)\b", re.I)
_TO_TYPE = re.compile(r"(?:type|write) \S", re.I)
"""An order that was taken for a name."""
_MOST_ORDERS = 20
"""Whoever has more than that typed dictates no letter at the end."""
_MARKS = (('"', '"'), ("“", "”"), ("«", "»"))

_EMPTY = re.compile(r"\b(?:type|write|enter|put|insert|fill|input|set|key)\b[^.;\n]*? (?:\"\"|“ ?”|''|‘’|« ?»|``)(?=\s|[.,;!?]|$)", re.I)
_BARE = re.compile(
    rf"{_BEGIN}{_TYPE}(?: something| anything| it| some text)?(?: (?:in|into|inside) (?:the |this |that |a )?(?:[\w'’-]+ )?{_KIND}|"
    rf" here| there)?"
    r"(?=\s*(?:$|[,.;!?\n]))",
    re.I,
)
_KNOWN = (
    r"(?:(?:first|last|full|user) ?)?names?|address|e-?mail(?: address)?|password|(?:phone |telephone )?number|phone|comment|answer|text"
    r"|birthday|date of birth|age|city|company|signature|details|user ?name|date|time|result|total|title|(?:zip |post(?:al )?)?code|pin"
    r"|year|day|amount|value|rest|link|data"
)
"""What everybody has one of, and nobody else knows."""
_DESCRIPTION = (
    r"it|that|this|(?:the|that) same(?: (?:thing|text|words?))?|something|anything|nothing|text|in|into"
    r"|(?:a |the |some |any )(?:text|words?|sentence|message|reply|comment"
    r"|greeting|name|answer)"
    r"|(?:whatever|what) (?![^.;\n]*\?).+"
    rf"|(?:my|your|his|her|our|their|its) (?:[\w-]+ )?(?:{_KNOWN})"
    rf"|(?:the |an? |this |that |(?:to|yester)?(?:day|morrow)['’]s |the (?:current|right|correct) )(?:[\w-]+ )?(?:{_KNOWN})"
    r"(?: (?:from|in|on|of|that|which|i|we|you|they)\b.*)?"
    r"|(?-i:(?:[Mm]y|[Yy]our|[Hh]is|[Hh]er|[Oo]ur|[Tt]heir|[Ii]ts)(?: [a-z-]+){1,3}?)"
    rf"|(?:the |this |that )(?:\w+ )?{_KIND}"
)
_TO_SOMEBODY = re.compile(r"to (?:\S+@\S|(?:my|him|her|them|everyone|everybody|all)\b|[A-Z])")
"""Whom a letter is to, and nothing of it."""
_DESCRIBED = re.compile(_DESCRIPTION, re.I)
_ONLY_DESCRIBED = re.compile(
    rf"{_BEGIN}(?:{_TYPE}|enter|put in|fill in|input) (?:{_DESCRIPTION})(?=\s*(?:$|[,.;!?\n])| (?:in|into|there|here|again|and|then)\b)"
    rf"|{_BEGIN}(?:put|insert|add) (?:my|your|the|today['’]s) (?:[\w-]+ )?(?:{_KNOWN}) (?:in|into)\b",
    re.I,
)
_UNTOLD = 'these words do not say what is to be typed: say it between quotation marks, as in: type "hello" in the search box'


def quote_texts(instruction: str) -> str:
    """The instruction with quotation marks around each text whose beginning and end are plain to see."""
    if "§" in instruction:
        return instruction
    if (found := _FOLLOWING.search(blank_quotations(instruction))) is not None:
        return _quoted(instruction, found.end(), len(instruction))
    made, end = "", 0
    for start, stop in _sure_texts(instruction):
        if start >= end:
            made += instruction[end:start] + _quoted(instruction[start:stop], 0, stop - start)
            end = stop
    return made + instruction[end:]


def check_texts(instruction: str, steps: Sequence[PlannedStep], known: Sequence[str] = ()) -> None:
    """Raise NoPlan where something is to be typed that the words only describe, or do not say at all.

    Args:
        known: texts that a person showed, which may be typed.
    """
    if _EMPTY.search(instruction):
        raise NoPlan("there is nothing between the quotation marks: say what to type, or, to empty a field, “clear the Name field”")
    typed = [step.text for step in steps if step.text is not None and step.text not in known]
    said = blank_quotations(instruction)
    begun = [said[span.start : span.stop].casefold().strip() for span in clauses(said)]
    if any(step.do == "click" and (step.target or "").casefold() in begun and _TO_TYPE.match(step.target or "") for step in steps):
        raise NoPlan(_UNTOLD)
    bare = [found for found in _BARE.finditer(said) if not said[: found.start()].lower().endswith("as ")]  # "Check as you type"
    if any(all(text in found[0] for text in typed) for found in bare):
        raise NoPlan(_UNTOLD)
    for described in _ONLY_DESCRIBED.finditer(said):  # what stands in the rest of the clause is a place or another's name
        stop = _STOP.search(said, described.end())
        if all(text in said[described.start() : stop.start() if stop is not None else len(said)] for text in typed):
            raise NoPlan(_UNTOLD)
    quoted = {quoted_part(found) for found in QUOTATION.finditer(instruction)}
    if any(
        _TO_SOMEBODY.match(text) for text in typed if text not in quoted and re.search(rf"\b(?:write|type) {re.escape(text)}", instruction)
    ):
        raise NoPlan(_UNTOLD)
    if any(_DESCRIBED.fullmatch(text.strip(" .")) for text in typed if text not in quoted and not text.endswith("?")):
        raise NoPlan(_UNTOLD)


def _sure_texts(instruction: str) -> list[tuple[int, int]]:
    plain = blank_quotations(instruction)
    found = []
    for begun in _SURE.finditer(plain):
        found.append((begun.end(), _end_of(plain, begun.end())))
    for begun in _SENTENCE.finditer(plain):
        end = _end_of(plain, begun.end())
        if _is_sentence(plain[begun.end() : end], plain[end:]):
            found.append((begun.end(), end))
    orders = list(_SEVERAL.finditer(plain))
    for begun in orders:
        end = _end_of_lines(plain, begun.end())
        if re.search(r"[\n\t]", plain[begun.end() : end].strip()):
            found.append((begun.end(), end))
        elif (len(orders) <= _MOST_ORDERS and _is_letter(plain[begun.end() :])) or _QUESTION.fullmatch(plain, begun.end()):
            found.append((begun.end(), len(plain)))
    return [
        (start, end)
        for start, end in sorted(found, key=lambda place: (place[0], -place[1]))
        if "|" not in plain[start:end] and plain[start:end].strip()
    ]


def _is_sentence(text: str, rest: str) -> bool:
    """Whether a text that begins with a capital letter is one to its end, where a place, an order or nothing follows."""
    described = _DESCRIBED.fullmatch(text) is not None and not text.casefold().startswith(("what a ", "what an "))
    follows = rest.lstrip(" ,.;!?")
    whole = not follows or _PLACE.match(rest) is not None or _NEXT_ORDER.match(follows) is not None
    return len(text.split()) > 2 and whole and not described and _MAY_BE_PLACE.search(text) is None


def _is_letter(rest: str) -> bool:
    """Whether all that follows is one text of several clauses: "Dear Mr. Weiß, thank you for your letter." None of them orders anything."""
    rest = _ABBREVIATION.sub(r"\1 ", rest)
    spans = clauses(rest)
    parts = [rest[span.start : span.stop].strip(" .!?") for span in spans]
    between = [rest[one.stop : other.start] for one, other in pairwise(spans)]
    return (
        len(parts) > 1
        and not any(re.search(r"[a-z&]", gap) for gap in between)
        and _PLACE.search(rest) is None
        and all(len(part.split()) > 2 and not _NEXT_ORDER.match(part) for part in parts[1:])
        and not _ASIDE.match(parts[-1])
    )


def _end_of(plain: str, start: int) -> int:
    """Where the clause ends that begins there, or what is said of its place."""
    ends = [found.start() for pattern in (_PLACE, _STOP) if (found := pattern.search(plain, start)) is not None]
    ends = [end + (plain[end] in "!?") for end in ends]  # these belong to what is typed
    return min(ends, default=len(plain))


def _end_of_lines(plain: str, start: int) -> int:
    """As `_end_of`, over all lines that begin nothing new."""
    end = start
    while True:
        line = plain.find("\n", end)
        stop = len(plain) if line < 0 else line
        if (place := _PLACE.search(plain, end, stop)) is not None:
            return place.start()
        more = _LETTER.search(plain, line) if line >= 0 else None
        if more is None or _NEXT_ORDER.match(plain, more.start()):
            return end + len(plain[end:stop].rstrip())
        end = plain.rfind("\n", line, more.start()) + 1  # lines without a letter are not looked at one by one


def _quoted(words: str, start: int, end: int) -> str:
    text = words[start:end]
    left, right = next(((left, right) for left, right in _MARKS if left not in text and right not in text), ("", ""))
    return words[:start] + left + text + right + words[end:]
