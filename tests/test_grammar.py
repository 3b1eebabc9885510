"""The grammars: everything they produce parses, everything printed they accept, and what is forced is never a choice."""

from __future__ import annotations

import json
import random
import unicodedata
from functools import cache
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from recordings.action import MODIFIERS, NAMED_KEYS, Ask, Click, Drag, Finish, Move, Press, Scroll, Type, Wait, parse_action, print_action
from vlm.grammar import (
    Constraint,
    GrammarCompiler,
    _value_pattern,
    action_grammar,
    box_grammar,
)
from vlm.prompts import SPECIAL_TOKENS, describe_actions, parse_act_answer, parse_box
from vlm.stand_in_tokenizer import build_tokenizer

VOCABULARY = 1500


@cache
def compiler() -> GrammarCompiler:
    tokenizer = build_tokenizer()
    return GrammarCompiler(tokenizer, VOCABULARY, [tokenizer.eos_token_id])


@cache
def bpe_compiler() -> GrammarCompiler:
    """A byte-pair tokenizer with many tokens that cross the grammar's joints, as the published one has."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    lines = [f'click(x=0.{n:03d}, y=0.{n * 7 % 1000:03d})\ntype(text="a b")\n[0.{n:03d}, 0.{n:03d}, 0.{n:03d}, 1.000]' for n in range(999)]
    trainer = trainers.BpeTrainer(vocab_size=1400, special_tokens=["<|im_end|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    core.train_from_iterator(lines, trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, eos_token="<|im_end|>")
    return GrammarCompiler(tokenizer, VOCABULARY, [tokenizer.eos_token_id])


def take(grammar: str, text: str, made_by: GrammarCompiler | None = None) -> Constraint:
    """Feed the text, token by token; each must have been allowed."""
    made_by = made_by or compiler()
    constraint = made_by.start(grammar)
    for token in made_by.tokenizer.tokenize_str(text):
        assert constraint.allowed()[token], (text, made_by.tokenizer.decode_str([token]))
        constraint.consume(token)
    return constraint


def whole(constraint: Constraint, made_by: GrammarCompiler | None = None) -> bool:
    """Whether an answer may end here, as decoding sees it."""
    return constraint.complete or bool(constraint.allowed()[(made_by or compiler()).tokenizer.eos_token])


def refuses(grammar: str, text: str) -> bool:
    constraint = compiler().start(grammar)
    for token in compiler().tokenizer.tokenize_str(text):
        if not constraint.allowed()[token]:
            return True
        constraint.consume(token)
    return not whole(constraint)


def walk(grammar: str, seed: int, made_by: GrammarCompiler) -> str:
    """A random sentence of the grammar; closing marks are preferred, so that strings end."""
    chooser = random.Random(seed)
    constraint = made_by.start(grammar)
    closing = {token for mark in ('"', "\n", ")", "]") for token in made_by.tokenizer.tokenize_str(mark)}
    tokens: list[int] = []
    while not constraint.complete:
        forced = constraint.forced()
        allowed = [int(token) for token in np.flatnonzero(constraint.allowed())]
        if forced:
            assert allowed == forced[:1] or forced[0] in allowed
            step = forced
        else:
            preferred = [token for token in allowed if token in closing]
            step = [chooser.choice(preferred if preferred and chooser.random() < 0.3 else allowed)]
        if step[0] == made_by.tokenizer.eos_token:
            break
        for token in step:
            constraint.consume(token)
        tokens += step
    assert whole(constraint, made_by)
    return made_by.tokenizer.decode_bytes(tokens).decode("utf-8")


fractions = st.floats(0, 1, allow_nan=False)
# The tokenizer of these tests would read a special token where the text only spells its name.
texts = st.text(st.characters(codec="utf-8"), max_size=30).filter(lambda text: not any(name in text for name in SPECIAL_TOKENS.values()))
buttons = st.sampled_from(["left", "middle", "right"])
printable = st.characters(exclude_categories=["C", "Z"]).filter(lambda c: c.isprintable() and not c.isspace())
keys = st.one_of(st.sampled_from([*MODIFIERS, *NAMED_KEYS]), printable)
notches = st.integers(-100, 100)
chords = st.lists(keys, min_size=1, max_size=5).map(tuple)
actions = st.one_of(
    st.builds(
        Click, x=fractions, y=fractions, button=buttons, count=st.integers(1, 3), modifiers=st.lists(st.sampled_from(MODIFIERS)).map(tuple)
    ),
    st.builds(Move, x=fractions, y=fractions),
    st.builds(Drag, path=st.lists(st.tuples(fractions, fractions), min_size=2, max_size=5).map(tuple), button=buttons),
    st.builds(Scroll, x=fractions, y=fractions, dx=notches, dy=notches),
    st.builds(Type, text=texts),
    st.builds(Press, keys=chords, then=st.lists(chords, max_size=3).map(tuple)),
    st.builds(Wait, seconds=st.floats(0, 60)),
    st.builds(Ask, question=texts),
    st.builds(Finish, success=st.booleans(), answer=texts),
)


@settings(max_examples=300, deadline=None)
@given(actions, st.sampled_from(["", "then [Save]; now [File]\n", "click the button\n", "The menu (File) is open.\n"]))
def test_everything_printed_is_accepted(action: Any, thought: str) -> None:
    assert whole(take(action_grammar(), thought + print_action(action, 3)))


@settings(max_examples=200, deadline=None)
@given(actions)
def test_everything_printed_is_accepted_after_thinking(action: Any) -> None:
    for lead in ("", "\n", "\n\n", " "):
        assert whole(take(action_grammar(after_thinking=True), lead + print_action(action, 3)))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.booleans(), st.booleans())
def test_everything_produced_parses(seed: int, pairs: bool, after_thinking: bool) -> None:
    answer = walk(action_grammar(after_thinking=after_thinking), seed, bpe_compiler() if pairs else compiler())
    assert parse_act_answer(answer).mistake is None, answer


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.booleans())
def test_every_box_produced_parses(seed: int, pairs: bool) -> None:
    answer = walk(box_grammar(), seed, bpe_compiler() if pairs else compiler())
    assert parse_box(answer) is not None, answer
    assert answer.count(", ") == 3


@pytest.mark.parametrize("text", ["[0.174, 0.868, 0.224, 0.977]", "[0.000, 0.000, 1.000, 1.000]"])
def test_boxes_are_accepted(text: str) -> None:
    assert take(box_grammar(), text).complete
    assert take(box_grammar(), text, bpe_compiler()).complete
    assert take(box_grammar(after_thinking=True), "\n" + text).complete


@pytest.mark.parametrize(
    "text",
    [
        "[0.174, 0.868, 0.224]",
        "[1.174, 0.868, 0.224, 0.977]",
        "[0.17, 0.868, 0.224, 0.977]",
    ],
)
def test_other_boxes_are_refused(text: str) -> None:
    assert refuses(box_grammar(), text)


@pytest.mark.parametrize(
    "text",
    [
        "click(x=0.5, y=0.5)",
        "click(x=0.500)",
        "click(x=0.500, y=1.500)",
        "click(y=0.500, x=0.500)",
        'click(x=0.500, y=0.500, button="left")',
        "click(x=0.500, y=0.500, count=4)",
        "click(x=0.500, y=0.500) and more",
        "scroll(x=0.500, y=0.500, dy=101)",
        "press(keys=[])",
        'press(keys=["return"])',
        'press(keys=["a", "b", "c", "d", "e", "f"])',
        'press(keys=["\u00a0"])',
        'type(text="\n")',
        r'type(text="\ud83d")',
        "wait(seconds=61)",
        "wait(seconds=05)",
        "drag(path=[[0.100, 0.200]])",
        "exec(x)",
        "a thought alone",
        "two\nthoughts\nfinish()",
        "\nfinish()",
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    assert refuses(action_grammar(), text)


def test_a_begun_action_is_no_longer_a_thought() -> None:
    constraint = take(action_grammar(), "finish(s")
    assert compiler().tokenizer.decode_str(constraint.forced()) == "uccess=false"


def test_actions_in_words_name_their_places() -> None:
    grammar = action_grammar(places="words")
    for text in ('click(target="the Save button")', 'scroll(target="the list", dy=3)', 'drag(path=["the file", "the folder"])', "finish()"):
        assert whole(take(grammar, text))
    assert refuses(grammar, "click(x=0.500, y=0.500)")
    assert refuses(grammar, 'click(target="")')


def test_forced_tokens_carry_a_box_through_with_four_choices() -> None:
    """What follows of itself is handed over at once: four numbers are four choices, and four times whether it is 0 or 1."""
    constraint = compiler().start(box_grammar())
    choices = 0
    for number in ("174", "868", "224", "977"):
        for token in constraint.forced():
            constraint.consume(token)
        for part in ("0", number):
            constraint.consume(
                compiler().tokenizer.tokenize_str(f"0.{part}")[-1] if part == number else compiler().tokenizer.tokenize_str(part)[0]
            )
            choices += 1
            for token in constraint.forced():
                constraint.consume(token)
    assert constraint.complete
    assert choices == 8


def test_a_coordinate_is_likely_to_begin_with_nought_and_a_point() -> None:
    decode = compiler().tokenizer.decode_str
    assert decode(take(box_grammar(), "[").likely()) == decode(take(box_grammar(), "[0.174, ").likely()) == "0."
    assert decode(take(action_grammar(), "click(x=").likely()) == "0."
    assert (
        take(box_grammar(), "[0.").likely()
        == take(action_grammar(), "wait(seconds=").likely()
        == take(action_grammar(), "type(text=").likely()
        == []
    )
    constraint = take(box_grammar(), "[")
    constraint.likely()
    assert constraint.fitting(compiler().tokenizer.tokenize_str("1.000")) > 0


def test_refused_tokens_raise() -> None:
    constraint = compiler().start(box_grammar())
    with pytest.raises(ValueError, match="does not fit"):
        constraint.consume(compiler().tokenizer.tokenize_str("x")[0])
    with pytest.raises(ValueError, match="malformed grammar"):
        compiler().start("start: (")


def test_the_mask_covers_the_whole_width_of_the_logits() -> None:
    assert compiler().start(action_grammar()).allowed().shape == (VOCABULARY,)


def test_the_schema_names_every_action_and_argument() -> None:
    schema = describe_actions()
    for name in (
        "click(x: number, y: number, button: left|middle|right",
        "drag(path: [[number, number], ...]",
        "finish(success: boolean=true",
    ):
        assert name in schema
    assert "click(target: words, button" in describe_actions("words")
    assert "x: number" not in describe_actions("words")


def test_a_new_kind_of_argument_asks_for_a_pattern() -> None:
    assert _value_pattern(Annotated[int, Field(ge=-2, le=12)], 0).count("0") == 1
    assert _value_pattern(Literal["a", "b"], "a") == '("b")'
    with pytest.raises(TypeError, match="no pattern"):
        _value_pattern(bytes)


def test_every_printable_key_and_no_other_is_accepted() -> None:
    """Over the first planes in full: this Python's idea of a printable character against the pattern's."""
    matcher = compiler().start(action_grammar())._matcher
    head = compiler().tokenizer.tokenize_str("press(keys=[")
    for code in [*range(0x21, 0x700), *range(0x700, 0x30000, 97)]:
        character = chr(code)
        if unicodedata.category(character) == "Cs":
            continue
        printed = f"press(keys=[{json.dumps(character, ensure_ascii=False)}])"
        tokens = compiler().tokenizer.tokenize_str(printed)
        assert tokens[: len(head)] == head
        accepted = matcher.validate_tokens(tokens) == len(tokens)
        try:
            parse_action(printed)
            parses = True
        except ValueError:
            parses = False
        assert accepted == parses, hex(code)
