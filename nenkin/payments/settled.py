"""Whether what was paid of a period is what its figures make, by the second calculation of instalments and deductions.

Only what is settled is looked at: periods of finished runs, figures that those runs saw, and nothing that was held.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import partial

from nenkin.payments.connection import Connection
from nenkin.payments.period import month_text, slot
from nenkin.recalculation.book import Book
from nenkin.recalculation.comparison import Differing
from nenkin.recalculation.facts import month_of
from nenkin.recalculation.instalment import instalment

__all__ = ["unsettled"]

# The last run whose files are made: later figures are not paid yet.
_LAST = "SELECT r.cutoff FROM nenkin.runs r JOIN nenkin.manifests m USING (paid) ORDER BY r.paid DESC LIMIT 1"
_OPEN = "SELECT 1 FROM nenkin.runs r WHERE NOT EXISTS (SELECT FROM nenkin.manifests m WHERE m.paid = r.paid)"
_PERIODS = "SELECT DISTINCT period FROM nenkin.runs WHERE period IS NOT NULL ORDER BY period"
_PAID = """
    SELECT p.pension, p.period, e.number, e.code,
           p.basic + p.added_basic + coalesce(sum(d.basic), 0),
           p.employees + p.added_employees + coalesce(sum(d.employees), 0), p.care
    FROM nenkin.payments p JOIN nenkin.entitlements e USING (pension)
    LEFT JOIN nenkin.differences d ON d.period = p.period AND d.pension = p.pension
    WHERE p.period = ANY(%s) AND p.pension = ANY(%s) AND p.pension <> ALL(%s)
    GROUP BY p.pension, p.period, e.number, e.code, p.basic, p.added_basic, p.employees, p.added_employees, p.care
    ORDER BY p.pension, p.period"""
_HELD = "SELECT DISTINCT pension FROM nenkin.held WHERE pension = ANY(%s)"
_FIGURES = """
    SELECT DISTINCT ON (pension, month) pension, month, basic, employees FROM nenkin.figures
    WHERE pension = ANY(%s) AND entry <= %s ORDER BY pension, month, entry DESC"""
_CARE = """
    SELECT DISTINCT ON (pension, year) pension, year, amounts FROM nenkin.care_requests
    WHERE pension = ANY(%s) AND entry <= %s ORDER BY pension, year, entry DESC"""
_MISSED = "SELECT pension, period FROM nenkin.care_missed WHERE pension = ANY(%s)"


def unsettled(connection: Connection, book: Book, pensions: Sequence[int]) -> list[Differing]:
    """The paid periods of pensions that differ, each part for itself; nothing while a run is not finished."""
    row = connection.execute(_LAST).fetchone()
    if row is None or connection.execute(_OPEN).fetchone() is not None:
        return []
    asked = list(pensions)
    # A period is found by its number and the pension, so every period that ever was due is named.
    periods = [due for (due,) in connection.execute(_PERIODS).fetchall()]
    first = min(periods, default=0)
    periods = [*range(first - 240, first, 2), *periods]
    held = [pension for (pension,) in connection.execute(_HELD, (asked,)).fetchall()]
    figures: dict[int, list[tuple[int, int, int]]] = {}
    for pension, *figure in connection.execute(_FIGURES, (asked, row[0])).fetchall():
        figures.setdefault(pension, []).append((figure[0], figure[1], figure[2]))
    care = {
        (pension, year): amounts
        for pension, year, amounts in connection.execute(_CARE, (asked, row[0])).fetchall()
    }
    missed = {(one[0], one[1]) for one in connection.execute(_MISSED, (asked,)).fetchall()}
    found: list[Differing] = []
    for pension, period, number, code, *paid in connection.execute(
        _PAID, (periods, asked, held)
    ).fetchall():
        rows = figures.get(pension, [])
        due = month_of(period)
        again = [instalment(book, due, partial(_yearly, rows, part)) for part in range(2)]
        again.append(0 if (pension, period) in missed else _care(care, pension, period))
        for kind, was, is_now in zip(
            ("paid basic", "paid employees", "care"), paid, again, strict=True
        ):
            if was != is_now:
                said = f"{number} {code}: of {month_text(period)} {was} yen are paid ({kind}), {is_now} are recomputed"
                found.append(Differing(number, code, kind, period, period, was, is_now, said))
    return found


def _yearly(rows: Sequence[tuple[int, int, int]], part: int, month: int) -> int:
    place = bisect_right([row[0] for row in rows], month)
    return rows[place - 1][1 + part] if place else 0


def _care(care: dict[tuple[int, int], list[int]], pension: int, period: int) -> int:
    """By the request of the year, or from April to August as last February (仮徴収)."""
    year, place = slot(period)
    if (pension, year) in care:
        return care[pension, year][place - 1]
    before = care.get((pension, year - 1))
    return before[-1] if before and place <= 3 else 0
