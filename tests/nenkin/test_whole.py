"""A file that has its name only when it is whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nenkin.whole import whole, write_rows


def test_rows_are_counted_and_quoted(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    assert write_rows(path, ("a", "b"), [(1, 'say "x", y'), (2, None)]) == 2
    assert path.read_bytes() == b'a,b\n1,"say ""x"", y"\n2,\n'


def test_what_breaks_off_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("before")
    with pytest.raises(TypeError), whole(path) as out:
        out.writelines([b"half", None])  # type: ignore[list-item]
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_row_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        write_rows(tmp_path / "rows.csv", ("a",), ((1 // n,) for n in (1, 0)))
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_one_left_goes_and_a_living_one_keeps_its_own(tmp_path: Path) -> None:
    dead, living = (tmp_path / f".x[1].csv.{number}.part" for number in (99999999, os.getppid()))
    for left in (dead, living):
        left.write_text("half")
    with whole(tmp_path / "x[1].csv") as out:
        out.write(b"whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [living.name, "x[1].csv"]
