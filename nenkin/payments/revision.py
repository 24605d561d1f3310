"""The revision of all awards for a month (額改定): rules of a new year, and ages that were reached, become figures.

A batch that can be killed and run again: each block of awards is one transaction, and what stands already is not written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from nenkin.benefits.refusals import InvalidCase
from nenkin.benefits.rules import Rules
from nenkin.dated import NoRule
from nenkin.payments.awarding import lock, refuse, write_figures
from nenkin.payments.change import standing, stored_stages
from nenkin.payments.connection import Connection
from nenkin.payments.period import month_text
from nenkin.payments.timeline import figures_of

__all__ = ["Revised", "revise"]

_BLOCK = 1000
_NEXT = """
    SELECT pension, receipt, decided FROM nenkin.claims c
    WHERE pension > %s AND EXISTS (SELECT FROM nenkin.figures f WHERE f.pension = c.pension)
    ORDER BY pension LIMIT %s"""


@dataclass(frozen=True, slots=True)
class Revised:
    """How many awards were looked at, got another figure, were refused for want of a rule."""

    looked_at: int = 0
    changed: int = 0
    refused: int = 0


def revise(
    connection: Connection,
    rules: Rules,
    month: int,
    decided: date,
    who: str,
    say: Callable[[str], None],
) -> Revised:
    """Brings the figure of every award to what a month's facts and rules make of it."""
    looked = changed = refused = 0
    after = 0
    while True:
        with connection.transaction():
            lock(connection)
            rows = connection.execute(_NEXT, (after, _BLOCK)).fetchall()
            for pension, receipt, awarded in rows:
                try:
                    changed += _revise(connection, rules, pension, month, awarded, who)
                except (InvalidCase, NoRule) as error:
                    refuse(connection, receipt, decided, error, who)
                    refused += 1
        if not rows:
            return Revised(looked, changed, refused)
        looked += len(rows)
        after = rows[-1][0]
        say(f"{looked} awards looked at, {changed} changed, {refused} refused")


def _revise(
    connection: Connection, rules: Rules, pension: int, month: int, awarded: date, who: str
) -> bool:
    stages = stored_stages(connection, pension)
    if month < stages[0].since:
        return False
    held = [row for row in standing(connection, pension) if row[0] <= month]
    [found] = figures_of(rules, stages, month, month, awarded)
    yen = (found.award.basic, found.award.employees)
    if held and held[-1][1:] == yen:
        return False
    write_figures(connection, pension, [found], who, f"revision of {month_text(month)}")
    return True
