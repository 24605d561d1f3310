"""Reported pay (報酬月額算定基礎届, 月額変更届): the standards that follow from it, decided line by line.

The pure functions of `nenkin.remuneration` decide; here is looked up what they need, and what they say is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from nenkin.collection import fields
from nenkin.collection.lines import Kind, refuse, refuse_where
from nenkin.dated import NoRule
from nenkin.payments import fields as common
from nenkin.payments.connection import Connection
from nenkin.payments.intake import Column
from nenkin.remuneration.decision import Decision, Unruled, decide, revise
from nenkin.remuneration.grades import InvalidStandard
from nenkin.remuneration.pay import WORKERS, InvalidReport, PayMonth, following

__all__ = ["FIXED_TIME", "REVISION"]

# Who is insured there on the day that the report is about, and what stands then.
_STANDS = """
    SELECT i.line, p.number IS NOT NULL, d.standard, d.first
    FROM incoming i
    LEFT JOIN nenkin.current_periods p ON p.number = i.number AND p.establishment = i.establishment
        AND p.acquired <= i.day AND (p.lost IS NULL OR p.lost > i.day)
    LEFT JOIN LATERAL (
        SELECT standard, first FROM nenkin.current_decisions d
        WHERE d.number = i.number AND d.establishment = i.establishment AND d.first >= date_trunc('month', p.acquired)
        AND d.first <= i.until AND (d.first, d.kind) <> (i.until, 'fixed_time') ORDER BY first DESC LIMIT 1) d ON true"""
_TWICE = """
    SELECT line, 'number ' || number || ': line ' || first || ' of the file reports it for the same months' FROM (
        SELECT line, number, min(line) OVER (PARTITION BY number, day) AS first FROM incoming) numbered
    WHERE line > first"""
_DECIDED = """
    CREATE TEMPORARY TABLE decided (
        line integer, number text, first date, kind text, average integer, standard integer, establishment text)
        ON COMMIT DROP"""
_SAME = """
    INSERT INTO noted (line, sentence)
    SELECT line, 'number ' || number || ', ' || to_char(first, 'YYYY-MM') || ': just that is decided already'
    FROM decided d WHERE EXISTS (
        SELECT FROM nenkin.current_decisions s
        WHERE (s.number, s.first, s.kind, s.average, s.standard, s.establishment)
            = (d.number, d.first, d.kind, d.average, d.standard, d.establishment))"""
_OTHER = """
    SELECT line, 'number ' || d.number || ', ' || to_char(d.first, 'YYYY-MM') || ': ' || s.kind || ' ' || s.standard
           || ' stands, and the report makes it ' || d.standard || ': a change of it is a correction'
    FROM decided d JOIN nenkin.current_decisions s USING (number, first)"""
_ENTER = """
    INSERT INTO nenkin.decisions (number, first, revision, kind, average, standard, establishment, act)
    SELECT number, first, 1 + coalesce((SELECT max(revision) FROM nenkin.decisions d
                                        WHERE d.number = decided.number AND d.first = decided.first), 0),
           kind, average, standard, establishment, %s
    FROM decided ORDER BY number"""


@dataclass(frozen=True, slots=True)
class _Standing:
    is_insured: bool
    standard: int | None
    first: date | None


def _decide_fixed(row: Sequence[Any], standing: _Standing) -> Decision:
    number, year, worker, months = row[0], row[2], row[3], _months(row[2], row[4:])
    if standing.first is not None and standing.first >= date(year, 7, 1):
        # What a report of pay before a revision would decide does not take the place of the revision.
        raise InvalidReport(
            f"number {number}: the standard from {standing.first:%Y-%m} on holds until next August"
        )
    return decide(year, months, worker)


def _decide_revision(row: Sequence[Any], standing: _Standing) -> Decision | None:
    _, _, first, change, worker, *rest = row
    second = following(first)
    months = _paired([first, second, following(second)], rest)
    assert standing.standard is not None
    return revise(standing.standard, change == "rise", months, worker)


def _months(year: int, rest: Sequence[int]) -> list[PayMonth]:
    return _paired([date(year, month, 1) for month in (4, 5, 6)], rest)


def _paired(months: Sequence[date], rest: Sequence[int]) -> list[PayMonth]:
    return [
        PayMonth(month, pay, days)
        for month, pay, days in zip(months, rest[::2], rest[1::2], strict=True)
    ]


def _take(connection: Connection, act: int, kind: str) -> None:
    # A fixed-time report is about who is insured on 1 July, and what was decided for the months until September stays;
    # a revision is about the end of the third month.
    third = "(first + interval '3 months' - interval '1 day')::date"
    day, until = (
        ("make_date(year, 7, 1)", "make_date(year, 9, 1)")
        if kind == "fixed_time"
        else (third, third)
    )
    connection.execute("ALTER TABLE incoming ADD COLUMN day date, ADD COLUMN until date")
    connection.execute(f"UPDATE incoming SET day = {day}, until = {until}".encode())
    refuse_where(connection, _TWICE)
    standings = {line: _Standing(*rest) for line, *rest in connection.execute(_STANDS).fetchall()}
    rows = connection.execute("SELECT * FROM incoming ORDER BY line").fetchall()
    refusals, decided, notes = [], [], []
    for line, *row in rows:
        try:
            made = _decide(kind, row[:-2], standings[line])
        except (InvalidReport, InvalidStandard, Unruled, NoRule) as error:
            refusals.append((line, str(error)))
            continue
        if made is None:
            notes.append((line, f"number {row[0]}: the standard {standings[line].standard} stays"))
        else:
            values = (made.first, kind, made.average, made.standard)
            decided.append((line, row[0], *values, row[1]))
    connection.execute(_DECIDED)
    with connection.cursor() as cursor:
        with cursor.copy("COPY decided FROM STDIN") as copy:
            for one in decided:
                copy.write_row(one)
        with cursor.copy("COPY noted FROM STDIN") as copy:
            for note in notes:
                copy.write_row(note)
    refuse(connection, refusals)
    connection.execute(_SAME)
    connection.execute("DELETE FROM decided USING noted WHERE decided.line = noted.line")
    refuse_where(connection, _OTHER)
    connection.execute("DELETE FROM decided USING refused WHERE decided.line = refused.line")
    connection.execute(_ENTER, (act,))
    connection.execute("DROP TABLE decided")


def _decide(kind: str, row: Sequence[Any], standing: _Standing) -> Decision | None:
    if not standing.is_insured:
        raise InvalidReport(
            f"number {row[0]}, establishment {row[1]}: the person is not insured there"
        )
    if kind == "fixed_time":
        return _decide_fixed(row, standing)
    if standing.standard is None:
        raise InvalidReport(f"number {row[0]}: no standard stands there that could be revised")
    return _decide_revision(row, standing)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ValueError("it is a whole number of up to nine digits")
    return int(text)


def _year(text: str) -> int:
    return int(common.digits(text, 4))


_WHO = (Column("number", common.number), Column("establishment", fields.establishment))
_WORKER = Column("worker", fields.one_of(*WORKERS))


def _paid(*names: str) -> tuple[Column, ...]:
    return tuple(Column(f"{name}_{what}", _whole) for name in names for what in ("pay", "days"))


FIXED_TIME = Kind(
    "fixed",
    (*_WHO, Column("year", _year), _WORKER, *_paid("april", "may", "june")),
    ("text", "text", "integer", "text", *("integer",) * 6),
    lambda connection, act: _take(connection, act, "fixed_time"),
)
REVISION = Kind(
    "revision",
    (
        *_WHO,
        Column("first", fields.month),
        Column("change", fields.one_of("rise", "fall")),
        _WORKER,
        *_paid("first", "second", "third"),
    ),
    ("text", "text", "date", "text", "text", *("integer",) * 6),
    lambda connection, act: _take(connection, act, "revision"),
)
