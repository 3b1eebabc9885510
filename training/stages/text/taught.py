"""What episodes show, said in more ways than they were: other values where a goal says them, politeness, something after it.

    file my shopping list under larder           click File, click Save As..., type larder, click Save
    please file my shopping list under trip-v2   click File, click Save As..., type trip-v2, click Save

Twenty goals alone would be learned by heart. What is copied from a goal into its plan differs from one example to the next, so that copying
is what remains to be learned.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Sequence

from training.datasets.episode_plans import Lesson
from training.generate.instructions import steps as say
from training.generate.instructions import texts
from training.generate.instructions.draft import Draft
from training.generate.instructions.terse import untaught
from training.generate.instructions.words import OPTIONS, TABS
from vlm.planner.plan import PlannedStep

OTHER_VALUES, OTHER_WORDS, MORE, REFUSED = 0.5, 0.35, 0.1, 0.12
"""Shares: of examples with other values, with words around them, with something after them; of refusals among what is kept."""
_AROUND = (
    "please {}", "{}, please", "could you {}?", "can you {}", "I'd like you to {}", "I want you to {}", "now {}", "{} now", "{}!", "{}.",
    "{} for me", "would you {}?", "I need you to {}", "{}, thanks", "just {}", "could you please {}", "let's {}", "help me {}",
)  # fmt: skip
_NO_CONTENT = frozenset({
    "a", "an", "the", "my", "our", "your", "this", "that", "it", "to", "of", "in", "into", "for", "from", "with", "by", "as", "on", "at",
    "under", "and", "or", "please", "make", "do", "get", "put", "up", "me", "all",
})  # fmt: skip
Asked = tuple[str, tuple[PlannedStep, ...]]


class Taught:
    """Draws examples of what was shown, and tells which other examples would contradict it."""

    def __init__(self, lessons: Sequence[Lesson]) -> None:
        self.lessons = tuple(lessons)
        groups: dict[tuple[object, ...], list[Lesson]] = defaultdict(list)
        for lesson in self.lessons:
            groups[_shape(lesson)].append(lesson)
        self._varied = {shape: _varied(group) for shape, group in groups.items()}
        self._goals = [_content(lesson.instruction) for lesson in self.lessons]

    def draw(self, rng: random.Random) -> Asked:
        lesson = rng.choice(self.lessons)
        instruction, steps = lesson.instruction, lesson.steps
        if rng.random() < OTHER_VALUES:
            instruction, steps = self._with_other_values(rng, lesson)
        if rng.random() < OTHER_WORDS:
            small = instruction[:1].lower() + instruction[1:] if not instruction[:2].isupper() else instruction
            instruction = rng.choice(_AROUND).format(small.rstrip(".!"))
        if rng.random() < MORE:
            draft = Draft(rng)
            clause = say.press(draft, "Enter") if rng.random() < 0.4 else say.button(draft)
            after, more = draft.finish(clause.inflected(), clause.steps)
            instruction, steps = f"{instruction.rstrip('.!?')}{rng.choice((', then ', ' and then ', '. Then '))}{after}", (*steps, *more)
        return instruction, steps

    def refused(self, rng: random.Random) -> Asked:
        """A goal that nobody showed, for which there is still no plan."""
        while True:
            draft = Draft(rng)
            text, steps = untaught(draft)
            told, _ = draft.finish(text, steps)
            if not self.contradicted(told, ()):
                return told, ()

    def contradicted(self, instruction: str, steps: Sequence[PlannedStep]) -> bool:
        """Whether it says that there is no plan for what is much like a goal that was shown."""
        if steps:
            return False
        words = _content(instruction)
        return any(len(words & goal) >= min(2, len(goal)) for goal in self._goals)

    def _with_other_values(self, rng: random.Random, lesson: Lesson) -> Asked:
        instruction, steps = lesson.instruction, list(lesson.steps)
        for place in self._varied[_shape(lesson)]:
            step = steps[place]
            old = step.text if step.text is not None else step.target or ""
            found = _said(old, instruction)
            if found is None:
                continue
            if step.text is not None:
                new = _like(rng, old)
                steps = [one.model_copy(update={"text": new}) if one.text == old else one for one in steps]
                said = new
            else:
                new = rng.choice((*OPTIONS, *TABS))
                steps = [one.model_copy(update={"target": new}) if one.target == old else one for one in steps]
                said = new.lower() if found[0].islower() else new
            instruction = instruction[: found.start()] + said + instruction[found.end() :]
        return instruction, tuple(steps)


def _shape(lesson: Lesson) -> tuple[object, ...]:
    """What stays the same from one showing of a goal to the next."""
    return tuple((step.do, step.keys, step.direction) for step in lesson.steps)


def _varied(group: Sequence[Lesson]) -> list[int]:
    """The places of steps that copy something from the goal: texts that it says, and targets that differ from one showing to the next."""
    found = []
    for place, step in enumerate(group[0].steps):
        if step.text is not None:
            values, enough = [lesson.steps[place].text or "" for lesson in group], 1
        else:
            values, enough = [lesson.steps[place].target or "" for lesson in group], 2
        said = all(value and _said(value, lesson.instruction) for value, lesson in zip(values, group, strict=True))
        if said and len(set(values)) >= enough:
            found.append(place)
    return found


def _said(value: str, instruction: str) -> re.Match[str] | None:
    """Where the goal says a value, as a word of its own and only once."""
    found = list(re.finditer(rf"(?<!\w){re.escape(value)}(?!\w)", instruction, re.IGNORECASE)) if value else []
    return found[0] if len(found) == 1 else None


def _like(rng: random.Random, value: str) -> str:
    """Another text of the sort, or, for a word, a few: where it ends is not to be learned by heart."""
    if re.fullmatch(r"[\d.,]+", value):
        return texts.number(rng)
    if "@" in value:
        return texts.email(rng)
    if re.search(r"\w\.\w{1,5}$", value):
        while not re.search(r"\w\.\w{1,6}$", made := texts.file_name(rng)):
            pass
        return made
    if " " in value:
        return rng.choice((texts.noun_phrase, texts.some_words, texts.person))(rng)
    if rng.random() < 0.4:
        phrase = rng.choice((texts.noun_phrase, texts.person, texts.file_name, texts.city, texts.date))(rng)
        return f"the {phrase}" if phrase.islower() and rng.random() < 0.4 else phrase
    return rng.choice((texts.word, texts.word, lambda one: texts.file_name(one).partition(".")[0], lambda one: one.choice(texts.NOUNS)))(
        rng
    )


def _content(instruction: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", instruction.casefold())) - _NO_CONTENT
