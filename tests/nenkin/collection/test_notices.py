"""Notices of municipalities: each accepted or refused with a sentence, and each done once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from nenkin.collection.notices import NOTICES
from tests.nenkin.collection.office import Office, number, work

ONE = number(1)
CITY = "132047"


def notice(
    receipt: str,
    kind: str,
    day: str,
    *,
    of: str = ONE,
    postcode: str = "",
    address: str = "",
    relief: str = "",
    first: str = "",
    last: str = "",
    income: str = "",
) -> tuple[str, ...]:
    return (CITY, receipt, kind, of, day, postcode, address, relief, first, last, income)


@pytest.fixture
def town(office: Office) -> Office:
    """Person 1, born 1980, of category 1 since April 2020; person 2, employed until April 2025."""
    office.establishment(work(1))
    office.person(1)
    office.period(1, "2020-04-01", 1)
    office.person(2)
    office.period(2, "2020-04-01", 2, "2025-04-01", work(1))
    return office


def periods(office: Office, n: int) -> list[tuple[object, ...]]:
    return office.ask(
        "SELECT acquired::text, category, lost::text FROM nenkin.current_periods"
        f" WHERE number = '{number(n)}' ORDER BY acquired"
    )


def test_a_life_told_by_notices_in_the_order_of_the_file(town: Office, tmp_path: Path) -> None:
    rows = [
        notice("1", "loss", "2025-05-01"),
        notice("2", "acquisition", "2025-07-01"),
        notice("3", "address", "2025-07-01", postcode="1810013", address="三鷹市栄町2"),
        notice("4", "relief", "2025-09-01", relief="full", first="2025-07", last="2026-06"),
        notice("5", "income", "2025-06-01", income="low"),
        notice("6", "acquisition", "2025-04-01", of=number(2)),
    ]
    assert town.take(NOTICES, tmp_path, *rows) == [("accepted", "")] * 6
    assert periods(town, 1) == [("2020-04-01", 1, "2025-05-01"), ("2025-07-01", 1, None)]
    assert periods(town, 2)[1] == ("2025-04-01", 1, None)
    assert town.ask("SELECT address FROM nenkin.current_addresses WHERE since = '2025-07-01'") == [
        ("三鷹市栄町2",)
    ]
    assert town.ask("SELECT kind, first, last FROM nenkin.current_contribution_runs") == [
        ("full", date(2025, 7, 1), date(2026, 6, 1))
    ]
    assert town.ask("SELECT year, class FROM nenkin.incomes") == [(2025, "low")]
    counts = (
        "SELECT (SELECT count(*) FROM nenkin.periods), (SELECT count(*) FROM nenkin.addresses),"
        " (SELECT count(*) FROM nenkin.reliefs)"
    )
    before = town.ask(counts)
    assert town.take(NOTICES, tmp_path, *rows) == [("accepted", "")] * 6, "the same file"
    again = town.take(NOTICES, tmp_path, *rows, notice("7", "income", "2025-06-01", income="none"))
    assert again[:-1] == [("noted", f"receipt {n}: it was taken in before") for n in range(1, 7)]
    assert again[-1] == ("accepted", "")
    assert town.ask(counts) == before
    assert town.ask("SELECT count(*) FROM nenkin.corrections WHERE of_table = 'periods'") == [(1,)]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (notice("1", "acquisition", "2025-05-01"), "the person is of category 1 since 2020-04-01"),
        (notice("1", "acquisition", "2019-05-01"), "the person is of category 1 since 2020-04-01"),
        (notice("1", "acquisition", "2046-05-01", of=number(2)), "until the 65th"),
        (notice("1", "loss", "2020-04-01"), "the person is not of category 1 then"),
        (notice("1", "loss", "2025-04-01", of=number(2)), "the person is not of category 1 then"),
        (
            notice("1", "loss", "2025-04-01", of=number(3)),
            "number 2101-000003: it is not on record",
        ),
        (notice("1", "loss", "2025-04-01", income="low"), "loss gives the day and no other field"),
        (
            notice("1", "address", "2025-04-01", postcode="1810013"),
            "address gives the day and postcode, address",
        ),
        (
            notice("1", "address", "1980-02-28", postcode="1810013", address="三鷹市"),
            "an address since that day stands",
        ),
        (
            notice("1", "relief", "2025-04-01", relief="full", first="2019-04", last="2020-03"),
            "not of category 1 then",
        ),
        (notice("1", "visit", "2025-04-01"), "kind 'visit': it is one of acquisition, loss"),
        (notice("1", "loss", "2025-4-1"), "day '2025-4-1': a day is written 2025-04-01"),
        (notice("/", "loss", "2025-04-01"), "receipt '/': it has 1 to 40 letters"),
    ],
)
def test_a_notice_that_cannot_be_is_refused_alone(
    town: Office, tmp_path: Path, row: tuple[str, ...], sentence: str
) -> None:
    other = notice("9", "income", "2025-06-01", income="high")
    found = town.take(NOTICES, tmp_path, row, other)
    assert found[0][0] == "refused"
    assert sentence in found[0][1]
    assert found[1] == ("accepted", "")
    # A refused notice leaves nothing behind: put right, it comes under the same receipt.
    good = notice(row[1] if row[1] != "/" else "1", "income", "2025-06-01", income="none")
    assert town.take(NOTICES, tmp_path, good) == [("accepted", "")]


def test_a_receipt_is_one_notice(town: Office, tmp_path: Path) -> None:
    one = notice("1", "loss", "2025-05-01")
    assert town.take(NOTICES, tmp_path, one, notice("1", "loss", "2025-06-01"))[1] == (
        "refused",
        "receipt 1: it stands in the file twice",
    )
    assert town.take(NOTICES, tmp_path, notice("1", "loss", "2025-06-01")) == [
        ("refused", "receipt 1: it was handed in with other values; a change is a new notice")
    ]
    assert town.take(NOTICES, tmp_path, notice("2", "loss", "2025-04-01")) == [
        ("refused", f"number {ONE}, 2025-04-01: it is lost since 2025-05-01 already")
    ]
