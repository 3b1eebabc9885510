"""How the terminal UI looks: the colours, the words for each phase, and the keys."""

from __future__ import annotations

from textual.binding import Binding, BindingType
from textual.theme import Theme

from agent.correction import EXAMPLES as EXAMPLES_OF_ACTIONS
from agent.protocols import Phase

THEME = Theme(
    name="deskhand",
    primary="#7dcfff", secondary="#bb9af7", accent="#e0af68", warning="#ff9e64", error="#f7768e", success="#9ece6a",
    foreground="#c8d0f0", background="#11131c", surface="#191c2a", panel="#222639", dark=True,
    variables={"quiet": "#7a84ad", "rule": "#373d5c", "mark": "#ff4081", "footer-key-foreground": "#7dcfff"},
)  # fmt: skip

PHASES = {
    Phase.OBSERVING: ("looking", "primary"),
    Phase.THINKING: ("thinking", "secondary"),
    Phase.APPROVING: ("checking", "primary"),
    Phase.ACTING: ("acting", "mark"),
    Phase.SETTLING: ("settling", "primary"),
    Phase.PAUSED: ("paused", "secondary"),
    Phase.BY_HAND: ("your turn", "warning"),
}
"""What each phase is called and coloured."""

PANELS = {
    "ready": ("instruction", ""),
    "planning": ("making a plan", " esc  back "),
    "plan": (
        "the plan: is this what you mean?",
        " enter  begin   e  change   i  insert   d  delete   shift+↑↓  move ",
    ),
    "step": ("a step of the plan", " enter  keep it   →  complete   esc  back "),
    "naming": ("save the plan as a task called", " enter  save   esc  back "),
    "running": ("working on", ""),
    "approving": ("approve this?", ""),
    "moving": ("move the crosshair", " arrows  10 pixels   shift+arrows  1   enter  do it   esc  back "),
    "editing": ("change the action", " enter  do it   →  complete   esc  back "),
    "taking": ("your turn", " use your mouse; what you type is not kept   t or ctrl+alt+h  hand back "),
    "asked": ("the agent asks", " a number or words, then enter   ctrl+x  stop "),
    "paused": ("paused", " space  resume   x  stop "),
    "watching": ("recorded", " up/down  step   ?  keys   q  leave "),
    "grounding": ("the model and the recording", " up/down  step   m  move   e  change   r  as recorded   s  skip   q  leave "),
    "stopping": ("stopping", "the model finishes its answer first"),
}
"""Title and subtitle of the command panel in each mode of the app."""


def approving_keys(risky: bool, at_hand: bool, offered: bool, movable: bool, room: int) -> str:
    """The subtitle where an action waits for a yes: what is more than ordinary has a yes of its own.

    Args:
        at_hand: the desktop is one that the person's own mouse reaches.
        offered: such a thing may be allowed here for good.
        movable: it is done at a place.
        room: columns; where they are too few, what the footer says as well is left to it.
    """
    keys = [("A", "approve though risky") if risky else ("a", "approve")]
    keys += [("W" if risky else "w", "always here")] if offered else []
    keys += [
        *([("m", "move")] if movable else []),
        ("e", "change"),
        *([("t", "do it yourself")] if at_hand else []),
        ("s", "skip"),
        ("x", "stop"),
    ]
    whole = _spaced(keys, "  ")
    return whole if len(whole) <= room else _spaced(keys[:-2], " ")


def _spaced(keys: list[tuple[str, str]], space: str) -> str:
    return f" {f'{space} '.join(f'{key}{space}{meaning}' for key, meaning in keys)} "


PLACEHOLDERS = {
    "ready": "What shall I do?",
    "asked": "your answer",
    "step": "what is to be done, as in the examples",
    "naming": "a name",
    "editing": "the action",
}
"""What an empty input line says in each mode that has one."""

STEP_EXAMPLES = (
    "click File", "double_click notes.txt", "right_click Trash", "type dear all", "press Ctrl+S", "set on Word wrap", "set off Word wrap",
    "scroll down", "drag notes.txt -> Archive", "wait 2",
)  # fmt: skip
EXAMPLES = {"step": STEP_EXAMPLES, "editing": EXAMPLES_OF_ACTIONS, "naming": ()}
"""What is shown, and completed by the right arrow, where something is written; such a line begins anew each time."""

COARSE, FINE = 10, 1
"""Image pixels that one key moves the crosshair."""
NUDGES: list[BindingType] = [
    Binding(f"{shift}{key}", f"nudge({right * pixels}, {down * pixels})", show=False, priority=True)
    for shift, pixels in (("", COARSE), ("shift+", FINE))
    for key, right, down in (("left", -1, 0), ("right", 1, 0), ("up", 0, -1), ("down", 0, 1))
]

BINDINGS: list[BindingType] = [
    Binding("enter", "begin", "Begin", priority=True, tooltip="go ahead with what you wrote, chose, placed or planned"),
    Binding("enter", "place", "Do it", priority=True),
    Binding("a", "decide('approve')", "Approve", priority=True, tooltip="approve the action"),
    Binding("A", "approve_risky", "Approve risky", key_display="A", priority=True, tooltip="approve an action that is risky"),
    Binding("w", "always", "Always here", show=False, priority=True, tooltip="approve it, and always allow it in this application"),
    Binding(
        "W",
        "always_risky",
        "Always here",
        show=False,
        key_display="W",
        priority=True,
        tooltip="approve what is risky, and always allow that kind",
    ),
    Binding("s", "decide('skip')", "Skip", priority=True, tooltip="skip the action: it is not done, the run goes on"),
    Binding("e", "edit", "Change", show=False, priority=True, tooltip="change the action, or the step of the plan"),
    Binding("e", "change_step", "Change", show=False, priority=True),
    Binding("m", "move", "Move", show=False, priority=True, tooltip="move the crosshair: arrows 10 pixels, shift+arrows 1"),
    Binding("t", "take_over", "Do it yourself", show=False, priority=True, tooltip="go on by your own mouse, and hand back (host desktop)"),
    Binding("t", "hand_back", show=False, priority=True),
    *NUDGES,
    Binding("i", "insert_step", "Insert", show=False, priority=True, tooltip="insert a step into the plan, after the highlighted one"),
    Binding(
        "d,delete", "delete_step", "Delete", show=False, key_display="d", priority=True, tooltip="delete the highlighted step of the plan"
    ),
    Binding(
        "shift+up", "shift_step(-1)", show=False, key_display="shift+↑↓", priority=True, tooltip="move the highlighted step of the plan"
    ),
    Binding(
        "shift+down", "shift_step(1)", show=False, key_display="shift+↑↓", priority=True, tooltip="move the highlighted step of the plan"
    ),
    Binding("ctrl+s", "save_plan", "Save", key_display="ctrl+s", priority=True, tooltip="save the plan as a task file"),
    Binding("space", "pause", "Pause", priority=True, tooltip="pause the run, or resume it"),
    Binding("space", "resume", "Resume", priority=True),
    Binding("x", "stop", "Stop", priority=True, tooltip="stop the run"),
    Binding("ctrl+x", "stop('typing')", "Stop", show=False, priority=True, tooltip="stop the run"),
    Binding("escape", "retreat", "Back", key_display="esc", priority=True, tooltip="one level back: out of a change, a plan, a run"),
    Binding("escape", "leave_run", show=False, priority=True),
    Binding("ctrl+t", "switch", "Lists", key_display="ctrl+t", priority=True, tooltip="show the tasks, or the steps so far"),
    Binding("ctrl+l", "adapter", "Adapter", key_display="ctrl+l", priority=True, tooltip="put the next adapter onto the model, or none"),
    Binding("ctrl+p", "permissions", "Permissions", show=False, priority=True, tooltip="show what a run may see and do, or hide it"),
    Binding("question_mark,f1", "help", "Keys", key_display="?", priority=True, tooltip="show these keys, or hide them"),
    Binding("ctrl+q,ctrl+c", "leave", "Quit", key_display="ctrl+q", priority=True, tooltip="leave; a run is ended cleanly first"),
    Binding("q", "leave('letter')", "Quit", show=False, tooltip="leave; a run is ended cleanly first"),
]

PLANNING = "The plan is made from your words alone.\nNothing is opened or touched before you begin it."

BY_HAND = "Each click, drag and scroll of yours is a step of the run, until you hand back."

NO_RUN_YET = ("Shown here once there was a run; the command deskhand permissions tells it at any time.",)

STARTING = "The desktop is being made ready.\nWhat the agent looks at appears here."

WELCOME = (
    "[b $primary]D E S K H A N D[/]\n\nType an instruction below, or pick a task with tab and enter; ? lists the keys.\n"
    "What the agent looks at appears here,\nand a [b $mark]cross[/] marks where it is about to click."
)
