"""The award of one month by the formulas of nenkin.benefits, from the facts of a claim of any kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from nenkin.benefits.additions import (
    FULL_EMPLOYEES_MONTHS,
    SpousePension,
    has_spouse_addition,
    is_dependent_child,
)
from nenkin.benefits.ages import attained, first_day, month_of
from nenkin.benefits.award import (
    Award,
    DisabilityCase,
    OldAgeCase,
    SurvivorsCase,
    award_disability,
    award_old_age,
    award_special,
    award_survivors,
)
from nenkin.benefits.death_lump import death_lump
from nenkin.benefits.disability import disability_lump
from nenkin.benefits.employees import start_ages
from nenkin.benefits.figures import Figures
from nenkin.benefits.refusals import InvalidCase
from nenkin.benefits.rules import Rules
from nenkin.benefits.survivors import Relation, Term, is_own_pension_first
from nenkin.benefits.survivors_basic import survivors_basic_of_spouse
from nenkin.benefits.widows import (
    has_end_after_five_years,
    has_middle_aged_addition,
    widows_pension,
)
from nenkin.payments.claim import Claim, Deceased
from nenkin.payments.gaps import NotAwarded
from nenkin.payments.record import credits_of, earnings_of, months_of, term_of

__all__ = ["award_of", "children_of", "has_spouse_of", "lump_of"]


def award_of(rules: Rules, claim: Claim, month: int, awarded: date) -> Award:
    """Yen a year of the basic and the employees' pension in a month, by the rules of that month.

    Raises InvalidCase, NotCovered, NotAwarded (NoRule).
    """
    return _AWARDS[claim.kind](rules, claim, month, awarded)


def lump_of(rules: Rules, claim: Claim, awarded: date) -> int:
    """Yen, once; raises as `award_of`."""
    if claim.kind == "death_lump":
        deceased = _deceased(claim)
        yen = death_lump(
            rules,
            deceased.death,
            tuple(months_of(claim)),
            claim.additional_months,
            has_survivors_basic=children_of(claim, deceased.death) > 0,
        )
        if yen == 0:
            raise InvalidCase(
                "credits", 0, "36 months paid are the least, and none beside a survivors' pension"
            )
        return yen
    earnings = earnings_of(rules, claim, claim.begun, claim.birth)
    if earnings is None:
        raise InvalidCase("earned", 0, "at least one month as an employee")
    return disability_lump(rules.on(first_day(claim.begun)), claim.birth, earnings, awarded)


def children_of(claim: Claim, day: date) -> int:
    """How many children count on a day."""
    return claim.children + sum(is_dependent_child(birth, day) for birth in claim.child_births)


def has_spouse_of(claim: Claim, figures: Figures) -> bool:
    """Whether the addition for the spouse is due on the figures' day, by what the claim tells of the spouse."""
    spouse = claim.spouse
    if spouse is None:
        return claim.has_spouse
    month = month_of(figures.day)
    has_pension = spouse.pension_from is not None and spouse.pension_from <= month
    pension = SpousePension(
        spouse.employees_months if has_pension else 0,
        spouse.is_suspended,
        spouse.has_disability and has_pension,
    )
    if claim.kind == "disability":
        # Of any months of one's own, and at grade 1 and 2 alone (厚年法50の2).
        is_due = claim.grade in (1, 2)
        own = FULL_EMPLOYEES_MONTHS if is_due else 0
    else:
        own = claim.employees_months
    return has_spouse_addition(figures, own, _counted(spouse.birth, 65, figures.day), pension)


def _old_age_case(rules: Rules, claim: Claim, month: int, awarded: date) -> OldAgeCase:
    day = first_day(month)
    earnings = earnings_of(rules, claim, month, claim.birth)
    is_65 = attained(claim.birth, 65) < day
    return OldAgeCase(
        claim.birth,
        credits_of(rules, claim),
        claim_months=claim.claim_months,
        additional_months=claim.additional_months,
        earnings=earnings,
        employees_months=claim.employees_months,
        basic_months=claim.basic_months,
        employees_claim_months=claim.claim_months if earnings else 0,
        has_spouse=has_spouse_of(claim, rules.on(day)),
        children=children_of(claim, day),
        has_transfer=claim.has_transfer and is_65,
        worked_while_waiting=claim.worked_while_waiting,
        awarded=awarded,
    )


def _old_age(rules: Rules, claim: Claim, month: int, awarded: date) -> Award:
    return award_old_age(rules, first_day(month), _old_age_case(rules, claim, month, awarded))


def _special(rules: Rules, claim: Claim, month: int, awarded: date) -> Award:
    """Before 65 by start age; nothing from the month after 65 is attained, when the right ends."""
    if claim.sex is None:
        raise InvalidCase("sex", None, "start ages go by man or woman")
    day = first_day(month)
    starts = start_ages(rules, claim.birth, claim.sex, claim.is_first_category)
    reached = [
        age is not None and attained(claim.birth, age) < day
        for age in (starts.fixed, starts.proportional)
    ]
    if not any(reached) or attained(claim.birth, 65) < day:
        return Award(0, 0)
    case = _old_age_case(rules, claim, month, awarded)
    return award_special(rules, day, case, with_fixed=reached[0], with_proportional=reached[1])


def _disability(rules: Rules, claim: Claim, month: int, awarded: date) -> Award:
    if claim.grade is None:
        raise InvalidCase("grade", None, "a disability pension has one of 1 to 3")
    day = first_day(month)
    case = DisabilityCase(
        claim.birth,
        claim.grade,
        has_basic=claim.has_basic,
        children=children_of(claim, day),
        earnings=earnings_of(rules, claim, month, claim.birth),
        has_spouse=has_spouse_of(claim, rules.on(day)),
        awarded=awarded,
    )
    return award_disability(rules, day, case)


def _survivors(rules: Rules, claim: Claim, month: int, awarded: date) -> Award:
    deceased, relation = _deceased(claim), claim.relation
    if relation is None:
        raise InvalidCase("relation", None, "wife, husband or child")
    day = first_day(month)
    figures = rules.on(day)
    children = children_of(claim, day)
    if relation is Relation.HUSBAND and not (claim.earned or claim.averages):
        return Award(survivors_basic_of_spouse(figures, claim.birth, children, awarded), 0)
    counted = term_of(rules, claim)
    is_65 = attained(claim.birth, 65) < day
    is_wife = relation is Relation.WIFE
    if is_wife and not children and _is_over(rules, claim, month):
        return Award(0, 0)
    own = claim.own if is_65 and is_wife else None
    if own is not None and not is_own_pension_first(rules, day, deceased.death, claim.birth):
        raise NotAwarded("free_choice", own)
    if relation is Relation.CHILD and not claim.child_births and not claim.children:
        raise InvalidCase("children", 0, "all children with the right, the claimant among them")
    if relation is Relation.CHILD and not children:
        return Award(0, 0)
    ends = [_child_end(birth) for birth in claim.child_births]
    had_children = max(ends) if ends and max(ends) > deceased.death else None
    middle_aged = is_wife and has_middle_aged_addition(
        rules,
        day,
        _counted(claim.birth, 65, day),
        deceased.death,
        counted,
        claim.employees_months,
        children_until=had_children,
        has_survivors_basic=children > 0,
    )
    # The transitional one takes its place at 65, for who had or would have had the other.
    transitional = is_65 and is_wife and not children and _had_addition(claim, counted)
    case = SurvivorsCase(
        _counted(claim.birth, 65, day),
        relation,
        deceased.birth,
        counted,
        basic_children=children,
        earnings=earnings_of(rules, claim, month, deceased.birth),
        heads=children if relation is Relation.CHILD else claim.heads,
        has_widows_addition=middle_aged or transitional,
        own=own,
        awarded=awarded,
    )
    return award_survivors(rules, day, case)


def _widows(rules: Rules, claim: Claim, month: int, awarded: date) -> Award:
    """From 60 to the month in which 65 is attained."""
    deceased, day = _deceased(claim), first_day(month)
    if not attained(claim.birth, 60) < day or attained(claim.birth, 65) < day:
        return Award(0, 0)
    yen = widows_pension(rules.on(day), deceased.birth, credits_of(rules, claim), awarded)
    return Award(yen, 0, (("widow's", yen),))


def _child_end(birth: date) -> date:
    eighteen = attained(birth, 18)
    return date(eighteen.year + (eighteen.month > 3), 3, 31)


def _is_over(rules: Rules, claim: Claim, month: int) -> bool:
    """Whether a young widow's right has ended, five years after the death."""
    deceased = _deceased(claim)
    has_child = bool(claim.children or claim.child_births)
    if not has_end_after_five_years(rules, claim.birth, deceased.death, has_child=has_child):
        return False
    return month > month_of(deceased.death) + 60


def _had_addition(claim: Claim, counted: Term) -> bool:
    return counted is Term.SHORT or claim.employees_months >= FULL_EMPLOYEES_MONTHS


def _counted(birth: date, age: int, day: date) -> date:
    """The birth to ask a month's first day with: an age attained on that very day counts from the month after."""
    return birth + timedelta(days=attained(birth, age) == day)


def _deceased(claim: Claim) -> Deceased:
    if claim.deceased is None:
        raise InvalidCase("deceased", None, "who died must be said")
    return claim.deceased


_AWARDS: Mapping[str, Callable[[Rules, Claim, int, date], Award]] = {
    "old_age": _old_age,
    "special": _special,
    "disability": _disability,
    "survivors": _survivors,
    "widows": _widows,
}
