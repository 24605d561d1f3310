"""What is out of use goes when its lock has ended; what stands on top, what is young and what is locked stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dr.backups.objects import tidy
from dr.backups.recovery import Version
from dr.backups.tidying import overdue, plan_tidying

DAYS = 35
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)


def version(
    name: str, days_ago: float, *, key: str = "k", latest: bool = False, marker: bool = False
) -> Version:
    return Version(key, name, NOW - timedelta(days=days_ago), latest, marker)


@pytest.mark.parametrize(
    ("stack", "gone"),
    [
        # One version only, however old.
        ([version("v1", 400, latest=True)], []),
        # Out of use for long enough, and not yet.
        ([version("v1", 100), version("v2", 36, latest=True)], ["v1"]),
        ([version("v1", 100), version("v2", 34, latest=True)], []),
        # Each of several since the one above it came.
        ([version("v1", 100), version("v2", 50), version("v3", 10, latest=True)], ["v1"]),
        # Deleted: the marker goes with what it hid, not before.
        ([version("v1", 100), version("d", 36, latest=True, marker=True)], ["v1", "d"]),
        ([version("v1", 100), version("d", 34, latest=True, marker=True)], []),
        ([version("d", 36, latest=True, marker=True)], ["d"]),
        # Deleted and written again.
        (
            [version("v1", 100), version("d", 80, marker=True), version("v2", 40, latest=True)],
            ["v1", "d"],
        ),
        # What came second within the same second, and stands on top.
        ([version("v1", 40), version("v2", 40, latest=True)], ["v1"]),
    ],
)
def test_what_goes(stack: list[Version], gone: list[str]) -> None:
    for order in (stack, stack[::-1]):
        assert [each.version for each in plan_tidying(order, NOW, DAYS)] == gone


@given(
    st.lists(st.tuples(st.integers(0, 200), st.booleans()), min_size=1, max_size=8),
    st.integers(0, 90),
)
def test_nothing_that_was_of_use_within_the_days_ever_goes(
    ages: list[tuple[int, bool]], days: int
) -> None:
    """At every moment of the last days, what a reader saw then can still be brought back."""
    ordered = sorted(ages, reverse=True)
    stack = [
        version(f"v{number}", age, latest=number == len(ordered) - 1, marker=is_marker)
        for number, (age, is_marker) in enumerate(ordered)
    ]
    gone = set(plan_tidying(stack, NOW, days))
    for ago in range(days):
        moment = NOW - timedelta(days=ago)
        seen = [each for each in stack if each.at <= moment]
        assert not seen or seen[-1] not in gone or seen[-1].is_marker


def test_it_is_overdue_two_nights_later() -> None:
    stack = [version("v1", 100), version("v2", 36, latest=True)]
    assert plan_tidying(stack, NOW, DAYS)
    assert overdue(stack, NOW, DAYS) == ()
    assert overdue(stack, NOW + timedelta(days=1), DAYS) == (stack[0],)


class Store:
    """A bucket with locks; what is deleted is gone."""

    def __init__(self, stack: list[Version], until: dict[str, datetime]) -> None:
        self.stack, self.until = stack, until

    def get_paginator(self, name: str) -> Any:
        assert name == "list_object_versions"
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        rows = [
            {"Key": v.key, "VersionId": v.version, "LastModified": v.at, "IsLatest": v.is_latest}
            for v in self.stack
        ]
        split = {True: "DeleteMarkers", False: "Versions"}
        return [{split[v.is_marker]: [row]} for v, row in zip(self.stack, rows, strict=True)]

    def head_object(self, **how: Any) -> dict[str, Any]:
        until = self.until[how["VersionId"]]
        return {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}

    def delete_object(self, **how: Any) -> None:
        assert self.until.get(how["VersionId"], NOW) <= NOW, "it is locked"
        gone = (how["Key"], how["VersionId"])
        self.stack = [v for v in self.stack if (v.key, v.version) != gone]


def test_the_store_loses_them_and_a_second_time_nothing() -> None:
    ended = NOW - timedelta(days=1)
    store = Store(
        [
            version("a1", 100, key="a"),
            version("a2", 90, key="a", marker=True, latest=True),
            version("b1", 100, key="b", latest=True),
        ],
        {"a1": ended},
    )
    assert tidy(store, "backups", DAYS, NOW) == 2
    assert [v.version for v in store.stack] == ["b1"]
    assert tidy(store, "backups", DAYS, NOW) == 0


def test_what_is_locked_stays_with_all_that_stands_above_it() -> None:
    locked = NOW + timedelta(seconds=1)
    store = Store(
        [version("a1", 100, key="a"), version("a2", 90, key="a", marker=True, latest=True)],
        {"a1": locked},
    )
    assert tidy(store, "backups", DAYS, NOW) == 0
    assert len(store.stack) == 2
