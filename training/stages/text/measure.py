"""How well a planner that is being trained plans: whole plans and steps, by plain greedy decoding without a constraint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from recordings.durable import SHARED, replace_synced
from tasks.statistics import in_brief
from training.evaluation.plan_match import score_steps
from training.evaluation.planner import Outcome, print_failed, read_sentences
from vlm.planner.plan import PlannedStep, PlanSyntaxError, parse_plan
from vlm.planner.prompt import prompt_tokens

TOGETHER, MOST = 64, 320
"""Instructions at once, and tokens of an answer."""


@torch.no_grad()
def write_plans(model: Any, tokenizer: Any, instructions: Sequence[str]) -> list[str]:
    """The likeliest plan for each instruction, token by token, by a causal language model of transformers."""
    device = model.get_input_embeddings().weight.device
    prompts = [prompt_tokens(tokenizer, instruction) for instruction in instructions]
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    answers = [""] * len(prompts)
    order = sorted(range(len(prompts)), key=lambda number: len(prompts[number]))
    for first in range(0, len(order), TOGETHER):
        group = order[first : first + TOGETHER]
        longest = max(len(prompts[number]) for number in group)
        ids = torch.tensor([[end] * (longest - len(prompts[number])) + prompts[number] for number in group], device=device)
        mask = torch.tensor([[0] * (longest - len(prompts[number])) + [1] * len(prompts[number]) for number in group], device=device)
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            made = model.generate(
                input_ids=ids, attention_mask=mask, max_new_tokens=MOST, do_sample=False, eos_token_id=end, pad_token_id=end,
                temperature=None, top_p=None, top_k=None,
            )  # fmt: skip
        for number, row in zip(group, made[:, longest:].tolist(), strict=True):
            answers[number] = tokenizer.decode(row[: row.index(end)] if end in row else row)
    return answers


def measure(model: Any, tokenizer: Any, path: Path, failures: Path | None = None) -> str:
    """A line with the shares of plans and of steps that are right; what is wrong is written to `failures`."""
    sentences = read_sentences(path)
    answers = write_plans(model, tokenizer, [one.instruction for one in sentences])
    outcomes = [Outcome(sentence, *_read(answer)) for sentence, answer in zip(sentences, answers, strict=True)]
    wrong = [outcome for outcome in outcomes if not outcome.right]
    right, steps = (sum(counts) for counts in zip(*(score_steps(one.sentence.plans, one.steps) for one in outcomes), strict=True))
    if failures is not None:
        replace_synced(failures, "\n".join(map(print_failed, wrong)).encode(), SHARED)
    whole = len(outcomes) - len(wrong)
    return f"{path.name}: plans {in_brief(whole, len(outcomes))}, steps {in_brief(right, steps)}"


def _read(answer: str) -> tuple[tuple[PlannedStep, ...], str | None]:
    """The plan, and where it is none what was told instead."""
    try:
        return parse_plan(answer), None
    except PlanSyntaxError:
        return (), answer
