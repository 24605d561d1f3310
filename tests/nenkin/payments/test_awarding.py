"""Claims in, awards out: by the formulas, once, with the first day that pays them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nenkin.payments.awarding import Decision, award_claims, read_claims
from nenkin.payments.connection import Connection
from nenkin.payments.intake import InvalidIntake
from tests.nenkin.benefits.rulebook import RULES
from tests.nenkin.payments.world import ask, branches, number, run, transfers

ACCOUNT = {"bank": "0001", "branch": "001", "kind": "1", "account": "0000001", "payee": "ﾈﾝｷﾝ ﾊﾅｺ"}
CLAIM: dict[str, Any] = {
    "receipt": "R1",
    "kind": "old_age",
    "number": number(1),
    "code": "1150",
    "birth": "1960-05-01",
    "begun": "2025-05",
    "account": ACCOUNT,
    "credits": [{"kind": "paid", "first": "1980-04", "months": 400}],
}


def decide(
    connection: Connection, folder: Path, *claims: dict[str, Any], day: date = date(2025, 7, 1)
) -> list[Decision]:
    path = folder / "claims.jsonl"
    path.write_text("".join(f"{json.dumps(claim)}\n" for claim in claims), encoding="utf-8")
    return award_claims(connection, RULES, read_claims(path), day, "tanaka")


def test_an_award_is_paid_on_the_first_day_that_the_banks_still_reach(
    database: str, connection: Connection, tmp_path: Path
) -> None:
    branches(connection, tmp_path)
    for _ in range(2):
        [made] = decide(connection, tmp_path, CLAIM)
        figures = (("2025-05", 693_083, 0),)
        assert made == Decision("R1", number(1), "1150", figures, "2025-07-15")
    assert ask(connection, "SELECT count(*) FROM nenkin.entitlements") == [(1,)]
    july = date(2025, 7, 15)
    run(database, tmp_path / "july", july)
    assert transfers(tmp_path / "july", july) == {number(1): 693_083 // 12}
    # A claim decided after that run was opened waits for the next one.
    [late] = decide(connection, tmp_path, CLAIM | {"receipt": "R2", "number": number(2)})
    assert late.first_paid == "2025-08-15"


def test_an_old_right_has_a_figure_of_each_year(connection: Connection, tmp_path: Path) -> None:
    branches(connection, tmp_path)
    [made] = decide(connection, tmp_path, CLAIM | {"birth": "1958-05-01", "begun": "2023-06"})
    # 795,000, 816,000 and 831,700 times 400/480.
    assert [figure[:2] for figure in made.figures] == [
        ("2023-06", 662_500),
        ("2024-04", 680_000),
        ("2025-04", 693_083),
    ]


def test_a_right_of_the_future_is_paid_when_it_is_due(
    connection: Connection, tmp_path: Path
) -> None:
    branches(connection, tmp_path)
    [made] = decide(connection, tmp_path, CLAIM | {"begun": "2025-08"})
    assert made.first_paid == "2025-10-15"


def test_a_disability_pension(connection: Connection, tmp_path: Path) -> None:
    branches(connection, tmp_path)
    claim = CLAIM | {"kind": "disability", "code": "5350", "grade": 1, "children": 2, "credits": []}
    [made] = decide(connection, tmp_path, claim)
    assert made.figures == (("2025-05", 1_518_225, 0),)


def test_an_employee(connection: Connection, tmp_path: Path) -> None:
    branches(connection, tmp_path)
    earned = [
        {"first": "2010-04", "months": 12, "standard": 300_000},
        {"first": "2015-04", "months": 12, "standard": 320_000},
    ]
    [made] = decide(connection, tmp_path, CLAIM | {"earned": earned})
    assert made.figures == (("2025-05", 693_083, 41_861),)


def test_refusals_are_decisions_and_leave_nothing(connection: Connection, tmp_path: Path) -> None:
    branches(connection, tmp_path)
    few = [{"kind": "paid", "first": "1980-04", "months": 119}]
    made = decide(
        connection,
        tmp_path,
        CLAIM,
        CLAIM | {"receipt": "R2"},
        CLAIM | {"children": 1},
        CLAIM | {"receipt": "R3", "number": number(3), "credits": few},
        CLAIM | {"receipt": "R4", "number": number(4), "code": "1350"},
        CLAIM | {"receipt": "R5", "number": number(5), "account": ACCOUNT | {"branch": "009"}},
        CLAIM | {"receipt": "R6", "number": number(6), "birth": "1920-05-01"},
    )
    refusals = [one.refusal for one in made]
    assert refusals[:6] == [
        "",
        "number, code 2101-000001 1150: it is awarded already",
        "receipt R1: it was handed in with other values; a correction is a new claim",
        "credits 119 months: at least 120 for an old-age pension",
        "code 1350: of old_age it is one of 1150",
        "account 0001 009: no such branch is known",
    ]
    assert refusals[6].startswith("birth 1920-05-01")
    assert ask(connection, "SELECT count(*) FROM nenkin.entitlements") == [(1,)]
    assert ask(connection, "SELECT count(*) FROM nenkin.accounts") == [(1,)]


def test_every_fault_of_a_file_is_named(connection: Connection, tmp_path: Path) -> None:
    wrong = CLAIM | {"number": "2101-1", "begun": "2025-13", "children": -1, "colour": "red"}
    with pytest.raises(InvalidIntake) as caught:
        decide(connection, tmp_path, CLAIM, wrong)
    assert [fault.split(": ", 2)[1].split()[0] for fault in caught.value.faults] == [
        "number",
        "begun",
        "children",
        "colour",
    ]
    assert all(fault.startswith("claims.jsonl:2: ") for fault in caught.value.faults)
    (tmp_path / "claims.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(InvalidIntake, match="Invalid JSON"):
        read_claims(tmp_path / "claims.jsonl")
