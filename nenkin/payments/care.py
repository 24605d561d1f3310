"""Municipalities' requests to deduct care premiums: a file in, a file of results out, the same for the same request.

A request is known by municipality and its own number; handed in again it gives the same result and changes nothing.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path

from nenkin.benefits.care import care_deductions, has_care_deduction
from nenkin.benefits.refusals import InvalidCase
from nenkin.benefits.rules import Rules
from nenkin.payments import fields
from nenkin.payments.connection import Connection
from nenkin.payments.intake import Column, Intake, read_intake
from nenkin.payments.period import slot

__all__ = ["Result", "results_text", "take_requests"]

_COLUMNS = (
    Column("municipality", lambda text: fields.digits(text, 6)),
    Column("request", fields.words),
    Column("number", fields.number),
    Column("code", fields.code),
    Column("year", lambda text: int(fields.digits(text, 4))),
    Column("annual", fields.yen),
    Column("from_june", fields.optional),
    Column("from_august", fields.optional),
)
_SLOTS = ("april", "june", "august", "october", "december", "february")
_KNOWN = (
    "SELECT content, amounts FROM nenkin.care_requests WHERE municipality = %s AND request = %s"
)
_PENSION = """
    SELECT e.pension,
           coalesce((SELECT f.basic + f.employees FROM nenkin.figures f WHERE f.pension = e.pension AND f.month <= %s
                     ORDER BY f.month DESC, f.entry DESC LIMIT 1), 0),
           coalesce((SELECT c.amounts[6] FROM nenkin.care_requests c WHERE c.pension = e.pension AND c.year = %s - 1
                     ORDER BY c.entry DESC LIMIT 1), 0),
           (SELECT c.amounts FROM nenkin.care_requests c WHERE c.pension = e.pension AND c.year = %s
            ORDER BY c.entry DESC LIMIT 1)
    FROM nenkin.entitlements e WHERE e.number = %s AND e.code = %s AND e.pension = %s"""
_TAKE = """
    INSERT INTO nenkin.care_requests (pension, year, amounts, municipality, request, content)
    VALUES (%s, %s, %s, %s, %s, %s)"""
_BEGUN = "SELECT max(period) FROM nenkin.runs"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a request: six amounts, or the sentence that refuses it."""

    municipality: str
    request: str
    number: str
    code: str
    year: int
    amounts: tuple[int, ...] = ()
    refusal: str = ""


def take_requests(connection: Connection, rules: Rules, path: Path) -> list[Result]:
    """Takes a file in and gives the results in its order; raises InvalidIntake, OSError.

    A refused request is a result; it leaves nothing behind, so that it can be corrected and asked again.
    """
    intake = read_intake(path, _COLUMNS)
    with connection.transaction():
        connection.execute("LOCK TABLE nenkin.care_requests IN SHARE ROW EXCLUSIVE MODE")
        [begun] = connection.execute(_BEGUN).fetchone() or (None,)
        return list(_results(connection, rules, intake, begun or 0))


def results_text(results: list[Result]) -> str:
    """The file of results: CSV, a line for each request in the order of the file that asked."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["municipality", "request", "number", "code", "year", *_SLOTS, "refusal"])
    for one in results:
        amounts = one.amounts or ("",) * len(_SLOTS)
        who = (one.municipality, one.request, one.number, one.code, one.year)
        writer.writerow([*who, *amounts, one.refusal])
    return out.getvalue()


def _results(connection: Connection, rules: Rules, intake: Intake, begun: int) -> Iterator[Result]:
    for _, row in intake.rows:
        municipality, request, number, code, year, *_ = row
        asked = (municipality, request, number, code, year)
        content = "|".join(map(str, row[2:]))
        known = connection.execute(_KNOWN, (municipality, request)).fetchone()
        if known is not None:
            is_same = known[0] == content
            rule = (
                f"request {request}: it was handed in with other values; a change is a new request"
            )
            yield Result(*asked, tuple(known[1])) if is_same else Result(*asked, refusal=rule)
            continue
        try:
            pension, amounts = _amounts(connection, rules, row, begun)
        except InvalidCase as error:
            yield Result(*asked, refusal=str(error))
            continue
        values = (pension, year, list(amounts), municipality, request, content)
        connection.execute(_TAKE, values)
        yield Result(*asked, amounts)


def _amounts(
    connection: Connection, rules: Rules, row: tuple[object, ...], begun: int
) -> tuple[int, tuple[int, ...]]:
    _, _, number, code, year, annual, june, august = row
    assert isinstance(year, int)
    assert isinstance(annual, int)
    april = date(year, 4, 1)
    certificate = int(f"{number}{code}".replace("-", ""))
    values = (year * 12 + 14, year, year, number, code, certificate)
    found = connection.execute(_PENSION, values).fetchone()
    if found is None:
        raise InvalidCase("number", f"{number} {code}", "no such pension is awarded")
    pension, yearly, february, before = found
    if not has_care_deduction(yearly):
        raise InvalidCase(
            "number", f"{number} {code}", f"of {yearly} yen a year nothing is deducted"
        )
    made = care_deductions(
        rules,
        april,
        annual,
        february,
        from_june=june if isinstance(june, int) else None,
        from_august=august if isinstance(august, int) else None,
    )
    amounts = tuple(getattr(made, name) for name in _SLOTS)
    _require_unpaid(year, amounts, tuple(before or (february,) * 3 + (0,) * 3), begun)
    return pension, amounts


def _require_unpaid(
    year: int, amounts: tuple[int, ...], before: tuple[int, ...], begun: int
) -> None:
    """What is already deducted stays: a request may only change months that no run has begun."""
    begun_year, place = slot(begun) if begun else (0, 0)
    done = len(_SLOTS) if begun_year > year else place if begun_year == year else 0
    for name, new, old in zip(_SLOTS[:done], amounts, before, strict=False):
        if new != old:
            raise InvalidCase(name, new, f"{old} yen is deducted or being deducted already")
