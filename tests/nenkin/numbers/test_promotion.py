"""Enrolment promotion: who turned 20 or lost a category and has none since."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenkin.numbers.periods import InvalidPeriods, read_periods
from nenkin.numbers.promotion import Holder, Period, Promotion, promotions
from tests.dr_acting.postgres import Server
from tests.nenkin.application import Application, command
from tests.nenkin.numbers.office import merge, new, where

DAY = date(2005, 6, 30)
N = "2101-000001"


def listed(birth: date, *periods: Period) -> list[Promotion]:
    return list(promotions([Holder(N, birth, periods)], DAY))


def period(category: int, acquired: str, lost: str = "", cause: str = "") -> Period:
    ended = date.fromisoformat(lost) if lost else None
    return Period(N, category, date.fromisoformat(acquired), ended, cause)


BORN = date(1980, 4, 1)


@pytest.mark.parametrize(
    ("birth", "periods", "wanted"),
    [
        # Born on 1 July, 20 is attained on 30 June.
        (date(1985, 7, 1), [], ("turned_20", date(2005, 6, 30))),
        (date(1985, 7, 2), [], None),
        (date(1945, 7, 2), [], ("turned_20", date(1965, 7, 1))),
        (date(1945, 7, 1), [], None),
        (date(1985, 7, 1), [period(1, "2005-06-30")], None),
        (BORN, [period(2, "2002-04-01")], None),
        (BORN, [period(2, "2002-04-01", "2005-06-30")], ("lost_2", date(2005, 6, 30))),
        (BORN, [period(2, "2002-04-01", "2005-07-01")], None),
        (BORN, [period(3, "2002-04-01", "2004-01-01")], ("lost_3", date(2004, 1, 1))),
        (BORN, [period(2, "2002-04-01", "2004-01-01"), period(1, "2004-01-01")], None),
        (
            BORN,
            [period(3, "2004-01-01", "2005-01-01"), period(2, "2002-04-01", "2004-01-01")],
            ("lost_3", date(2005, 1, 1)),
        ),
        # Acquired after the day asked about: unknown on it.
        (BORN, [period(2, "2005-07-01")], ("turned_20", date(2000, 3, 31))),
        (BORN, [period(2, "1998-04-01", "1999-04-01")], ("turned_20", date(2000, 3, 31))),
        (BORN, [period(1, "2000-03-31", "2004-01-01")], None),
        (BORN, [period(2, "2002-04-01", "2004-01-01", "death")], None),
        (BORN, [period(3, "2002-04-01", "2004-01-01", "abroad")], None),
    ],
)
def test_who_is_listed(birth: date, periods: list[Period], wanted: tuple[str, date] | None) -> None:
    assert listed(birth, *periods) == ([Promotion(N, *wanted)] if wanted else [])


@given(
    st.dates(date(1940, 1, 1), date(1990, 1, 1)),
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(0, 400), st.integers(0, 400) | st.none()),
        max_size=4,
    ),
)
def test_nobody_with_a_category_is_listed(
    birth: date, given_periods: list[tuple[int, int, int | None]]
) -> None:
    periods = [
        Period(
            N,
            category,
            DAY - timedelta(days=200) + timedelta(days=start),
            None if length is None else DAY - timedelta(days=200) + timedelta(days=start + length),
        )
        for category, start, length in given_periods
    ]
    holds = any(one.acquired <= DAY and (one.lost is None or one.lost > DAY) for one in periods)
    found = listed(birth, *periods)
    if holds:
        assert found == []
    for one in found:
        assert date(1945, 7, 1) < birth <= date(1985, 7, 1)
        assert one.since <= DAY


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "periods.csv"


def test_a_list_from_the_numbers_and_a_file(
    service: Application, numbers: Server, file: Path, tmp_path: Path
) -> None:
    born = {"birth_date": "1980-04-01"}
    fresh, lost, works, folded = (new(service, **born) for _ in range(4))
    young = new(service, birth_date="1990-01-01")
    assert merge(service, works, folded).status_code == 201
    file.write_text(
        "number,category,acquired,lost,cause\n"
        f"{lost},2,2002-04-01,2004-01-01,\n{folded},2,2002-04-01,,\n"
        "0001-000001,1,2002-04-01,,\n"
    )
    out = tmp_path / "list.csv"
    arguments = ("promote", "--day", "2005-06-30", "--periods", str(file), "--out", str(out))
    done, report = command(numbers, *arguments, **where(numbers))
    assert done.returncode == 0, done.stdout
    with out.open(newline="") as text:
        rows = {row["number"]: (row["reason"], row["since"]) for row in csv.DictReader(text)}
    assert rows[fresh] == ("turned_20", "2000-03-31")
    assert rows[lost] == ("lost_2", "2004-01-01")
    assert not {works, folded, young} & set(rows)
    assert report["sums"]["promotions"] == len(rows)
    assert (report["inputs"]["periods"], report["inputs"]["strangers"]) == (3, 1)
    assert report["counts"] == Counter(reason for reason, _ in rows.values())
    first = out.read_bytes()
    command(numbers, *arguments, **where(numbers))
    assert out.read_bytes() == first


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("2101-1,2,2002-04-01,,", "2: number '2101-1': a basic pension number is"),
        (f"{N},4,2002-04-01,,", "2: category '4': 1, 2 or 3"),
        (f"{N},2,2002-4-1,,", "2: acquired '2002-4-1': a day is written YYYY-MM-DD"),
        (f"{N},2,2002-04-01,2002-03-31,", "2: lost '2002-03-31': it lies before 2002-04-01"),
        (f"{N},2,2002-04-01,,death", "2: cause 'death': death or abroad, of what was lost"),
        (f"{N},2,2002-04-01", "2: 3 columns where there are 5"),
    ],
)
def test_a_wrong_file_changes_nothing(
    numbers: Server, file: Path, tmp_path: Path, line: str, fault: str
) -> None:
    file.write_text(f"number,category,acquired,lost,cause\n{line}\n")
    out = tmp_path / "list.csv"
    arguments = ("promote", "--day", "2005-06-30", "--periods", str(file), "--out", str(out))
    done, report = command(numbers, *arguments, **where(numbers))
    assert done.returncode == 2
    assert f"{file}:{fault}" in report["error"]
    assert not out.exists()


def test_all_faults_are_named_as_far_as_twenty(file: Path) -> None:
    file.write_text("number,category,acquired,lost,cause\n" + "x,1,2002-04-01,,\n" * 30)
    with pytest.raises(InvalidPeriods) as caught:
        list(read_periods(file))
    assert str(caught.value).count("\n") == 19
    file.write_text("nummer\n")
    with pytest.raises(InvalidPeriods, match="the first line is number,category"):
        list(read_periods(file))
