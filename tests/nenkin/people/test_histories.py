"""People who do not exist have histories that could be."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nenkin.matching.name import keys
from nenkin.people.lines import COLUMNS, Block
from nenkin.people.maker import Maker
from nenkin.people.numbering import BLOCK, InvalidPopulation, offices, parts
from tests.nenkin.people.reading import Record, blocks, breaches, maker, records, rows, truth

PLACES = st.integers(0, 300_000)


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**40), block=PLACES)
def test_every_person_has_a_whole_history(seed: int, block: int) -> None:
    [made] = [maker.__wrapped__(seed).make(part, 7) for part in parts(block * BLOCK, 120)]
    found = records(made)
    assert sum(record.numbers for record in found) == 120
    for record in found:
        assert breaches(record) == [], record.person


def test_before_20_there_are_employees_only() -> None:
    for block in blocks(1, 3 * BLOCK):
        births = {row["number"]: row["birth_date"] for row in rows(block, "persons")}
        for row in rows(block, "periods"):
            birth, acquired = (
                date.fromisoformat(births[row["number"]]),
                date.fromisoformat(row["acquired"]),
            )
            months = (acquired.year - birth.year) * 12 + acquired.month - birth.month
            # The day before the birthday may lie in the month before it.
            assert row["category"] == "2" or months >= 20 * 12 - 1, row


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**40), block=PLACES)
def test_numbers_and_keys_are_unique(seed: int, block: int) -> None:
    [made] = [maker.__wrapped__(seed).make(part, 7) for part in parts(block * BLOCK, BLOCK)]
    for table, key in (
        ("persons", ("number",)),
        ("addresses", ("number", "since")),
        ("accounts", ("number", "since")),
        ("identities", ("number", "since")),
        ("periods", ("number", "acquired")),
        ("contribution_runs", ("number", "first")),
        ("decisions", ("number", "first")),
        ("establishments", ("code",)),
    ):
        counted = Counter(tuple(row[name] for name in key) for row in rows(made, table))
        assert set(counted.values()) <= {1}, table
    known = {row["code"] for row in rows(made, "establishments")}
    used = {row["establishment"] for row in rows(made, "decisions")}
    used |= {row["establishment"] for row in rows(made, "periods")} - {"\\N"}
    assert used <= known
    for row in rows(made, "persons"):
        keys(row["name_kana"])
        assert re.fullmatch(r"[ァ-ヴー]+(?: [ァ-ヴー]+)*", row["name_kana"])


@pytest.mark.parametrize(
    ("table", "column", "value", "said"),
    [
        ("runs", "amount", "1", "1 for"),
        ("runs", "last", "2001-01-01", "a run ends with 2001-01-01"),
        ("periods", "lost", "2001-01-01", "a period is lost on 2001-01-01"),
        ("decisions", "standard", "1", "the standard of"),
        ("decisions", "first", "2001-01-01", "decisions [('2001-01-01'"),
    ],
)
def test_a_breach_is_found(table: str, column: str, value: str, said: str) -> None:
    record = _long_record()
    getattr(record, table)[0][column] = value
    assert any(said in text for text in breaches(record))


def test_a_missing_row_is_found() -> None:
    for table in ("periods", "runs", "decisions"):
        record = _long_record()
        del getattr(record, table)[1]
        assert breaches(record)


def _long_record() -> Record:
    [made] = blocks(1, BLOCK)
    return next(
        record
        for record in records(made)
        if len(record.periods) > 3
        and len(record.decisions) > 3
        and record.runs[0]["kind"] == "employees"
        and record.runs[0]["first"] > "2003"
    )


def test_histories_are_as_long_as_they_are_said_to_be() -> None:
    made = blocks(1, 20_000)
    counts: Counter[str] = Counter()
    for block in made:
        counts.update(block.rows())
    assert counts["periods"] / 20_000 >= 3
    assert counts["contribution_runs"] / 20_000 >= 8
    assert counts["decisions"] / 20_000 >= 8
    assert counts["accounts"] == counts["persons"] == 20_000
    kinds = Counter(row["kind"] for block in made for row in rows(block, "contribution_runs"))
    assert set(kinds) == {
        *("paid", "full", "three_quarters", "half", "quarter", "student", "deferment", "unpaid"),
        *("employees", "dependant"),
    }
    assert {row["is_additional"] for block in made for row in rows(block, "contribution_runs")} == {
        "t",
        "f",
    }


def test_the_same_seed_makes_the_same_and_another_another() -> None:
    assert blocks.__wrapped__(1, 1500) == blocks.__wrapped__(1, 1500)
    assert blocks(1, 100) != blocks(2, 100)


@settings(max_examples=10, deadline=None)
@given(first=st.integers(0, 2500), count=st.integers(1, 1500))
def test_any_slice_can_be_made_alone(first: int, count: int) -> None:
    whole, alone = blocks(3, 4000), blocks(3, count, first)
    for table in ("persons", "periods", "contribution_runs", "decisions", "addresses"):
        numbers = [row["number"] for block in whole for row in rows(block, "persons")]
        wanted = set(numbers[first : first + count])
        lines = [row for block in whole for row in rows(block, table) if row["number"] in wanted]
        # The second numbers of a group stand behind it, but each table has the same rows.
        assert [row for block in alone for row in rows(block, table)] == lines
    seconds = [row for block in whole for row in truth(block) if row["number"] in wanted]
    assert [row for block in alone for row in truth(block)] == seconds


def test_offices_issue_without_a_hole() -> None:
    count = len(offices())
    assert count == 312
    assert len({office.code for office in offices()}) == count
    numbers = [
        row["number"]
        for block in blocks(1, 10, 0) + blocks(1, 10, BLOCK * count)
        for row in rows(block, "persons")
    ]
    code = offices()[0].code
    assert numbers == [f"{code}-{n:06d}" for n in (*range(1, 11), *range(1001, 1011))]


@pytest.mark.parametrize("until", [date(2007, 1, 1), date(2098, 12, 1)])
def test_the_last_month_can_be_another(until: date) -> None:
    [part] = parts(0, 400)
    made = Maker(1, until).make(part, 7)
    lasts = {row["last"] for row in rows(made, "contribution_runs")}
    assert max(lasts) == str(until)


@pytest.mark.parametrize(("first", "count"), [(-1, 5), (0, 0), (0, 312 * 999_000 + 1)])
def test_a_population_has_its_bounds(first: int, count: int) -> None:
    with pytest.raises(InvalidPopulation, match="they are from 0 to 311687999"):
        parts(first, count)


def test_every_line_is_whole_and_of_the_act() -> None:
    [made] = blocks(1, BLOCK)
    assert isinstance(made, Block)
    for table, names in COLUMNS.items():
        for line in made.tables[table].splitlines():
            assert line.startswith("7\t")
            assert line.count("\t") == names.count(",")
