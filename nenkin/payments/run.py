"""A pay run: what it pays is fixed when it is opened, and each part of it is done once, whatever is killed when.

Invariant: a part's payments, its postings and the row that says it is done are one transaction, so a rerun does the parts
that are not there and no other; and the primary key of the payments refuses a second one of an entitlement and period.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from nenkin.payments.connection import Connection
from nenkin.payments.period import PayDay, month_text

__all__ = ["PART", "InvalidRun", "Part", "Run", "find_run", "open_run", "parts_left"]

PART = 250_000  # pensions of one transaction

_LOCK = """
    LOCK TABLE nenkin.entitlements, nenkin.figures, nenkin.accounts, nenkin.care_requests, nenkin.returned, nenkin.lumps,
    nenkin.suspensions, nenkin.runs IN SHARE ROW EXCLUSIVE MODE"""
_FIND = "SELECT paid, period, through, cutoff, after, who FROM nenkin.runs WHERE paid = %s"
# What the sequence has given out is either committed or will never be: writers hold locks that exclude ours.
_OPEN = """
    INSERT INTO nenkin.runs (paid, period, through, cutoff, after, who)
    SELECT %(paid)s, %(period)s, %(through)s, (SELECT last_value FROM nenkin.entries),
           coalesce((SELECT max(cutoff) FROM nenkin.runs), 0), %(who)s"""
_STATE = """
    SELECT (SELECT max(paid_from) FROM nenkin.entitlements), max(period), max(through) FROM nenkin.runs"""
_UNFINISHED = """
    SELECT paid FROM nenkin.run_parts p
    WHERE NOT EXISTS (SELECT FROM nenkin.run_parts_done d WHERE d.paid = p.paid AND d.part = p.part)
    ORDER BY paid LIMIT 1"""
# Each part's first pension is found behind the one before, so that none is numbered on the way.
_PARTS = """
    WITH RECURSIVE starts (part, pension) AS (
        SELECT 1, min(pension) FROM nenkin.entitlements
        UNION ALL
        SELECT part + 1, (
            SELECT e.pension FROM nenkin.entitlements e
            WHERE e.pension > starts.pension ORDER BY e.pension OFFSET %(size)s - 1 LIMIT 1)
        FROM starts WHERE pension IS NOT NULL)
    INSERT INTO nenkin.run_parts (paid, part, first, until)
    SELECT %(paid)s, part, pension, lead(pension, 1, 100000000000000) OVER (ORDER BY part)
    FROM starts WHERE pension IS NOT NULL"""
_REST = "INSERT INTO nenkin.run_parts (paid, part, first, until) VALUES (%s, 0, 0, 0)"
_LEFT = """
    SELECT part, first, until FROM nenkin.run_parts p WHERE paid = %s
    AND NOT EXISTS (SELECT FROM nenkin.run_parts_done d WHERE d.paid = p.paid AND d.part = p.part)
    ORDER BY part"""


class InvalidRun(ValueError):
    """The run cannot be; the message names value and rule."""


@dataclass(frozen=True, slots=True)
class Run:
    """An opened run, as nenkin.runs has it."""

    paid: date
    period: int | None
    through: int
    cutoff: int
    after: int
    who: str


@dataclass(frozen=True, slots=True)
class Part:
    """A range of pensions (the last excluded), or with number 0 what was left of earlier periods."""

    number: int
    first: int
    until: int


def find_run(connection: Connection, paid: date) -> Run | None:
    """The run of a day, if it was opened."""
    row = connection.execute(_FIND, (paid,)).fetchone()
    return Run(*row) if row else None


def open_run(connection: Connection, day: PayDay, who: str, size: int = PART) -> Run:
    """The run of a day, opened now if it was not before; raises InvalidRun."""
    if size < 1:
        raise InvalidRun(f"part {size}: a part has at least one pension")
    with connection.transaction():
        connection.execute(_LOCK)
        found = find_run(connection, day.day)
        if found is not None:
            return found
        _require_order(connection, day)
        values = {"paid": day.day, "period": day.period, "through": day.through, "who": who}
        connection.execute(_OPEN, values)
        connection.execute(_REST, (day.day,))
        if day.period is not None:
            connection.execute(_PARTS, {"paid": day.day, "size": size})
        opened = find_run(connection, day.day)
        assert opened is not None
        return opened


def parts_left(connection: Connection, run: Run) -> list[Part]:
    """The parts of a run that are still to be done."""
    return [Part(*row) for row in connection.execute(_LEFT, (run.paid,)).fetchall()]


def _require_order(connection: Connection, day: PayDay) -> None:
    """Raises InvalidRun unless the runs before are done and none is left out or comes twice: nobody would find that."""
    row = connection.execute(_UNFINISHED).fetchone()
    if row is not None:
        raise InvalidRun(
            f"pay date {day.day}: the run of {row[0]} is not finished; run it again first"
        )
    row = connection.execute(_STATE).fetchone()
    assert row is not None
    later, period, through = row
    if day.period is None:
        if period is not None and day.through > period:
            raise InvalidRun(
                f"pay date {day.day}: the regular run of {month_text(day.through)} must be opened before"
            )
        return
    if later is not None and later > day.period:
        raise InvalidRun(
            f"pay date {day.day}: another system pays until {month_text(later)} (paid_from); "
            "no regular run can be before"
        )
    if through is not None and through >= day.period:
        raise InvalidRun(
            f"pay date {day.day}: a run that pays until {month_text(through)} is already opened; "
            "what is left of an earlier period is paid by the next run"
        )
    if period is not None and day.period > period + 2:
        raise InvalidRun(
            f"pay date {day.day}: the regular run of {month_text(period + 2)} must be opened before"
        )
