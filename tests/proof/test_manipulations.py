"""Whatever is done to a chain is found, as data/manipulations.yml says; a second verifier agrees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from proof import parse_trust, trust_file, verify
from proof.findings import KINDS, Report
from tests.proof.example import TRUST, TRUSTED
from tests.proof.forge import OPERATIONS, Forgery
from tests.proof.naive import is_sound

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "data" / "manipulations.yml").read_text(encoding="utf-8")
)
FOUND = [case for case in CASES if "find" in case]


def found(report: Report) -> list[str]:
    """Write each finding as the cases do: the kind, and the number of the entry or the place."""
    places = ((f.kind, f.where.removeprefix("entry ")) for f in report.findings)
    return [
        kind if kind in {"no-head", "old-head"} else f"{kind} {where}" for kind, where in places
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_manipulation_is_found(case: dict[str, Any]) -> None:
    forgery = Forgery().apply(case["do"])
    report = verify(forgery.records(), forgery.head, TRUST, expected_head=forgery.kept)
    assert sorted(found(report)) == sorted(case.get("find", []))
    assert report.is_sound == ("find" not in case)
    assert all(finding.sentence for finding in report.findings)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_second_verifier_agrees(case: dict[str, Any]) -> None:
    forgery = Forgery().apply(case["do"])
    agreed = is_sound(forgery.records(), forgery.head, trust_file(TRUSTED), forgery.kept)
    assert agreed == ("find" not in case)


def test_there_are_enough_manipulations_and_each_is_another() -> None:
    assert len(FOUND) >= 60
    assert len({case["name"] for case in CASES}) == len(CASES)
    assert len({str(case["do"]) for case in CASES}) == len(CASES)
    assert all(("find" in case) != ("why" in case) for case in CASES)


def test_every_operation_and_every_kind_is_met() -> None:
    used = {name for case in CASES for operation in case["do"] for name in operation}
    assert used == OPERATIONS.keys()
    kinds = {text.partition(" ")[0] for case in FOUND for text in case["find"]}
    assert kinds == set(KINDS) - {"aside"}  # tests/proof/test_recovery.py has that one


def test_the_trust_file_says_the_same_as_the_trust() -> None:
    assert parse_trust(trust_file(TRUSTED)) == TRUST
