"""A pay run: who is paid what, by which file, and that nothing is paid twice."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import psycopg
import pytest

from nenkin.payments.connection import Connection
from nenkin.payments.ledger import balances, differences
from nenkin.payments.period import InvalidDay, PayDay
from nenkin.payments.ranges import RangeFailed
from nenkin.payments.run import InvalidRun, open_run
from nenkin.zengin.run import Limits, RunDiffers
from tests.nenkin.benefits.rulebook import month
from tests.nenkin.payments.world import (
    AUGUST,
    JUNE,
    account,
    ask,
    award,
    branches,
    held,
    number,
    pension,
    run,
    take,
    transfers,
)


def people(connection: Connection, folder: Path, *numbers: int) -> None:
    branches(connection, folder)
    award(connection, folder, *numbers)
    for n in numbers:
        account(
            connection,
            folder,
            n,
            bank="0001" if n % 2 else "9900",
            branch="001" if n % 2 else "018",
        )


def test_a_regular_day(database: str, connection: Connection, tmp_path: Path) -> None:
    people(connection, tmp_path, 1, 2, 3, 4, 5)
    done = run(database, tmp_path / "out", JUNE)
    assert (done.payments, done.net, done.held) == (5, 5 * 115_513, 0)
    assert [entry.name for entry in done.manifest.files] == [
        "20250613-0001-001.dat",
        "20250613-9900-001.dat",
    ]
    assert transfers(tmp_path / "out", JUNE) == {number(n): 115_513 for n in range(1, 6)}
    assert differences(connection) == []
    left = {one.account: one.balance for one in balances(connection)}
    assert left == {"benefits": 5 * 115_513, "transit": 0, "treasury": -5 * 115_513}


def test_a_rerun_pays_nothing_and_makes_the_same_files(
    database: str, connection: Connection, tmp_path: Path
) -> None:
    people(connection, tmp_path, 1, 2, 3)
    run(database, tmp_path / "one", JUNE)
    # What is entered later belongs to another run.
    award(connection, tmp_path, 4, begun="2025-06")
    account(connection, tmp_path, 4)
    account(connection, tmp_path, 1, account="7654321")
    again = run(database, tmp_path / "one", JUNE, part=1)
    other = run(database, tmp_path / "two", JUNE)
    assert again.manifest == other.manifest
    assert held(tmp_path / "one") == held(tmp_path / "two")
    assert ask(connection, "SELECT count(*) FROM nenkin.payments") == [(3,)]
    assert ask(connection, "SELECT count(*) FROM nenkin.postings") == [(3 + 2,)]


def test_files_are_split(database: str, connection: Connection, tmp_path: Path) -> None:
    people(connection, tmp_path, 1, 3, 5, 7, 9)
    done = run(database, tmp_path / "out", JUNE, limits=Limits(count=2))
    assert [(file.sequence, file.count) for file in done.manifest.files] == [(1, 2), (2, 2), (3, 1)]


def test_a_second_payment_is_impossible(
    database: str, connection: Connection, tmp_path: Path
) -> None:
    people(connection, tmp_path, 1)
    run(database, tmp_path / "out", JUNE)
    insert = """
        INSERT INTO nenkin.payments SELECT pension, account, '2025-06-20', period, basic, employees, 0, 0, 0, net
        FROM nenkin.payments"""
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(insert)
    for change in ("DELETE FROM nenkin.payments", "UPDATE nenkin.figures SET basic = 0"):
        with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
            connection.execute(change)
    assert differences(connection) == []


def test_a_difference_is_found(database: str, connection: Connection, tmp_path: Path) -> None:
    people(connection, tmp_path, 1)
    run(database, tmp_path / "out", JUNE)
    connection.execute(
        "INSERT INTO nenkin.postings (amount, paid, debit, credit) VALUES (7, '2025-06-13', 'benefits', 'transit')"
    )
    found = differences(connection)
    assert len(found) == 2
    assert "the ledger says 115520, the rows 115513 yen" in found[0]


def test_what_may_have_been_sent_is_not_replaced(
    database: str, connection: Connection, tmp_path: Path
) -> None:
    people(connection, tmp_path, 1)
    run(database, tmp_path / "out", JUNE)
    name = "20250613-0001-001.dat"
    (tmp_path / "out" / name).write_bytes(b"other")
    with pytest.raises(RangeFailed, match="with other bytes"):
        run(database, tmp_path / "out", JUNE)
    # A branch's name, which is no part of what is paid, changed against all rules.
    connection.execute("UPDATE nenkin.branches SET branch_name = 'ﾎｶ'")
    with pytest.raises(
        RunDiffers, match=r"20250613-0001-001\.dat are not the files that were noted"
    ):
        run(database, tmp_path / "other", JUNE)


def test_without_an_account_it_is_held_and_paid_by_the_next_run(
    database: str, connection: Connection, tmp_path: Path
) -> None:
    people(connection, tmp_path, 1)
    award(connection, tmp_path, 2)
    first = run(database, tmp_path / "june", JUNE)
    assert (first.payments, first.held) == (1, 1)
    assert ask(connection, "SELECT pension, reason FROM nenkin.held") == [
        (pension(2), "no account")
    ]
    account(connection, tmp_path, 2)
    extra = run(database, tmp_path / "july", date(2025, 7, 15))
    assert transfers(tmp_path / "july", date(2025, 7, 15)) == {number(2): 115_513}
    assert extra.run.period is None
    run(database, tmp_path / "august", AUGUST)
    assert transfers(tmp_path / "august", AUGUST) == {number(n): 115_513 for n in (1, 2)}
    assert differences(connection) == []


def test_a_first_payment_holds_all_that_was_due(
    database: str, connection: Connection, tmp_path: Path
) -> None:
    people(connection, tmp_path, 1)
    run(database, tmp_path / "june", JUNE)
    award(connection, tmp_path, 2, begun="2024-10", basic=600_000)
    award(connection, tmp_path, 3, begun="2025-05", basic=600_000)
    award(connection, tmp_path, 4, begun="2025-07", basic=600_000)
    for n in (2, 3, 4):
        account(connection, tmp_path, n)
    day = date(2025, 7, 15)
    run(database, tmp_path / "july", day)
    # From October 2024 to May 2025 eight months, and one of May; July's right is paid in August.
    assert transfers(tmp_path / "july", day) == {number(2): 400_000, number(3): 50_000}
    run(database, tmp_path / "august", AUGUST)
    paid = transfers(tmp_path / "august", AUGUST)
    assert paid == {number(1): 115_513, number(2): 100_000, number(3): 100_000, number(4): 50_000}
    assert differences(connection) == []


def test_a_first_payment_on_a_regular_day(
    database: str, connection: Connection, tmp_path: Path
) -> None:
    people(connection, tmp_path, 1)
    run(database, tmp_path / "june", JUNE)
    award(connection, tmp_path, 2, begun="2024-10", basic=600_000)
    account(connection, tmp_path, 2)
    run(database, tmp_path / "august", AUGUST)
    paid = transfers(tmp_path / "august", AUGUST)
    assert paid == {number(1): 115_513, number(2): 500_000}


def test_a_right_that_ended_is_paid_to_its_last_month(
    database: str, connection: Connection, tmp_path: Path
) -> None:
    people(connection, tmp_path, 1, 2)
    take(connection, tmp_path, "figures", (number(1), "1150", "2025-05", 0, 0))
    run(database, tmp_path / "june", JUNE)
    assert transfers(tmp_path / "june", JUNE) == {number(1): 57_756, number(2): 115_513}
    run(database, tmp_path / "august", AUGUST)
    assert transfers(tmp_path / "august", AUGUST) == {number(2): 115_513}
    ended = ask(connection, "SELECT begun, ended FROM nenkin.entitlement_months ORDER BY pension")
    assert ended == [(month("2025-04"), month("2025-04")), (month("2025-04"), None)]


def test_the_other_systems_periods_are_never_paid(
    database: str, connection: Connection, tmp_path: Path
) -> None:
    people(connection, tmp_path, 1)
    connection.execute(
        """INSERT INTO nenkin.entitlements (number, code, begun, paid_from, who, why)
           VALUES ('2101-000009', '1150', %s, %s, 't', 't')""",
        (month("2020-04"), month("2025-08")),
    )
    connection.execute(
        """INSERT INTO nenkin.figures (pension, month, basic, employees, who, why)
           VALUES (%s, %s, 600000, 0, 't', 't')""",
        (pension(9), month("2020-04")),
    )
    account(connection, tmp_path, 9)
    with pytest.raises(InvalidRun, match="another system pays until 2025-08"):
        run(database, tmp_path / "june", JUNE)
    run(database, tmp_path / "july", date(2025, 7, 15))
    assert number(9) not in transfers(tmp_path / "july", date(2025, 7, 15))
    run(database, tmp_path / "august", AUGUST)
    assert transfers(tmp_path / "august", AUGUST)[number(9)] == 100_000


def test_a_run_that_is_not_finished_comes_first(
    database: str, connection: Connection, tmp_path: Path
) -> None:
    people(connection, tmp_path, 1)
    open_run(connection, PayDay.of(JUNE), "suzuki")
    with pytest.raises(InvalidRun, match="the run of 2025-06-13 is not finished; run it again"):
        run(database, tmp_path / "july", date(2025, 7, 15))
    assert run(database, tmp_path / "june", JUNE).payments == 1
    assert run(database, tmp_path / "july", date(2025, 7, 15)).payments == 0


def test_runs_go_forward(database: str, connection: Connection, tmp_path: Path) -> None:
    people(connection, tmp_path, 1)
    run(database, tmp_path / "august", AUGUST)
    with pytest.raises(InvalidRun, match="a run that pays until 2025-08 is already opened"):
        run(database, tmp_path / "june", JUNE)
    with pytest.raises(InvalidRun, match="the regular run of 2025-10 must be opened before"):
        run(database, tmp_path / "december", date(2025, 12, 15))
    with pytest.raises(InvalidRun, match="the regular run of 2025-10 must be opened before"):
        run(database, tmp_path / "november", date(2025, 11, 14))
    run(database, tmp_path / "september", date(2025, 9, 12))
    run(database, tmp_path / "october", date(2025, 10, 15))


@pytest.mark.parametrize(
    ("day", "period", "through"),
    [
        (date(2025, 6, 13), "2025-06", "2025-06"),
        (date(2025, 6, 12), None, "2025-04"),
        (date(2025, 6, 16), None, "2025-06"),
        (date(2025, 7, 15), None, "2025-06"),
        (date(2026, 2, 13), "2026-02", "2026-02"),
        (date(2026, 1, 15), None, "2025-12"),
    ],
)
def test_what_a_day_pays(day: date, period: str | None, through: str) -> None:
    found = PayDay.of(day)
    assert found.period == (month(period) if period else None)
    assert found.through == month(through)


def test_days_that_pay_nothing() -> None:
    with pytest.raises(InvalidDay, match="2025-06-15: banks are closed"):
        PayDay.of(date(2025, 6, 15))
    day = PayDay.of(JUNE)
    assert day.latest_making() == date(2025, 6, 10)
    day.require_lead(date(2025, 6, 10))
    with pytest.raises(InvalidDay, match="the banks take its files until 2025-06-10"):
        day.require_lead(date(2025, 6, 11))


def test_a_name_that_no_record_can_hold_is_named(
    database: str, connection: Connection, tmp_path: Path
) -> None:
    people(connection, tmp_path, 1)
    connection.execute(
        """INSERT INTO nenkin.accounts (pension, since, place, kind, payee, who, why)
           SELECT pension, '2025-02-01', place, kind, 'ﾈﾝｷﾝ,ﾊﾅｺ', 't', 't' FROM nenkin.accounts"""
    )
    with pytest.raises(RangeFailed, match="受取人名"):
        run(database, tmp_path / "out", JUNE)
