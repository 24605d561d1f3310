"""The tables: every figure has a source and a confidence, every gap and choice is named and used."""

from __future__ import annotations

import ast
import re
from datetime import date
from pathlib import Path

import pytest

import nenkin.benefits
from nenkin.benefits.refusals import gaps
from nenkin.benefits.rules import Rules
from nenkin.choices import Choices, InvalidChoice
from nenkin.dated import rows
from tests.nenkin.benefits.rulebook import RULES, YOUNG

PACKAGE = Path(nenkin.benefits.__file__).parent
TABLES = sorted(
    [
        "basic_amounts",
        "special_additions",
        "award_rounding",
        "exemptions",
        "eligibility",
        "claim_rates",
        "multipliers",
        "fixed_factors",
        "fixed_caps",
        "special_starts",
        "transfer_rates",
        "revaluation",
        "former_rates",
        "in_work_limits",
        "death_lumps",
        "recognition_days",
        "benefit_choices",
    ]
)


@pytest.mark.parametrize("name", TABLES)
def test_every_row_has_a_source_and_a_confidence(name: str) -> None:
    for row in rows(name):
        assert row["source"], row
        is_unknown = row["source"].startswith("not known")
        assert row["confidence"] in (("",) if is_unknown else ("V", "v", "D", "G")), row
        for key in ("from", "born_from", "month_from"):
            if key in row:
                date.fromisoformat(row[key])


def test_every_source_code_is_explained() -> None:
    known = {row["source"] for row in rows("benefit_sources")}
    used = set()
    for name in TABLES:
        for row in rows(name):
            used |= set(re.findall(r"\b[A-Z]{2,}[A-Z0-9-]*\b", row["source"]))
    assert used - {"FY2025"} <= known


def test_every_gap_with_a_field_is_refused_somewhere_and_no_other() -> None:
    raised = set()
    for path in PACKAGE.glob("*.py"):
        raised |= set(re.findall(r'NotCovered\(\s*"(\w+)"', path.read_text(encoding="utf-8")))
    assert raised == {gap.name for gap in gaps() if gap.field}
    assert {gap.name for gap in gaps() if not gap.field} == {
        "mutual_aid",
        "new_care_case",
        "reform_2028",
    }
    assert all(gap.rule and gap.source for gap in gaps())


def test_every_choice_is_asked_and_has_an_alternative() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob("*.py"))
    asked = set(re.findall(r'(?:choices\.)?at\(\s*"(\w+)"', text))
    listed = RULES.choices.listed()
    assert {choice.name for choice in listed} <= asked
    assert all(len(choice.alternatives) > 1 for choice in listed)
    uncertain = {choice.name for choice in listed if choice.confidence == "G"}
    assert {"steps", "half_yen_of_stop", "split_records", "split_request_years"} <= uncertain


def test_an_unknown_alternative_is_refused() -> None:
    with pytest.raises(
        InvalidChoice, match="steps is 'twice', which is none of once, amounts, parts"
    ):
        RULES.choosing(steps="twice")


def test_a_row_for_a_new_year_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = PACKAGE.parent / "tables" / "basic_amounts.csv"
    lines = shipped.read_text(encoding="utf-8").splitlines()
    lines[-1] = "2027-04-01,780900,1.100,1.095,1956-04-01,224700,74900,,1628,a test,G"
    (tmp_path / shipped.name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setenv("NENKIN_TABLES", str(tmp_path))
    figures = Rules.read().on(date(2027, 4, 1))
    assert figures.full(YOUNG) == 859_000
    assert figures.children(1) == 247_200


def test_a_choice_of_ones_own_has_to_be_an_alternative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "benefit_choices.csv").write_text(
        "choice,from,value,alternatives,rule,source,confidence\nsteps,1986-04-01,x,once|parts,r,s,G\n"
    )
    monkeypatch.setenv("NENKIN_TABLES", str(tmp_path))
    with pytest.raises(InvalidChoice, match="steps is 'x', which is none of once, parts"):
        Choices.read("benefit_choices")


def test_no_figure_is_a_float() -> None:
    for folder in (PACKAGE, PACKAGE.parent / "recalculation"):
        for path in folder.glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                is_float = isinstance(node, ast.Constant) and isinstance(node.value, float)
                is_divided = isinstance(node, ast.Name) and node.id == "float"
                assert not is_float, f"{path.name}:{node.lineno}"  # type: ignore[attr-defined]
                assert not is_divided, f"{path.name}:{node.lineno}"  # type: ignore[attr-defined]
