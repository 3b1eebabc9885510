"""A run or a recording keeps no secret: not in texts, not in frames, not in its folder's name, and not where it was only learned later."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import FakeDesktop, ScriptedPolicy, small_settings
from PIL import Image, ImageDraw, ImageFont

from agent.frame_reader import frame_reader
from agent.keeping import NotKept, without_unseen
from agent.private import WINDOW, is_private
from agent.protocols import Decision, Verdict
from agent.session import Session
from recordings.action import Ask, Click, Finish, Press, Type
from recordings.episode import ANSWERED, EpisodeHeader, Outcome, Prediction, Screenshot, Step, StopReason
from recordings.geometry import Box, ScreenTransform
from recordings.hiding import hide_by_rules
from recordings.keeper import StepKeeper
from recordings.painting import PAINT
from recordings.secrets.memory import Redactor
from recordings.secrets.rules import Rules
from recordings.store import EpisodeWriter, read_episode
from tasks.catalogue import TaskError, read_task, register_task
from tasks.saving import save_plan, suggest_name
from tasks.task import Limits
from tests.plant_episodes import plant_all

TOKEN = "ghp" + "_q7Rk2Lm9Xz4Wb8Tn5Vc3Hd6Jf1"
AREA = ScreenTransform(0, 0, 640, 200)


class Answers:
    """A person who says the same to every question."""

    def __init__(self, answer: str | None) -> None:
        self.said, self.asked = answer, list[str]()

    def answer(self, question: str) -> str | None:
        self.asked.append(question)
        return self.said

    def agree(self, words: str) -> bool:
        return True

    def decide(self, *_: object) -> Decision:
        return Decision(Verdict.APPROVE)


def written(root: Path) -> bytes:
    return b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file()) + "\n".join(map(str, root.rglob("*"))).encode()


def picture(*lines: str) -> Screenshot:
    image = Image.new("RGB", (640, 200), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(18)
    for number, line in enumerate(lines):
        pen.text((20, 20 + 40 * number), line, fill="black", font=font)
    return Screenshot(image, AREA)


def typed(index: int, text: str, **more: object) -> Step:
    action = Type(text=text)
    return Step(index=index, prediction=Prediction(action=action, text=str(action)), action=action, **more)  # type: ignore[arg-type]


@pytest.fixture
def keeper(tmp_path: Path) -> StepKeeper:
    return StepKeeper(
        EpisodeWriter.create(tmp_path, EpisodeHeader(name="run", instruction="x")), Redactor(Rules()), frame_reader(None, "latin")
    )


def run(tmp_path: Path, policy: ScriptedPolicy, instruction: str, person: Answers | None = None) -> tuple[Session, FakeDesktop]:
    desktop = FakeDesktop()
    with Session(small_settings(tmp_path, approve="none"), policy=policy, desktop=desktop, person=person) as session:  # type: ignore[arg-type]
        list(session.run(instruction))
    return session, desktop


def test_a_run_types_the_truth_and_keeps_none_of_it(tmp_path: Path) -> None:
    policy = ScriptedPolicy(str(Type(text=TOKEN)), str(Finish(answer=f"sent {TOKEN}")), thought=f"I type {TOKEN} now")
    session, desktop = run(tmp_path, policy, f'sign in with {TOKEN} and the password "swordfish"')
    assert desktop.performed == [Type(text=TOKEN)] and session.result is not None and TOKEN in session.result.answer
    kept = written(tmp_path)
    assert TOKEN[4:].encode() not in kept and b"swordfish" not in kept.lower()
    assert session.result.episode is not None and session.result.episode.name.endswith("sign-in-with-token-and-the-password")


def test_an_answer_about_a_password_is_kept_nowhere_and_used_as_it_is(tmp_path: Path) -> None:
    policy = ScriptedPolicy('ask(question="What is the password?")', 'type(text="tulip garden")', 'finish(answer="used tulip garden")')
    session, desktop = run(tmp_path, policy, "log in for me", Answers("tulip garden"))
    assert desktop.performed == [Type(text="tulip garden")] and policy.instructions[-1].endswith("tulip garden")
    assert b"tulip" not in written(tmp_path)
    assert session.result is not None and session.result.episode is not None
    assert read_episode(session.result.episode).steps[0].note == f"{ANSWERED}[secret]"


def test_an_ordinary_answer_stays(tmp_path: Path) -> None:
    run(tmp_path, ScriptedPolicy('ask(question="Which file?")', "finish()"), "open the file", Answers("notes.txt"))
    assert b"the user answers: notes.txt" in written(tmp_path)


def test_what_is_learned_late_is_taken_out_of_what_was_kept_before(tmp_path: Path) -> None:
    writer = EpisodeWriter.create(tmp_path, EpisodeHeader(name="1-log-in-with-marzipan", instruction="log in with marzipan"))
    keeper = StepKeeper(
        writer, Redactor(Rules()), frame_reader(None, "latin"), lambda words: "1-" + "-".join(words.replace("[secret]", "secret").split())
    )
    keeper.append(typed(0, "see marzipan", before=picture("Word: marzipan", "Other"), note="marzipan it is"))
    keeper.redactor.learn("marzipan")  # it went into a password field
    keeper.append(typed(1, "marzipan"))
    keeper.close(StopReason.DONE)
    assert b"marzipan" not in written(tmp_path)
    episode = read_episode(keeper.path)
    assert keeper.path.name == "1-log-in-with-secret" == episode.header.name and episode.problems == ()
    frame = episode.frame(episode.steps[0], "before")
    assert frame is not None and PAINT in {colour for _, colour in frame.getcolors(1 << 20) or []}
    assert "marzipan" not in " ".join(one.text for one in frame_reader(None, "latin")(frame) or ())
    assert [str(step.action) for step in episode.steps] == ['type(text="see [secret]")', 'type(text="[secret]")']


@pytest.mark.parametrize("between", [None, ("ctrl", "s"), ("left",)])
def test_a_token_typed_in_pieces_is_found_in_all_of_them(keeper: StepKeeper, between: tuple[str, ...] | None) -> None:
    for piece in (TOKEN[:9], TOKEN[9:20], TOKEN[20:]):
        keeper.append(typed(keeper.steps, piece, before=picture(f"value {piece}")))
        if between:
            keeper.append(Step(index=keeper.steps, prediction=Prediction(action=Press(keys=between)), action=Press(keys=between)))
    keeper.close(StopReason.DONE)
    kept = written(keeper.path)
    assert not any(piece.encode() in kept for piece in (TOKEN[:9], TOKEN[9:20], TOKEN[20:]))
    texts = [step.action.text for step in read_episode(keeper.path).steps if isinstance(step.action, Type)]
    assert len(texts) == 3 and set(texts) <= {"[token]", "[key]"}


def test_keys_pressed_one_by_one_are_typed_too(keeper: StepKeeper) -> None:
    for letter in TOKEN:
        keeper.append(Step(index=keeper.steps, prediction=Prediction(action=Press(keys=(letter,))), action=Press(keys=(letter,))))
    keeper.close(StopReason.DONE)
    steps = read_episode(keeper.path).steps
    assert len(steps) == len(TOKEN) and {str(step.action) for step in steps} <= {'type(text="[token]")', 'type(text="[key]")'}


def test_a_card_in_four_fields_is_one_card(keeper: StepKeeper) -> None:
    for group in ("4111", "1111", "1111", "1111"):
        keeper.append(typed(keeper.steps, group))
        keeper.append(Step(index=keeper.steps, prediction=Prediction(action=Press(keys=("tab",))), action=Press(keys=("tab",))))
    assert {step.action.text for step in read_episode(keeper.path).steps if isinstance(step.action, Type)} == {"[card]"}


def test_what_two_people_would_type_is_no_secret_together(keeper: StepKeeper) -> None:
    for text in ("Jane", "Miller", "notes.txt", "12 Main Street"):
        keeper.append(typed(keeper.steps, text))
        keeper.append(Step(index=keeper.steps, prediction=Prediction(action=Press(keys=("tab",))), action=Press(keys=("tab",))))
    assert all(step.hidden is None for step in read_episode(keeper.path).steps)


def test_frames_are_read_and_what_is_secret_in_them_is_painted(keeper: StepKeeper) -> None:
    shot = picture("Account of Jane", f"token {TOKEN}", "Password: swordfish", "Balance 47.11")
    saved = keeper.append(typed(0, "x", before=shot, after=shot))
    frame = read_episode(keeper.path).frame(saved, "before")
    words = " ".join(one.text for one in frame_reader(None, "latin")(frame) or ())  # type: ignore[arg-type]
    assert "Account of Jane" in words and "Balance" in words and "swordfish" not in words and TOKEN[5:13] not in words
    assert {(one.place, one.kind) for one in saved.hidden or ()} >= {("before", "password"), ("before", "token"), ("after", "token")}


def test_a_window_that_is_never_kept_is_painted_whole(keeper: StepKeeper) -> None:
    shot = Screenshot(Image.new("RGB", (640, 200), "white"), AREA, private=((WINDOW, Box(x1=0, y1=0, x2=0.5, y2=1)),))
    saved = keeper.append(typed(0, "x", before=shot))
    frame = read_episode(keeper.path).frame(saved, "before")
    assert frame is not None and frame.getpixel((100, 100)) == PAINT and frame.getpixel((500, 100)) == (255, 255, 255)


def test_what_a_terminal_did_not_show_is_not_kept_of_a_run(keeper: StepKeeper) -> None:
    prompt, echoed = picture("jane@host:~$"), picture("jane@host:~$ git status")
    shown = typed(0, "git status", before=prompt, after=echoed, window_class="xterm XTerm")
    blind = typed(0, "hunter2x", before=picture("Password:"), after=picture("Password: *"), window_class="xterm XTerm")
    assert without_unseen(shown, keeper) is shown
    assert str(without_unseen(blind, keeper).action) == 'type(text="[secret]")' and "hunter2x" not in str(without_unseen(blind, keeper))
    elsewhere = blind.model_copy(update={"window_class": "mousepad Mousepad"})
    assert without_unseen(elsewhere, keeper) is elsewhere
    for kind in ("org.remmina.Remmina org.remmina.Remmina", "Vncviewer Vncviewer", "VirtualBox Machine", "xfreerdp xfreerdp", "krdc krdc"):
        assert "hunter2x" not in str(without_unseen(blind.model_copy(update={"window_class": kind}), keeper)), kind


@pytest.mark.parametrize(
    "title",
    ["QEMU (vm1) - noVNC", "noVNC", "web1 - noVNC - Chromium", "noVNC — Mozilla Firefox", "Apache Guacamole - Chromium",
     "office - Chrome Remote Desktop - Chromium"],
)  # fmt: skip
def test_what_another_machine_in_a_browser_did_not_show_is_not_kept(keeper: StepKeeper, title: str) -> None:
    blind = typed(0, "hunter2x", before=picture("Login:"), after=picture("Login: *"), window_class="chromium Chromium")
    assert "hunter2x" not in str(without_unseen(blind.model_copy(update={"window_title": title}), keeper))
    page = blind.model_copy(update={"window_title": "noVNC: a client for browsers - Chromium"})
    assert without_unseen(page, keeper) is page


def test_without_a_reader_texts_are_clean_and_frames_are_as_they_were(tmp_path: Path) -> None:
    keeper = StepKeeper(EpisodeWriter.create(tmp_path, EpisodeHeader(name="run", instruction="x")), Redactor(Rules()))
    saved = keeper.append(typed(0, TOKEN, before=picture(TOKEN)))
    assert saved.hidden is not None and all(one.place == "action" for one in saved.hidden)


@pytest.mark.parametrize(
    ("window_class", "private"),
    [("xterm XTerm", True), ("gnome-terminal-server Gnome-terminal", True), ("keepassxc KeePassXC", True),
     ("gcr-prompter Gcr-prompter", True), ("sakura Sakura", True), ("org.gnome.Console", True), ("veracrypt VeraCrypt", True),
     ("mousepad Mousepad", False), ("chromium Chromium", False), ("code Code", False), ("", False)],
)  # fmt: skip
def test_terminals_and_keepers_of_passwords_are_told_by_their_class(window_class: str, private: bool) -> None:
    assert is_private(window_class) is private
    assert not is_private(window_class, shown=("*",))


def test_a_placeholder_is_asked_for_and_never_typed(tmp_path: Path) -> None:
    person = Answers("swordfish")
    _, desktop = run(tmp_path, ScriptedPolicy('type(text="a [secret] b")', "finish()"), "type it", person)
    assert desktop.performed == [Type(text="a swordfish b")] and "[secret]" in person.asked[0]
    assert b"swordfish" not in written(tmp_path)
    with Session(
        small_settings(tmp_path / "alone", approve="none"), policy=ScriptedPolicy('type(text="[secret]")'), desktop=desktop
    ) as alone:
        list(alone.run("type the word"))
        assert alone.result is not None and alone.result.stop_reason is StopReason.FAILED and "[secret]" in alone.result.detail
        with pytest.raises(NotKept, match=r"without what \[token\] stands for"):
            list(alone.run("type [token] there"))
    assert desktop.performed == [Type(text="a swordfish b")]


def test_a_saved_plan_holds_no_secret_and_a_task_file_with_one_is_not_registered(tmp_path: Path) -> None:
    path = save_plan("sign-in", "type the password hunter2!", ['click "Sign in"', 'type "hunter2!" into "Password"'], Limits(), tmp_path)
    assert "hunter2" not in path.read_text() and read_task(path).plan[1] == 'type "[secret]" into "Password"'
    assert "hunter2" not in suggest_name("type the password hunter2!")
    bad = tmp_path / "bad.yaml"
    bad.write_text(f'name: bad\ninstruction: type it\nplan:\n  - type "{TOKEN}"\n')
    with pytest.raises(TaskError, match=r"bad\.yaml:4: this looks like a secret"):
        register_task(bad)


def test_old_episodes_are_painted_by_the_rules_of_today(tmp_path: Path) -> None:
    with EpisodeWriter.create(tmp_path, EpisodeHeader(name="old", instruction=f"use {TOKEN}")) as writer:
        writer.append(typed(0, TOKEN[:15], before=picture("Account", f"key {TOKEN}")))
        writer.append(typed(1, TOKEN[15:], before=picture("Account", TOKEN[15:])))
        asked = Ask(question="What is the PIN?")
        writer.append(Step(index=2, prediction=Prediction(action=asked), action=asked, note=f"{ANSWERED}8642", outcome=Outcome.PERFORMED))
        writer.append(Step(index=3, prediction=Prediction(action=Click(x=0.5, y=0.5)), action=Click(x=0.5, y=0.5), window_title="PIN 8642"))
    changed, painted = hide_by_rules(writer.path, Rules(), frame_reader(None, "latin"))
    assert changed == 4 and painted == 2
    kept = written(tmp_path)
    assert TOKEN[4:15].encode() not in kept and TOKEN[15:].encode() not in kept and b"8642" not in kept
    episode = read_episode(writer.path)
    frames = [episode.frame(step, "before") for step in episode.steps[:2]]
    words = " ".join(one.text for frame in frames if frame for one in frame_reader(None, "latin")(frame) or ())
    assert "Account" in words and TOKEN[16:24] not in words and TOKEN[6:14] not in words
    assert hide_by_rules(writer.path, Rules(), frame_reader(None, "latin")) == (0, 0)


@pytest.mark.timeout(600)
def test_a_sample_of_planted_secrets_is_found_nowhere(tmp_path: Path) -> None:
    """`python -m tests.plant_episodes 1000` plants them all."""
    found = plant_all(tmp_path, 60, seed=11)
    assert sum(found.planted.values()) >= 60 and [(plant.channel, plant.text, where) for plant, where in found.leaks] == []
