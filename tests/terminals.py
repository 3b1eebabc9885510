"""Passwords and commands typed into real terminals while they are recorded: the first must be nowhere, the second must be there.

`python -m tests.terminals 10` tries each terminal and way of asking so often, and prints how many passwords were found in an episode and
how many commands were hidden without need. A cursor blinks, a clock ticks in another window, and in some trials a sign turns in the
terminal itself.
"""

from __future__ import annotations

import random
import shutil
import string
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.desktop import LiveDesktop
from agent.frame_reader import frame_reader
from agent.recorder.recorder import Recorder
from agent.screen import Screen
from agent.virtual import VirtualDesktop
from recordings.action import Press, Type
from recordings.episode import EpisodeHeader, StopReason
from recordings.secrets.rules import Rules
from recordings.store import Episode, EpisodeWriter, read_episode

RAW = """import sys, termios, tty
print("Password: ", end="", flush=True)
old = termios.tcgetattr(0)
tty.setraw(0)
open("asked", "w").close()
while sys.stdin.read(1) not in "\\r\\n":
    {echo}
termios.tcsetattr(0, termios.TCSADRAIN, old)
print("thanks")
"""
SPIN = "(while true; do for s in '|' / - '\\\\'; do printf '\\0337\\033[1;60H%s\\0338' \"$s\"; sleep 0.15; done; done) & "
ASKING = {
    "read -s": "touch asked; read -s -p 'Password: ' x; echo; echo thanks; exec sleep 99",
    "getpass": "python3 asks.py; echo thanks; exec sleep 99",
    "stty -echo": "stty -echo; touch asked; printf 'Passphrase: '; read x; stty echo; echo; echo thanks; exec sleep 99",
    "raw keys": "python3 raw.py; exec sleep 99",
    "stars": "python3 stars.py; exec sleep 99",
    "read -s, turning": SPIN + "touch asked; read -s -p 'Password: ' x; echo; echo thanks; exec sleep 99",
    "raw keys, turning": SPIN + "python3 raw.py; exec sleep 99",
}
"""Ways in which programs ask for a password, as shell commands."""
SHOWING = {"cat": "touch asked; exec cat", "bash": "touch asked; exec bash --norc -i"}
"""Programs that show what is typed: the first leaves it to the terminal, the second does it by itself."""
TERMINALS = {
    "xterm": ["xterm", "-bc", "-T", "asks", "-e"],
    "xterm, large": ["xterm", "-bc", "-fa", "DejaVu Sans Mono", "-fs", "12", "-T", "asks", "-e"],
    "xfce4-terminal": ["xfce4-terminal", "--disable-server", "-T", "asks", "-x"],
    "in an editor": ["xterm", "-class", "Editor", "-name", "editor", "-T", "asks", "-e"],
    "in an editor that tells": ["sakura", "--class=Editor", "--name=editor", "-t", "asks", "-e"],
    "qterminal": ["qterminal", "-e"],
    "sakura": ["sakura", "-t", "asks", "-x"],
}


@dataclass
class Trial:
    """What became of one."""

    typed: str
    episode: Episode
    everything: bytes

    @property
    def leaked(self) -> bool:
        """Whether half of what was typed stands anywhere in the episode's texts."""
        part = self.typed[: max(len(self.typed) // 2, 4)].encode()
        return part in self.everything or self.typed[::-1].encode() in self.everything

    @property
    def kept(self) -> bool:
        return any(isinstance(step.action, Type) and step.action.text == self.typed for step in self.episode.steps)


@contextmanager
def clock(virtual: VirtualDesktop) -> Iterator[None]:
    """A window in which the time goes on."""
    program = virtual.spawn(["xterm", "-T", "ticks", "-e", "while true; do date +%T.%N; sleep 0.2; done"])
    try:
        virtual.place_window("ticks", 620, 480, 380, 250)
        yield
    finally:
        program.terminate()
        virtual.windows.wait_gone("ticks")


def run_trial(virtual: VirtualDesktop, root: Path, terminal: str, command: str, typed: str, pause: float = 0.06) -> Trial:
    """Type into a terminal as a person does, with the recorder beside it."""
    for name, echo in (("raw", "pass"), ("stars", "sys.stdout.write('*'); sys.stdout.flush()")):
        (virtual.home / f"{name}.py").write_text(RAW.format(echo=echo))
    (virtual.home / "asks.py").write_text("import getpass\nopen('asked', 'w').close()\ngetpass.getpass()\n")
    start = virtual.home / "start.sh"
    start.write_text(f"cd {virtual.home}\n{command}\n")
    argv, asked = TERMINALS[terminal], virtual.home / "asked"
    asked.unlink(missing_ok=True)
    shell = ["bash", str(start)]
    program = virtual.spawn([*argv, " ".join(shell)] if argv[0] == "qterminal" else [*argv, *shell], cwd=virtual.home)
    pattern = "QTerminal|bash|asks" if argv[0] == "qterminal" else "asks|bash"
    try:
        virtual.place_window(pattern, 20, 20, 700, 420, timeout=20)
        writer = EpisodeWriter.create(root, EpisodeHeader(name="trial", instruction="x"), rename=True)
        screen = Screen(virtual.display)
        recorder = Recorder(
            screen,
            writer,
            Rules(),
            display=virtual.display,
            session_bus=virtual.env["DBUS_SESSION_BUS_ADDRESS"],
            read=frame_reader(None, "latin"),
        ).start()
        with LiveDesktop(virtual.display) as hands:
            end = time.monotonic() + 30
            while not asked.exists():
                assert time.monotonic() < end, f"{command} does not ask"
                time.sleep(0.1)
            time.sleep(1.0)
            hands.observe()
            for letter in typed:
                hands.perform(Type(text=letter))
                time.sleep(pause)
            time.sleep(0.2)
            hands.perform(Press(keys=("enter",)))
            time.sleep(0.8)
        recorder.stop()
        screen.close()
        writer.close(StopReason.DONE)
        assert recorder.failure is None, recorder.failure
    finally:
        program.terminate()
        virtual.windows.wait_gone(pattern)
    episode = read_episode(writer.path)
    texts = b"".join(path.read_bytes() for path in (writer.path / "steps.jsonl", writer.path / "episode.json"))
    return Trial(typed, episode, texts)


def password(draw: random.Random) -> str:
    return "".join(draw.choice(string.ascii_lowercase + string.digits) for _ in range(draw.randint(6, 14)))


def command_line(draw: random.Random) -> str:
    return draw.choice(
        ["echo hello there", "cd projects/notes", "git status --short", "make check", "python tools.py all", "vim report.txt"]
    )


def main() -> None:
    count, draw = int(sys.argv[1]) if len(sys.argv) > 1 else 3, random.Random(5)
    wanted = sys.argv[2].split(",") if len(sys.argv) > 2 else list(TERMINALS)
    found: Counter[tuple[str, str]] = Counter()
    with VirtualDesktop(1024, 768) as virtual, clock(virtual), tempfile.TemporaryDirectory() as folder:
        for terminal in wanted:
            if shutil.which(TERMINALS[terminal][0]) is None:
                print(f"{terminal}: not installed")
                continue
            for how, command in {**ASKING, **SHOWING}.items():
                for _ in range(count):
                    typed = password(draw) if how in ASKING else command_line(draw)
                    trial = run_trial(virtual, Path(folder), terminal, command, typed)
                    bad = trial.leaked if how in ASKING else not trial.kept
                    found["passwords" if how in ASKING else "commands", "tried"] += 1
                    found["passwords" if how in ASKING else "commands", "wrong"] += bad
                    if bad:
                        print(f"  {terminal}, {how}: {typed!r}: {[str(step.action) for step in trial.episode.steps]}", flush=True)
            print(f"{terminal}: {dict(found)}", flush=True)


if __name__ == "__main__":
    main()
