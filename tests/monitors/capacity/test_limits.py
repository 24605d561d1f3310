"""Registered limits: the alarm, the review, and the shipped ones."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.exits import Exit
from cli.main import main
from inventory.capacity import Limit
from monitors.capacity.limits import REVIEW_DAYS, headroom
from tests.estates import estate_of

SCHEMA = Path(__file__).parents[2] / "cli" / "data" / "capacity-limits.schema.json"
TODAY = date(2026, 11, 30)
LIMIT = Limit(
    "entries", "Entries", "明細", "records", 1000.0, "entries", "payments-chief",
    date(2026, 9, 1), 20, 700.0, "assumed", None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("present", "is_alarm"), [(0, False), (799, False), (800, False), (801, True), (1200, True)]
)
def test_the_alarm_is_due_below_the_registered_share(present: float, is_alarm: bool) -> None:
    found = headroom(LIMIT, TODAY, present)
    assert found.is_alarm is is_alarm
    assert bool(found.findings) is is_alarm
    assert found.source == "measured now"


@pytest.mark.parametrize(
    ("days", "is_stale"), [(0, False), (REVIEW_DAYS, False), (REVIEW_DAYS + 1, True)]
)
def test_a_review_older_than_a_year_is_a_finding(days: int, is_stale: bool) -> None:
    found = headroom(LIMIT, LIMIT.reviewed + timedelta(days=days))
    assert found.is_stale is is_stale
    assert bool(found.findings) is is_stale


def test_the_limit_of_1988_would_have_been_told_twice() -> None:
    # Mizuho Bank, March 2011: a limit for the entries of one account, unchanged since 1988.
    old = LIMIT.__class__(
        "entries", "Entries", "明細", "records", 10_000.0, "entries", "payments-chief",
        date(1988, 4, 1), 30, 7_500.0, "the case of 2011", None,
    )  # fmt: skip
    found = headroom(old, date(2011, 3, 13))
    assert found.is_alarm
    assert found.is_stale
    assert len(found.findings) == 2


@given(st.floats(0, 5000), st.floats(0, 5000))
def test_more_used_is_never_less_alarming(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert headroom(LIMIT, TODAY, low).is_alarm <= headroom(LIMIT, TODAY, high).is_alarm


def test_the_shipped_limits_are_reviewed_and_have_room(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["capacity", "limits", "--day", "2026-11-30", "--json"])
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, json.loads(SCHEMA.read_text()))
    assert code == Exit.FINE
    assert found["findings"] == []
    kinds = {limit.kind for limit in estate_of().capacity.limits.values()}
    assert {"jobs", "file-size", "table", "serial", "connections"} <= kinds
    assert main(["capacity", "limits", "--day", "2028-01-01"]) == Exit.FINDING
    assert "days ago" in capsys.readouterr().out
