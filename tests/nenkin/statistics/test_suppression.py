"""What must not be shown is not shown, and cannot be had from what is."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenkin.statistics.suppression import suppress, suppressed

DIMENSIONS = ("kind", "age")
ROWS = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.integers(0, 8)), st.integers(1, 40), max_size=24
).map(
    lambda cells: [
        {"kind": kind, "age": age, "persons": persons, "yen": persons * 100}
        for (kind, age), persons in sorted(cells.items())
    ]
)


@given(ROWS, st.integers(1, 20))
def test_no_small_row_is_shown_and_none_alone_is_hidden(
    rows: list[dict[str, object]], limit: int
) -> None:
    made = suppress(rows, DIMENSIONS, limit)
    for row, shown in zip(rows, made, strict=True):
        assert [shown[name] for name in DIMENSIONS] == [row[name] for name in DIMENSIONS]
        if shown["is_suppressed"]:
            assert shown["persons"] is shown["yen"] is None
        else:
            assert shown["persons"] == row["persons"]
            assert int(str(row["persons"])) >= limit
    for _, group in groupby(made, key=lambda row: row["kind"]):
        cells = list(group)
        assert sum(cell["is_suppressed"] for cell in cells) != 1 or len(cells) == 1


@pytest.mark.parametrize(
    ("persons", "wanted"),
    [
        ([10, 20, 30], [False, False, False]),
        ([9, 20, 30], [True, True, False]),
        ([9, 30, 20], [True, False, True]),
        ([9, 9, 30], [True, True, False]),
        ([9], [True]),
    ],
)
def test_the_next_smallest_goes_with_a_single_one(persons: list[int], wanted: list[bool]) -> None:
    rows = [{"kind": "a", "age": age, "persons": count} for age, count in enumerate(persons)]
    assert suppressed(rows, DIMENSIONS, 10) == wanted
