"""Reliefs and additional premiums as runs of months: what stood is superseded, what was paid stays."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nenkin.collection.reliefs import RELIEFS
from tests.nenkin.collection.office import Office, month, number

ONE = number(1)


def runs(office: Office) -> list[str]:
    rows = office.ask(
        "SELECT to_char(first, 'YYYY-MM'), to_char(last, 'YYYY-MM'), kind, amount FROM nenkin.current_contribution_runs"
        " WHERE number = '2101-000001' ORDER BY first"
    )
    return [" ".join(map(str, row)) for row in rows]


@pytest.fixture
def unpaid(office: Office) -> Office:
    """Unpaid from April 2023 to March 2025, paid before."""
    office.person(1)
    office.period(1, "2022-04-01", 1)
    office.run(1, "2022-04", "2023-03", "paid", 16_590)
    office.run(1, "2023-04", "2025-03", "unpaid")
    return office


def test_a_relief_takes_the_place_of_unpaid_months(unpaid: Office, tmp_path: Path) -> None:
    row = (ONE, "full", "2023-07", "2024-06", "2023-10-02")
    assert unpaid.take(RELIEFS, tmp_path, row) == [("accepted", "")]
    assert runs(unpaid) == [
        "2022-04 2023-03 paid 16590",
        "2023-04 2023-06 unpaid 0",
        "2023-07 2024-06 full 0",
        "2024-07 2025-03 unpaid 0",
    ]
    [(before, after)] = unpaid.ask(
        "SELECT jsonb_array_length(before), jsonb_array_length(after) FROM nenkin.corrections"
    )
    assert (before, after) == (1, 3)
    assert unpaid.take(RELIEFS, tmp_path, row) == [("accepted", "")], "the same file"
    other = (number(2), "full", "2023-07", "2024-06", "2023-10-02")
    assert unpaid.take(RELIEFS, tmp_path, row, other) == [
        ("noted", f"number {ONE}: just that was decided before"),
        ("refused", "number 2101-000002: it is not on record"),
    ]
    assert unpaid.ask("SELECT count(*) FROM nenkin.reliefs") == [(1,)]


def test_a_later_decision_corrects_the_earlier_one(unpaid: Office, tmp_path: Path) -> None:
    unpaid.take(RELIEFS, tmp_path, (ONE, "full", "2023-07", "2024-06", "2023-10-02"))
    unpaid.take(RELIEFS, tmp_path, (ONE, "student", "2024-04", "2024-06", "2024-05-01"))
    assert runs(unpaid)[2:4] == ["2023-07 2024-03 full 0", "2024-04 2024-06 student 0"]
    unpaid.take(RELIEFS, tmp_path, (ONE, "half", "2023-07", "2023-08", "2024-05-01"))
    assert runs(unpaid)[1:4] == [
        "2023-04 2023-06 unpaid 0",
        "2023-07 2023-08 unpaid 0",
        "2023-09 2024-03 full 0",
    ]
    unpaid.take(RELIEFS, tmp_path, (ONE, "refused", "2023-09", "2024-06", "2024-06-01"))
    assert {row.split()[2] for row in runs(unpaid)} == {"paid", "unpaid"}
    unpaid.take(
        RELIEFS,
        tmp_path,
        (ONE, "full", "2023-07", "2024-06", "2023-10-02"),
        (ONE, "full", "2024-07", "2024-07", "2024-10-02"),
    )
    assert "2023-07 2024-07 full 0" in runs(unpaid), "the first decision again, after others"


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (("full", "2023-03", "2023-05"), "2023-03: what stands there is paid and stays"),
        (("full", "2022-03", "2023-05"), "2022-03: the person is not of category 1 then"),
        (
            ("full", "2024-05", "2024-04"),
            "first, last 2024-05 to 2024-04: from the first to the last",
        ),
        (("quarter", "2005-04", "2006-07"), "2005-04: there is no relief quarter in it"),
        (("none", "2024-05", "2024-06"), "kind 'none': it is one of full, student, deferment"),
    ],
)
def test_a_relief_that_cannot_be_is_refused(
    unpaid: Office, tmp_path: Path, row: tuple[str, str, str], sentence: str
) -> None:
    before = runs(unpaid)
    [(outcome, said)] = unpaid.take(RELIEFS, tmp_path, (ONE, *row, "2024-10-01"))
    assert outcome == "refused"
    assert sentence in said
    assert runs(unpaid) == before
    assert unpaid.ask("SELECT count(*) FROM nenkin.reliefs") == [(0,)]


def test_a_month_paid_at_the_counter_stays(unpaid: Office, tmp_path: Path) -> None:
    unpaid.connection.execute(
        "INSERT INTO nenkin.contributions (key, number, month, amount) VALUES (gen_random_uuid(), %s, %s, 16520)",
        (ONE, date(2023, 9, 1)),
    )
    [(_, said)] = unpaid.take(RELIEFS, tmp_path, (ONE, "full", "2023-07", "2024-06", "2023-10-02"))
    assert said == f"number {ONE}, 2023-09: it is paid and stays"


def test_two_lines_of_the_same_months(unpaid: Office, tmp_path: Path) -> None:
    rows = [
        (ONE, "full", "2023-07", "2024-06", "2023-10-02"),
        (ONE, "student", "2024-06", "2024-07", "2024-10-02"),
    ]
    assert [said for _, said in unpaid.take(RELIEFS, tmp_path, *rows)] == [
        "",
        f"number {ONE}, 2024-06 to 2024-07: line 2 of the file speaks of the same months",
    ]


def test_no_additional_premium_beside_a_relief(unpaid: Office, tmp_path: Path) -> None:
    unpaid.take(RELIEFS, tmp_path, (ONE, "student", "2024-04", "2024-06", "2024-05-01"))
    found = unpaid.take(
        RELIEFS,
        tmp_path,
        (ONE, "additional", "2024-06", "2024-12", "2024-06-01"),
        (ONE, "additional", "2024-07", "2024-12", "2024-06-01"),
    )
    assert found == [
        (
            "refused",
            f"number {ONE}, 2024-06: relief student stands, and bears no additional premium",
        ),
        ("accepted", ""),
    ]


@settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    decisions=st.lists(
        st.tuples(
            st.sampled_from(["full", "student", "deferment", "half", "refused"]),
            st.integers(0, 23),
            st.integers(1, 24),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_every_month_is_what_the_latest_decision_says(
    unpaid: Office, tmp_path: Path, decisions: list[tuple[str, int, int]]
) -> None:
    with unpaid.connection.transaction(force_rollback=True):
        wanted = ["unpaid"] * 24
        for place, (kind, first, length) in enumerate(decisions):
            last = min(first + length, 24) - 1
            firsts = [
                month(f"{2023 + (3 + n) // 12}-{(3 + n) % 12 + 1:02d}") for n in (first, last)
            ]
            row = (
                ONE,
                kind,
                f"{firsts[0]:%Y-%m}",
                f"{firsts[1]:%Y-%m}",
                f"2025-05-{place + 1:02d}",
            )
            unpaid.take(RELIEFS, tmp_path, row)
            for n in range(first, last + 1):
                wanted[n] = kind if kind in {"full", "student", "deferment"} else "unpaid"
        found = unpaid.ask(
            "SELECT kind FROM nenkin.contribution_months WHERE month >= '2023-04-01' ORDER BY month"
        )
        assert [kind for (kind,) in found] == wanted
