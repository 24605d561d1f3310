"""Calculation errors of the past, injected one by one into awards of a made population: the recalculation finds them.

Each error is what the first calculation, or the claim that it was told, had wrong in its time (domain.md 1.4).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from nenkin.benefits.award import Award, OldAgeCase
from nenkin.benefits.credits import Credits, Kind
from nenkin.benefits.rules import Rules
from nenkin.payments import formula, timeline
from nenkin.payments.claim import Claim
from nenkin.payments.timeline import Stage, figures_of
from nenkin.recalculation.book import Book
from nenkin.recalculation.comparison import Held, compare
from nenkin.recalculation.couple import Partner
from tests.nenkin.benefits.rulebook import RULES
from tests.nenkin.payments.couples import DECIDED, population

PEOPLE = population(1, 48)
BOOK = Book()
Patch = pytest.MonkeyPatch
Figures = dict[str, list[tuple[int, int, int]]]


def figures(claims: list[Claim]) -> Figures:
    """What the first calculation makes of claims, by receipt."""
    last = DECIDED.year * 12 + DECIDED.month - 1
    found = {}
    for claim in claims:
        made = figures_of(RULES, [Stage(claim.begun, claim)], claim.begun, last, DECIDED)
        found[claim.receipt] = [(one.month, one.award.basic, one.award.employees) for one in made]
    return found


def found_by_recalculation(claims: list[Claim], stands: Figures) -> set[str]:
    """The receipts of awards in which something differs."""
    contents = {claim.receipt: json.loads(claim.content()) for claim in claims}
    found = set()
    for claim in claims:
        own = contents[claim.receipt]
        named = (own.get("spouse") or {}).get("number")
        partners = [
            Partner(one)
            for one in contents.values()
            if one["number"] == named or (one.get("spouse") or {}).get("number") == claim.number
        ]
        held = Held(
            claim.number, claim.code, own, DECIDED, stands[claim.receipt], partners=partners
        )
        if compare(BOOK, held, DECIDED):
            found.add(claim.receipt)
    return found


RIGHT = figures(PEOPLE)


def differing(stands: Figures) -> set[str]:
    """The receipts of awards that are not as they should be."""
    return {receipt for receipt in RIGHT if RIGHT[receipt] != stands[receipt]}


def test_nothing_differs_where_nothing_is_wrong() -> None:
    assert len(PEOPLE) > 120
    assert found_by_recalculation(PEOPLE, RIGHT) == set()


def _whatever_the_spouse_gets(patch: Patch) -> None:
    right = formula.has_spouse_of

    def wrong(claim: Claim, figures: Any) -> bool:
        told = claim.spouse.model_copy(update={"pension_from": None}) if claim.spouse else None
        return right(claim.model_copy(update={"spouse": told}), figures)

    patch.setattr(formula, "has_spouse_of", wrong)


def _without_transfer(patch: Patch) -> None:
    _case(patch, lambda case: replace(case, has_transfer=False))


def _a_month_too_many(patch: Patch) -> None:
    _case(
        patch, lambda case: replace(case, claim_months=min(case.claim_months, -case.claim_months))
    )


def _a_year_older(patch: Patch) -> None:
    right: Callable[..., Any] = vars(timeline)["award_of"]

    def wrong(rules: Rules, claim: Claim, month: int, awarded: date) -> Award:
        birth = claim.birth.replace(year=claim.birth.year - 1, day=min(claim.birth.day, 28))
        found: Award = right(rules, claim.model_copy(update={"birth": birth}), month, awarded)
        return found

    patch.setattr(timeline, "award_of", wrong)


def _counted_twice(patch: Patch) -> None:
    _credits(patch, Kind.COUNTED)


def _unpaid_as_paid(patch: Patch) -> None:
    _credits(patch, Kind.UNPAID)


def _case(patch: Patch, change: Callable[[OldAgeCase], OldAgeCase]) -> None:
    right: Callable[..., Any] = vars(formula)["award_old_age"]

    def wrong(rules: Rules, day: date, case: OldAgeCase) -> Award:
        found: Award = right(rules, day, change(case))
        return found

    patch.setattr(formula, "award_old_age", wrong)


def _credits(patch: Patch, kind: Kind) -> None:
    right: Callable[..., Any] = vars(formula)["credits_of"]

    def wrong(rules: Rules, claim: Claim) -> Credits:
        more = sum(one.months for one in claim.credits if one.kind is kind)
        found: Credits = right(rules, claim)
        return replace(found, paid=found.paid + more)

    patch.setattr(formula, "credits_of", wrong)


# Name, what the programs had wrong, and what of it qualifies.
PROGRAMS: dict[str, Callable[[Patch], None]] = {
    "2003 addition for a spouse kept on": _whatever_the_spouse_gets,
    "2003 transfer addition not paid": _without_transfer,
    "2004 mutual-aid months counted twice": _counted_twice,
    "2009 wrong age": _a_year_older,
    "2009 wrong unpaid months": _unpaid_as_paid,
    "2017 transfer addition lost in processing": _without_transfer,
    "2022 wrong decision on a claim's months": _a_month_too_many,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_error_of_a_program_is_found_in_every_award(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    PROGRAMS[name](monkeypatch)
    stands = figures(PEOPLE)
    wrong = differing(stands)
    assert len(wrong) >= 3, name
    assert found_by_recalculation(PEOPLE, stands) == wrong


def test_a_spouse_keyed_wrong_is_found_where_the_spouse_has_a_pension() -> None:
    """2005: birth dates of spouses in the master of recipients; who has no pension of her own is on no other claim."""
    keyed = [
        claim.with_facts({"spouse": {**claim.spouse.model_dump(), "birth": date(1975, 1, 1)}})
        if claim.kind == "old_age" and claim.spouse and not claim.has_transfer
        else claim
        for claim in PEOPLE
    ]
    stands = figures(keyed)
    wrong = differing(stands)
    found = found_by_recalculation(keyed, stands)
    numbers = {claim.number for claim in keyed}
    known = {claim.receipt for claim in keyed if claim.spouse and claim.spouse.number in numbers}
    assert len(wrong & known) >= 3
    assert found >= wrong & known
    assert not found & (wrong - known)


def test_a_transfer_addition_that_one_side_told_of_is_found() -> None:
    """2017: the data of one side did not reach the other; 2017 without notice of either: nothing tells of it."""
    hers = [_unlinked(claim) if claim.has_transfer else claim for claim in PEOPLE]
    stands = figures(hers)
    wrong = differing(stands)
    assert len(wrong) >= 3
    assert found_by_recalculation(hers, stands) == wrong
    neither = [_unlinked(claim) for claim in PEOPLE]
    stands = figures(neither)
    transfers = {claim.receipt for claim in PEOPLE if claim.has_transfer}
    assert differing(stands) >= transfers
    assert found_by_recalculation(neither, stands) == set()


def _unlinked(claim: Claim) -> Claim:
    return claim.with_facts({"spouse": None, "has_transfer": False})
