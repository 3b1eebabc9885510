"""Beside other programs: torch's threads do not spin, and a small model has one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch
from planners import tiny_decoder

from vlm.planner.grammar import plan_grammar
from vlm.planner.model import PlanModel
from vlm.planner.prompt import prompt_tokens
from vlm.threads import SMALL, SPINS, threads_for


@pytest.mark.parametrize(
    ("set_before", "wanted"), [({}, SPINS), ({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "None")]
)  # fmt: skip
def test_threads_that_wait_go_to_sleep_unless_the_user_says_how(set_before: dict[str, str], wanted: str) -> None:
    """Before torch comes in: its library reads the setting once."""
    env = {name: value for name, value in os.environ.items() if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    program = "import sys, vlm, os; assert 'torch' not in sys.modules; print(os.environ.get('GOMP_SPINCOUNT'))"
    done = subprocess.run([sys.executable, "-c", program], env=env | set_before, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == wanted


def test_a_small_planner_computes_with_one_thread_and_leaves_the_others_theirs() -> None:
    model, seen = PlanModel(tiny_decoder(0)), []
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        model.write(
            prompt_tokens(model.tokenizer, "press OK"), plan_grammar("press OK"), 3, lambda token: None,
            lambda: seen.append(torch.get_num_threads()),
        )  # fmt: skip
        assert set(seen) == {1} and torch.get_num_threads() == 2
        with pytest.raises(KeyError), threads_for(SMALL + 1):
            assert torch.get_num_threads() == 2, "a larger one gains by more"
            raise KeyError
    finally:
        torch.set_num_threads(before)
