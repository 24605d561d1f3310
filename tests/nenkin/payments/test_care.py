"""Care premiums: requests in, results out, deducted from instalments."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from nenkin.payments.care import results_text, take_requests
from nenkin.payments.connection import Connection
from nenkin.payments.intake import InvalidIntake
from nenkin.payments.ledger import balances, differences
from tests.nenkin.benefits.rulebook import RULES, month
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
    transfers,
    write,
)

COLUMNS = (
    "municipality",
    "request",
    "number",
    "code",
    "year",
    "annual",
    "from_june",
    "from_august",
)


def request(
    connection: Connection, folder: Path, *rows: tuple[object, ...]
) -> list[tuple[tuple[int, ...], str]]:
    path = write(folder / "care.csv", COLUMNS, rows)
    return [(one.amounts, one.refusal) for one in take_requests(connection, RULES, path)]


@pytest.fixture
def people(connection: Connection, tmp_path: Path) -> Connection:
    """Two with 693,083 yen a year and one with too little."""
    branches(connection, tmp_path)
    award(connection, tmp_path, 1, 2, begun="2024-04")
    award(connection, tmp_path, 3, begun="2024-04", basic=179_999)
    for n in (1, 2, 3):
        account(connection, tmp_path, n)
    return connection


def test_a_request_is_deducted_and_next_years_goes_on(
    database: str, people: Connection, tmp_path: Path
) -> None:
    row = ("131016", "a1", number(1), "1150", 2025, 60_000, 10_000, "")
    [(amounts, refusal)] = request(people, tmp_path, row)
    assert (amounts, refusal) == ((0, 10_000, 10_000, 13_400, 13_300, 13_300), "")
    assert request(people, tmp_path, row) == [(amounts, "")], "the same again"
    assert ask(people, "SELECT count(*) FROM nenkin.care_requests") == [(1,)]
    run(database, tmp_path / "june", JUNE)
    assert ask(
        people,
        f"SELECT care, net FROM nenkin.payments WHERE pension = {pension(1)} AND period = {month('2025-06')}",
    ) == [(10_000, 105_513)]
    assert {one.account: one.balance for one in balances(people)}["care"] == -10_000
    assert differences(people) == []
    days = [AUGUST, date(2025, 10, 15), date(2025, 12, 15), date(2026, 2, 13), date(2026, 4, 15)]
    for day in days:
        run(database, tmp_path / f"{day}", day)
    care = f"SELECT care FROM nenkin.payments WHERE pension = {pension(1)} AND care > 0 ORDER BY period"
    assert [row[0] for row in ask(people, care)] == [10_000, 10_000, 13_400, 13_300, 13_300, 13_300]


def test_refusals_are_results(people: Connection, tmp_path: Path) -> None:
    found = request(
        people,
        tmp_path,
        ("131016", "a1", number(1), "1150", 2025, 60_000, "", ""),
        ("131016", "a2", number(3), "1150", 2025, 60_000, "", ""),
        ("131016", "a3", number(9), "1150", 2025, 60_000, "", ""),
        ("131016", "a4", number(2), "1150", 2025, 5_000, 10_000, ""),
        ("131016", "a1", number(1), "1150", 2025, 60_001, "", ""),
    )
    assert [refusal for _, refusal in found] == [
        "",
        "number 2101-000003 1150: of 179999 yen a year nothing is deducted",
        "number 2101-000009 1150: no such pension is awarded",
        "annual 5000: at least the provisional 20000: the municipality adjusts from June or August",
        "request a1: it was handed in with other values; a change is a new request",
    ]
    assert ask(people, "SELECT request FROM nenkin.care_requests") == [("a1",)]


def test_what_is_deducted_already_stays(database: str, people: Connection, tmp_path: Path) -> None:
    run(database, tmp_path / "june", JUNE)
    late = ("131016", "a1", number(1), "1150", 2025, 60_000, 10_000, "")
    [(_, refusal)] = request(people, tmp_path, late)
    assert refusal == "june 10000: 0 yen is deducted or being deducted already"
    [(amounts, _)] = request(people, tmp_path, (*late[:6], "", 10_000))
    assert amounts == (0, 0, 10_000, 16_800, 16_600, 16_600)


def test_an_instalment_too_small_is_paid_whole(
    database: str, people: Connection, tmp_path: Path
) -> None:
    row = ("131016", "a1", number(1), "1150", 2025, 900_000, 120_000, "")
    request(people, tmp_path, row)
    run(database, tmp_path / "june", JUNE)
    assert ask(people, "SELECT amount FROM nenkin.care_missed") == [(120_000,)]
    everything = transfers(tmp_path / "june", JUNE)[number(1)]
    assert everything == transfers(tmp_path / "june", JUNE)[number(2)]
    assert differences(people) == []


def test_the_file_of_results(people: Connection, tmp_path: Path) -> None:
    rows = [
        ("131016", "a1", number(1), "1150", 2025, 60_000, "", ""),
        ("131016", "a2", number(9), "1150", 2025, 60_000, "", ""),
    ]
    path = write(tmp_path / "care.csv", COLUMNS, rows)
    text = results_text(take_requests(people, RULES, path))
    assert text == results_text(take_requests(people, RULES, path))
    assert text.splitlines() == [
        "municipality,request,number,code,year,april,june,august,october,december,february,refusal",
        "131016,a1,2101-000001,1150,2025,0,0,0,20000,20000,20000,",
        "131016,a2,2101-000009,1150,2025,,,,,,,number 2101-000009 1150: no such pension is awarded",
    ]


def test_a_file_that_cannot_be_read_is_refused_whole(people: Connection, tmp_path: Path) -> None:
    rows = [
        ("131016", "a1", number(1), "1150", 2025, 60_000, "", ""),
        ("13101", "", "x", "1150", 2025, -1, "", ""),
    ]
    with pytest.raises(InvalidIntake) as caught:
        request(people, tmp_path, *rows)
    assert [fault.split(":", 2)[2].split()[0] for fault in caught.value.faults] == [
        "municipality",
        "request",
        "number",
        "annual",
    ]
    assert ask(people, "SELECT count(*) FROM nenkin.care_requests") == [(0,)]
