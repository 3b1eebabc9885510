"""Words, symbols and colours for what the widgets show; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from agent.tui.picture import RECORDED
from recordings.action import Action, print_action
from recordings.episode import Outcome, Prediction, Source, Step
from recordings.printable import ends

if TYPE_CHECKING:
    from agent.replay.ground import GroundedStep
    from agent.result import RunResult
    from agent.settings import Settings

OUTCOMES: Mapping[Outcome, tuple[str, str]] = {
    Outcome.PERFORMED: ("✓", "success"),
    Outcome.DRY_RUN: ("○", "secondary"),
    Outcome.SKIPPED: ("↷", "warning"),
    Outcome.REFUSED: ("⊘", "error"),
    Outcome.MISTAKE: ("?", "warning"),
    Outcome.FAILED: ("✗", "error"),
}
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
THOUGHT_LENGTH = 240
NOTE_LENGTH = 160
QUESTION_LENGTH = 400
APPROVED_LENGTH = 800
"""Characters of an action that waits for a yes; of a longer one the beginning and the end."""
APPROVED_LINES = 7
"""Lines that they may fill."""
METER = 8
"""Signs of a bar."""


def shorten(text: str, length: int) -> str:
    """On one line, printable, at most `length` characters, the rest an ellipsis."""
    line = "".join(character if character.isprintable() else " " for character in " ".join(text.split()))
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def duration(seconds: float) -> str:
    return f"{seconds:.1f}s" if seconds < 100 else clock(seconds)


def action_text(action: Action | None, colours: Mapping[str, str], length: int = 200) -> Text:
    """The action's text form, its name standing out."""
    if action is None:
        return Text("no action", style=f"italic {colours['quiet']}")
    printed = shorten(ends(print_action(action, decimals=3), length), 2 * length)
    name, bracket, arguments = printed.partition("(")
    return Text.assemble((name, f"bold {colours['primary']}"), bracket + arguments)


def step_row(step: Step, colours: Mapping[str, str]) -> Table:
    """One step for the list: number, outcome, action over thought and note, seconds without those that people took."""
    symbol, colour = OUTCOMES[step.outcome]
    muted = colours["quiet"]
    words = action_text(step.action or step.prediction.action, colours)
    if step.outcome is not Outcome.PERFORMED:
        words.append(f"  {step.outcome.value}", style=f"italic {colours[colour]}")
    if step.source is Source.CORRECTED:
        wanted = print_action(step.prediction.action, decimals=3) if step.prediction.action is not None else "nothing"
        words.append("  corrected", style=f"italic {colours['accent']}")
        words.append("\nwanted " + shorten(wanted, NOTE_LENGTH), style=muted)
    if step.prediction.thought:
        words.append("\n" + shorten(step.prediction.thought, THOUGHT_LENGTH), style=muted)
    if step.note and step.note not in words.plain:
        words.append("\n" + shorten(step.note, NOTE_LENGTH), style=colours["accent"])
    row = Table.grid(padding=(0, 1, 0, 0), expand=True)
    row.add_column(width=2, justify="right")
    row.add_column(width=1)
    row.add_column(ratio=1, overflow="fold")
    row.add_column(justify="right", no_wrap=True)
    seconds = duration(sum(seconds for phase, seconds in step.seconds.items() if phase != "approve"))
    row.add_row(Text(str(step.index + 1), style=muted), Text(symbol, style=colours[colour]), words, Text(seconds, style=muted))
    return row


def replay_row(step: Step, grounded: GroundedStep | None, correction: Action | None, left_out: bool, colours: Mapping[str, str]) -> Table:
    """One recorded step of a replay: number, hit or miss, what was recorded over what the model was asked, seconds."""
    hit = grounded.hit if grounded is not None else None
    symbol, colour = {True: ("✓", "success"), False: ("✗", "error"), None: ("·", "quiet")}[hit]
    words = action_text(step.action, colours)
    if left_out:
        words.append("  left out", style=f"italic {colours['warning']}")
    if correction is not None:
        words.append("\n→ " + shorten(print_action(correction, decimals=3), NOTE_LENGTH), style=colours["accent"])
    about = grounded.asked or grounded.problem if grounded is not None else step.element.name if step.element is not None else ""
    if about:
        words.append("\n" + shorten(about, NOTE_LENGTH), style=colours["quiet"])
    row = Table.grid(padding=(0, 1, 0, 0), expand=True)
    row.add_column(width=3, justify="right")
    row.add_column(width=1)
    row.add_column(ratio=1, overflow="fold")
    row.add_column(justify="right", no_wrap=True)
    seconds = duration(grounded.prediction.seconds) if grounded is not None and grounded.prediction is not None else ""
    sign = Text("→" if correction is not None else symbol, style=colours["accent" if correction is not None else colour])
    row.add_row(Text(str(step.index + 1), style=colours["quiet"]), sign, words, Text(seconds, style=colours["quiet"]))
    return row


def grounded_text(step: Step, grounded: GroundedStep | None, draft: Action | None, colours: Mapping[str, str]) -> Text:
    """What was recorded, what the model would have done, and the correction."""
    green = "#{:02x}{:02x}{:02x}".format(*RECORDED)
    text = Text.assemble(("recorded   ", green), action_text(step.action, colours))
    prediction = grounded.prediction if grounded is not None else None
    if prediction is not None and grounded is not None:
        text.append("\nthe model  ", style=colours["mark"])
        text.append_text(action_text(prediction.action, colours))
        text.append(f"  asked for {shorten(grounded.asked, 60)!r}", style=colours["quiet"])
        if grounded.distance is not None:
            text.append(f"  {grounded.distance:.3f} away", style=colours["quiet"])
    elif grounded is not None:
        text.append(f"\nnot asked: {grounded.problem}", style=colours["quiet"])
    if draft is not None:
        text.append("\ncorrected  ", style=colours["accent"])
        text.append_text(action_text(draft, colours))
    elif prediction is None and step.prediction.thought:
        text.append("\n" + shorten(step.prediction.thought, THOUGHT_LENGTH), style=colours["quiet"])
    return text


def replay_title(name: str, progress: str, words: str, corrections: int, colours: Mapping[str, str]) -> Text:
    """The top line of a replay."""
    text = Text.assemble((" Deskhand ", f"bold {colours['background']} on {colours['primary']}"), no_wrap=True, overflow="ellipsis")
    text.append(f" {shorten(name, 40)}  ", style="bold")
    for part in (progress, f"{corrections} corrections" if corrections else "", shorten(words, 160)):
        if part:
            text.append(f" {part} ", style=colours["quiet"] if part == progress else "")
    return text


def meter(used: int, limit: int) -> str:
    """A bar of how full the context is."""
    full = min(METER, round(METER * used / limit)) if limit else 0
    return "▰" * full + "▱" * (METER - full)


def proposal_text(prediction: Prediction, concern: str, colours: Mapping[str, str], offer: str = "", width: int = 0) -> Text:
    """The action that waits for a yes, why it is asked, what may be allowed for good instead, and what the model thought.

    Args:
        width: columns that there are: of a long action so much is shown that its end is to be seen, too; 0: as many as it needs.
    """
    text = action_text(prediction.action, colours, length=APPROVED_LENGTH)
    length = APPROVED_LENGTH
    while width and text.cell_len > APPROVED_LINES * width and length > 2 * width:
        length = length * 4 // 5
        text = action_text(prediction.action, colours, length=length)
    if prediction.confidence is not None:
        text.append(f"  {prediction.confidence:.0%} sure", style=colours["quiet"])
    if concern:
        text.append(f"\nasked because: {shorten(concern, NOTE_LENGTH)}", style=colours["warning"])
    if offer:
        text.append(f"\nalways here: {shorten(offer, NOTE_LENGTH)}", style=colours["quiet"])
    if prediction.thought:
        text.append("\n" + shorten(prediction.thought, THOUGHT_LENGTH), style=colours["quiet"])
    return text


def question_text(question: str, choices: Sequence[str], colours: Mapping[str, str]) -> Text:
    """A question and what may be answered by number; of things that are called alike the question itself says which is which."""
    text = Text(shorten(question, QUESTION_LENGTH))
    for number, choice in enumerate(choices if len(set(choices)) == len(choices) else (), 1):
        text.append(f"\n {number}  ", style=f"bold {colours['primary']}")
        text.append(shorten(choice, NOTE_LENGTH))
    return text


def result_text(result: RunResult, colours: Mapping[str, str]) -> Text:
    """What came of a run: one line, then the checks that did not hold, then what happened around it."""
    text = Text(shorten(result.line(), 400), style=colours["accent" if result.unchecked else "success" if result.success else "error"])
    if result.answer:
        text.append("\n" + shorten(result.answer, THOUGHT_LENGTH), style=colours["foreground"])
    for check in result.checks:
        if not check.passed:
            text.append(f"\n✗ {shorten(check.name, 60)}: {shorten(check.detail, NOTE_LENGTH)}", style=colours["warning"])
    for note in result.notes:
        text.append("\n" + shorten(note, NOTE_LENGTH), style=colours["accent"])
    return text


def title_text(settings: Settings, colours: Mapping[str, str]) -> Text:
    """The top line: where it acts, who is asked first, and what acts; what a narrow terminal cuts off matters least."""
    chosen = settings.approve or (settings.desktop and settings.approval_on(settings.desktop))
    asked = str(chosen) if chosen else "risky on host"
    text = Text.assemble((" Deskhand ", f"bold {colours['background']} on {colours['primary']}"), no_wrap=True, overflow="ellipsis")
    where = settings.desktop or "virtual for tasks"
    model = settings.model if settings.adapter is None else f"{settings.model} + {settings.adapter.name}"
    facts = [("desktop", where), ("approval", asked), ("model", model)]
    for name, value in facts:
        text.append(f"   {name} ", style=colours["quiet"])
        text.append(shorten(value, 60))
    if settings.dry_run:
        text.append("   dry run", style=f"bold {colours['warning']}")
    return text
