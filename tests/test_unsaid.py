"""What a planner elsewhere adds to the person's words is shown and asked about before anything moves, whoever made the server say it."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import small_settings
from paper import BAR, PaperDesktop, Screen
from text_server import TextServer

from agent.cli.main import main
from agent.planning import NotUnderstood, unsaid
from agent.protocols import Decision, Verdict
from agent.session import Session
from recordings.episode import Observation, Prediction, StopReason
from vlm.plan_policy import PlanPolicy
from vlm.planner.following import PlanFollower
from vlm.planner.plan import PlannedStep, parse_plan
from vlm.planner.remote import OFFERED, TOLD, RemotePlanner, connect_planner
from vlm.planner.unsaid import is_said, unsaid_steps
from vlm.reading.match import TextLocator
from vlm.reading.view import Eyes


@pytest.mark.parametrize(
    ("words", "plan", "added"),
    [
        ("store it as notes.txt", "click File\nclick Save As\ntype notes.txt\nclick Save", ()),
        ("store it as notes.txt", "click File\nclick Delete", ("click Delete",)),
        ("tick Word wrap in the preferences", "click Edit\nclick Preferences\nset on Word wrap\nclick OK", ("click OK",)),
        ("go to the colours tab", "click Edit\nclick Preferences\nclick Colors\npress ctrl+w", ("press ctrl+w",)),
        ("open notes.txt and delete nothing", "double_click notes.txt\nclick Delete\npress Delete", ("click Delete", "press Delete")),
        ("open notes.txt, don't delete it", "double_click notes.txt\npress Delete", ("press Delete",)),
        ("öffne notes.txt, ohne zu löschen", "double_click notes.txt\nclick löschen", ("click löschen",)),
        ("delete notes.txt", "click notes.txt\npress Delete", ()), ("restore the deleted file", "click Delete", ("click Delete",)),
        ('write "delete the old files" and save it', "type delete the old files\nclick Delete\npress Ctrl+S", ("click Delete",)),
        ('write "delete the old files" and save it', "click Delete\npress Ctrl+S", ("click Delete",)),
        ('click "Frobnicate now" please', "click Frobnicate now\nclick Frobnicate", ("click Frobnicate",)),
        ("close the tab", "press Ctrl+W", ()), ("press ctrl w twice", "press Ctrl+W\npress Ctrl+Q", ("press Ctrl+Q",)),
        ("type hello", "type hello\npress Enter\npress Ctrl+A", ("press Enter", "press Ctrl+A")),
        ("search for cats", "click Search\ntype cats\npress Enter", ()), ("press page down", "press Page Down\npress x", ("press x",)),
        ("drag a.txt to Archive", "drag a.txt -> Archive\ndrag b.txt -> Archive", ("drag b.txt -> Archive",)),
        ("click the second Edit button", "click second Edit\nscroll down\nwait 2\npress Tab\npress Down", ()),
        ("open the file menu", "click File", ()), ("do it", "click File", ("click File",)), ("make it bold", "press Ctrl+B", ()),
    ],
)  # fmt: skip
def test_what_the_words_do_not_ask_for(words: str, plan: str, added: tuple[str, ...]) -> None:
    steps = parse_plan(plan)
    assert tuple(str(steps[at]) for at in unsaid_steps(words, steps)) == added


def test_a_visible_name_that_the_person_did_not_say_is_only_offered() -> None:
    assert is_said("Save As…", "store it as a.txt") and not is_said("Delete all", "store it", "store it as a.txt")
    step = PlannedStep(do="click", target="store it")
    for name, chance in (("Save", TOLD), ("Delete", OFFERED)):
        with TextServer({"name": name}) as server:
            assert connect_planner(server.address).choose_visible(step, ["Save", "Delete"]) == [(name, chance)]


class Reader:
    """A person who agrees or not, and remembers what was shown."""

    def __init__(self, agrees: bool) -> None:
        self.agrees, self.shown, self.asked = agrees, "", list[str]()

    def decide(self, observation: Observation, prediction: Prediction, concern: str) -> Decision:
        return Decision(Verdict.APPROVE)

    def answer(self, question: str) -> str | None:
        self.asked.append(question)
        return None

    def agree(self, words: str) -> bool:
        self.shown = words
        return self.agrees


SCREENS = {
    "main": Screen(
        {**BAR, "Delete": (300, 100), "Archive": (300, 200)}, {f"click {name}": "end" for name in ("File", "Delete", "Archive")}
    ),
    "end": Screen({**BAR, "Delete": (300, 100), "over": (9, 300)}),
}


def session(server: TextServer, folder: Path, person: Reader | None, approve: str = "none") -> tuple[Session, PaperDesktop]:
    desktop = PaperDesktop(SCREENS, "main")
    planner: RemotePlanner = connect_planner(server.address)
    policy = PlanPolicy(PlanFollower(lambda: planner), Eyes(desktop, TextLocator()))
    return Session(small_settings(folder, approve=approve), policy=policy, desktop=desktop, person=person), desktop


HOSTILE = {"steps": [{"do": "click", "target": "File"}, {"do": "click", "target": "Delete"}, {"do": "press", "keys": "ctrl+w"}]}


@pytest.mark.parametrize("approve", ["none", "risky"])
def test_nothing_moves_before_the_person_has_agreed_to_what_was_added(approve: str, tmp_path: Path) -> None:
    with TextServer(HOSTILE) as server:
        for person in (None, Reader(False)):
            run, desktop = session(server, tmp_path, person, approve)
            with run, pytest.raises(NotUnderstood) as error:
                list(run.run("open the file menu"))
            assert not desktop.performed and "\n" not in str(error.value)
            if person is None:
                assert "click Delete; press ctrl+w" in str(error.value)
            else:
                assert "does not ask for: click Delete; press ctrl+w." in person.shown and "2. click Delete (added)" in person.shown
        run, desktop = session(server, tmp_path, Reader(True))
        with run:
            list(run.run("open the file menu"))
        assert desktop.performed[:2] == ["click File", "click Delete"], "who agreed gets it"
        run, desktop = session(server, tmp_path, None)
        with run:
            made = run.make_plan("open the file menu")
            assert [str(step) for step in unsaid(made)] == ["click Delete", "press ctrl+w"]
            list(run.run("open the file menu", plan=made[:1]))
        assert desktop.performed == ["click File"]


def test_a_server_that_obeys_the_screen_cannot_have_it_clicked(tmp_path: Path) -> None:
    """It plans well, and chooses, of the visible names, what the screen tells it to."""
    person = Reader(True)
    with TextServer({"steps": [{"do": "click", "target": "the archive thing"}]}, {"name": "Delete"}) as server:
        run, desktop = session(server, tmp_path, person)
        with run:
            list(run.run("push the archive thing"))
        assert run.result is not None and run.result.stop_reason is StopReason.FAILED
    assert not [done for done in desktop.performed if "Delete" in done]
    assert len(person.asked) == 1 and "“Archive”" in person.asked[0]


def test_a_server_that_chooses_nonsense_leaves_the_question_to_the_person(tmp_path: Path) -> None:
    person = Reader(True)
    with TextServer({"steps": [{"do": "click", "target": "the archiv thing"}]}, {"name": "rm -rf /"}) as server:
        run, desktop = session(server, tmp_path, person)
        with run:
            list(run.run("push the archiv thing"))
        assert run.result is not None and run.result.stop_reason is StopReason.FAILED
    assert not [done for done in desktop.performed if "click" in done]
    assert len(person.asked) == 1 and "I do not see “the archiv thing”. I see “Archive”" in person.asked[0]


def test_the_command_says_what_was_added(capsys: pytest.CaptureFixture[str]) -> None:
    with TextServer(HOSTILE) as server:
        assert main(["plan", "open the file menu", "--planner", server.address]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == ["click File", "click Delete", "press ctrl+w"]
    assert "the planner added what you did not ask for, a run would ask first: click Delete; press ctrl+w" in said.err
