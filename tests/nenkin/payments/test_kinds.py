"""Claims of every kind become awards, to the yen of the oracles, and what the rules leave out is refused and listed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nenkin.payments.awarding import Decision
from nenkin.payments.connection import Connection
from nenkin.payments.gaps import gaps
from nenkin.payments.night import Asked, recalculate
from tests.nenkin.payments.test_awarding import CLAIM, decide
from tests.nenkin.payments.world import ask, branches, number

PAY = [{"year": 2025, "early": 280_000, "early_months": 60, "late": 360_000, "late_months": 100}]
PAID = CLAIM["credits"]
DIED = {"birth": "1975-06-01", "death": "2025-04-20", "is_insured": True}
WIDOW = CLAIM | {
    "kind": "survivors",
    "code": "1450",
    "birth": "1979-06-01",
    "relation": "wife",
    "deceased": DIED,
    "averages": PAY,
}
CHILDREN = ["2010-05-01", "2012-05-01", "2014-05-01"]
MARRIED = {
    "role": "second",
    "divorced": "2025-04-01",
    "requested": "2025-05-10",
    "first": "2010-04",
    "months": 60,
    "other": [{"first": "2010-04", "months": 60, "standard": 380_000}],
    "other_birth": "1960-05-01",
    "dependent": [["2010-04", 60]],
}


def assert_recomputed(connection: Connection, count: int) -> None:
    """The second calculation says the same of so many awards."""
    found = recalculate(connection, Asked(date(2025, 7, 1), 0, 1), lambda text: None)
    assert [one.sentence for one in found.differences] == []
    assert found.manifest["compared"] == count


@pytest.mark.parametrize(
    ("changes", "basic", "employees"),
    [
        # Oracles N, O, M, Q of benefits.md 2.10 h.
        ({}, 0, 1_069_604),
        ({"code": "6450", "averages": [], "child_births": CHILDREN}, 1_390_100, 0),
        ({"kind": "disability", "code": "1350", "grade": 2, "has_spouse": True}, 831_700, 833_705),
        (
            {"kind": "disability", "code": "1350", "grade": 1, "has_spouse": True},
            1_039_625,
            982_306,
        ),
        # Three children alone: (831,700 + 239,300 + 79,800) / 3, and a third of 445,804.
        ({"relation": "child", "child_births": CHILDREN}, 383_600, 148_601),
        ({"relation": "husband", "averages": [], "code": "6450", "children": 1}, 1_071_000, 0),
        # A wife of 65 with 300,000 of her own: 445,804 and no addition, less her own.
        ({"birth": "1958-06-01", "own": 300_000}, 0, 147_203),
        # 3/4 of 831,700 times 400/480.
        (
            {
                "kind": "widows",
                "code": "5950",
                "birth": "1964-06-01",
                "marriage_years": 10,
                "averages": [],
            },
            519_812,
            0,
        ),
    ],
)
def test_a_pension_of_each_kind(
    connection: Connection, tmp_path: Path, changes: dict[str, Any], basic: int, employees: int
) -> None:
    branches(connection, tmp_path)
    [made] = decide(connection, tmp_path, WIDOW | changes)
    assert made.refusal == ""
    assert made.figures == (("2025-05", basic, employees),)
    assert_recomputed(connection, 1)


def test_an_addition_for_a_spouse_ends_when_she_gets_her_own(
    connection: Connection, tmp_path: Path
) -> None:
    branches(connection, tmp_path)
    spouse = {"birth": "1963-01-10", "employees_months": 240, "pension_from": "2025-07"}
    pay = [{"year": 2025, "late": 300_000, "late_months": 240}]
    claim = CLAIM | {"employees_months": 240, "averages": pay, "spouse": spouse}
    [made] = decide(connection, tmp_path, claim, day=date(2025, 8, 1))
    (first, _, with_spouse), (second, _, without) = made.figures
    assert (first, second, with_spouse - without) == ("2025-05", "2025-07", 415_900)


def test_a_divorce_splits_from_the_month_after_the_request(
    connection: Connection, tmp_path: Path
) -> None:
    branches(connection, tmp_path)
    [made] = decide(connection, tmp_path, CLAIM | {"split": MARRIED})
    assert [month for month, *_ in made.figures] == ["2025-05", "2025-06"]
    assert (made.figures[0][2], made.figures[1][2] > 60_000) == (0, True)
    assert_recomputed(connection, 1)


def test_a_divorce_by_agreement_gives_each_the_half(connection: Connection, tmp_path: Path) -> None:
    branches(connection, tmp_path)
    months = {"first": "2020-05", "months": 60}
    mine, hers = ([months | {"standard": yen}] for yen in (400_000, 200_000))
    asked = MARRIED | months | {"divorced": "2025-05-01", "share": "0.5", "dependent": []}
    made = decide(
        connection,
        tmp_path,
        CLAIM | {"split": asked | {"role": "first", "other": hers}, "earned": mine},
        CLAIM
        | {"receipt": "R2", "number": number(2), "split": asked | {"other": mine}, "earned": hers},
    )
    before, after = zip(*(one.figures for one in made), strict=True)
    assert before[0][2] > before[1][2] > 0
    assert after[0][2] == after[1][2]
    assert_recomputed(connection, 2)
    # The rates of the year in which the marriage ended are not known for an older one.
    old = asked | {"first": "2010-04", "role": "first", "other": []}
    long_ago = [{"first": "2010-04", "months": 60, "standard": 400_000}]
    claim = CLAIM | {"receipt": "R3", "number": number(3), "split": old, "earned": long_ago}
    assert [one.gap for one in decide(connection, tmp_path, claim)] == ["revaluation"]


def test_lump_sums(connection: Connection, tmp_path: Path) -> None:
    branches(connection, tmp_path)
    death = CLAIM | {"kind": "death_lump", "code": "9950", "deceased": DIED}
    short = death | {"receipt": "R3", "number": number(3)}
    made = decide(
        connection,
        tmp_path,
        death | {"additional_months": 36},
        WIDOW | {"receipt": "R2", "kind": "disability_lump", "number": number(2), "code": "1350"},
        short | {"credits": [{"kind": "paid", "first": "2000-04", "months": 35}]},
    )
    assert [one.lump for one in made] == [278_500, 1_247_600, 0]
    assert made[2].refusal.startswith("credits 0: 36 months paid are the least")
    assert decide(connection, tmp_path, death | {"additional_months": 36}) == made[:1]
    assert made[0].first_paid == "2025-07-15"
    assert_recomputed(connection, 2)


def test_refusals_are_sentences_and_listed(connection: Connection, tmp_path: Path) -> None:
    branches(connection, tmp_path)
    cases: list[tuple[dict[str, Any], str, str]] = [
        (
            WIDOW | {"relation": "husband"},
            "relation husband: an employees'",
            "husbands_and_parents",
        ),
        (WIDOW | {"averages": [PAY[0] | {"year": 2024}]}, "averages for 2025-05", "averages_year"),
        (WIDOW | {"deceased": None}, "deceased, relation None: both must be said", ""),
        (WIDOW | {"code": "1350"}, "code 1350: of survivors it is one of 1450, 6450", ""),
        (WIDOW | {"begun": "2025-04"}, "begun 2025-04-01: a month after the death", ""),
        (WIDOW | {"deceased": DIED | {"is_insured": False}, "credits": []}, "credits 0 months", ""),
        (WIDOW | {"child_births": CHILDREN, "children": 1}, "children 1: either their number", ""),
        (CLAIM | {"kind": "special"}, "sex None: start ages go by man or woman", ""),
        (
            CLAIM
            | {
                "kind": "disability",
                "code": "5350",
                "grade": 2,
                "first_visit": "2015-01-01",
                "birth": "1980-01-01",
                "credits": [
                    {"kind": "unpaid", "first": "2005-04", "months": 100},
                    {"kind": "unpaid", "first": "2014-01", "months": 12},
                ],
            },
            "credits 0 of ",
            "",
        ),
    ]
    claims = [
        case | {"receipt": f"R{place}", "number": number(place + 1)}
        for place, (case, _, _) in enumerate(cases)
    ]
    made = decide(connection, tmp_path, *claims)
    for one, (_, sentence, gap) in zip(made, cases, strict=True):
        assert one.refusal.startswith(sentence), one
        assert one.gap == gap
    decide(connection, tmp_path, *claims)
    query = "SELECT receipt, sentence, coalesce(gap, '') FROM nenkin.refusals ORDER BY receipt"
    assert ask(connection, query) == [(one.receipt, one.refusal, one.gap) for one in made]
    assert ask(connection, "SELECT count(*) FROM nenkin.entitlements") == [(0,)]
    names = [gap.name for gap in gaps()]
    assert {"husbands_and_parents", "averages_year", "one_pension", "income_tax"} <= set(names)
    assert len(names) == len(set(names))


def test_one_of_two_pensions_is_chosen(connection: Connection, tmp_path: Path) -> None:
    branches(connection, tmp_path)
    disabled = {"receipt": "R2", "kind": "disability", "code": "1350", "grade": 2}
    made: list[Decision] = decide(
        connection,
        tmp_path,
        CLAIM,
        CLAIM | disabled,
        WIDOW | {"receipt": "R3", "own": 1},
    )
    assert [one.gap for one in made] == ["", "one_pension", ""]
