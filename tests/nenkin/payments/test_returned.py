"""Transfers that come back: owed again in the ledger, paid once more when there is a new account."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from nenkin.payments.connection import Connection
from nenkin.payments.intake import InvalidIntake
from nenkin.payments.ledger import balances, differences
from nenkin.payments.returned import take_returns
from tests.nenkin.payments.world import (
    AUGUST,
    JUNE,
    account,
    ask,
    number,
    run,
    transfers,
    write,
)

JULY = date(2025, 7, 15)
COLUMNS = ("paid", "number", "code", "amount", "reason")


def returns(connection: Connection, path: Path, *rows: tuple[object, ...]) -> bool:
    return take_returns(connection, write(path, COLUMNS, rows), "tanaka", "bank's list")[1]


def owed(connection: Connection) -> int:
    return {one.account: -one.balance for one in balances(connection)}.get("returned", 0)


def test_it_is_paid_again_after_a_new_account(
    database: str, june: Connection, tmp_path: Path
) -> None:
    path = tmp_path / "back.csv"
    row = (JUNE, number(1), "1150", 115_513, "account closed")
    assert returns(june, path, row)
    assert not returns(june, path, row), "the same file again"
    assert owed(june) == 115_513
    assert differences(june) == []
    # Without a new account nothing goes out, neither the returned nor the next instalment.
    run(database, tmp_path / "july", JULY)
    assert transfers(tmp_path / "july", JULY) == {}
    run(database, tmp_path / "august", AUGUST)
    assert transfers(tmp_path / "august", AUGUST) == {number(2): 115_513}
    assert ask(june, "SELECT reason FROM nenkin.held") == [("account returned",)]
    account(june, tmp_path, 1, account="7000000")
    september = date(2025, 9, 12)
    run(database, tmp_path / "september", september)
    assert transfers(tmp_path / "september", september) == {number(1): 2 * 115_513}
    assert owed(june) == 0
    assert differences(june) == []
    run(database, tmp_path / "october", date(2025, 10, 15))
    assert transfers(tmp_path / "october", date(2025, 10, 15)) == {
        number(n): 115_513 for n in (1, 2)
    }


def test_what_is_paid_again_may_come_back_again(
    database: str, june: Connection, tmp_path: Path
) -> None:
    returns(june, tmp_path / "one.csv", (JUNE, number(1), "1150", 115_513, "closed"))
    account(june, tmp_path, 1, account="7000000")
    run(database, tmp_path / "july", JULY)
    returns(june, tmp_path / "two.csv", (JULY, number(1), "1150", 115_513, "closed"))
    assert owed(june) == 115_513
    account(june, tmp_path, 1, account="7000001", since="2025-07-20")
    run(database, tmp_path / "august", AUGUST)
    assert transfers(tmp_path / "august", AUGUST)[number(1)] == 2 * 115_513
    assert owed(june) == 0
    assert differences(june) == []


def test_every_fault_of_a_list_is_named_and_nothing_is_taken(
    june: Connection, tmp_path: Path
) -> None:
    rows = (
        (JUNE, number(1), "1150", 115_513, "closed"),
        (JUNE, number(1), "1150", 115_513, "closed"),
        (JUNE, number(2), "1150", 115_512, "closed"),
        (JUNE, number(3), "1150", 1, "closed"),
        (AUGUST, number(2), "1150", 115_513, "closed"),
    )
    with pytest.raises(InvalidIntake) as caught:
        returns(june, tmp_path / "back.csv", *rows)
    assert caught.value.faults == (
        "back.csv:3: number, code 2101-000001 1150: it has come back already",
        "back.csv:4: amount 115512: the transfer was of another amount",
        "back.csv:5: number, code 2101-000003 1150: that day's files hold no transfer of it",
        "back.csv:6: number, code 2101-000002 1150: that day's files hold no transfer of it",
        "back.csv:6: paid 2025-08-15: no files of that day were made",
    )
    assert owed(june) == 0
    assert ask(june, "SELECT count(*) FROM nenkin.returned") == [(0,)]
    with pytest.raises(InvalidIntake, match=r"back.csv:2: amount 'x': yen are a whole number"):
        returns(june, tmp_path / "back.csv", (JUNE, number(1), "1150", "x", "closed"))
