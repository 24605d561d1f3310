"""How far a night is: every job's state as one reading of the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from monitors.dispatch.orders import Order, Orders, checksum, orders_of_text, text_of

__all__ = [
    "SETTLED",
    "Board",
    "JobState",
    "RefusedNight",
    "UnknownNight",
    "begin",
    "present_night",
    "read_board",
    "read_orders_of",
]

SETTLED = frozenset({"done", "skipped"})


class UnknownNight(Exception):
    """A night or job that the database does not have."""


class RefusedNight(Exception):
    """A night that cannot be begun as asked; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class JobState:
    """One job now. `begun` and `ended` are minutes of its last run, `token` is that run's."""

    name: str
    state: str
    held: str | None
    reason: str
    generation: int
    tries: int
    may_retry: bool
    token: int | None = None
    host: str | None = None
    begun: float | None = None
    ended: float | None = None
    lease_over_s: float | None = None
    """Seconds since the open run's lease ended, negative while it lasts; None without a lease."""
    exit: int | None = None
    is_fenced: bool = False
    """Whether somebody has vouched since its start that its host is dead or cut off."""
    site: str | None = None
    """Whose workers the last run was given to."""


@dataclass(frozen=True, slots=True)
class Board:
    """A night, its orders, its jobs in the plan's order, and the minute that it is."""

    orders: Orders
    minute: float
    jobs: tuple[JobState, ...]
    ended: bool
    sites: frozenset[str] = frozenset()
    """Sites that have workers, which have been heard of within the last half minute."""

    def job(self, name: str) -> JobState:
        """The state of a job; UnknownNight."""
        for job in self.jobs:
            if job.name == name:
                return job
        known = ", ".join(job.name for job in self.jobs[:8])
        raise UnknownNight(f"{self.orders.night} has no job '{name}'; it has {known}, …")

    @property
    def orders_by_name(self) -> Mapping[str, Order]:
        return {order.name: order for order in self.orders.jobs}

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do."""
        return all(job.state in SETTLED for job in self.jobs)


def begin(
    connection: psycopg.Connection[Any], orders: Orders, origin: datetime, minute_s: float = 60.0
) -> bool:
    """Put a night into the database; False where it is there already, and then nothing changes. RefusedNight."""
    text = text_of(orders)
    with connection.transaction():
        # One that begins at the same moment waits here.
        connection.execute("LOCK TABLE night.nights IN SHARE ROW EXCLUSIVE MODE")
        _refuse_second(connection, orders.night)
        row = connection.execute(
            "INSERT INTO night.nights (name, orders, sha256, origin, minute_s) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (name) DO NOTHING RETURNING name",
            (orders.night, text, checksum(text), origin, minute_s),
        ).fetchone()
        if row is None:
            found = connection.execute(
                "SELECT sha256 FROM night.nights WHERE name = %s", (orders.night,)
            ).fetchone()
            if found != (checksum(text),):
                raise RefusedNight(
                    f"{orders.night} has begun with other orders; hold, skip or rerun its jobs, or name this one anew"
                )
            return False
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO night.jobs (night, name, place) VALUES (%s, %s, %s)",
                [(orders.night, job.name, place) for place, job in enumerate(orders.jobs)],
            )
        connection.execute("SELECT pg_notify('night', %s)", (orders.night,))
    return True


def _refuse_second(connection: psycopg.Connection[Any], night: str) -> None:
    """The pools are tonight's alone: a night that people have not brought to its end must not share them."""
    other = present_night(connection)
    if other is None or other == night:
        return
    rows = connection.execute(
        "SELECT name FROM night.jobs WHERE night = %s AND state NOT IN ('done', 'skipped') ORDER BY place",
        (other,),
    ).fetchall()
    names = [str(name) for (name,) in rows]
    left = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
    raise RefusedNight(f"night {other} has not ended: {left}; rerun or skip them first")


def present_night(connection: psycopg.Connection[Any]) -> str | None:
    """The night that has begun and not ended, the oldest first; None where there is none."""
    row = connection.execute(
        "SELECT name FROM night.nights WHERE ended_at IS NULL ORDER BY begun_at, name LIMIT 1"
    ).fetchone()
    return None if row is None else str(row[0])


_JOBS = """
    SELECT j.name, j.state, j.held, j.reason, j.generation, j.tries,
           coalesce(j.not_before <= clock_timestamp(), true),
           r.token, r.host,
           extract(epoch FROM r.begun_at - n.origin)::float8 / n.minute_s,
           extract(epoch FROM r.ended_at - n.origin)::float8 / n.minute_s,
           extract(epoch FROM clock_timestamp() - r.lease_until)::float8, r.exit,
           EXISTS (SELECT FROM night.fences f WHERE f.host = r.host AND f.at >= r.begun_at), r.site
      FROM night.jobs j JOIN night.nights n ON n.name = j.night
      LEFT JOIN LATERAL (SELECT * FROM night.runs WHERE night = j.night AND job = j.name
                          ORDER BY token DESC LIMIT 1) r ON true
     WHERE j.night = %s ORDER BY j.place"""


def read_board(
    connection: psycopg.Connection[Any],
    night: str,
    orders: Orders | None = None,
    patience_s: float = 30.0,
) -> Board:
    """The state of a night; `orders` saves reading them again. A worker silent for `patience_s` is none. UnknownNight."""
    with connection.transaction():
        # One snapshot: a job must not be seen before and its run after a change.
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        row = connection.execute(
            "SELECT extract(epoch FROM clock_timestamp() - origin)::float8 / minute_s, ended_at IS NOT NULL"
            " FROM night.nights WHERE name = %s",
            (night,),
        ).fetchone()
        if row is None:
            raise UnknownNight(
                f"the database has no night '{night}'; begin it by `hikae batch run`"
            )
        if orders is None:
            orders = read_orders_of(connection, night)
        jobs = tuple(JobState(*found) for found in connection.execute(_JOBS, (night,)).fetchall())
        sites = connection.execute(
            "SELECT DISTINCT site FROM night.workers WHERE beat_at > clock_timestamp() - %s * interval '1 s'",
            (patience_s,),
        ).fetchall()
    return Board(orders, float(row[0]), jobs, bool(row[1]), frozenset(site for (site,) in sites))


def read_orders_of(connection: psycopg.Connection[Any], night: str) -> Orders:
    """The orders that a night has begun with."""
    row = connection.execute(
        "SELECT orders::text FROM night.nights WHERE name = %s", (night,)
    ).fetchone()
    if row is None:
        raise UnknownNight(f"the database has no night '{night}'")
    return orders_of_text(str(row[0]), night)
