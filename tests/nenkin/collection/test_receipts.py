"""Payments of bills: matched, once, or waiting in suspense; each line answered."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from nenkin.collection.lines import take_file
from nenkin.collection.receipts import (
    RECEIPTS,
    InvalidSlip,
    match_counts,
    settle,
    write_open,
)
from nenkin.payments.intake import InvalidIntake
from tests.nenkin.collection.office import WHO, Office, month, quiet, work, write

MAY = month("2025-05")
COLUMNS = ("slip", "establishment", "month", "amount", "paid_on")


def row(slip: str, establishment: str, amount: int, day: str = "2025-06-30") -> tuple[object, ...]:
    return (slip, establishment, "2025-05", amount, day)


@pytest.fixture
def billed(office: Office) -> Office:
    """Four bills of 1,000 yen."""
    office.establishment(*map(work, range(1, 6)))
    for n in range(1, 5):
        office.put(
            "bills",
            establishment=work(n),
            month=MAY,
            insured=1,
            total=1000,
            employees=500,
            due=date(2025, 6, 30),
        )
    return office


def test_each_payment_is_matched_and_nothing_twice(billed: Office, tmp_path: Path) -> None:
    rows = [
        row("s1", work(1), 1000),
        row("s2", work(2), 999),
        row("s3", work(3), 1001),
        row("s5", work(5), 77),
        row("s6", "2199-00001", 55),
    ]
    wanted = [("accepted", "")] * 4 + [
        ("noted", "establishment 2199-00001: it is not on record: the payment waits in suspense")
    ]
    assert billed.take(RECEIPTS, tmp_path, *rows) == wanted
    states = {
        "exact": {"bills": 1, "open": 0},
        "part": {"bills": 1, "open": 1},
        "over": {"bills": 1, "open": -1},
        "unpaid": {"bills": 1, "open": 1000},
        "unbilled": {"bills": 1, "open": -77},
        "suspense": {"bills": 1, "open": 55},
    }
    assert match_counts(billed.connection, MAY) == states
    assert billed.take(RECEIPTS, tmp_path, *rows) == wanted, "the same bytes, the same answers"
    again = billed.take(RECEIPTS, tmp_path, *reversed(rows))
    assert again == [
        ("noted", f"slip {slip}: it was taken in before") for slip in ("s6", "s5", "s3", "s2", "s1")
    ]
    assert match_counts(billed.connection, MAY) == states
    assert billed.ask(
        "SELECT kind, sum(count), sum(amount) FROM nenkin.monthly_postings GROUP BY kind ORDER BY 1"
    ) == [("received", 4, 3077), ("suspended", 1, 55)]
    assert write_open(billed.connection, MAY, tmp_path / "open.csv") == 4
    lines = (tmp_path / "open.csv").read_text().splitlines()
    assert lines[0] == "establishment,labour_insurance,total,paid,open,due,state"
    assert lines[1] == f"{work(2)},13000210100002,1000,999,1,2025-06-30,part"


def test_what_is_wrong_is_said_line_by_line(billed: Office, tmp_path: Path) -> None:
    billed.take(RECEIPTS, tmp_path, row("s1", work(1), 1000), row("s9", "nowhere", 5))
    found = billed.take(
        RECEIPTS,
        tmp_path,
        row("s1", work(1), 1001),
        row("s9", work(1), 5),
        row("s2", work(2), 0),
        ("s/3", work(2), "2025-13", "x", "2025-02-30"),
        ("s4", work(2)),
        row("s5", work(2), 5),
        row("s5", work(2), 5),
    )
    assert [sentence for _, sentence in found] == [
        f"slip s1: it was taken in before as 2025-05, 1000 yen of 2025-06-30 for {work(1)}: a slip is one payment",
        "slip s9: it was taken in before for nowhere, 5 yen: a slip is one payment",
        "amount '0': yen are a whole number from 1 to 999999999999",
        (
            "slip 's/3': it has 1 to 40 letters, digits and hyphens; month '2025-13': a month is written 2025-04; "
            "amount 'x': yen are a whole number from 1 to 999999999999; paid_on '2025-02-30': day is out of range for month"
        ),
        "the line has 2 fields: it must have 5",
        "",
        "slip s5: it stands in the file twice, first in line 7",
    ]
    assert match_counts(billed.connection, MAY)["part"] == {"bills": 1, "open": 995}


def test_a_payment_in_suspense_is_settled_once(billed: Office, tmp_path: Path) -> None:
    billed.take(RECEIPTS, tmp_path, row("s1", "2199-00001", 1000))
    call = (work(1), MAY, date(2025, 7, 3), WHO)
    assert settle(billed.connection, "s1", *call) is True
    assert settle(billed.connection, "s1", *call) is False
    assert match_counts(billed.connection, MAY)["exact"] == {"bills": 1, "open": 0}
    assert match_counts(billed.connection, MAY)["suspense"]["bills"] == 0
    with pytest.raises(InvalidSlip, match="it was settled for 2101-00001, 2025-05"):
        settle(billed.connection, "s1", work(2), *call[1:])
    with pytest.raises(InvalidSlip, match="slip s2: no payment of that slip waits"):
        settle(billed.connection, "s2", *call)
    # The file comes again after the settlement: what it says has been done.
    rows = [row("s1", "2199-00001", 1000), row("s7", work(2), 1000)]
    assert billed.take(RECEIPTS, tmp_path, *rows) == [
        ("noted", "slip s1: it was taken in before"),
        ("accepted", ""),
    ]


def test_a_file_goes_on_behind_the_part_last_done(billed: Office, tmp_path: Path) -> None:
    rows = [row(f"s{n}", work(1 + n % 4), 10) for n in range(10)]
    path = write(tmp_path / "f.csv", COLUMNS, rows)

    def die(text: str) -> None:
        if "part 2" in text:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_file(billed.connection, path, RECEIPTS, WHO, die, 3)
    assert billed.ask("SELECT count(*) FROM nenkin.bill_payments") == [(6,)]
    taken = take_file(billed.connection, path, RECEIPTS, WHO, quiet, 4)
    assert (taken.is_new, taken.lines, taken.refused) == (True, 10, 0)
    assert billed.ask("SELECT count(*) FROM nenkin.bill_payments") == [(10,)]
    assert not take_file(billed.connection, path, RECEIPTS, WHO, quiet, 7).is_new
    assert billed.ask("SELECT sum(accepted) FROM nenkin.batch_file_parts") == [(10,)]
    assert billed.ask("SELECT sum(amount) FROM nenkin.monthly_postings") == [(100,)]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            b"slip,month\n",
            "f.csv:1: the columns are ['slip', 'month']: they must be slip, establishment",
        ),
        (b"slip\xff", "f.csv: byte 4 is not UTF-8"),
        (b'slip,establishment,month,amount,paid_on\n"a', "f.csv:2: unexpected end of data"),
    ],
)
def test_what_is_no_such_file_is_refused_whole(
    office: Office, tmp_path: Path, data: bytes, said: str
) -> None:
    (tmp_path / "f.csv").write_bytes(data)
    with pytest.raises(InvalidIntake) as caught:
        take_file(office.connection, tmp_path / "f.csv", RECEIPTS, WHO, quiet)
    assert str(caught.value).startswith(said)
    assert office.ask("SELECT count(*) FROM nenkin.batch_files") == [(0,)]
