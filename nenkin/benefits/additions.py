"""Additions to an old-age pension for spouse and children (加給年金), and to the spouse's own (振替加算)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from nenkin.benefits.ages import attained
from nenkin.benefits.births import FIRST_BIRTH
from nenkin.benefits.figures import Figures
from nenkin.benefits.rounding import half_up

__all__ = [
    "FULL_EMPLOYEES_MONTHS",
    "SpousePension",
    "has_spouse_addition",
    "is_dependent_child",
    "old_age_additions",
    "transfer_addition",
]

FULL_EMPLOYEES_MONTHS = 240


@dataclass(frozen=True, slots=True)
class SpousePension:
    """What the spouse can get: employees' months of an old-age pension, whether that is wholly suspended, disability."""

    months: int = 0
    is_suspended: bool = False
    has_disability: bool = False


def is_dependent_child(birth: date, day: date, is_disabled: bool = False) -> bool:
    """Whether someone is a child by law on a day: to 31 March after attaining 18, or under 20 with grade 1 or 2."""
    eighteen = attained(birth, 18)
    end = date(eighteen.year + (eighteen.month > 3), 3, 31)
    return day <= end or (is_disabled and day < attained(birth, 20))


def has_spouse_addition(
    figures: Figures,
    own_months: int,
    spouse_birth: date,
    pension: SpousePension,
    *,
    is_special_term: bool = False,
    ran_in_march_2022: bool = False,
) -> bool:
    """Whether the recipient of an old-age pension has the addition for a spouse on the figures' day.

    Asks for 240 own months (or the shorter special term), a spouse under 65 without a 240-month or disability pension;
    a wholly suspended one stops it since 2022-04, but not where the addition ran in March 2022 (厚年法46-6).
    """
    if own_months < FULL_EMPLOYEES_MONTHS and not is_special_term:
        return False
    if figures.day >= attained(spouse_birth, 65) or pension.has_disability:
        return False
    if pension.months < FULL_EMPLOYEES_MONTHS:
        return True
    stops = figures.choices.at("suspended_spouse_pension", figures.day) == "stops"
    return pension.is_suspended and (ran_in_march_2022 or not stops)


def old_age_additions(
    figures: Figures, birth: date, *, has_spouse: bool = False, children: int = 0
) -> int:
    """Yen a year: for the spouse with the special addition of the recipient's birth, and for children."""
    spouse = figures.spouse() + figures.special(birth) if has_spouse else 0
    return spouse + figures.children(children)


def transfer_addition(
    figures: Figures, birth: date, own_months: int, awarded: date | None = None
) -> int:
    """Yen a year added to the spouse's own basic pension from 65: none for 240 own months or births outside 1926 to 1966.

    The 100-yen amount × the rate of birth; to 2015-09 the product too is in 100 yen.
    """
    if own_months >= FULL_EMPLOYEES_MONTHS or birth < FIRST_BIRTH:
        return 0
    rate = figures.births.transfers.at(birth)
    return half_up(Fraction(figures.spouse() * rate, 1000), unit=figures.unit(awarded))
