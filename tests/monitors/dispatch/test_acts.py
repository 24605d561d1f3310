"""What people do to a night: hold, release, skip, rerun, fence; with a reason, recorded, and never a doubled effect."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from monitors.dispatch import acts, dispatcher
from monitors.dispatch.board import RefusedNight, UnknownNight, begin, present_night, read_board
from monitors.dispatch.events import events_of
from monitors.dispatch.judgement import to_retry
from tests.monitors.dispatch.nights import a_job, a_night

BY = acts.By("t-sato", "CHG-1")
NIGHT = "n1"
Connection = psycopg.Connection[Any]


@pytest.fixture
def night(connection: Connection) -> Connection:
    """A night a → b → c with d beside them, begun."""
    orders = a_night(NIGHT, a_job("a"), a_job("b", "a"), a_job("c", "b"), a_job("d"))
    assert begin(connection, orders, datetime(2026, 11, 29, 15, tzinfo=UTC))
    return connection


def states(connection: Connection) -> dict[str, tuple[str, int]]:
    return {job.name: (job.state, job.generation) for job in read_board(connection, NIGHT).jobs}


def start(connection: Connection, job: str, token: int = 0) -> int | None:
    return dispatcher.start(connection, token, read_board(connection, NIGHT), job)


def run(connection: Connection, job: str, code: int = 0) -> int:
    token = start(connection, job)
    assert token is not None
    connection.execute(
        "UPDATE night.runs SET state = 'running', host = 'h', begun_at = clock_timestamp() WHERE token = %s", (token,)
    )  # fmt: skip
    connection.execute("UPDATE night.jobs SET state = 'running' WHERE name = %s", (job,))
    connection.execute("SELECT night.end_run(%s, %s, '{}')", (token, code))
    return token


def test_a_held_job_does_not_start_until_it_is_released(night: Connection) -> None:
    acts.hold(night, NIGHT, "a", "the file is late", BY)
    assert start(night, "a") is None
    acts.release(night, NIGHT, "a", BY)
    assert start(night, "a") is not None


@pytest.mark.parametrize("act", [acts.hold, acts.skip])
def test_what_no_worker_has_begun_is_taken_back(night: Connection, act: Any) -> None:
    token = start(night, "a")
    act(night, NIGHT, "a", "not now", BY)
    found = night.execute("SELECT state FROM night.runs WHERE token = %s", (token,)).fetchone()
    assert found == ("lost",)
    assert start(night, "a") is None


def test_a_night_does_not_end_under_a_rerun(night: Connection) -> None:
    for job in ("a", "b", "c", "d"):
        run(night, job)
    acts.rerun(night, NIGHT, "c", "wrong", BY)
    assert not dispatcher.end_night(night, 0, NIGHT)
    run(night, "c")
    assert dispatcher.end_night(night, 0, NIGHT)
    assert present_night(night) is None


def test_a_skipped_job_lets_the_others_go_on(night: Connection) -> None:
    acts.skip(night, NIGHT, "a", "not needed tonight", BY)
    assert states(night)["a"] == ("skipped", 1)
    assert start(night, "a") is None


def test_a_rerun_takes_along_what_followed_and_has_ended(night: Connection) -> None:
    for job in ("a", "b", "d"):
        run(night, job)
    assert acts.rerun(night, NIGHT, "a", "wrong input", BY) == ("a", "b")
    assert states(night) == {
        "a": ("waiting", 2),
        "b": ("waiting", 2),
        "c": ("waiting", 1),
        "d": ("done", 1),
    }
    assert acts.rerun(night, NIGHT, "d", "alone", BY, alone=True) == ("d",)


def test_a_rerun_makes_an_ended_night_go_on(night: Connection) -> None:
    for job in ("a", "b", "c", "d"):
        run(night, job)
    night.execute("UPDATE night.nights SET ended_at = clock_timestamp()")
    assert present_night(night) is None
    acts.rerun(night, NIGHT, "c", "wrong", BY)
    assert present_night(night) == NIGHT


def test_a_rerun_is_refused_while_one_of_them_is_at_work(night: Connection) -> None:
    run(night, "a")
    start(night, "b")
    with pytest.raises(acts.RefusedAct, match="b is sent: wait for its end"):
        acts.rerun(night, NIGHT, "a", "wrong input", BY)
    assert states(night)["a"] == ("done", 1)


@pytest.mark.parametrize("act", [acts.hold, acts.skip, acts.rerun])
def test_an_act_needs_a_reason(night: Connection, act: Any) -> None:
    with pytest.raises(acts.RefusedAct, match="needs a reason"):
        act(night, NIGHT, "a", " ", BY)


@pytest.mark.parametrize(("act", "word"), [(acts.hold, "held"), (acts.skip, "skipped")])
def test_what_has_ended_is_neither_held_nor_skipped(night: Connection, act: Any, word: str) -> None:
    run(night, "a")
    with pytest.raises(acts.RefusedAct, match=f"a is done: only .* {word}"):
        act(night, NIGHT, "a", "why", BY)


def test_every_act_is_recorded(night: Connection) -> None:
    acts.hold(night, NIGHT, "a", "late", BY)
    acts.release(night, NIGHT, "a", BY)
    acts.skip(night, NIGHT, "a", "not needed", BY)
    found = night.execute("SELECT person, change, act, job, reason FROM night.acts ORDER BY number")
    assert found.fetchall() == [
        ("t-sato", "CHG-1", "hold", "a", "late"),
        ("t-sato", "CHG-1", "release", "a", ""),
        ("t-sato", "CHG-1", "skip", "a", "not needed"),
    ]


@pytest.mark.parametrize(("name", "job"), [("n2", "a"), (NIGHT, "zz")])
def test_what_is_not_there_is_said(night: Connection, name: str, job: str) -> None:
    with pytest.raises(UnknownNight):
        acts.hold(night, name, job, "why", BY)


def test_a_night_is_begun_once(night: Connection) -> None:
    orders = read_board(night, NIGHT).orders
    assert not begin(night, orders, datetime(2026, 11, 29, 15, tzinfo=UTC))
    with pytest.raises(RefusedNight, match="other orders"):
        begin(night, a_night(NIGHT, a_job("z")), datetime(2026, 11, 29, 15, tzinfo=UTC))


def test_a_second_night_waits_for_the_first(night: Connection) -> None:
    with pytest.raises(RefusedNight, match=f"{NIGHT} has not ended: a, b, c, d"):
        begin(night, a_night("n2", a_job("z")), datetime(2026, 11, 29, 15, tzinfo=UTC))


def test_a_dispatcher_that_no_longer_leads_starts_nothing(night: Connection) -> None:
    night.execute("UPDATE night.leader SET token = 5")
    with pytest.raises(psycopg.Error) as caught:
        start(night, "a", token=4)
    assert caught.value.sqlstate == "HK001"
    assert states(night)["a"] == ("waiting", 1)
    assert night.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (0,)
    assert start(night, "a", token=5) is not None


def test_a_run_that_was_given_up_cannot_end(night: Connection) -> None:
    token = start(night, "a")
    night.execute("UPDATE night.runs SET state = 'running' WHERE token = %s", (token,))
    assert night.execute("SELECT night.lose_run(%s, 'silent')", (token,)).fetchone() == (True,)
    with pytest.raises(psycopg.Error) as caught:
        night.execute("SELECT night.end_run(%s, 0, '{}')", (token,))
    assert caught.value.sqlstate == "HK002"
    # Nor can what has ended be given up, and an end told twice is one end.
    again = run(night, "a")
    assert night.execute("SELECT night.lose_run(%s, 'silent')", (again,)).fetchone() == (False,)
    night.execute("SELECT night.end_run(%s, 0, '{}')", (again,))
    assert states(night)["a"] == ("done", 1)


def test_what_has_happened_is_told_in_order(night: Connection) -> None:
    run(night, "a", code=1)
    acts.rerun(night, NIGHT, "a", "mended", BY)
    run(night, "a")
    acts.hold(night, NIGHT, "b", "late", BY)
    told = [(e["job"], e["event"], e["generation"]) for e in events_of(night, NIGHT)]
    assert told == [
        ("a", "started", 1),
        ("a", "failed", 1),
        ("a", "rerun", None),
        ("a", "started", 2),
        ("a", "done", 2),
        ("b", "hold", None),
    ]


def test_a_job_that_takes_its_host_along_is_not_tried_for_ever(night: Connection) -> None:
    for time in range(10):
        assert states(night)["a"] == ("waiting", 1), time
        night.execute("SELECT night.lose_run(%s, 'its host died')", (start(night, "a"),))
    assert states(night)["a"] == ("failed", 1)
    assert to_retry(read_board(night, NIGHT)) == ()
    acts.rerun(night, NIGHT, "a", "more memory", BY)
    assert start(night, "a") is not None


def test_two_runs_of_a_job_at_once_are_impossible(night: Connection) -> None:
    start(night, "a")
    night.execute("UPDATE night.jobs SET state = 'waiting' WHERE name = 'a'")
    with pytest.raises(psycopg.errors.UniqueViolation):
        start(night, "a")


def test_a_host_is_vouched_for_as_fenced(night: Connection) -> None:
    token = start(night, "a")
    night.execute(
        "UPDATE night.runs SET state = 'running', host = 'h', begun_at = clock_timestamp() WHERE token = %s", (token,)
    )  # fmt: skip
    assert not read_board(night, NIGHT).job("a").is_fenced
    acts.fence(night, "h", "powered off by hand", BY)
    assert read_board(night, NIGHT).job("a").is_fenced
