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
    "approving": ("approve this?", " a  approve    s  skip    esc  stop "),
    "asked": ("the agent asks", " enter  answer    esc  stop "),
    "paused": ("paused", " space  resume    esc  stop "),
    "stopping": ("stopping", "the model finishes its answer first"),
}
"""Title and subtitle of the command panel in each mode of the app."""

BINDINGS: list[BindingType] = [
    Binding("a,enter", "decide('approve')", "Approve", key_display="a", priority=True),
    Binding("s", "decide('skip')", "Skip", priority=True),
    Binding("space", "pause", "Pause", priority=True),
    Binding("escape,ctrl+x", "stop", "Stop", key_display="esc", priority=True),
    Binding("ctrl+t", "switch", "Tasks / steps", priority=True),
    Binding("ctrl+q", "leave", "Quit", priority=True),
    Binding("ctrl+c", "leave", "Quit", show=False, priority=True),
    Binding("q", "leave", "Quit", show=False),
]

STARTING = "The desktop is being made ready.\nWhat the agent looks at appears here."

WELCOME = (
    "[b $primary]D E S K H A N D[/]\n\nType an instruction below, or pick a task with tab and enter.\n"
    "What the agent looks at appears here,\nand a [b $mark]cross[/] marks where it is about to click."
)
