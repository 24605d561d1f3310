"""`hikae batch bench`: what it measures fits its schema, and wrong words are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cli.exits import Exit
from cli.main import main

SCHEMA = json.loads((Path(__file__).parent / "data" / "batch-bench.schema.json").read_text())
Captured = pytest.CaptureFixture[str]

# Two jobs of 4 and 6 that cannot run together, between their dummies.
INSTANCE = "4 1\n5\n0 0 2 2 3\n4 5 1 4\n6 3 1 4\n0 0 0\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "set"
    path.mkdir()
    (path / "TWO_1.txt").write_text(INSTANCE)
    (path / "TWO_2.txt").write_text(INSTANCE.replace("6 3", "7 3"))
    (path / "best_known.csv").write_text("instance,best_known\nTWO_1.txt,10\n")
    return path


def measured(capsys: Captured, *words: str) -> dict[str, Any]:
    assert main(["batch", "bench", *words, "--json", "--repeatable"]) == Exit.FINE
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, SCHEMA)
    return found


def test_instances_are_measured(capsys: Captured, folder: Path) -> None:
    found = measured(capsys, str(folder), "--cpu-seconds", "0.2")
    (of_set,) = found["sets"]
    assert (of_set["set"], of_set["count"], of_set["compared"]) == ("TWO", 2, 1)
    assert (of_set["mean_gap_percent"], of_set["proven"]) == (0.0, 2)
    assert [row["end"] for row in found["instances"]] == [10, 11]
    assert [row["best_known"] for row in found["instances"]] == [10, None]


def test_a_missing_best_known_end_is_said(capsys: Captured, folder: Path) -> None:
    assert main(["batch", "bench", str(folder), "--cpu-seconds", "0.2"]) == Exit.FINE
    out = capsys.readouterr().out
    assert "Without a best known end: the proven bound instead" in out
    assert "TWO_2" in out


def test_investment_is_measured(capsys: Captured, folder: Path) -> None:
    found = measured(capsys, str(folder), "--investment", "--cpu-seconds", "0.2")
    assert [row["instance"] for row in found["instances"]] == [
        "TWO_1@1.0",
        "TWO_1@1.2",
        "TWO_1@1.5",
    ]
    assert {row["cost"] for row in found["instances"]} == {5.0}
    assert {row["earliest_cost"] for row in found["instances"]} == {8.0}


def test_nights_are_measured(capsys: Captured) -> None:
    found = measured(capsys, "--nights", "20,30", "--cpu-seconds", "0.1,0.2")
    rows = found["instances"]
    assert [row["instance"] for row in rows] == ["20@0.1", "20@0.2", "30@0.1", "30@0.2"]
    assert all(row["bound"] <= row["end"] <= row["rule_end"] for row in rows)


def test_a_measurement_goes_on(capsys: Captured, folder: Path, tmp_path: Path) -> None:
    log = ("--go-on", str(tmp_path / "rows"), "--cpu-seconds", "0.2")
    first = measured(capsys, str(folder), *log)
    lines = (tmp_path / "rows").read_text().splitlines()
    changed = lines[1].replace('"end": 10', '"end": 12')
    (tmp_path / "rows").write_text("\n".join([lines[0], changed]) + "\n")
    again = measured(capsys, str(folder), *log)
    # The row that was there is believed, the other measured again.
    assert [row["end"] for row in again["instances"]] == [12, 11]
    assert first["instances"][1]["end"] == 11


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Give either a FOLDER"),
        (["FOLDER", "--nights", "100"], "Give either a FOLDER"),
        (["--nights", "many"], "'many' are no sizes or seconds; write numbers over 0"),
        (["FOLDER", "--cpu-seconds", "0"], "'0' are no sizes or seconds"),
        (["FOLDER", "--cpu-seconds", "1,2"], "Only --nights takes several budgets"),
        (["nowhere"], "does not exist"),
    ],
)
def test_wrong_words_are_refused(
    capsys: Captured, folder: Path, words: list[str], sentence: str
) -> None:
    said = [str(folder) if word == "FOLDER" else word for word in words]
    assert main(["batch", "bench", *said]) == Exit.WRONG_CALL
    assert sentence in capsys.readouterr().err


def test_a_circle_is_refused_with_its_file(capsys: Captured, folder: Path) -> None:
    (folder / "TWO_3.txt").write_text(INSTANCE.replace("0 0 0\n", "0 0 1 2\n"))
    assert main(["batch", "bench", str(folder)]) == Exit.WRONG_CALL
    assert "TWO_3.txt: TWO_3: 2 → 4 wait for each other in a circle" in capsys.readouterr().err
