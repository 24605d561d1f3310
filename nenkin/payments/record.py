"""What months and pay of a claim are worth: credits, a year's earnings, a divorce split, the term of a death."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from nenkin.benefits.ages import first_day
from nenkin.benefits.credits import Credits
from nenkin.benefits.credits import Run as Months
from nenkin.benefits.disability import counted_pays
from nenkin.benefits.divorce import change_rate, halve_dependent, require_request, split, weighed
from nenkin.benefits.earnings import Earnings
from nenkin.benefits.refusals import InvalidCase
from nenkin.benefits.revaluation import Pay
from nenkin.benefits.rules import Rules
from nenkin.benefits.survivors import Term, is_short_term, term
from nenkin.payments.claim import Claim, Earned, Share
from nenkin.payments.gaps import NotAwarded
from nenkin.payments.period import month_text

__all__ = ["credits_of", "earnings_of", "months_of", "term_of"]

_APRIL = 3


def months_of(claim: Claim) -> list[Months]:
    """The months of the national pension."""
    return [Months(one.kind, one.first, one.months) for one in claim.credits]


def credits_of(rules: Rules, claim: Claim) -> Credits:
    """Their worth; InvalidCase where they overlap."""
    return rules.exemptions.credits(months_of(claim))


def earnings_of(rules: Rules, claim: Claim, month: int, birth: date) -> Earnings | None:
    """Pay at the level of a month's year, of who was born then; None where there is none.

    From averages of that year where the claim gives averages; NotAwarded for a year that it gives none of.
    """
    if claim.earned and claim.averages:
        raise InvalidCase("averages", len(claim.averages), "either they or earned months")
    if claim.averages:
        year = (month - _APRIL) // 12
        for one in claim.averages:
            if one.year == year:
                return Earnings.of_averages(one.early, one.early_months, one.late, one.late_months)
        raise NotAwarded("averages_year", f"for {month_text(month)}")
    if not claim.earned and claim.split is None:
        return None
    pays = _pays("earned", claim.earned)
    if claim.split is not None and month >= _after(claim.split):
        pays = _divided(rules, claim.split, pays, birth)
    if claim.kind in ("disability", "disability_lump") and claim.recognised is not None:
        pays = counted_pays(pays, claim.recognised)
    return rules.revaluation.earnings(first_day(month), birth, pays) if pays else None


def term_of(rules: Rules, claim: Claim) -> Term:
    """By which rule a death counts; InvalidCase where by none."""
    deceased = claim.deceased
    if deceased is None:
        raise InvalidCase("deceased", None, "who died must be said")
    is_short = is_short_term(
        deceased.death,
        is_insured=deceased.is_insured,
        first_visit=deceased.first_visit,
        disability_grade=deceased.grade,
    )
    credit = credits_of(rules, claim)
    found = term(rules, deceased.death, credit, is_short=is_short, wants_long=deceased.wants_long)
    if found is None:
        raise InvalidCase(
            "credits",
            f"{credit.eligible} months",
            "a death while insured, within five years of a first visit, with grade 1 or 2, or 300 months",
        )
    return found


def _divided(rules: Rules, asked: Share, own: list[Pay], birth: date) -> list[Pay]:
    """One's pay after the split of a divorce; both sides must be of births whose rates are known."""
    require_request(rules, asked.divorced, asked.requested)
    end = asked.first + asked.months
    inside = [pay for pay in own if asked.first <= pay.month < end]
    outside = [pay for pay in own if not asked.first <= pay.month < end]
    other = _pays("split.other", asked.other)
    if any(not asked.first <= pay.month < end for pay in other):
        raise InvalidCase("split.other", f"{len(other)} months", "months of the marriage alone")
    first, second = (inside, other) if asked.role == "first" else (other, inside)
    births = (birth, asked.other_birth) if asked.role == "first" else (asked.other_birth, birth)
    if asked.dependent:
        months = {start + place for start, count in asked.dependent for place in range(count)}
        first, second = halve_dependent(rules, asked.requested, first, second, months)
    if asked.share is not None:
        last = first_day(end - 1)
        totals = [
            weighed(
                pays, {pay.month: rules.revaluation.rate(last, born, pay.month) for pay in pays}
            )
            for pays, born in ((first, births[0]), (second, births[1]), (first, births[1]))
        ]
        rate = change_rate(Fraction(asked.share), totals[0], totals[1], totals[2])
        first, second = split(rules, asked.requested, first, second, rate)
    mine = first if asked.role == "first" else second
    return sorted([*outside, *mine], key=lambda pay: pay.month)


def _after(asked: Share) -> int:
    """The month after the request, from which on the split holds."""
    return asked.requested.year * 12 + asked.requested.month


def _pays(field: str, earned: Iterable[Earned]) -> list[Pay]:
    pays = [
        Pay(one.first + place, one.standard, one.bonus)
        for one in earned
        for place in range(one.months)
    ]
    if len({pay.month for pay in pays}) != len(pays):
        raise InvalidCase(field, f"{len(pays)} months", "each month stands once")
    return pays
