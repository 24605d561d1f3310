"""`python -m nenkin bench`: matching against the truth, and all parts in one frame."""

from __future__ import annotations

import pytest

from nenkin.numbers.truth import Second, appraise, true_pairs
from tests.dr_acting.postgres import Server
from tests.nenkin.application import command, dsn
from tests.nenkin.numbers.office import where

SECONDS = [
    Second("0101-000009", "0101-000001", "same"),
    Second("0101-000008", "0101-000001", "voiced"),
    Second("0101-000002", "0101-000003", "birth"),
]


def test_two_seconds_of_one_are_one_person_too() -> None:
    assert true_pairs(SECONDS) == {
        ("0101-000001", "0101-000009"): "same",
        ("0101-000001", "0101-000008"): "voiced",
        ("0101-000008", "0101-000009"): "same+voiced",
        ("0101-000002", "0101-000003"): "birth",
    }


def test_what_matching_is_worth() -> None:
    found = [
        ("0101-000009", "0101-000001", "duplicate"),
        ("0101-000004", "0101-000005", "duplicate"),
        ("0101-000001", "0101-000008", "confirm"),
    ]
    worth = appraise(found, true_pairs(SECONDS))
    assert (worth["precision"], worth["recall"]) == (0.666667, 0.5)
    assert worth["levels"]["duplicate"] == {
        "pairs": 2,
        "right": 1,
        "precision": 0.5,
        "recall": 0.25,
    }
    assert worth["levels"]["renamed"]["precision"] is None
    assert worth["done"]["birth"] == {"missed": 1}
    assert worth["done"]["voiced"] == {"confirm": 1, "missed": 0}


def test_the_truth_is_found_by_the_real_run(numbers: Server) -> None:
    done, report = command(
        numbers, "bench", "matching", "--rows", "4000", "--workers", "1", **where(numbers)
    )
    # So few persons say nothing about speed.
    assert done.returncode in (0, 1), done.stderr
    assert [run["persons"] for run in report["runs"]] == [400, 4000]
    assert report["worth"]["true_pairs"] > 60
    worth = report["worth"]
    assert worth["levels"]["duplicate"]["precision"] == 1
    assert 0.85 < worth["recall"] < 1
    missed = {done for done, counts in worth["done"].items() if counts["missed"]}
    assert missed <= {"birth", "surname_moved"}
    assert report["met"]["recall"] is (worth["recall"] >= 0.95)
    assert report["is_met"] is (done.returncode == 0)
    assert numbers.ask("SELECT count(*) FROM pg_database WHERE datname LIKE 'nenkin_bench%'") == "0"


@pytest.mark.long
def test_all_parts_in_one_frame(numbers: Server) -> None:
    more = where(numbers) | {
        "NENKIN_DSN_PAYMENTS": dsn(numbers),
        "NENKIN_DSN_RECORDS": dsn(numbers),
    }
    done, report = command(numbers, "bench", "--rows", "2000", "--json", **more)
    assert done.returncode in (0, 1), done.stderr
    assert set(report["summary"]) == set(report["parts"]) == {"people", "payment", "matching"}
    for name, summary in report["summary"].items():
        assert "error" not in summary, (name, summary)
        assert summary["ratio"] > 0
        assert summary["rows_per_person"] >= 1
        assert summary["stored_bytes_per_person"] > 100
    assert report["is_in_time"] is True
    assert report["seconds"] >= sum(summary["seconds"] for summary in report["summary"].values())


def test_the_disk_is_looked_at_before_the_first_part(numbers: Server) -> None:
    argv = ("bench", "--rows", "10000000000", "--only", "matching")
    done, report = command(numbers, *argv, **where(numbers))
    assert done.returncode == 1
    assert "11000.0 GB are needed for 10000000000 persons of the part matching" in report["error"]
    assert "--only" in report["error"]
    done, _ = command(numbers, "bench", "--rows", "0", "--only", "matching", **where(numbers))
    assert done.returncode == 2
    assert "--rows: 0 is below 1" in done.stderr
