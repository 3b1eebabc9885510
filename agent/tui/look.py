"""How the terminal UI looks: the colours, the words for each phase, and the keys."""

from __future__ import annotations

from textual.binding import Binding, BindingType
from textual.theme import Theme

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
}
"""What each phase is called and coloured."""

PANELS = {
    "ready": ("instruction", ""),
    "running": ("working on", ""),
    "approving": ("approve this?", " a  approve   m  move   e  change   t  take over   s  skip   esc  stop "),
    "moving": ("move the crosshair", " arrows  10 pixels   shift+arrows  1   enter  do it   esc  back "),
    "editing": ("change the action", " enter  do it   esc  back "),
    "taking": ("your turn", " do it with your mouse   esc  back "),
    "asked": ("the agent asks", " enter  answer    esc  stop "),
    "paused": ("paused", " space  resume    esc  stop "),
    "watching": ("recorded", " up/down  step    q  leave "),
    "grounding": ("the model and the recording", " up/down  step   m  move   e  change   r  as recorded   s  leave out   q  leave "),
    "stopping": ("stopping", "the model finishes its answer first"),
}
"""Title and subtitle of the command panel in each mode of the app."""

COARSE, FINE = 10, 1
"""Image pixels that one key moves the crosshair."""
NUDGES: list[BindingType] = [
    Binding(f"{shift}{key}", f"nudge({right * pixels}, {down * pixels})", show=False, priority=True)
    for shift, pixels in (("", COARSE), ("shift+", FINE))
    for key, right, down in (("left", -1, 0), ("right", 1, 0), ("up", 0, -1), ("down", 0, 1))
]

BINDINGS: list[BindingType] = [
    Binding("a,enter", "decide('approve')", "Approve", key_display="a", priority=True),
    Binding("s", "decide('skip')", "Skip", priority=True),
    Binding("m", "move", "Move", show=False, priority=True),
    Binding("e", "edit", "Change", show=False, priority=True),
    Binding("t", "take_over", "Take over", show=False, priority=True),
    *NUDGES,
    Binding("space", "pause", "Pause", priority=True),
    Binding("space", "resume", "Resume", priority=True),
    Binding("escape", "retreat", "Stop", key_display="esc", priority=True),
    Binding("ctrl+x", "stop", "Stop", show=False, priority=True),
    Binding("ctrl+t", "switch", "Tasks / steps", priority=True),
    Binding("ctrl+l", "adapter", "Adapter", priority=True),
    Binding("ctrl+q", "leave", "Quit", priority=True),
    Binding("ctrl+c", "leave", "Quit", show=False, priority=True),
    Binding("q", "leave", "Quit", show=False),
]

STARTING = "The desktop is being made ready.\nWhat the agent looks at appears here."

WELCOME = (
    "[b $primary]D E S K H A N D[/]\n\nType an instruction below, or pick a task with tab and enter.\n"
    "What the agent looks at appears here,\nand a [b $mark]cross[/] marks where it is about to click."
)
