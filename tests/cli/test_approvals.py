"""Asking on a terminal: the one who is asked answers, nobody else, and nothing that came too early."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import time
import tty
from collections.abc import Iterator

import pytest

from cli.approvals import AtTerminal
from cli.progress import Progress
from dr.approvals import Question, Reply, ScriptedReply
from dr.preflight import make_plan
from dr.runner import run_drill
from dr.scenario_file import SHIPPED, find_scenario
from inventory import Estate, load_estate
from tests.contract.tree import ROOT
from tests.dr_acting.world import World

QUESTION = Question(
    step="lines-return",
    title="The lines come back",
    title_ja="回線の復旧",
    part="approves",
    role="operations-director",
    person="sato",
    actor="tanaka",
    heading="7. Return of lines（回線の復旧）",
    text="- Bring back one line.\n- 一回線を戻す。",
    asked_at=1000.0,
    until=1090.0,
)


@pytest.fixture(scope="module")
def estate() -> Estate:
    return load_estate()


class Desk:
    """A terminal with somebody before it."""

    def __init__(self, estate: Estate, **options: object) -> None:
        self.hands, self.keyboard = pty.openpty()
        tty.setcbreak(self.keyboard)
        self.screen = io.StringIO()
        self.progress = Progress(io.StringIO())
        self.approvals = AtTerminal(
            estate,
            self.progress,
            keyboard=self.keyboard,
            screen=self.screen,
            now=lambda: 1234.5,
            **options,  # type: ignore[arg-type]
        )

    def type(self, text: str) -> None:
        os.write(self.hands, text.encode())

    def answer(self) -> Reply | None:
        """Look for at most a second, as the drill does from time to time."""
        for _ in range(20):
            reply = self.approvals.reply(1001.0)
            if reply is not None:
                return reply
            time.sleep(0.01)
        return None

    def shown(self) -> str:
        return self.screen.getvalue()

    def leave(self) -> None:
        os.close(self.hands)
        os.close(self.keyboard)


@pytest.fixture
def desk(estate: Estate) -> Iterator[Desk]:
    desk = Desk(estate)
    yield desk
    desk.leave()


def test_the_question_shows_what_it_is_about_in_both_languages(desk: Desk) -> None:
    desk.approvals.ask(QUESTION)
    for words in (
        "The lines come back（回線の復旧）",
        "7. Return of lines",
        "│ - Bring back one line.",
        "│ - 一回線を戻す。",
        "tanaka acts as soon as everybody has said yes.",
        "Sato Haruko（佐藤 春子） as Director of operations（運用統括責任者）, do you approve（承認）?",
        "90 s are left（残り90秒）",
        "sato yes|no [words]",
    ):
        assert words in desk.shown()


@pytest.mark.parametrize(
    ("typed", "reply"),
    [
        ("sato yes\n", Reply("yes")),
        ("sato yes every office is served\n", Reply("yes", "every office is served")),
        ("  SATO   Y  \n", Reply("yes")),
        ("sato はい 全事務所を確認\n", Reply("yes", "全事務所を確認")),
        ("sato 承認\n", Reply("yes")),
        ("sato no not yet\n", Reply("no", "not yet")),
        ("sato 却下\n", Reply("no")),
        ("suzuki yes\nsato no\n", Reply("no")),
        ("\nsato maybe\nsato yes\n", Reply("yes")),
    ],
)
def test_what_is_an_answer(desk: Desk, typed: str, reply: Reply) -> None:
    desk.approvals.ask(QUESTION)
    desk.type(typed)
    assert desk.answer() == reply


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("yes\n", "nobody answers for another"),
        ("suzuki yes\n", "This is for sato to approve（承認）"),
        ("tanaka yes\n", "sato 本人のみ"),
        ("sato\n", "Neither yes nor no"),
        ("sato yess\n", "Neither yes nor no"),
        ("sato yes", ""),
        ("note: nobody it rings\n", "A note needs a person of the inventory"),
        ("note: kimura\n", "A note needs a person of the inventory"),
    ],
)
def test_what_is_no_answer(desk: Desk, typed: str, said: str) -> None:
    desk.approvals.ask(QUESTION)
    desk.type(typed)
    assert desk.answer() is None
    assert said in desk.shown()
    assert desk.approvals.notes == []


def test_nobody_approves_what_they_have_not_seen(desk: Desk) -> None:
    """A yes that was typed before the question is thrown away, also the half of one."""
    desk.type("sato yes\nnote: kimura the phones are quiet\nsato ")
    time.sleep(0.05)
    desk.approvals.ask(QUESTION)
    desk.type("yes\n")
    assert desk.answer() is None
    assert [(note.by, note.text) for note in desk.approvals.notes] == [
        ("kimura", "the phones are quiet")
    ]


def test_notes_are_kept_beside_the_answer(desk: Desk) -> None:
    desk.approvals.ask(QUESTION)
    desk.type("note: kimura Hakata calls\x07\nsato yes\n")
    assert desk.answer() == Reply("yes")
    [note] = desk.approvals.notes
    assert (note.at, note.by, note.text) == (1234.5, "kimura", "Hakata calls")


def test_asking_never_waits(desk: Desk) -> None:
    desk.approvals.ask(QUESTION)
    began = time.monotonic()
    for _ in range(100):
        assert desk.approvals.reply(1001.0) is None
    assert time.monotonic() - began < 1


def test_a_keyboard_that_is_gone_is_no_answer(estate: Estate) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"sato ye")
    approvals = AtTerminal(estate, Progress(io.StringIO()), keyboard=reading, screen=io.StringIO())
    approvals.ask(QUESTION)
    os.close(writing)
    assert [approvals.reply(1001.0) for _ in range(3)] == [None] * 3
    os.close(reading)


def test_whoever_is_in_the_script_is_not_asked(estate: Estate) -> None:
    script = {("lines-return", "operations-director"): ScriptedReply("yes", 5.0, "by phone")}
    desk = Desk(estate, script=script)
    desk.approvals.ask(QUESTION)
    assert desk.shown() == ""
    assert desk.approvals.reply(1004.0) is None
    assert desk.approvals.reply(1005.0) == Reply("yes", "by phone", "scripted")
    desk.approvals.close()
    assert desk.approvals.reply(1006.0) is None
    desk.leave()


def test_the_screen_belongs_to_the_question(estate: Estate) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Screen()
    with Progress(screen) as progress:
        progress.phase("The lines come back")
        progress.pause()
        drawn = screen.tell()
        progress.doing("waiting for sato (operations-director)")
        time.sleep(0.3)
        assert screen.tell() == drawn, "nothing is drawn over the question"
        progress.resume()
        progress.doing("12 s left")
        time.sleep(0.3)
        assert "12 s left" in screen.getvalue()


def test_a_whole_drill_with_people_at_the_terminal(estate: Estate) -> None:
    """On the simulated estate: two persons answer, one of them late, and someone takes a note."""
    plan = make_plan(find_scenario("tokyo-cut", SHIPPED), estate)
    world = World(plan)
    keyboard, hands = os.pipe()
    screen = io.StringIO()
    approvals = AtTerminal(
        estate, Progress(io.StringIO()), keyboard=keyboard, screen=screen, now=world.now
    )
    lines = iter(
        [
            (5, "note: kimura Hakata is served"),
            (7, "sato yes"),  # before sato is asked
            (8, "suzuki yes"),
            (14, "sato yes 確認済み"),
        ]
    )
    pending = [next(lines)]
    asked_at: list[float] = []

    def people(_: World) -> None:
        if not asked_at and "do you decide" in screen.getvalue():
            asked_at.append(world.now_s)
        if asked_at and pending and world.now_s >= asked_at[0] + pending[0][0]:
            os.write(hands, f"{pending.pop()[1]}\n".encode())
            pending.extend([line for line in [next(lines, None)] if line])

    world.on_sleep = people
    outcome = run_drill(plan, world.kit(approvals=approvals))
    os.close(keyboard)
    os.close(hands)
    assert outcome.verdict.reasons == ()
    step = next(step for step in outcome.evidence.people if step.id == "lines-return")
    assert [(a.person, a.said, a.words, a.source) for a in step.answers] == [
        ("suzuki", "yes", "", "terminal"),
        ("sato", "yes", "確認済み", "terminal"),
    ]
    waits = [(a.at or 0) - a.asked_at for a in step.answers]
    assert waits == [pytest.approx(8, abs=0.5), pytest.approx(6, abs=0.5)]
    assert "nobody answers for another" in screen.getvalue()
    assert [(note.by, note.text) for note in approvals.notes] == [("kimura", "Hakata is served")]
    assert outcome.evidence.honesty == ()
    assert world.healed_at == step.acted_at


IN_A_SESSION = """
import fcntl, os, sys, termios
sys.path.insert(0, os.getcwd())
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from cli.drill import _approvals
from cli.progress import Progress
from dr.preflight import make_plan
from dr.scenario_file import SHIPPED, find_scenario
from inventory import load_estate
plan = make_plan(find_scenario("tokyo-cut", SHIPPED), load_estate())
def kind(**options):
    return type(_approvals(plan, Progress(), **options)).__name__
print("foreground", kind(unattended=False))
print("unattended", kind(unattended=True), flush=True)
if os.fork() == 0:
    os.setpgid(0, 0)
    print("background", kind(unattended=False), flush=True)
    os._exit(0)
os.wait()
"""


def test_who_is_asked_follows_from_where_the_command_runs() -> None:
    hands, keyboard = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", IN_A_SESSION],
        cwd=ROOT,
        stdin=keyboard,
        stdout=subprocess.PIPE,
        stderr=keyboard,
        text=True,
        start_new_session=True,
        timeout=60,
        check=False,
    )
    os.close(hands)
    os.close(keyboard)
    assert done.stdout.split() == [
        *("foreground", "AtTerminal"),
        *("unattended", "Scripted"),
        *("background", "Scripted"),
    ]
