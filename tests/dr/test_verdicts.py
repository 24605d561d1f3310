"""Every hand-made drill gets the verdict in its file: a judge that cannot fail proves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from dr.fates import BAD_FATES
from dr.judge import judge
from tests.dr.cases import CASES, evidence_of, load_case


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_verdict_of_case(path: Path) -> None:
    case = load_case(path)
    evidence = evidence_of(case)
    verdict = judge(evidence)
    expected = case["expect"]
    found = {
        "verdict": verdict.decision,
        "reasons": list(verdict.reasons),
        "fates": {fate: count for fate, count in verdict.fates.items() if count},
        "violations": [[v.id, v.fate, v.office] for v in verdict.violations],
        "rto_s": verdict.rto_s,
        "people_s": _rounded(verdict.people_s),
        "rto_without_people_s": _rounded(verdict.rto_without_people_s),
        "two_writers_s": {name: round(s, 1) for name, s in verdict.two_writers_s.items()},
        "no_writer_s": {name: round(s, 1) for name, s in verdict.no_writer_s.items()},
        "problems": [str(problem) for problem in evidence.history_problems],
    }
    assert {key: found[key] for key in expected} == expected
    assert {"verdict", "reasons"} <= set(expected), "a case says both"


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def test_every_bad_fate_has_a_case_that_fails() -> None:
    seen: set[str] = set()
    for path in CASES:
        expected = load_case(path)["expect"]
        if expected["verdict"] == "failed":
            seen |= set(expected.get("fates", {}))
    assert seen >= BAD_FATES | {"acked_at_risk"}
