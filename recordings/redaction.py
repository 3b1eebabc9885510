"""What must not be kept of what happens: every text of a step and of an episode's header, with placeholders in the place of secrets.

One set of rules (`recordings.secrets`) for recordings and for the agent's runs, and for what is on disk already.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

from recordings.action import Action, Ask, Finish, Press, Type, print_action
from recordings.episode import ANSWERED, EpisodeHeader, Hidden, PlanMark, Prediction, Step
from recordings.names import slug
from recordings.secrets.memory import Redactor, asks_for_secret
from recordings.secrets.rules import PASSWORD, PLACEHOLDERS, Find


class Finder(Protocol):
    """The rules alone, or with what a run has learned."""

    def find(self, text: str) -> list[Find]: ...

    def redact(self, text: str) -> tuple[str, tuple[str, ...]]: ...


def redact_action(action: Action, rules: Finder) -> tuple[Action, tuple[str, ...]]:
    """The action without the secrets in its text, and the kinds that were found."""
    match action:
        case Type(text=text):
            clean, kinds = getattr(rules, "redact_typed", rules.redact)(text)
            return (action.model_copy(update={"text": clean}) if kinds else action), kinds
        case Ask(question=text):
            clean, kinds = rules.redact(text)
            return (action.model_copy(update={"question": clean}) if kinds else action), kinds
        case Finish(answer=text):
            clean, kinds = rules.redact(text)
            return (action.model_copy(update={"answer": clean}) if kinds else action), kinds
        case Press():
            return action, ()
        case _:
            return action, ()


def answer_of(step: Step) -> str | None:
    """What a person answered to a question about a secret; None where nothing of the kind was asked."""
    asked = step.action if isinstance(step.action, Ask) else None
    if asked is None or not step.note.startswith(ANSWERED) or not asks_for_secret(asked.question):
        return None
    return step.note.removeprefix(ANSWERED).strip()


def learn_from_step(step: Step, redactor: Redactor) -> None:
    """Learn what the rules find in the texts of a step, and what a person answered to a question about a secret."""
    texts = [step.note, step.prediction.thought, step.prediction.text, step.window_title or "", step.element.name if step.element else ""]
    for action in (step.action, step.prediction.action):
        texts += [getattr(action, name, "") for name in ("text", "question", "answer")]
    for text in texts:
        redactor.learn_from(text)
    if answer := answer_of(step):
        redactor.learn(answer)


def redact_step(step: Step, rules: Finder) -> Step:
    """The step without the secrets in any of its texts; what was found is told in `hidden`. Frames are not touched."""
    hidden: list[Hidden] = []

    def clean(place: Literal["action", "title", "element", "note"], text: str) -> str:
        changed, kinds = rules.redact(text)
        hidden.extend(Hidden(place=place, kind=kind) for kind in kinds)
        return changed

    action = step.action
    if action is not None:
        action, kinds = redact_action(action, rules)
        hidden.extend(Hidden(place="action", kind=kind) for kind in kinds)
    prediction, said = step.prediction, step.prediction.text
    wanted = prediction.action if prediction.action is None else redact_action(prediction.action, rules)[0]
    for dirty, done in ((prediction.action, wanted), (step.action, action)):
        if dirty is not None and done is not None and dirty != done:
            said = said.replace(print_action(dirty), print_action(done))
    if step.action is None and prediction.action is not None:
        hidden.extend(Hidden(place="action", kind=kind) for kind in redact_action(prediction.action, rules)[1])
    cleaned = Prediction.model_validate(
        prediction.model_dump()
        | {
            "action": wanted,
            "thought": clean("note", prediction.thought),
            "text": clean("action", said),
            "mistake": prediction.mistake and clean("note", prediction.mistake),
            "plan": prediction.plan and _redact_mark(prediction.plan, lambda text: clean("note", text)),
        }
    )
    element = step.element
    if element is not None:
        element = element.model_copy(update={"name": clean("element", element.name)})
    title = step.window_title and clean("title", step.window_title)
    kind_of_window = step.window_class and clean("title", step.window_class)
    note = clean("note", step.note)
    if (answer := answer_of(step)) and answer not in PLACEHOLDERS.values():
        note = ANSWERED + PLACEHOLDERS[PASSWORD]
        hidden.append(Hidden(place="note", kind=PASSWORD))
    if not hidden:
        return step
    told = (*(step.hidden or ()), *(one for one in dict.fromkeys(hidden) if one not in (step.hidden or ())))
    update = {"action": action, "prediction": cleaned, "element": element, "window_title": title, "window_class": kind_of_window,
              "note": note, "hidden": told}  # fmt: skip
    return step.model_copy(update=update)


def _redact_mark(mark: PlanMark, clean: Callable[[str], str]) -> PlanMark:
    texts = {name: clean(getattr(mark, name)) for name in ("step", "name", "target")}
    choices = tuple(choice.model_copy(update={"name": clean(choice.name)}) for choice in mark.choices)
    return mark.model_copy(update={**texts, "choices": choices})


def redact_header(header: EpisodeHeader, rules: Finder) -> EpisodeHeader:
    """The header without secrets in its name, its instruction, its end, and whatever else it tells."""

    def clean(value: Any) -> Any:
        match value:
            case str():
                return rules.redact(value)[0]
            case list():
                return [clean(one) for one in value]
            case dict():
                return {rules.redact(str(key))[0]: clean(one) for key, one in value.items()}
            case _:
                return value

    texts = {name: clean(getattr(header, name)) for name in ("instruction", "stop_detail", "model", "task", "platform", "extra")}
    name, kinds = rules.redact(header.name)
    return header.model_copy(update=texts | {"name": slug(name) if kinds else header.name})
