"""The instalment rule in SQL is the rule of nenkin.benefits, over any history of figures."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nenkin.benefits.ages import month_number
from nenkin.benefits.instalments import instalments
from nenkin.benefits.rules import Rules
from nenkin.payments.connection import Connection
from nenkin.payments.due import due_query
from nenkin.payments.period import slot, year_periods
from tests.nenkin.benefits.rulebook import RULES, month

YEN = st.integers(0, 5_000_000)
CHANGE = st.tuples(st.integers(-14, 14), YEN | st.just(0), YEN | st.just(0))
HISTORY = st.lists(CHANGE, max_size=6, unique_by=lambda change: change[0]).map(sorted)
_NUMBERS = count(1)

History = list[tuple[int, int, int]]
Paid = tuple[int, int, int, int, int, int]


def put(connection: Connection, histories: list[History], april: int) -> list[int]:
    """The pensions that were given the histories."""
    pensions = []
    for history in histories:
        serial = next(_NUMBERS)
        query = """
            INSERT INTO nenkin.entitlements (number, code, begun, who, why) VALUES (%s, '1150', %s, 't', 't')
            RETURNING pension"""
        number = f"{2101 + serial // 999_999:04d}-{serial % 999_999:06d}"
        [pension] = connection.execute(query, (number, april)).fetchone() or (0,)
        pensions.append(pension)
        for offset, basic, employees in history:
            query = """
                INSERT INTO nenkin.figures (pension, month, basic, employees, who, why)
                VALUES (%s, %s, %s, %s, 't', 't')"""
            connection.execute(query, (pension, april + offset, basic, employees))
    return pensions


def asked(
    connection: Connection, rules: Rules, period: int, pensions: list[int]
) -> dict[int, Paid]:
    chosen = f"pension = ANY ('{{{','.join(map(str, pensions))}}}')"
    query = due_query(rules, period, 2**62, chosen)
    return {row[0]: row[1:] for row in connection.execute(query.encode()).fetchall()}


def expected(rules: Rules, year: int, april: int, history: History) -> list[Paid]:
    parts = []
    for place in (1, 2):
        changes = [(april + change[0], change[place]) for change in history]
        parts.append(instalments(rules, year, changes))
    found = []
    for basic, employees in zip(*parts, strict=True):
        found.append(
            (
                basic.amount - basic.added,
                employees.amount - employees.added,
                basic.added,
                employees.added,
                12 * (basic.amount - basic.added) + basic.cut,
                12 * (employees.amount - employees.added) + employees.cut,
            )
        )
    return found


def compare(connection: Connection, rules: Rules, year: int, histories: list[History]) -> None:
    april = month_number(year, 4)
    pensions = put(connection, histories, april)
    wanted = [expected(rules, year, april, history) for history in histories]
    for place, period in enumerate(year_periods(april + 10)):
        found = asked(connection, rules, period, pensions)
        for pension, of_pension in zip(pensions, wanted, strict=True):
            paid = of_pension[place]
            assert found.get(pension) == (paid if any(paid) else None), (period, pension)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(2012, 2040), st.lists(HISTORY, min_size=1, max_size=8))
def test_sql_and_the_formula_agree(
    connection: Connection, year: int, histories: list[History]
) -> None:
    compare(connection, RULES, year, histories)


@pytest.mark.parametrize("year", [2014, 2015, 2016])
@pytest.mark.parametrize("choice", ["october_2015", "march_2015"])
def test_they_agree_about_the_first_addition(
    connection: Connection, year: int, choice: str
) -> None:
    rules = RULES.choosing(first_add_back=choice)
    compare(connection, rules, year, [[(-60, 772_805, 1_000_001)], [(3, 772_805, 11)]])


def test_the_worked_years(connection: Connection) -> None:
    april = month("2025-04")
    history = [(-60, 816_000, 1_489_600), (0, 831_700, 1_518_225)]
    [pension] = put(connection, [history], april)
    paid = [asked(connection, RULES, each, [pension])[pension] for each in year_periods(april + 10)]
    assert [row[0] + row[2] for row in paid] == [136_000] + [138_616] * 4 + [138_619]
    assert [row[1] + row[3] for row in paid] == [248_266] + [253_037] * 4 + [253_040]


def test_a_later_entry_of_the_same_month_holds(connection: Connection) -> None:
    april = month("2025-04")
    [pension] = put(connection, [[(0, 600_000, 0), (2, 720_000, 0)]], april)
    query = """
        INSERT INTO nenkin.figures (pension, month, basic, employees, who, why)
        VALUES (%s, %s, 660000, 0, 't', 't') RETURNING entry"""
    [entry] = connection.execute(query, (pension, april)).fetchone() or (0,)
    june = due_query(RULES, april + 2, entry, f"pension = {pension}")
    before = due_query(RULES, april + 2, entry - 1, f"pension = {pension}")
    assert [row[1] for row in connection.execute(june.encode())] == [110_000]
    assert [row[1] for row in connection.execute(before.encode())] == [100_000]


def test_slots_of_a_year() -> None:
    periods = year_periods(month("2026-02"))
    assert [slot(period) for period in periods] == [(2025, place) for place in range(1, 7)]
