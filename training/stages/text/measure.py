"""How well a planner that is being trained plans: whole plans and steps, by plain greedy decoding without a constraint."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from recordings import foreign, parsing
from recordings.durable import SHARED, replace_synced
from recordings.errors import DeskhandError
from vlm.planner.plan import PlannedStep, PlanSyntaxError, parse_plan, print_plan
from vlm.planner.prompt import prompt_tokens, tidy_name

SENTENCES_BYTES = 64 << 20


@dataclass(frozen=True)
class Sentence:
    """A sentence written by hand, and the plan that it means."""

    instruction: str
    steps: tuple[PlannedStep, ...]


def read_sentences(path: Path) -> list[Sentence]:
    """`{"instruction": …, "steps": [{"do": …}]}` a line. Raises DeskhandError that names the line at fault."""
    found = []
    try:
        lines = foreign.read_text(path, SENTENCES_BYTES).split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DeskhandError(f"{path} cannot be read ({reason}): name a file of sentences") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            item = parsing.parse_json(line)
            found.append(Sentence(item["instruction"], tuple(PlannedStep(**step) for step in item["steps"])))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DeskhandError(f"{path} line {number} is no sentence with its steps ({error}): mend or delete it") from error
    return found


def same_step(one: PlannedStep, other: PlannedStep) -> bool:
    """Whether two steps do the same: what is typed to the letter, names but for case and ellipsis, keys but for case and blanks."""
    return _telling(one) == _telling(other)


def _telling(step: PlannedStep) -> tuple[object, ...]:
    names = [tidy_name(name).casefold() if name is not None else None for name in (step.target, step.to)]
    keys = step.keys.casefold().replace(" ", "") if step.keys is not None else None
    return step.do, *names, step.text, keys, step.value, step.direction, step.seconds


def steps_right(told: Sequence[PlannedStep], wanted: Sequence[PlannedStep]) -> int:
    """How many of the wanted steps were told, in their order: the longest common subsequence."""
    row = [0] * (len(wanted) + 1)
    for step in told:
        before = 0
        for place, want in enumerate(wanted, 1):
            before, row[place] = row[place], before + 1 if same_step(step, want) else max(row[place], row[place - 1])
    return row[-1]


def interval(right: int, total: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, 0–1."""
    if total == 0:
        return 0.0, 1.0
    z, share = 1.96, right / total
    centre = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return centre - half, centre + half


def told(right: int, total: int) -> str:
    low, high = interval(right, total)
    return f"{right} of {total} ({100 * right / max(total, 1):.1f} %, {100 * low:.0f}–{100 * high:.0f})"


@torch.no_grad()
def write_plans(model: Any, tokenizer: Any, instructions: Sequence[str], together: int = 64, most: int = 320) -> list[str]:
    """The likeliest plan for each instruction, token by token, `together` at once.

    Args:
        model: a causal language model of transformers.
        most: tokens of an answer.
    """
    device = model.get_input_embeddings().weight.device
    prompts = [prompt_tokens(tokenizer, instruction) for instruction in instructions]
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    answers = [""] * len(prompts)
    order = sorted(range(len(prompts)), key=lambda number: len(prompts[number]))
    for first in range(0, len(order), together):
        group = order[first : first + together]
        longest = max(len(prompts[number]) for number in group)
        ids = torch.tensor([[end] * (longest - len(prompts[number])) + prompts[number] for number in group], device=device)
        mask = torch.tensor([[0] * (longest - len(prompts[number])) + [1] * len(prompts[number]) for number in group], device=device)
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            made = model.generate(
                input_ids=ids, attention_mask=mask, max_new_tokens=most, do_sample=False, eos_token_id=end, pad_token_id=end,
                temperature=None, top_p=None, top_k=None,
            )  # fmt: skip
        for number, row in zip(group, made[:, longest:].tolist(), strict=True):
            answers[number] = tokenizer.decode(row[: row.index(end)] if end in row else row)
    return answers


def measure(model: Any, tokenizer: Any, path: Path, failures: Path | None = None) -> str:
    """A line with the shares of plans and of steps that are right; what is wrong is written to `failures`."""
    sentences = read_sentences(path)
    answers = write_plans(model, tokenizer, [one.instruction for one in sentences])
    whole = right = wanted = 0
    wrong = []
    for sentence, answer in zip(sentences, answers, strict=True):
        try:
            steps = parse_plan(answer)
        except PlanSyntaxError:
            steps = ()
        found = steps_right(steps, sentence.steps)
        wanted, right = wanted + len(sentence.steps), right + found
        if found == len(sentence.steps) == len(steps):
            whole += 1
        else:
            wrong.append(f"> {sentence.instruction}\n--- wanted\n{print_plan(sentence.steps)}\n--- told\n{answer}\n")
    if failures is not None:
        replace_synced(failures, "\n".join(wrong).encode(), SHARED)
    return f"{path.name}: plans {told(whole, len(sentences))}, steps {told(right, wanted)}"
