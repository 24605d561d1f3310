"""The nightly recalculation as a batch: what it looks at, what it finds, and that it can be run again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nenkin.payments import part
from nenkin.payments.awarding import award_claims
from nenkin.payments.care import take_requests
from nenkin.payments.connection import Connection
from nenkin.payments.night import Asked, Night, line_of, recalculate
from tests.dr_acting.postgres import Server
from tests.nenkin.application import command
from tests.nenkin.benefits.rulebook import RULES
from tests.nenkin.payments.couples import DECIDED, population
from tests.nenkin.payments.test_awarding import CLAIM, decide
from tests.nenkin.payments.test_care import COLUMNS as CARE_COLUMNS
from tests.nenkin.payments.test_change import REVISION, change
from tests.nenkin.payments.world import AUGUST, ask, award, branches, number, run, take, write

FAR = date(2000, 1, 1)


def night(connection: Connection, day: date = DECIDED, sample: int = 1000, seed: int = 1) -> Night:
    return recalculate(connection, Asked(day, sample, seed), lambda text: None)


def test_a_population_that_is_right(database: str, connection: Connection, tmp_path: Path) -> None:
    branches(connection, tmp_path)
    claims = population(3, 12)
    made = award_claims(connection, RULES, claims, DECIDED, "tanaka")
    assert {one.refusal for one in made} == {""}
    run(database, tmp_path / "august", AUGUST)
    done = night(connection, sample=0)
    assert (done.differences, done.is_new) == ((), True)
    assert done.manifest["changed"] == done.manifest["compared"] == len(claims)
    assert done.manifest["differences"] == {}
    assert night(connection, FAR, sample=7).manifest["compared"] == 7
    # By the next April nobody has this year's amounts: every award differs.
    late = night(connection, date(2026, 4, 1), sample=5)
    assert late.manifest["not_recomputed"] + late.manifest["awards_with_differences"] == 5


def test_a_wrong_figure_is_found_told_and_kept_once(connection: Connection, tmp_path: Path) -> None:
    branches(connection, tmp_path)
    decide(connection, tmp_path, CLAIM)
    take(connection, tmp_path, "figures", (number(1), "1150", "2025-06", 693_084, 7))
    first = night(connection)
    assert [json.loads(line_of(one)) for one in first.differences] == [
        {
            "number": number(1),
            "code": "1150",
            "kind": kind,
            "month": "2025-06",
            "until": "2025-07",
            "paid": paid,
            "recomputed": right,
            "sentence": f"{number(1)} 1150: from 2025-06 to 2025-07 the {kind} pension stands at {paid} yen a year, "
            f"{right} are recomputed",
        }
        for kind, paid, right in (("basic", 693_084, 693_083), ("employees", 7, 0))
    ]
    again = night(connection)
    assert (again.is_new, again.manifest) == (False, first.manifest)
    kept = "SELECT kind, paid, recomputed FROM nenkin.recalculation_differences ORDER BY place"
    assert ask(connection, kept) == [("basic", 693_084, 693_083), ("employees", 7, 0)]
    assert first.manifest["too_much"] == 8
    # Another generation of the database is another night.
    decide(connection, tmp_path, CLAIM | {"receipt": "R2", "number": number(2)})
    assert night(connection).is_new


def test_changes_and_sums_paid_once_are_looked_at(connection: Connection, tmp_path: Path) -> None:
    branches(connection, tmp_path)
    died = {"birth": "1975-06-01", "death": "2025-04-20"}
    decide(
        connection,
        tmp_path,
        CLAIM | {"kind": "disability", "code": "5350", "grade": 2, "begun": "2025-03"},
        CLAIM
        | {
            "receipt": "R2",
            "kind": "death_lump",
            "code": "9950",
            "number": number(2),
            "deceased": died,
        },
    )
    change(connection, tmp_path, REVISION)
    award(connection, tmp_path, 7)
    done = night(connection, date(2025, 8, 1))
    assert (done.differences, done.manifest["compared"], done.manifest["changed"]) == ((), 2, 1)
    today = ask(connection, "SELECT (max(at) AT TIME ZONE 'Asia/Tokyo')::date FROM nenkin.figures")[
        0
    ][0]
    assert night(connection, today, sample=0).manifest["without_claim"] == 1


def test_instalments_and_deductions_that_were_paid_wrong_are_found(
    database: str, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2018: a deduction that was taken wrong, here of care premiums, since no tax is withheld."""
    branches(connection, tmp_path)
    decide(connection, tmp_path, CLAIM)
    asked = ("131016", 1, number(1), "1150", 2025, 60_000, 10_000, "")
    take_requests(connection, RULES, write(tmp_path / "care.csv", CARE_COLUMNS, [asked]))
    monkeypatch.setattr(part, "_PAY", part._PAY.replace("amounts[{slot}]", "amounts[{slot}] / 2"))
    right: Callable[..., Any] = vars(part)["due_query"]

    def wrong(*arguments: Any) -> str:
        return str(right(*arguments)).replace("(basic_due / 12)", "(basic_due / 12 + 1)")

    monkeypatch.setattr(part, "due_query", wrong)
    run(database, tmp_path / "august", AUGUST)
    found = [(one.kind, one.paid, one.recomputed) for one in night(connection).differences]
    assert ("care", 5_000, 10_000) in found
    assert ("paid basic", 115_514, 115_513) in found


def test_the_command(
    template: Server, database: str, connection: Connection, tmp_path: Path
) -> None:
    branches(connection, tmp_path)
    decide(connection, tmp_path, CLAIM)
    out = tmp_path / "differences.jsonl"

    def tell(*more: str) -> tuple[int, Any]:
        arguments = ("recalculate", "--day", "2025-07-01", "--sample", "10", "--seed", "3", *more)
        done, report = command(template, *arguments, NENKIN_DSN_PAYMENTS=database)
        assert "Traceback" not in done.stderr
        return done.returncode, report

    code, report = tell("--result", str(out), "--json")
    assert (code, report["manifest"]["compared"], out.read_text()) == (0, 1, "")
    assert report["awards_per_second"] > 0
    take(connection, tmp_path, "figures", (number(1), "1150", "2025-06", 1, 0))
    code, report = tell("--result", str(out))
    assert (code, len(report["first"])) == (1, 1)
    assert json.loads(out.read_text())["sentence"] == report["first"][0]
    assert tell("--sample", "-1")[0] == 2
