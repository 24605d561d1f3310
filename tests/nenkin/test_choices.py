"""Choices: the one that holds on a day, and what is no choice."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from nenkin.choices import Choices, InvalidChoice
from nenkin.dated import NoRule
from tests.contract.tree import ROOT

DAY = date(2006, 1, 1)


def write(folder: Path, *lines: str) -> None:
    text = "\n".join(["choice,from,value,alternatives,rule,source,confidence", *lines, ""])
    (folder / "some_choices.csv").write_text(text, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NENKIN_TABLES", str(tmp_path))
    return tmp_path


def test_a_later_row_chooses_otherwise(folder: Path) -> None:
    write(folder, "cut,2000-01-01,down,down|up,x,x,G", "cut,2006-01-01,up,down|up,x,x,G")
    choices = Choices.read("some_choices")
    assert (choices.at("cut", date(2005, 12, 31)), choices.at("cut", DAY)) == ("down", "up")


def test_a_choice_is_one_of_its_alternatives(folder: Path) -> None:
    write(folder, "cut,2000-01-01,sideways,down|up,x,x,G")
    with pytest.raises(InvalidChoice, match="cut is 'sideways', which is none of down, up"):
        Choices.read("some_choices")


def test_what_is_not_chosen_is_no_rule(folder: Path) -> None:
    write(folder, "cut,2006-01-02,up,down|up,x,x,G")
    choices = Choices.read("some_choices")
    with pytest.raises(NoRule, match="makes no choice named paste"):
        choices.at("paste", DAY)
    with pytest.raises(NoRule, match="some_choices: cut holds on 2006-01-01"):
        choices.at("cut", DAY)


def test_every_shipped_table_of_choices_is_one() -> None:
    shipped = sorted((ROOT / "nenkin" / "tables").glob("*_choices.csv"))
    assert shipped
    for path in shipped:
        assert Choices.read(path.stem).by_name
