"""Early and late claims (繰上げ, 繰下げ): what each month changes."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from nenkin.benefits.figures import Figures
from nenkin.benefits.refusals import InvalidCase, NotCovered
from nenkin.benefits.rounding import Exact

__all__ = ["FIRST_CLAIM_BIRTH", "claim_permille", "claimed"]

FIRST_CLAIM_BIRTH = date(1941, 4, 2)


def claim_permille(figures: Figures, birth: date, months: int) -> int:
    """Thousandths added (late, `months` > 0) or taken (early, < 0).

    NotCovered for births before 1941-04-02, InvalidCase for more or fewer months than the birth can have.
    """
    if months == 0:
        return 0
    if birth < FIRST_CLAIM_BIRTH:
        raise NotCovered("early_late_births", "birth", birth)
    kind = "early" if months < 0 else "late"
    rate = figures.births.claims[kind].at(birth)
    if not rate.least <= abs(months) <= rate.most:
        raise InvalidCase(
            "claim_months", months, f"{kind} by {rate.least} to {rate.most} months for this birth"
        )
    return rate.permille * months


def claimed(figures: Figures, value: Exact, permille: int) -> Exact:
    """A pension of `value` with what the claim adds or takes; the product is a named amount of its own."""
    if permille == 0:
        return value
    base = figures.amount(value)
    product = figures.amount(Fraction(base * abs(permille), 1000))
    return base + product if permille > 0 else base - product
