"""Standards decided from files of reported pay."""

from __future__ import annotations

from pathlib import Path

import pytest

from nenkin.collection.billing import bill_month
from nenkin.collection.deciding import FIXED_TIME, REVISION
from tests.nenkin.collection.office import WHO, Office, month, number, quiet, work

ONE = (number(1), work(1))
F = (289_000, 17, 262_000, 15, 291_000, 17)  # the worked oracle F: May has too few days


@pytest.fixture
def insured(office: Office) -> Office:
    """Three insured with 240,000."""
    office.establishment(work(1))
    for n in range(1, 4):
        office.employee(n, work(1), 240_000)
    return office


def standards(office: Office) -> list[tuple[object, ...]]:
    return office.ask(
        "SELECT number, to_char(first, 'YYYY-MM'), kind, average, standard FROM nenkin.current_decisions"
        " WHERE kind <> 'acquisition' ORDER BY number, first"
    )


def test_the_fixed_time_decision_and_what_is_billed_by_it(insured: Office, tmp_path: Path) -> None:
    row = (*ONE, 2025, "full_time", *F)
    assert insured.take(FIXED_TIME, tmp_path, row) == [("accepted", "")]
    assert standards(insured) == [(number(1), "2025-09", "fixed_time", 290_000, 300_000)]
    august = bill_month(insured.database, month("2025-08"), WHO, 1, quiet).total
    september = bill_month(insured.database, month("2025-09"), WHO, 1, quiet).total
    assert september - august == 60_000 * 183 // 1000
    other = (number(2), work(1), 2025, "full_time", 240_000, 30, 240_000, 31, 240_000, 30)
    assert insured.take(FIXED_TIME, tmp_path, row, other) == [
        ("noted", f"number {number(1)}, 2025-09: just that is decided already"),
        ("accepted", ""),
    ]
    changed = (*ONE, 2025, "full_time", *F[:4], 391_000, 17)
    assert insured.take(FIXED_TIME, tmp_path, changed) == [
        (
            "refused",
            (
                f"number {number(1)}, 2025-09: fixed_time 300000 stands, and the report makes it 340000: "
                "a change of it is a correction"
            ),
        )
    ]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            (number(9), work(1), 2025, "full_time", *F),
            "number 2101-000009, establishment 2101-00001: the person is not insured",
        ),
        (
            (number(1), work(2), 2025, "full_time", *F),
            "establishment 2101-00002: the person is not insured there",
        ),
        ((*ONE, 2025, "full_time", *F[:5], 31), "days of 2025-06: 31: the month has not so many"),
        ((*ONE, 2025, "full_time", 1, 3, 1, 3, 1, 3), "no month has the base days of full_time"),
        (
            (*ONE, 2025, "manager", *F),
            "worker 'manager': it is one of full_time, part_time, short_time",
        ),
        ((*ONE, 2025, "full_time", -1, *F[1:]), "april_pay '-1': it is a whole number"),
        ((*ONE, 2002, "full_time", *F), "the person is not insured there"),
    ],
)
def test_a_report_that_decides_nothing(
    insured: Office, tmp_path: Path, row: tuple[object, ...], sentence: str
) -> None:
    found = insured.take(FIXED_TIME, tmp_path, row, (number(3), work(1), 2025, "full_time", *F))
    assert found[0][0] == "refused"
    assert sentence in found[0][1]
    assert found[1] == ("accepted", ""), "one line's fault is not another's"


def test_a_revision_holds_from_the_fourth_month(insured: Office, tmp_path: Path) -> None:
    paid = (300_000, 31, 300_000, 30, 300_000, 31)
    found = insured.take(
        REVISION,
        tmp_path,
        (*ONE, "2025-05", "rise", "full_time", *paid),
        (number(2), work(1), "2025-05", "rise", "full_time", 251_000, 31, 251_000, 30, 251_000, 31),
        (number(3), work(1), "2025-05", "fall", "full_time", *paid),
        (*ONE, "2025-05", "rise", "full_time", *paid),
    )
    assert found == [
        ("accepted", ""),
        ("noted", f"number {number(2)}: the standard 240000 stays"),
        ("noted", f"number {number(3)}: the standard 240000 stays"),
        ("refused", f"number {number(1)}: line 2 of the file reports it for the same months"),
    ]
    assert standards(insured) == [(number(1), "2025-08", "revision", 300_000, 300_000)]


@pytest.mark.parametrize(("first", "decided"), [("2025-04", "2025-07"), ("2025-06", "2025-09")])
def test_a_revision_of_summer_is_not_undone_in_september(
    insured: Office, tmp_path: Path, first: str, decided: str
) -> None:
    paid = (300_000, 30, 300_000, 30, 300_000, 30)
    insured.take(REVISION, tmp_path, (*ONE, first, "rise", "full_time", *paid))
    assert standards(insured) == [(number(1), decided, "revision", 300_000, 300_000)]
    [(outcome, said)] = insured.take(FIXED_TIME, tmp_path, (*ONE, 2025, "full_time", *F))
    assert (outcome, said) == (
        "refused",
        f"number {number(1)}: the standard from {decided} on holds until next August",
    )
