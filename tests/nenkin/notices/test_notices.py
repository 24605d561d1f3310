"""Notices as rows: nothing overwritten, months around a relief left as they were, and PostgreSQL takes them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenkin.access.caller import Caller
from nenkin.access.entries import EntryForm
from nenkin.benefits.ages import first_day, month_number
from nenkin.notices.address import moved
from nenkin.notices.relief import relieved
from nenkin.paper.kinds import Wrong

CALLER = Caller("op-1", "terminal-1", "2101", "notice")
START = month_number(2020, 4)
NUMBER = "2101-000001"


def text(place: int) -> str:
    return f"{first_day(START + place):%Y-%m}"


def body(*runs: tuple[int, int, str], **more: Any) -> dict[str, Any]:
    """A record with runs, given as place of the first month, number of months, kind."""
    listed = [
        {"first": text(first), "last": text(first + months - 1), "kind": kind, "revision": 1}
        for first, months, kind in runs
    ]
    empty: dict[str, Any] = {"number": NUMBER, "contributions": [], "addresses": []}
    return empty | {"contribution_runs": listed} | more


def after(record: dict[str, Any], form: EntryForm) -> dict[str, str]:
    """The kind of each month once a form is entered."""
    gone = {f"{one.begins:%Y-%m}" for one in form.supersede if one.of != "contributions"}
    stand = [one for one in record["contribution_runs"] if one["first"] not in gone]
    stand += [one.model_dump(mode="json") for one in form.enter]
    found: dict[str, str] = {}
    for one in stand:
        place = next(each for each in range(-1, 99) if text(each) == one["first"])
        while True:
            assert text(place) not in found, "a month stands twice"
            found[text(place)] = one["kind"]
            if text(place) == one["last"]:
                break
            place += 1
    return found


@given(st.data())
def test_a_relief_changes_its_months_and_no_others(data: st.DataObject) -> None:
    lengths = [data.draw(st.integers(1, 9)) for _ in range(4)]
    kinds = ("paid", "unpaid", "unpaid", "employees")
    places = [sum(lengths[:place]) for place in range(4)]
    record = body(*zip(places, lengths, kinds, strict=True))
    first = data.draw(st.integers(places[1], places[3] - 1))
    last = data.draw(st.integers(first, places[3] - 1))
    made = relieved(record, "student", START + first, START + last)
    before = after(record, EntryForm.model_construct(number=NUMBER))
    changed = {text(place): "student" for place in range(first, last + 1)}
    assert after(record, made) == before | changed


REFUSED = [
    ((0, 3), "令和2年4月は納付です"),
    ((3, 7), "令和2年10月は厚生年金です"),
    ((8, 9), "令和2年12月は記録がありません"),
    ((4, 4), "令和2年8月は納付されています"),
]


@pytest.mark.parametrize(("span", "words"), REFUSED)
def test_a_relief_of_other_months_is_refused(span: tuple[int, int], words: str) -> None:
    record = body(
        (0, 3, "paid"), (3, 3, "unpaid"), (6, 2, "employees"), contributions=[{"month": "2020-08"}]
    )
    with pytest.raises(Wrong, match=words):
        relieved(record, "full", START + span[0], START + span[1])


def test_an_address_holds_from_its_day() -> None:
    stand = [{"since": "2025-04-01", "revision": 3, "postcode": "1000001", "address": "一丁目"}]
    record = body(addresses=stand)
    later = moved(record, date(2026, 4, 1), "1000001", "二丁目")
    assert (later.supersede, len(later.enter)) == ((), 1)
    same_day = moved(record, date(2025, 4, 1), "1000001", "二丁目")
    assert [one.model_dump(mode="json") for one in same_day.supersede] == [
        {"of": "addresses", "begins": "2025-04-01", "revision": 3}
    ]
    before = moved(record, date(2025, 3, 31), "1000001", "一丁目")
    assert before.supersede == ()
    with pytest.raises(Wrong, match="同じです"):
        moved(record, date(2026, 4, 1), "1000001", "一丁目")
