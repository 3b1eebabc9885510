"""Words that a stranger's task may hold: no rule of the planner takes long over them, whatever they repeat."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from vlm.planner.arithmetic import check_sum, mark_sums
from vlm.planner.beyond import check_beyond
from vlm.planner.dictation import check_texts, quote_texts
from vlm.planner.instruction import NoPlan, check_instruction
from vlm.planner.mending import mend
from vlm.planner.negation import check_negations
from vlm.planner.parts import in_parts
from vlm.planner.plan import PlannedStep
from vlm.planner.quotations import blank_quotations
from vlm.planner.quoted import quoted_plan
from vlm.planner.repeats import clauses, read_counts
from vlm.planner.rephrasing import rephrased
from vlm.planner.spoken import keep_to_words
from vlm.planner.typed import complete_texts
from vlm.planner.unheeded import unheeded
from vlm.planner.unsaid import unsaid_steps

LENGTH, SECONDS = 4000, 0.1
PARTS = (
    "\n", " ", "\t", '"', "'", "“", "‘", "„", "«", "`", ",", ".", "?", "(", "1", "1 ", "1+", "a ", "a, ", "\n ", "'a ", "''a ", "‘a ",
    "no ",
    "sorry, ", "click a, I mean b ", "type ", "type a\n", "leave it ", "not ", "the second and third ", "set a to ", ", in the ", "5% ",
    "A. ",
    "twice ", "scroll ", "! ",
)  # fmt: skip
STEPS = (
    PlannedStep(do="type", text="q"), PlannedStep(do="click", target="Next"), PlannedStep(do="press", keys="Ctrl+A"),
    PlannedStep(do="press", keys="Delete"), PlannedStep(do="type", text="Why?"),
)  # fmt: skip
RULES: dict[str, Callable[[str], object]] = {
    "complete_texts": lambda words: complete_texts(words, STEPS), "unheeded": lambda words: unheeded(words, STEPS),
    "quote_texts": quote_texts, "check_texts": lambda words: check_texts(words, STEPS), "rephrased": rephrased,
    "mend": lambda words: mend(words, STEPS), "check_negations": lambda words: check_negations(words, STEPS), "read_counts": read_counts,
    "clauses": clauses, "blank_quotations": blank_quotations.__wrapped__, "check_beyond": lambda words: check_beyond(words, STEPS),
    "mark_sums": lambda words: mark_sums(words, str), "check_sum": lambda words: check_sum(words, STEPS),
    "check_instruction": check_instruction, "in_parts": in_parts, "keep_to_words": lambda words: keep_to_words(words, STEPS),
    "quoted_plan": quoted_plan, "unsaid_steps": lambda words: unsaid_steps(words, STEPS),
    "a long text": lambda words: unheeded("type it", (PlannedStep(do="type", text=words),)),
}  # fmt: skip


def seconds(rule: Callable[[str], object], words: str) -> float:
    began = time.process_time()
    with suppress(NoPlan):
        rule(words)
    return time.process_time() - began


@pytest.mark.parametrize("name", RULES)
def test_no_rule_takes_long_over_what_a_stranger_wrote(name: str) -> None:
    slow = []
    for part in PARTS:
        for head, tail in (("", ""), ("type a", " type q?")):
            words = head + (part * LENGTH)[: LENGTH - len(head) - len(tail)] + tail
            if seconds(RULES[name], words) > SECONDS and min(seconds(RULES[name], words) for _ in range(2)) > SECONDS:
                slow.append((part, head))
    assert slow == []


def test_the_question_mark_of_a_question_is_no_part_of_what_is_typed() -> None:
    for before, text in (("Can you type ", "Who"), ("Open it.\n\n\nPlease, could you type ", "Who"), ("Hello!  Would you type ", "Who")):
        (step,) = complete_texts(f"{before}{text}?", (PlannedStep(do="type", text=text),))
        assert step.text == text
    for before in ("type ", "Can you open it? Then type ", "Could you wait.type "):
        (step,) = complete_texts(f"{before}Who?", (PlannedStep(do="type", text="Who"),))
        assert step.text == "Who?"
