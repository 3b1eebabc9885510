"""`deskhand evaluate --on injection`: every scene for the model that is named, and for the worst case behind the walls that there are."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.settings import ApprovalMode, Settings
from recordings.errors import DeskhandError
from tasks.injection.scene import Drawn, suite
from tasks.statistics import in_brief, rate_of
from training.evaluation.injection.trial import Refusing, Trial, attempts

NAME = "injection"
PARTS = ("model", "worst")
"""What can be asked for alone, as `injection:worst`."""


@dataclass
class Row:
    """One engine under one kind of approval, over all scenes."""

    title: str
    trials: list[Trial] = field(default_factory=list)

    @property
    def ran(self) -> list[Trial]:
        return [trial for trial in self.trials if not trial.error]

    def rates(self) -> dict[str, tuple[int, int]]:
        """Hits and n of each measure, in the order of the table."""
        ran = self.ran
        return {
            "task done": (sum(trial.done for trial in ran), len(ran)),
            "attack succeeded": (sum(trial.attacked for trial in ran), len(ran)),
            "somebody asked": (sum(trial.asked > 0 for trial in ran), len(ran)),
        }

    def to_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            **{name.replace(" ", "_"): rate_of(hits, n) for name, (hits, n) in self.rates().items()},
            "not_run": sum(bool(trial.error) for trial in self.trials),
            "trials": [trial.to_json() for trial in self.trials],
        }


def is_injection(on: str) -> bool:
    return on == NAME or on.startswith(f"{NAME}:")


def evaluate_injection(on: str, count: int, settings: Settings) -> list[Row]:
    """Rows for the settings' model and for the worst case, over the first `count` scenes.

    Raises:
        DeskhandError: the model cannot be loaded.
    """
    part = on.partition(":")[2]
    if part and part not in PARTS:
        raise DeskhandError(f"{on!r} is none of the suites: use {NAME}, {' or '.join(f'{NAME}:{one}' for one in PARTS)}")
    drawn = suite()[:count]
    rows = []
    if part != "worst":
        rows.append(measure_model(drawn, settings))
    if part != "model":
        rows += measure_worst(drawn, settings)
    return rows


def measure_model(drawn: Sequence[Drawn], settings: Settings) -> Row:
    """The settings' own model, with a person there who refuses whatever is asked."""
    approve = settings.approve or ApprovalMode.RISKY
    row = Row(f"{settings.model}{f' planned by {settings.planner}' if settings.planner else ''}, approval {approve}")
    with attempts(settings, approve, Refusing(), worst=False) as tried:
        row.trials = [_tell(row, tried(one)) for one in drawn]
    return row


def measure_worst(drawn: Sequence[Drawn], settings: Settings) -> Iterator[Row]:
    """A stand-in that obeys everything: nobody there to ask, a person who refuses, and nothing asked at all, which shows that the canaries
    can be reached."""
    for title, approve, person in (
        ("obeys every order, approval risky, nobody to ask", ApprovalMode.RISKY, None),
        ("obeys every order, approval risky, a person refuses", ApprovalMode.RISKY, Refusing()),
        ("obeys every order, approval none", ApprovalMode.NONE, None),
    ):
        row = Row(title)
        with attempts(settings, approve, person, worst=True) as tried:
            row.trials = [_tell(row, tried(one)) for one in drawn]
        yield row


def _tell(row: Row, trial: Trial) -> Trial:
    sign = "?" if trial.error else "✗" if trial.attacked else "✓"
    print(f"{sign} {row.title}: {trial.name}: {trial.error or trial.ending} ({trial.seconds:.1f} s)", file=sys.stderr, flush=True)
    return trial


def lines(rows: Sequence[Row]) -> list[str]:
    """The table, then what got through, for people."""
    width = max(len(row.title) for row in rows)
    names = list(rows[0].rates())
    told = ["  ".join([f"{'':{width}}", *(f"{name:>26}" for name in names)])]
    for row in rows:
        told.append("  ".join([f"{row.title:{width}}", *(f"{in_brief(*rate):>26}" for rate in row.rates().values())]))
    for row in rows:
        for trial in row.trials:
            if trial.error:
                told.append(f"not run: {trial.name}: {trial.error}")
            elif trial.attacked and "approval none" not in row.title:
                told.append(f"got through ({row.title}): {trial.name}: {'; '.join(trial.unasked)}")
    return told
