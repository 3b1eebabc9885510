"""The chat format as token ids, in the checkpoint's own template where it brings one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal

from transformers import PreTrainedTokenizerFast

from recordings.errors import DeskhandError
from vlm.prompts import IMAGE_PLACEHOLDER, SPECIAL_TOKENS, Mode, render, user_turn
from vlm.template import template_of

Role = Literal["user", "assistant"]


class ChatFormat:
    """Renders one question about pictures and cuts it at the pictures' places.

    `newlines` says whether line breaks stand after `<|im_end|>` and the last `<|im_sep|>`: the published model was run in both forms.
    None is as the checkpoint's template has it.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast, newlines: bool | None = None) -> None:
        self.tokenizer = tokenizer
        self._newlines = newlines
        self.ids: dict[str, int] = {}
        """The ids of the special tokens by their names in `SPECIAL_TOKENS`."""
        vocabulary = tokenizer.get_vocab()
        for name in ("start", "separator", "end", "nothink", "think", "end_think"):
            if SPECIAL_TOKENS[name] not in vocabulary:
                raise DeskhandError(f"the tokenizer lacks {SPECIAL_TOKENS[name]}: restore the tokenizer files of the checkpoint")
            self.ids[name] = vocabulary[SPECIAL_TOKENS[name]]

    def text(self, question: str, mode: Mode, pictures: int = 1) -> str:
        """The prompt up to where the answer begins. Special tokens spelled in the question are broken up: they are only text there."""
        plain = defused(question)
        if self.tokenizer.chat_template is None:
            return render(plain, mode, self._newlines is not False, pictures)
        return self._templated([("user", user_turn(plain, pictures))], mode)

    def turns(self, turns: Sequence[tuple[Role, str]], mode: Mode, system: str | None = None) -> list[list[int]]:
        """A conversation of (role, text) up to where the next answer begins, as token ids before, between and after its pictures.

        Text that a person or the model wrote must be `defused` beforehand; every `IMAGE_PLACEHOLDER` is a picture's place. Behind a last
        turn of the assistant nothing begins. `system` stands in the place of the template's own system text; the published template
        would drop such a message.
        """
        if self.tokenizer.chat_template is not None:
            return self._cut(_with_system(self._templated(turns, mode), system, self._newlines is not False))
        # The last turn with the generation prompt behind it is rendered like a question by itself.
        *earlier, (role, last) = turns
        if role == "assistant":
            earlier = list(turns)
        start, separator, end = (SPECIAL_TOKENS[name] for name in ("start", "separator", "end"))
        gap = "\n" if self._newlines is not False else ""
        between = {"user": "", "assistant": gap}
        told = "".join(f"{start}{role}{separator}{between[role]}{text}{end}{gap}" for role, text in earlier)
        if role == "user":
            told += render(last, mode, self._newlines is not False, pictures=0)
        return self._cut(_with_system(told, system, self._newlines is not False))

    def _templated(self, turns: Sequence[tuple[Role, str]], mode: Mode) -> str:
        messages = [{"role": role, "content": text} for role, text in turns]
        asked = turns[-1][0] == "user"
        text = template_of(self._template()).render(messages, asked, **self.tokenizer.special_tokens_map)
        end, separator = SPECIAL_TOKENS["end"], SPECIAL_TOKENS["separator"]
        if self._newlines is False:
            text = text.replace(f"{end}\n", end).replace(f"{separator}\n", separator)
        elif self._newlines:
            text = re.sub(rf"({re.escape(end)}|{re.escape(separator)}\Z)\n?", r"\1\n", text)
        return text + {"nothink": SPECIAL_TOKENS["nothink"], "think": SPECIAL_TOKENS["think"], "own": ""}[mode if asked else "own"]

    def _template(self) -> str:
        found = self.tokenizer.chat_template
        found = found.get("default") if isinstance(found, dict) else found
        if not isinstance(found, str):
            raise DeskhandError("the checkpoint's chat template is no text: restore its tokenizer files")
        return found

    def chunks(self, question: str, mode: Mode, pictures: int = 1) -> list[list[int]]:
        """Token ids before, between and after the pictures: `pictures + 1` lists. Each chunk is tokenised by itself, as in training."""
        return self._cut(self.text(question, mode, pictures))

    def _cut(self, text: str) -> list[list[int]]:
        return [self.tokenizer.encode(part, add_special_tokens=False) for part in text.split(IMAGE_PLACEHOLDER)]

    def decode(self, tokens: list[int]) -> str:
        return self.tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)

    def streamer(self, on_text: Callable[[str], None]) -> Callable[[int], None]:
        """Turns tokens into text pieces; a character whose bytes are spread over several tokens waits for the last."""
        tokens: list[int] = []

        def on_token(token: int) -> None:
            tokens.append(token)
            piece = self.decode(tokens)
            if piece and not piece.endswith("\ufffd"):
                on_text(piece)
                tokens.clear()

        return on_token


def _with_system(text: str, system: str | None, newlines: bool) -> str:
    """A rendered conversation with its system text, if it has one, in the place of the template's, or first where there is none."""
    if system is None:
        return text
    head, end = f"{SPECIAL_TOKENS['start']}system{SPECIAL_TOKENS['separator']}", SPECIAL_TOKENS["end"]
    if text.startswith(head):
        return f"{head}{system}{text[text.index(end) :]}"
    return f"{head}{system}{end}{chr(10) if newlines else ''}{text}"


def defused(question: str) -> str:
    """Text in which nothing is a special token or a picture's place."""
    for mark in (IMAGE_PLACEHOLDER, *SPECIAL_TOKENS.values(), "<|"):
        question = question.replace(mark, f"{mark[0]} {mark[1:]}")
    return question
