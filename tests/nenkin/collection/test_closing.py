"""The closing of a month: drafted by one, approved by another, and nothing is posted to it afterwards."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import psycopg
import pytest

from nenkin.collection.act import Who
from nenkin.collection.billing import bill_month
from nenkin.collection.closing import Draft, InvalidClosing, approve, draft, unposted
from nenkin.collection.paper import page
from nenkin.collection.receipts import RECEIPTS
from tests.nenkin.collection.office import WHO, Office, month, quiet, work

MAY, JUNE, TODAY = month("2025-05"), month("2025-06"), date(2025, 7, 2)
CHIEF = Who("suzuki", "2101", "test")


@pytest.fixture
def june(office: Office, tmp_path: Path) -> Office:
    """May's bill of 75,030 yen with 70,000 paid in June, and 55 yen of an unknown."""
    office.establishment(work(1))
    office.employee(1, work(1), 410_000)
    bill_month(office.database, MAY, WHO, 1, quiet)
    office.take(
        RECEIPTS,
        tmp_path,
        ("s1", work(1), "2025-05", 70_000, "2025-06-30"),
        ("s2", "2199-00001", "2025-05", 55, "2025-06-30"),
    )
    return office


def drafted(office: Office, of: date = JUNE, who: Who = WHO) -> Draft:
    return draft(office.connection, of, TODAY.replace(month=9), who)


def test_the_paper_holds_the_sums_and_its_own_checksum(june: Office) -> None:
    paper = drafted(june)
    totals = {kind: (row["count"], row["amount"]) for kind, row in paper.document["totals"].items()}
    assert totals == {
        "billed": (1, 75_030),
        "received": (1, 70_000),
        "suspended": (1, 55),
        "settled": (0, 0),
        "contributed": (0, 0),
        "counter": (0, 0),
    }
    assert paper.document["receivable"] == {
        "before": 0,
        "billed": 75_030,
        "received": 70_000,
        "after": 5_030,
    }
    html = page(paper)
    shown = re.sub(r"<[^>]*>", " ", html)
    for text in ("2025年6月分", "75,030", "70,000", "5,030", "tanaka", "（未決裁）", paper.sha256):
        assert text in shown, text
    assert html == page(paper)
    assert drafted(june).is_new is False


def test_another_approves_and_the_month_is_closed(june: Office, tmp_path: Path) -> None:
    paper = drafted(june)
    with pytest.raises(
        InvalidClosing, match="tanaka drafted the paper, and another person approves"
    ):
        approve(june.connection, JUNE, paper.sha256, Who("Tanaka ", "2101", "test"))
    with pytest.raises(InvalidClosing, match="the latest of 2025-06 is"):
        approve(june.connection, JUNE, "0" * 64, CHIEF)
    with pytest.raises(InvalidClosing, match="of which at least 8 digits"):
        approve(june.connection, JUNE, "", CHIEF)
    done = approve(june.connection, JUNE, paper.sha256[:8], CHIEF)
    assert (done.approver, done.document) == ("suzuki", paper.document)
    assert "suzuki" in page(done)
    assert approve(june.connection, JUNE, paper.sha256, CHIEF).approver == "suzuki"
    with pytest.raises(InvalidClosing, match="suzuki has approved it"):
        approve(june.connection, JUNE, paper.sha256, Who("sato", "2101", "test"))
    with pytest.raises(InvalidClosing, match="month 2025-06: it is closed"):
        drafted(june)
    # What is paid in the closed month is posted to the next, and the paper of the next carries the balance on.
    rows = [("s3", work(1), "2025-05", 5_030, "2025-06-30")]
    assert june.take(RECEIPTS, tmp_path, *rows) == [("accepted", "")]
    assert june.ask(
        "SELECT month, amount FROM nenkin.monthly_postings WHERE month > '2025-06-01'"
    ) == [(date(2025, 7, 1), 5_030)]
    july = drafted(june, month("2025-07"))
    assert july.document["receivable"] == {
        "before": 5_030,
        "billed": 0,
        "received": 5_030,
        "after": 0,
    }


def test_a_bill_corrected_after_the_closing_goes_to_the_next_month(june: Office) -> None:
    approve(june.connection, JUNE, drafted(june).sha256, CHIEF)
    june.employee(2, work(1), 200_000)
    assert bill_month(june.database, MAY, WHO, 1, quiet).changed == 1
    assert june.ask(
        "SELECT month, count, amount FROM nenkin.monthly_postings WHERE month > '2025-06-01'"
    ) == [(date(2025, 7, 1), 1, 36_600)]
    assert unposted(june.connection) == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            (
                "INSERT INTO nenkin.monthly_postings (act, kind, office, month, count, amount)"
                " VALUES (1, 'billed', '2101', '2025-06-01', 1, 1)"
            ),
            "month 2025-06 is closed",
        ),
        (
            "INSERT INTO nenkin.bill_payments VALUES (gen_random_uuid(), '2101-00001', '2025-05-01', 5, '2025-06-30', 1)",
            "nenkin.bill_payments: month 2025-06 is closed",
        ),
        (
            (
                "INSERT INTO nenkin.bills (establishment, month, insured, total, employees, due, act)"
                " VALUES ('2101-00001', '2025-04-01', 1, 1, 0, '2025-05-31', 1)"
            ),
            "nenkin.bills: month 2025-05 is closed",
        ),
        (
            "INSERT INTO nenkin.suspense VALUES (gen_random_uuid(), 's', 'x', '2025-05-01', 5, '2025-06-30', 1)",
            "nenkin.suspense: month 2025-06 is closed",
        ),
        ("DELETE FROM nenkin.closings", "append-only"),
    ],
)
def test_the_database_refuses_what_is_posted_to_a_closed_month(
    june: Office, statement: str, said: str
) -> None:
    approve(june.connection, JUNE, drafted(june).sha256, CHIEF)
    with pytest.raises(psycopg.errors.RestrictViolation, match=said):
        june.connection.execute(statement.encode())


def test_the_database_refuses_an_approver_who_drafted(june: Office) -> None:
    paper = drafted(june)
    act, other = june.act("tanaka"), june.act("suzuki")
    insert = "INSERT INTO nenkin.closings (month, draft, drafter, approver, act) VALUES ('2025-06-01', 1, %s, %s, %s)"
    for drafter, approver, number, error in (
        ("tanaka", "tanaka", act, psycopg.errors.CheckViolation),
        ("tanaka", " TANAKA", act, psycopg.errors.CheckViolation),
        ("sato", "suzuki", other, psycopg.errors.ForeignKeyViolation),
        ("tanaka", "suzuki", act, psycopg.errors.RestrictViolation),
    ):
        with pytest.raises(error):
            june.connection.execute(insert, (drafter, approver, number))
    assert paper.approver is None
    june.connection.execute(insert, ("tanaka", "suzuki", other))


def test_a_draft_that_is_no_longer_right_is_not_approved(june: Office, tmp_path: Path) -> None:
    paper = drafted(june)
    june.take(RECEIPTS, tmp_path, ("s4", work(1), "2025-05", 200, "2025-06-30"))
    with pytest.raises(InvalidClosing, match="something was posted after draft 1: draft it anew"):
        approve(june.connection, JUNE, paper.sha256, CHIEF)
    anew = drafted(june)
    assert (anew.number, anew.is_new) == (2, True)
    approve(june.connection, JUNE, anew.sha256, CHIEF)


def test_rows_that_nobody_posted_stop_the_draft(june: Office) -> None:
    june.put(
        "bill_payments",
        key="00000000-0000-0000-0000-000000000001",
        establishment=work(1),
        month=MAY,
        amount=5,
        paid_on=date(2025, 6, 30),
    )
    with pytest.raises(
        InvalidClosing, match=r"act \d+, received: its rows come to 5 yen, its postings to 0"
    ):
        drafted(june)


def test_months_are_closed_in_their_order(june: Office) -> None:
    with pytest.raises(InvalidClosing, match="month 2025-07: 2025-06 is closed before it"):
        drafted(june, month("2025-07"))
    with pytest.raises(InvalidClosing, match="month 2025-06: it is not over on 2025-06-30"):
        draft(june.connection, JUNE, date(2025, 6, 30), WHO)
    with pytest.raises(InvalidClosing, match="no approval paper is drafted"):
        approve(june.connection, JUNE, "0" * 64, CHIEF)
