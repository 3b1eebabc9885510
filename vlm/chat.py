"""The chat format as token ids, in the checkpoint's own template where it brings one."""

from __future__ import annotations

from collections.abc import Callable

from transformers import PreTrainedTokenizerFast

from recordings.errors import DeskhandError
from vlm.prompts import IMAGE_PLACEHOLDER, SPECIAL_TOKENS, Mode, render, user_turn


class ChatFormat:
    """Renders one question about pictures and cuts it at the pictures' places.

    `newlines=False` leaves out the line breaks that the template puts after `<|im_end|>` and `<|im_sep|>`: the published model was run
    in both forms.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast, newlines: bool = True) -> None:
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
        plain = _defused(question)
        if self.tokenizer.chat_template is None:
            return render(plain, mode, self._newlines, pictures)
        message = {"role": "user", "content": user_turn(plain, pictures)}
        text = self.tokenizer.apply_chat_template([message], tokenize=False, add_generation_prompt=True)
        assert isinstance(text, str)
        if not self._newlines:
            for mark in (SPECIAL_TOKENS["end"], SPECIAL_TOKENS["separator"]):
                text = text.replace(f"{mark}\n", mark)
        return text + {"nothink": SPECIAL_TOKENS["nothink"], "think": SPECIAL_TOKENS["think"], "own": ""}[mode]

    def chunks(self, question: str, mode: Mode, pictures: int = 1) -> list[list[int]]:
        """Token ids before, between and after the pictures: `pictures + 1` lists. Each chunk is tokenised by itself, as in training."""
        parts = self.text(question, mode, pictures).split(IMAGE_PLACEHOLDER)
        return [self.tokenizer.encode(part, add_special_tokens=False) for part in parts]

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


def _defused(question: str) -> str:
    for mark in (IMAGE_PLACEHOLDER, *SPECIAL_TOKENS.values(), "<|"):
        question = question.replace(mark, f"{mark[0]} {mark[1:]}")
    return question
