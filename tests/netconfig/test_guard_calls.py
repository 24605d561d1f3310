"""How a push reaches the guard of a device: beside its session, or over a connection of its own, and which call by which."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import paramiko
import pytest

from inventory import Estate
from netconfig.canonical import read_config
from netconfig.guard import Asking, Call, Guard, asking, digest
from netconfig.push import PushResult, attempt, push_device
from netconfig.render import router_config, staging_config
from netconfig.safeguard import Safeguard
from netconfig.terminal import Terminal
from tests.netconfig.guarded import Guarded
from tests.netconfig.model_router import ModelRouter

HOST = "mitaka-r1"


class Session(ModelRouter):
    """A router whose guard can be asked beside the session, or not; everything that happens, in order."""

    def __init__(self, estate: Estate) -> None:
        super().__init__(HOST)
        within = estate.slice_hosts("core")
        self.lines = set(read_config(staging_config(estate, HOST, within)))
        self.text = router_config(estate, HOST, within)
        self.guarded = Guarded(self)
        self.done: list[str] = []
        self.answer: str | Exception | None = None
        """What is answered beside the session in place of the guard's words."""
        self.unreached: Exception | None = None
        """Why no connection of its own comes about."""

    def read(self, command: str) -> str:
        self.done.append("read")
        return super().read(command)

    def type_lines(self, lines: Sequence[str]) -> str:
        self.done.append("type")
        return super().type_lines(lines)

    def ask(self, words: str) -> str:
        self.done.append(f"beside: {words.split()[0]}")
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer or self.guarded.ask(HOST, words)

    @contextmanager
    def dial(self, host: str) -> Iterator[Call]:
        if self.unreached is not None:
            raise self.unreached
        self.done.append("dial")

        def call(words: str) -> str:
            self.done.append(f"new: {words.split()[0]}")
            return self.guarded.ask(host, words)

        yield call
        self.done.append("hang up")

    def push(self, known: str | None = None) -> PushResult:
        guard = Guard(asking(self.dial), "chg-1-0", 60, self.dial)
        safeguard = Safeguard(guard, deadline_s=0)
        return attempt(
            HOST,
            lambda: push_device(HOST, self.text, self, safeguard=safeguard, known=known),
            is_guarded=True,
        )


@pytest.fixture
def session(shipped: Estate) -> Session:
    return Session(shipped)


def test_it_is_armed_beside_the_session_and_confirmed_over_a_new_connection(
    session: Session,
) -> None:
    terminal: Terminal = session
    assert isinstance(terminal, Asking)
    assert session.push().error is None
    *before, dialled, confirmed, hung_up = session.done
    # The connection is opened when the text was read back, and not before.
    assert before == ["read", "beside: arm", "type", "read"]
    assert (dialled, confirmed, hung_up) == ("dial", "new: confirm", "hang up")
    assert session.saved == set(read_config(session.text))


def test_nothing_that_runs_as_wanted_costs_a_login(session: Session) -> None:
    session.lines = set(read_config(session.text))
    assert session.push().changed is False
    assert session.done == ["read", "beside: status"]


@pytest.mark.parametrize(
    "answer",
    [
        "% Unknown command: guard arm chg-1-0 60",
        "",
        paramiko.SSHException("channel request denied"),
        OSError("the session ended"),
        EOFError(),
    ],
)
def test_where_nothing_answers_beside_the_session_a_connection_of_its_own_does(
    answer: str | Exception, session: Session
) -> None:
    session.answer = answer or "\n"
    assert session.push().error is None
    assert session.done[:5] == ["read", "beside: arm", "dial", "new: arm", "hang up"]


def test_a_guard_that_does_not_run_keeps_everything_from_being_typed(session: Session) -> None:
    session.answer = json.dumps({"error": "it does not run on this device"})
    assert str(session.push().error).startswith(
        f"the guard of {HOST} refused: it does not run on this device"
    )
    assert "type" not in session.done
    assert "dial" not in session.done


def test_a_way_that_is_cut_confirms_nothing_though_the_session_stands(session: Session) -> None:
    session.unreached = OSError("no route to host")
    assert session.push().error == (
        f"the guard of {HOST} was not reached: no route to host; what was begun goes back by itself"
    )
    assert session.saved == set()
    assert session.guarded.pending == "chg-1-0"


class Never:
    """A check that never holds."""

    def look(self, host: str, terminal: Terminal) -> int:
        return 0

    def obstacle(self, host: str, now: int) -> None:
        return None

    def lacking(self, host: str, now: int, before: int) -> tuple[str, ...]:
        return ("a neighbour is down",)


def test_what_is_taken_back_is_not_confirmed_and_the_connection_ends(session: Session) -> None:
    safeguard = Safeguard(Guard(asking(session.dial), "chg-1-0", 60, session.dial), (Never(),), 0.0)
    result = push_device(HOST, session.text, session, safeguard=safeguard)
    assert result.error == "after 0 s a neighbour is down; it was taken back"
    assert session.done[-3:] == ["dial", "hang up", "beside: back"]
    assert "new: confirm" not in session.done


def test_what_is_known_and_runs_still_is_not_read_again(session: Session) -> None:
    known = session.shown()
    assert session.push(known).error is None
    assert session.done[:3] == ["beside: arm", "type", "read"]


@pytest.mark.parametrize("says_what_runs", [True, False])
def test_what_is_known_and_does_not_run_any_more_is_read_again(
    says_what_runs: bool, session: Session
) -> None:
    known = session.shown()
    session.lines.add(("ip route 192.0.2.0/24 Null0",))
    session.guarded.says_what_runs = says_what_runs
    result = session.push(known)
    assert result.error is None
    assert session.done[:2] == ["beside: arm", "read"]
    assert "no ip route 192.0.2.0/24 Null0" in result.commands
    assert session.saved == session.lines == set(read_config(session.text))


def test_what_somebody_else_typed_in_between_is_no_change_of_ours(session: Session) -> None:
    known = session.shown()
    session.lines = set(read_config(session.text))
    result = session.push(known)
    assert (result.changed, result.error) == (False, None)
    assert session.done == ["beside: arm", "read", "beside: back"]
    assert session.guarded.pending is None


def test_the_digest_is_of_the_text_and_of_nothing_around_it() -> None:
    text = "frr version 8.4.4\nhostname a\n!\ninterface x\n description y\nexit\n!\nend\n"
    same = digest(f"Building configuration...\r\n\r\nCurrent configuration:\r\n!\r\n{text}")
    assert digest(text) == same
    assert digest(text.replace(" description y", " description z")) != same
    assert digest(text.replace(" description y\n", "")) != same
    assert len(same) == 64
    assert "description" not in same
