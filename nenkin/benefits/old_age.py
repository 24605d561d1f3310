"""The old-age basic pension (老齢基礎年金) with the additional pension (付加年金)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from nenkin.benefits.births import possible_months
from nenkin.benefits.claims import claim_permille, claimed
from nenkin.benefits.credits import UNITS, Credits
from nenkin.benefits.figures import Figures
from nenkin.benefits.refusals import InvalidCase
from nenkin.benefits.rounding import Exact, half_up

__all__ = ["additional", "old_age_basic"]

_ADDITIONAL = 200


def old_age_basic(
    figures: Figures,
    birth: date,
    credit: Credits,
    claim_months: int = 0,
    awarded: date | None = None,
) -> int:
    """Yen a year: the full pension × months' worth / 480 (or the birth's possible months), changed by the claim.

    `claim_months`: below 0 early, above 0 late. NotCovered for births of the old law.
    """
    possible = possible_months(birth)
    weighted = credit.weighted(possible, figures.new_months_first)
    value: Exact = Fraction(figures.full(birth) * weighted, UNITS * possible)
    if claim_months:
        value = claimed(figures, value, claim_permille(figures, birth, claim_months))
    return half_up(value, unit=figures.unit(awarded))


def additional(
    figures: Figures,
    birth: date,
    months: int,
    claim_months: int = 0,
    awarded: date | None = None,
) -> int:
    """Yen a year of the additional pension: 200 for each month paid for it, changed by the claim as the choice has it."""
    if months < 0:
        raise InvalidCase("additional_months", months, "not below 0")
    value: Exact = _ADDITIONAL * months
    if claim_months and figures.choices.at("additional_claim", figures.day) == "adjusted":
        value = claimed(figures, value, claim_permille(figures, birth, claim_months))
    return half_up(value, unit=figures.unit(awarded))
