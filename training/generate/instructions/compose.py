"""From clauses to an instruction: what joins them, in which order they are said, and what people say around them."""

from __future__ import annotations

import re

from training.generate.instructions.draft import Clause, Draft
from training.generate.instructions.frames import spell
from training.generate.instructions.words import COMMON

Step = dict[str, str | float]

_THEN = (
    ", then ",
    ", then ",
    " and then ",
    ", and then ",
    " then ",
    "; then ",
    ", ",
    ", ",
    " and ",
    " and ",
    ", and ",
    "; ",
    ", after that ",
    ", afterwards ",
    ", next ",
    ", followed by that ",
    " & ",
    " -> ",
    ", now ",
    ", and after that ",
    " and afterwards ",
    ", and next ",
    ". then ",
    " and also ",
    ", also ",
    " - then ",
    ", and now ",
    " and next ",
    " + ",
    ", subsequently ",
    "\nthen ",
    ", thereafter ",
    " and after that ",
)
_STARTERS = (
    "Then ",
    "Then ",
    "Then ",
    "After that, ",
    "After that ",
    "Next, ",
    "Next ",
    "Now ",
    "Now ",
    "And then ",
    "Afterwards ",
    "Afterwards, ",
    "Once that's done, ",
    "Once that is done, ",
    "When that's done, ",
    "When you're done, ",
    "When that has happened, ",
    "Following that, ",
    "And ",
    "Also ",
    "Also, ",
    "Subsequently, ",
    "As the next step, ",
    "Having done that, ",
    "With that done, ",
    "Right after, ",
    "Then please ",
    "Please ",
    "Now please ",
    "Then you can ",
    "Then I'd like you to ",
    "After this, ",
    "Now you can ",
    "That done, ",
    "Second step: ",
    "Then, ",
    "Later ",
    "So then ",
    "Next up: ",
    "As soon as that's done, ",
    "Okay, now ",
    "What comes next: ",
)
_LASTS = (
    "Finally, ",
    "Finally ",
    "Lastly, ",
    "At the end, ",
    "In the end ",
    "To finish, ",
    "As the last step, ",
    "Last, ",
    "And finally ",
    "To end with, ",
    "And last of all, ",
    "To round it off, ",
    "In conclusion, ",
    "And to finish ",
    "At last ",
)
_FIRSTS = (
    "First, ",
    "First ",
    "First of all, ",
    "To begin with, ",
    "Start: ",
    "To start, ",
    "At first ",
    "Firstly, ",
    "Begin like this: ",
    "The first thing: ",
    "First thing, ",
    "Initially, ",
    "Before anything else, ",
)
_POLITE = (
    "please {C}",
    "please {C}",
    "please {C}",
    "Could you {C}?",
    "could you please {C}?",
    "could you {C}, please?",
    "Can you {C}?",
    "can you please {C}",
    "can you {C} for me?",
    "Would you {C}?",
    "would you please {C}",
    "Would you be so kind as to {C}?",
    "Would you be able to {C}?",
    "I want you to {C}",
    "I'd like you to {C}",
    "I would like you to {C}",
    "I need you to {C}",
    "you should {C}",
    "You need to {C}",
    "you have to {C}",
    "you must {C}",
    "just {C}",
    "kindly {C}",
    "go ahead and {C}",
    "let's {C}",
    "Let us {C}",
    "now {C}",
    "ok, {C}",
    "OK {C}",
    "hey, {C}",
    "Hi! {C}",
    "hello, could you {C}?",
    "your task: {C}",
    "Task: {C}",
    "task - {C}",
    "The task is to {C}",
    "try to {C}",
    "help me {C}",
    "Please help me to {C}",
    "I want to {C}",
    "I'd like to {C}",
    "I need to {C}",
    "I have to {C}",
    "we need to {C}",
    "we have to {C}",
    "it would be great if you could {C}",
    "It'd be nice if you could {C}",
    "do me a favour and {C}",
    "do me a favor: {C}",
    "be so good as to {C}",
    "be a dear and {C}",
    "so, {C}",
    "well, {C}",
    "alright, {C}",
    "right, {C}",
    "quickly {C}",
    "what I want you to do is {C}",
    "What you have to do: {C}",
    "here is what to do: {C}",
    "do this: {C}",
    "Do the following: {C}",
    "carefully {C}",
    "all you need to do is {C}",
    "My boss wants you to {C}",
    "my colleague said to {C}",
    "Anna asked me to {C}",
    "the manual says to {C}",
    "the customer wants us to {C}",
    "tell the computer to {C}",
    "I'm supposed to {C}",
    "any chance you could {C}?",
    "please, {C}",
    "pls {C}",
    "plz {C}",
    "if you would, {C}",
    "when you have a moment, {C}",
    "as usual, {C}",
    "you can {C}",
    "simply {C}",
    "the next thing to do is to {C}",
    "it's time to {C}",
    "time to {C}",
    "don't forget to {C}",
    "remember to {C}",
    "make sure to {C}",
    "be sure to {C}",
    "I was told to {C}",
    "they want me to {C}",
    "in this window, {C}",
    "in the open program, {C}",
    "how about you {C}?",
    "why don't you {C}?",
    "I wonder if you could {C}",
    "is it possible for you to {C}?",
    "may I ask you to {C}?",
    "could I get you to {C}?",
    "in order to continue, {C}",
    "to go on, {C}",
)
_MIND = (
    "would you mind {G}?",
    "Do you mind {G}?",
    "how about {G}?",
    "start by {G}",
    "Begin by {G}",
    "I suggest {G}",
    "please start by {G}",
    "it starts with {G}",
    "what about {G}?",
    "try {G}",
    "the first thing is {G}",
    "I'd appreciate you {G}",
    "would you mind {G} for me?",
)
_SUFFIXES = (
    ", please",
    " please",
    ", thanks",
    ". Thanks!",
    ", thank you",
    ". Thank you!",
    " thx",
    ". Cheers",
    ", ok?",
    " for me",
    ", would you?",
    ", will you?",
    ", if you can",
    ". That's all.",
    ". That is it.",
    ". Nothing else.",
    " and that's it",
    ". Then you're done.",
    ". Then stop.",
    " and you're done",
    "!",
    "!!",
    " :)",
    " - thanks",
    ". Many thanks in advance!",
    ", that's all",
    ". That's everything.",
    " asap",
    " now",
    ", quickly",
    ". Don't do anything else.",
    ". And be careful.",
    ". It's urgent.",
    ". No hurry.",
    ", cheers mate",
    ". I'd be grateful.",
    " and leave the rest as it is",
    ", nothing more",
    ". Leave everything else alone.",
    ". Thank you so much",
)
_CONTEXT = (
    "I'm in the editor. ",
    "The window is already open. ",
    "The program is running. ",
    "In the text editor, ",
    "In the browser, ",
    "On this page, ",
    "In this program, ",
    "In Mousepad, ",
    "in the file manager, ",
    "With the mouse, ",
    "in the calculator, ",
    "In Thunar: ",
    "In the app ",
    "In Geany, ",
    "On the web page, ",
    "In the current window, ",
    "I have the settings open. ",
    "The dialog is open. ",
    "We are on the start page. ",
    "Hi there. ",
    "Good morning! ",
    "Hello. ",
    "I'm a bit lost. ",
    "I can't find it myself. ",
    "My hands are full. ",
    "This should be easy. ",
    "Here we go: ",
    "Listen: ",
    "A quick one: ",
    "Small thing: ",
    "Something simple: ",
    "Next task. ",
    "The form is on the screen. ",
    "In the form, ",
    "in the image viewer, ",
    "In the terminal, ",
    "For the report: ",
    "for my tax return, ",
    "I always forget how this goes. ",
    "You see the main window. ",
    "As discussed: ",
    "As I said before, ",
    "in LibreOffice, ",
    "In Firefox ",
    "in the mail program, ",
)
_IDLE = (
    "If a message comes up, leave it.",
    "Don't change anything else.",
    "I'll do the rest myself.",
    "Take your time.",
    "It should work.",
    "You can't miss it.",
    "I did it like that yesterday.",
    "It's in the same window.",
    "Watch out for typos.",
    "The window may take a moment.",
    "That is how we always do it.",
    "Tell me when you're done.",
    "Let me know if something goes wrong.",
    "I hope that's clear.",
    "I need this for a meeting.",
    "It's for my sister.",
)


def compose(draft: Draft, clauses: list[Clause]) -> tuple[str, list[Step]]:
    """The instruction's text, slots in it, and its steps in the order they are to be taken."""
    rng = draft.rng
    steps = [step for clause in clauses for step in clause.steps]
    if any(clause.last for clause in clauses[:-1]):
        clauses = [clause for clause in clauses if not clause.last] + [clause for clause in clauses if clause.last][:1]
        steps = [step for clause in clauses for step in clause.steps]
    draw = rng.random()
    if len(clauses) == 1:
        text, clauses = _single(draft, clauses[0])
    elif len(clauses) == 2 and draw < 0.2 and not any(clause.whole or clause.last for clause in clauses):
        text = _reversed(draft, clauses[0], clauses[1])
    elif len(clauses) >= 2 and draw < 0.33:
        return _list(draft, clauses), steps
    elif draw < 0.55 and len(clauses) <= 6:
        text = _run_on(draft, clauses)
    else:
        text = _sentences(draft, clauses)
    return _around(draft, text, bool(clauses) and clauses[-1].last), steps


def _single(draft: Draft, clause: Clause) -> tuple[str, list[Clause]]:
    if not clause.whole and not clause.last and draft.chance(0.05):
        return draft.pick(_MIND).replace("{G}", clause.inflected("ing")), [clause]
    if not clause.whole and draft.chance(0.38):
        return _politely(draft, clause.inflected()), [clause]
    return _sentence(draft, clause.inflected()), [clause]


def _politely(draft: Draft, said: str) -> str:
    template = draft.pick(_POLITE)
    head, _, tail = template.partition("{C}")
    return head + said + ("" if tail == "?" and draft.chance(0.2) else tail)


def _sentence(draft: Draft, said: str) -> str:
    return said[0].upper() + said[1:] if said and draft.chance(0.7) else said


def _around(draft: Draft, text: str, last: bool) -> str:
    if draft.chance(0.08):
        context = draft.pick(_CONTEXT)
        text = context + (text[0].lower() + text[1:] if context.endswith((", ", ": ")) and text[:1].isalpha() else text)
    if last:
        return text
    if draft.chance(0.025):
        text = text.rstrip(".?! ") + _unwanted(draft)
    draw = draft.rng.random()
    if draw < 0.1:
        text = text.rstrip(".?") + draft.pick(_SUFFIXES)
    elif draw < 0.13:
        text = text.rstrip(".") + ". " + draft.pick(_IDLE)
    elif draw < 0.55 and text[-1:] not in ".?!":
        text += "."
    return text


def _unwanted(draft: Draft) -> str:
    """What is not to be done: no step."""
    other = draft.label(draft.pick(COMMON))
    return spell(
        draft.rng,
        draft.pick(
            (
                ", but don't (click|press|touch) {Y}(| yet)",
                " without (clicking|pressing|touching) {Y}",
                ", but (do not|don't) save (it|anything)",
                ", but don't close (it|the window)",
                ". Don't (click|press|choose|touch) {Y}",
                ". Do not (click|press) {Y}(| yet)",
                ". {Y} is not to be touched",
                ", just don't press {Y}",
                " and don't (click|press) {Y}",
                ". Leave {Y} alone",
                ", and leave {Y} as it is",
                ". Never press {Y}",
            )
        ),
        {"Y": other},
    )


def _reversed(draft: Draft, one: Clause, two: Clause) -> str:
    """Two clauses whose order the words tell, mostly against the order they are said in."""
    templates = (
        "before you {2}, {1}",
        "Before {2g}, {1}",
        "before you {2}, please {1}",
        "before {2g} you have to {1}",
        "{2}, but first {1}",
        "{2}, but {1} first",
        "{2}, but before that {1}",
        "{2} after {1g}",
        "{2} after you have {1d}",
        "{2} once you have {1d}",
        "{2} once you've {1d}",
        "{2} as soon as you have {1d}",
        "{2} when you have {1d}",
        "don't {2} until you have {1d}",
        "do not {2} before you have {1d}",
        "After {1g}, {2}",
        "after {1g} {2}",
        "After you have {1d}, {2}",
        "Once you've {1d}, {2}",
        "once you have {1d}, {2}",
        "when you have {1d}, {2}",
        "As soon as you have {1d}, {2}",
        "Having {1d}, {2}",
        "{1} before {2g}",
        "{1} before you {2}",
        "first {1}, then {2}",
        "First {1} and then {2}",
        "{1} first, then {2}",
        "{1} first and {2} afterwards",
        "{1}, and only then {2}",
        "start by {1g}, then {2}",
        "Begin by {1g} and finish by {2g}",
        "{2} at the end, {1} at the beginning",
        "finally {2}, but to start with {1}",
        "I want you to {2}, but not before you have {1d}",
        "by the time you {2} you should have {1d}",
        "only {2} after you {1}",
        "{1}; {2} when that's done",
        "{2} - but {1} beforehand",
        "Prior to {2g}, {1}",
        "{1}, then and only then {2}",
        "let me see you {1} before you {2}",
        "{1} so that you can {2}",
        "{1} and, when that is done, {2}",
        "in order to be able to {2} you first {1}",
        "the last thing to do is to {2}; before that, {1}",
        "{2} - after you {1}, that is",
        "{1} and go on by {2g}",
        "{1}. Only after that {2}",
        "{1} and once that has worked {2}",
    )
    text = draft.pick(templates)
    for number, clause in (("1", one), ("2", two)):
        for mark, form in (("g", "ing"), ("d", "done"), ("", "base")):
            text = text.replace("{" + number + mark + "}", clause.inflected(form))  # type: ignore[arg-type]
    return _sentence(draft, text)


def _run_on(draft: Draft, clauses: list[Clause]) -> str:
    """One sentence."""
    steady = draft.pick(_THEN) if draft.chance(0.5) else ""
    text = clauses[0].inflected()
    for number, clause in enumerate(clauses[1:], 1):
        final = number == len(clauses) - 1
        joiner = (
            draft.pick((" and ", ", and ", " and then ", ", then ", ", and finally ", " and finally ", ", and lastly ", ", finally "))
            if final and draft.chance(0.6)
            else steady or draft.pick(_THEN)
        )
        text += joiner + clause.inflected()
    if draft.chance(0.3) and not clauses[0].whole:
        return _politely(draft, text)
    if draft.chance(0.08):
        return draft.pick(_FIRSTS) + text
    return _sentence(draft, text)


def _sentences(draft: Draft, clauses: list[Clause]) -> str:
    """Several sentences, each of one to three clauses."""
    rng = draft.rng
    groups: list[list[Clause]] = []
    left = list(clauses)
    while left:
        size = 1 if left[0].whole else rng.choice((1, 1, 2, 2, 3))
        group = [left.pop(0)]
        while left and len(group) < size and not left[0].whole:
            group.append(left.pop(0))
        groups.append(group)
    told = []
    for number, group in enumerate(groups):
        if len(group) == 2 and rng.random() < 0.15 and not any(clause.whole or clause.last for clause in group):
            told.append(_reversed(draft, group[0], group[1]))
            continue
        text = group[0].inflected()
        for clause in group[1:]:
            text += draft.pick((", then ", " and ", " and then ", ", ", ", and ", "; ", " and ", " and ")) + clause.inflected()
        if group[0].whole:
            told.append(_sentence(draft, text))
        elif number == 0:
            draw = rng.random()
            told.append(_politely(draft, text) if draw < 0.25 else draft.pick(_FIRSTS) + text if draw < 0.37 else _sentence(draft, text))
        elif number == len(groups) - 1 and rng.random() < 0.4:
            told.append(draft.pick(_LASTS) + text)
        elif rng.random() < 0.55:
            told.append(draft.pick(_STARTERS) + text)
        else:
            told.append(_sentence(draft, text))
    stop = draft.pick((". ", ". ", ". ", ". ", ".\n", "; ", " ", "! ", "... ", "\n")) if draft.chance(0.25) else ". "
    said = ""
    for number, part in enumerate(told):
        if number:
            said += (" " if stop.startswith((".", "!")) else stop) if said[-1:] in "?!" and stop != "\n" else stop
        said += part
    return said


def _list(draft: Draft, clauses: list[Clause]) -> str:
    """Numbered or bulleted lines, or everything in one line with numbers."""
    said = [_sentence(draft, clause.inflected()) for clause in clauses]
    kind = draft.rng.randrange(8)
    head = draft.pick(
        (
            "",
            "",
            "",
            "Please do this:\n",
            "Steps:\n",
            "To do:\n",
            "Do the following:\n",
            "here's what I need:\n",
            "Instructions:\n",
            "Please:\n",
            "In this order:\n",
        )
    )
    stop = draft.pick(("", "", "."))
    letters = "abcdefghijklmnopqrstuvwxyz"
    if kind == 0:
        return head + "\n".join(f"{number}. {one}{stop}" for number, one in enumerate(said, 1))
    if kind == 1:
        return head + "\n".join(f"{number}) {one}{stop}" for number, one in enumerate(said, 1))
    if kind == 2:
        bullet = draft.pick(("- ", "* ", "• ", "– ", "+ "))
        return head + "\n".join(f"{bullet}{one}{stop}" for one in said)
    if kind == 3:
        return head.replace("\n", " ") + " ".join(
            f"{number}. {one}{stop or draft.pick(('.', '', ';', ','))}" for number, one in enumerate(said, 1)
        )
    if kind == 4:
        return "\n".join(f"Step {number}: {one}{stop}" for number, one in enumerate(said, 1))
    if kind == 5:
        return head.replace("\n", " ") + " ".join(f"({number}) {one}{stop}" for number, one in enumerate(said, 1))
    if kind == 6:
        return " ".join(f"{letters[number % 26]}) {one}{stop or draft.pick(('', ',', ';'))}" for number, one in enumerate(said))
    return head + "\n".join(f"{one}{stop}" for one in said)


def tidy(text: str) -> str:
    """Blanks that came of left-out words."""
    text = re.sub(r" {2,}", " ", text)
    return re.sub(r" ([,;.?!])(?=\s|$)", r"\1", text).strip()
