"""Tables by day: the row that holds, the day before the first, a folder of one's own."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from nenkin.dated import Dated, NoRule


def write(folder: Path, text: str) -> None:
    (folder / "rate.csv").write_text(text, encoding="utf-8")


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dated[int]:
    write(tmp_path, "from,rate,source\n2006-07-01,3,x\n2005-04-01,2,x\n")
    monkeypatch.setenv("NENKIN_TABLES", str(tmp_path))
    return Dated.read("rate", lambda row: int(row["rate"]))


@pytest.mark.parametrize(
    ("day", "value"),
    [("2005-04-01", 2), ("2006-06-30", 2), ("2006-07-01", 3), ("2099-01-01", 3)],
)
def test_a_row_holds_until_the_next(table: Dated[int], day: str, value: int) -> None:
    assert table.at(date.fromisoformat(day)) == value


def test_nothing_holds_before_the_first(table: Dated[int]) -> None:
    with pytest.raises(
        NoRule, match="no rule of rate holds on 2005-03-31: it begins on 2005-04-01"
    ):
        table.at(date(2005, 3, 31))


def test_two_rows_of_one_day_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "from,rate,source\n2005-04-01,2,x\n2005-04-01,3,x\n")
    monkeypatch.setenv("NENKIN_TABLES", str(tmp_path))
    with pytest.raises(ValueError, match="two rows hold from the same day"):
        Dated.read("rate", lambda row: int(row["rate"]))
