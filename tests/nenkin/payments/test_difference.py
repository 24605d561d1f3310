"""Figures that come after a payment: the difference is paid or owed, and nothing counts twice."""

from __future__ import annotations

from datetime import date
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nenkin.benefits.ages import month_number
from nenkin.benefits.instalments import instalments
from nenkin.payments.connection import Connection, open_connection
from nenkin.payments.ledger import balances, differences
from tests.dr_acting.postgres import Server
from tests.nenkin.application import dsn
from tests.nenkin.benefits.rulebook import RULES
from tests.nenkin.payments.world import (
    AUGUST,
    JUNE,
    account,
    ask,
    award,
    branches,
    number,
    pension,
    run,
    take,
    transfers,
)

JULY = date(2025, 7, 15)
DAYS = [
    date(2025, 4, 15),
    JUNE,
    JULY,
    AUGUST,
    date(2025, 10, 15),
    date(2025, 12, 15),
    date(2026, 2, 13),
    date(2026, 3, 13),
]
_NUMBERS = count(1)


def owed(connection: Connection) -> int:
    return {one.account: one.balance for one in balances(connection)}.get("receivable", 0)


def test_more_is_paid_once(database: str, june: Connection, tmp_path: Path) -> None:
    take(june, tmp_path, "figures", (number(1), "1150", "2025-04", 720_000, 0))
    for _ in range(2):
        run(database, tmp_path / "july", JULY)
        assert transfers(tmp_path / "july", JULY) == {number(1): 120_000 - 115_513}
    assert differences(june) == []
    run(database, tmp_path / "august", AUGUST)
    assert transfers(tmp_path / "august", AUGUST) == {number(1): 120_000, number(2): 115_513}
    assert owed(june) == 0
    assert differences(june) == []


def test_it_comes_with_the_next_instalment_in_one_transfer(
    database: str, june: Connection, tmp_path: Path
) -> None:
    take(june, tmp_path, "figures", (number(1), "1150", "2025-05", 720_000, 12_000))
    run(database, tmp_path / "august", AUGUST)
    more = 57_756 + 60_000 - 115_513 + 1_000
    # April at 57,756.9 and May at 60,000 are cut together.
    paid = transfers(tmp_path / "august", AUGUST)
    assert paid == {number(1): 120_000 + 2_000 + more, number(2): 115_513}


def test_a_death_that_is_told_late_is_owed(database: str, june: Connection, tmp_path: Path) -> None:
    take(june, tmp_path, "figures", (number(1), "1150", "2025-05", 0, 0))
    run(database, tmp_path / "july", JULY)
    assert transfers(tmp_path / "july", JULY) == {}
    assert owed(june) == 115_513 - 57_756
    run(database, tmp_path / "august", AUGUST)
    assert transfers(tmp_path / "august", AUGUST) == {number(2): 115_513}
    assert owed(june) == 115_513 - 57_756
    assert differences(june) == []


def test_what_cannot_be_paid_waits_for_an_account(
    database: str, june: Connection, tmp_path: Path
) -> None:
    june.execute(
        """INSERT INTO nenkin.returned (paid, pension, account, amount, reason)
           SELECT '2025-06-13', pension, account, net, 'closed' FROM nenkin.payments WHERE pension = %s""",
        (pension(1),),
    )
    june.execute(
        """INSERT INTO nenkin.postings (amount, pension, paid, debit, credit)
           SELECT amount, pension, paid, 'treasury', 'returned' FROM nenkin.returned"""
    )
    take(june, tmp_path, "figures", (number(1), "1150", "2025-04", 720_000, 0))
    run(database, tmp_path / "july", JULY)
    assert transfers(tmp_path / "july", JULY) == {}
    assert ask(june, "SELECT reason FROM nenkin.held") == [("account returned",)]
    account(june, tmp_path, 1, account="7000000")
    run(database, tmp_path / "august", AUGUST)
    paid = transfers(tmp_path / "august", AUGUST)
    assert paid == {number(1): 115_513 + (120_000 - 115_513) + 120_000, number(2): 115_513}
    assert differences(june) == []


CHANGE = st.tuples(
    st.integers(0, 12), st.sampled_from([0, 600_001, 693_083, 831_700]), st.integers(0, 99)
)


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(CHANGE, max_size=2), min_size=len(DAYS), max_size=len(DAYS)))
def test_whatever_comes_when_each_period_is_worth_its_last_figures(
    template: Server,
    tmp_path_factory: pytest.TempPathFactory,
    changes: list[list[tuple[int, int, int]]],
) -> None:
    folder = tmp_path_factory.mktemp("differences")
    name = f"differences_{next(_NUMBERS)}"
    template.ask(f"CREATE DATABASE {name} TEMPLATE template_payments")
    database = dsn(template, name)
    first = month_number(2025, 2)
    held = {first: (693_083, 100)}
    with open_connection(database) as connection:
        branches(connection, folder)
        award(connection, folder, 1, begun="2025-02", basic=693_083, employees=100)
        account(connection, folder, 1)
        for place, day in enumerate(DAYS):
            for offset, basic, employees in changes[place]:
                query = """
                    INSERT INTO nenkin.figures (pension, month, basic, employees, who, why)
                    VALUES (%s, %s, %s, %s, 't', 't')"""
                connection.execute(query, (pension(1), first + offset, basic, employees))
                held[first + offset] = (basic, employees)
            run(database, folder / f"{day}", day)
            assert differences(connection) == []
        query = """
            SELECT p.period, p.basic + p.added_basic + coalesce(d.basic, 0),
                   p.employees + p.added_employees + coalesce(d.employees, 0)
            FROM nenkin.payments p LEFT JOIN (
                SELECT period, sum(basic) AS basic, sum(employees) AS employees FROM nenkin.differences
                GROUP BY period) d USING (period)"""
        found = {period: (basic, employees) for period, basic, employees in ask(connection, query)}
    parts = [
        instalments(RULES, 2025, [(month, held[month][place]) for month in sorted(held)])
        for place in (0, 1)
    ]
    for basic, employees in zip(*parts, strict=True):
        assert found.get(basic.month, (0, 0)) == (basic.amount, employees.amount)
    template.ask(f"DROP DATABASE {name}")
