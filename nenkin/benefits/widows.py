"""What widows have besides: additions (中高齢寡婦加算, 経過的寡婦加算), the widow's pension (寡婦年金), an end (若年)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from nenkin.benefits.ages import age_on, attained, birth_year
from nenkin.benefits.births import possible_months
from nenkin.benefits.credits import UNITS, Credits
from nenkin.benefits.figures import Figures
from nenkin.benefits.rounding import half_up
from nenkin.benefits.rules import Rules
from nenkin.benefits.survivors import Term

__all__ = [
    "has_end_after_five_years",
    "has_middle_aged_addition",
    "has_widows_pension",
    "middle_aged_addition",
    "transitional_addition",
    "widows_pension",
]

_LEAST_EMPLOYEES_MONTHS = 240
_LAST_TRANSITIONAL_BIRTH = date(1956, 4, 1)
_TEN_YEARS = 10


def has_middle_aged_addition(
    rules: Rules,
    day: date,
    birth: date,
    death: date,
    counted: Term,
    deceased_months: int,
    *,
    children_until: date | None = None,
    has_survivors_basic: bool = False,
) -> bool:
    """Whether a widow has the addition on a day: under 65, old enough at the death or when her children's right ended.

    Long-term asks for 240 employees' months of the husband; it stops while a survivors' basic pension is payable.
    """
    if has_survivors_basic or day >= attained(birth, 65):
        return False
    if counted is Term.LONG and deceased_months < _LEAST_EMPLOYEES_MONTHS:
        return False
    least = int(rules.choices.at("middle_aged_widow", death))
    reached = max(death, children_until) if children_until else death
    return age_on(birth, reached) >= least


def middle_aged_addition(figures: Figures, birth: date) -> int:
    """Yen a year: the 3/4 amount, in 100 yen (厚年法62)."""
    return figures.band(birth).three_quarters


def transitional_addition(figures: Figures, birth: date, awarded: date | None = None) -> int:
    """Yen a year from 65 on for widows born to 1956-04-01: the 3/4 amount less a share of the full pension, by birth.

    The share is 12n / (300 + 12n, at most 480), n years after 1926, and its product is rounded to 1 yen before it is
    taken off (昭60附則73, table 9): rounding the end alone gives 1 yen more for eight births.
    """
    if birth > _LAST_TRANSITIONAL_BIRTH:
        return 0
    band = figures.band(birth)
    years = max(0, birth_year(birth) - 1926)
    months = 12 * years
    share = half_up(band.full * months, min(480, 300 + months))
    return half_up(max(0, band.three_quarters - share), unit=figures.unit(awarded))


def has_end_after_five_years(rules: Rules, birth: date, death: date, *, has_child: bool) -> bool:
    """Whether a widow's right ends five years after the death: under 30 without a child, since 2007-04."""
    is_young = age_on(birth, death) < 30
    return is_young and not has_child and rules.choices.at("young_widow", death) == "five_years"


def has_widows_pension(
    rules: Rules, day: date, birth: date, death: date, husband_months: int, marriage_years: int
) -> bool:
    """Whether a widow of 60 to 64 has the pension: 10 years of the husband (25 before 2017-08) and of marriage.

    She chooses between it and the lump sum at death.
    """
    is_of_age = attained(birth, 60) <= day < attained(birth, 65)
    needed = int(rules.choices.at("widow_husband_months", death))
    return is_of_age and husband_months >= needed and marriage_years >= _TEN_YEARS


def widows_pension(
    figures: Figures, husband_birth: date, credit: Credits, awarded: date | None = None
) -> int:
    """Yen a year: 3/4 of the old-age basic pension of the husband's months of the first category alone (国年法50)."""
    possible = possible_months(husband_birth)
    weighted = credit.weighted(possible, figures.new_months_first)
    basic = figures.amount(Fraction(figures.full(husband_birth) * weighted, UNITS * possible))
    return half_up(Fraction(basic * 3, 4), unit=figures.unit(awarded))
