"""Whether a claim has a right at all: its code, months, contributions in order, relation and marriage."""

from __future__ import annotations

from datetime import date

from nenkin.benefits.ages import attained, first_day, month_of
from nenkin.benefits.contribution_test import contribution_test
from nenkin.benefits.eligibility import is_eligible
from nenkin.benefits.refusals import InvalidCase
from nenkin.benefits.rules import Rules
from nenkin.benefits.survivors import Relation, require_relation
from nenkin.benefits.survivors_basic import has_right_with_children
from nenkin.benefits.widows import has_widows_pension
from nenkin.dated import rows
from nenkin.payments.claim import Claim
from nenkin.payments.formula import children_of
from nenkin.payments.record import credits_of, months_of, term_of

__all__ = ["require_right"]

_ORDER = 3  # the fourth digit of a code is the order of awards of one kind
_BASIC_ALONE = ("5350", "6350", "6450")


def require_right(rules: Rules, claim: Claim) -> None:
    """Raises InvalidCase, NotCovered where the claim can have no right."""
    codes = [row["code"] for row in rows("award_codes") if row["kind"] == claim.kind]
    if claim.code[:_ORDER] not in {code[:_ORDER] for code in codes}:
        raise InvalidCase("code", claim.code, f"of {claim.kind} it is one of {', '.join(codes)}")
    if claim.children and claim.child_births:
        raise InvalidCase("children", claim.children, "either their number or their births")
    if claim.spouse is not None and claim.has_spouse:
        raise InvalidCase("has_spouse", True, "either this or what is known of the spouse")
    has_pay = bool(claim.earned or claim.averages)
    if claim.code in _BASIC_ALONE and has_pay:
        raise InvalidCase("code", claim.code, "it is of a basic pension alone, without pay")
    _CHECKS.get(claim.kind, _none)(rules, claim)


def _old_age(rules: Rules, claim: Claim) -> None:
    credit = credits_of(rules, claim)
    day = first_day(claim.begun)
    if not is_eligible(rules, day, claim.birth, credit, claim.employees_months):
        raise InvalidCase(
            "credits",
            f"{credit.eligible} months",
            f"at least {rules.eligibility.at(day)} for an old-age pension",
        )


def _special(rules: Rules, claim: Claim) -> None:
    if claim.claim_months:
        raise InvalidCase("claim_months", claim.claim_months, "a special pension is of its age")
    _old_age(rules, claim)


def _disability(rules: Rules, claim: Claim) -> None:
    if claim.first_visit is not None:
        _require_contributions(rules, claim, claim.birth, claim.first_visit)
    if claim.recognised is not None and claim.begun <= month_of(claim.recognised):
        raise InvalidCase("begun", first_day(claim.begun), "a month after the recognition day")


def _survivors(rules: Rules, claim: Claim) -> None:
    deceased, relation = claim.deceased, claim.relation
    if deceased is None or relation is None:
        raise InvalidCase("deceased, relation", None, "both must be said")
    has_pay = bool(claim.earned or claim.averages)
    if relation is not Relation.HUSBAND or has_pay:
        require_relation(relation)
    counted = term_of(rules, claim)
    if claim.begun <= month_of(deceased.death):
        raise InvalidCase("begun", first_day(claim.begun), "a month after the death")
    if counted == "short" and deceased.is_insured:
        _require_contributions(rules, claim, deceased.birth, deceased.death)
    if relation is Relation.HUSBAND and not has_right_with_children(
        rules, deceased.death, is_husband=True
    ):
        raise InvalidCase("relation", relation, "a husband's right is for deaths since 2014-04-01")
    if not has_pay and not children_of(claim, first_day(claim.begun)):
        raise InvalidCase("children", 0, "a survivors' basic pension asks for a child")


def _widows(rules: Rules, claim: Claim) -> None:
    deceased = claim.deceased
    if deceased is None or claim.marriage_years is None:
        raise InvalidCase("deceased, marriage_years", None, "both must be said")
    months = credits_of(rules, claim)
    # The age is asked of the day on which she is 60, so that a claim may come before.
    day = max(deceased.death, attained(claim.birth, 60))
    husband = months.paid + months.exempt + months.deferred
    if not has_widows_pension(
        rules, day, claim.birth, deceased.death, husband, claim.marriage_years
    ):
        needed = rules.choices.at("widow_husband_months", deceased.death)
        raise InvalidCase(
            "credits, marriage_years",
            f"{husband} months, {claim.marriage_years} years",
            f"{needed} months of the husband, 10 years of marriage, and under 65",
        )


def _require_contributions(rules: Rules, claim: Claim, birth: date, day: date) -> None:
    found = contribution_test(rules, birth, day, months_of(claim))
    if not found.is_met:
        raise InvalidCase(
            "credits",
            f"{found.in_order} of {found.insured} months",
            "two thirds paid or exempt, or no unpaid month in the last year, before the day",
        )


def _none(rules: Rules, claim: Claim) -> None:
    """Nothing is asked beside what the formula asks."""


_CHECKS = {
    "old_age": _old_age,
    "special": _special,
    "disability": _disability,
    "disability_lump": _disability,
    "survivors": _survivors,
    "widows": _widows,
}
