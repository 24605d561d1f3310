"""What people do to a night: hold, release, skip, rerun, vouch for a fenced host. Each act is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from monitors.dispatch.board import UnknownNight, read_board

__all__ = ["By", "RefusedAct", "fence", "hold", "release", "rerun", "skip"]


class RefusedAct(Exception):
    """An act that would do harm now; the text says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, and under which change."""

    person: str
    change: str


def hold(connection: psycopg.Connection[Any], night: str, job: str, reason: str, by: By) -> None:
    """Keep a job from starting until it is released; those that wait for it wait too. RefusedAct, UnknownNight."""
    _wanted(reason, "hold")
    with connection.transaction():
        _withdraw(connection, night, job)
        state = _locked(connection, night, job)
        if state != "waiting":
            raise RefusedAct(f"{job} is {state}: only a job that waits can be held")
        _set(connection, night, job, "held = %s", reason)
        _record(connection, night, by, "hold", job, reason)


def release(connection: psycopg.Connection[Any], night: str, job: str, by: By) -> None:
    """Let a held job start again; one that is not held stays as it is. UnknownNight."""
    with connection.transaction():
        _locked(connection, night, job)
        _set(connection, night, job, "held = %s", None)
        _record(connection, night, by, "release", job, "")


def skip(connection: psycopg.Connection[Any], night: str, job: str, reason: str, by: By) -> None:
    """Leave a job out tonight; those that wait for it go on. RefusedAct, UnknownNight."""
    _wanted(reason, "skip")
    with connection.transaction():
        _withdraw(connection, night, job)
        state = _locked(connection, night, job)
        if state not in ("waiting", "failed"):
            raise RefusedAct(
                f"{job} is {state}: only a job that waits or has failed can be skipped"
            )
        _set(connection, night, job, "state = 'skipped', held = NULL, reason = %s", reason)
        _record(connection, night, by, "skip", job, reason)


def rerun(
    connection: psycopg.Connection[Any],
    night: str,
    job: str,
    reason: str,
    by: By,
    *,
    alone: bool = False,
) -> tuple[str, ...]:
    """Run a job again as a new generation, and after it every job that waited for it and has ended; their names.

    `alone` = only this one. Refused while one of them is at work: RefusedAct, and nothing is changed. UnknownNight.
    """
    _wanted(reason, "rerun")
    board = read_board(connection, night)
    board.job(job)
    following = () if alone else board.orders.successors(job)
    again = []
    with connection.transaction():
        # Before its jobs: whoever ends the night waits for this, and then sees them.
        connection.execute("SELECT 1 FROM night.nights WHERE name = %s FOR UPDATE", (night,))
        for name in (job, *following):
            state = _locked(connection, night, name)
            if state in ("sent", "running"):
                raise RefusedAct(
                    f"{name} is {state}: wait for its end, or rerun {job} alone (--alone)"
                )
            if state in ("done", "failed") or (name == job and state == "skipped"):
                again.append(name)
        if job not in again:
            raise RefusedAct(f"{job} waits still: it has not run tonight")
        for name in again:
            _set(
                connection, night, name,
                "state = 'waiting', generation = generation + 1, tries = 0, not_before = NULL, reason = %s",
                reason,
            )  # fmt: skip
            _record(connection, night, by, "rerun", name, reason)
        # A night that had ended goes on.
        connection.execute("UPDATE night.nights SET ended_at = NULL WHERE name = %s", (night,))
    return tuple(again)


def fence(connection: psycopg.Connection[Any], host: str, how: str, by: By) -> None:
    """Vouch that nothing on a host runs any more, so that what it ran may be started elsewhere at once. RefusedAct."""
    _wanted(how, "fence")
    connection.execute(
        "INSERT INTO night.fences (host, person, how) VALUES (%s, %s, %s)", (host, by.person, how)
    )
    connection.execute("SELECT pg_notify('night', '')")


def _wanted(reason: str, act: str) -> None:
    if not reason.strip():
        raise RefusedAct(f"to {act} needs a reason, which the next shift will read")


def _withdraw(connection: psycopg.Connection[Any], night: str, job: str) -> None:
    """Take back a run that was handed to the workers and that none has begun. Runs are locked before jobs, everywhere."""
    row = connection.execute(
        "SELECT token FROM night.runs WHERE night = %s AND job = %s AND state = 'sent' FOR UPDATE",
        (night, job),
    ).fetchone()
    if row is not None:
        connection.execute("SELECT night.lose_run(%s, 'taken back before its start')", (row[0],))


def _locked(connection: psycopg.Connection[Any], night: str, job: str) -> str:
    row = connection.execute(
        "SELECT state FROM night.jobs WHERE night = %s AND name = %s FOR UPDATE", (night, job)
    ).fetchone()
    if row is None:
        raise UnknownNight(
            f"no job '{job}' in a night '{night}'; `hikae batch watch` lists the jobs"
        )
    return str(row[0])


def _set(
    connection: psycopg.Connection[Any], night: str, job: str, what: LiteralString, value: object
) -> None:
    connection.execute(
        "UPDATE night.jobs SET " + what + " WHERE night = %s AND name = %s", (value, night, job)
    )
    connection.execute("SELECT pg_notify('night', %s)", (night,))


def _record(
    connection: psycopg.Connection[Any], night: str, by: By, act: str, job: str, reason: str
) -> None:
    connection.execute(
        "INSERT INTO night.acts (night, person, change, act, job, reason) VALUES (%s, %s, %s, %s, %s, %s)",
        (night, by.person, by.change, act, job, reason),
    )
