"""The old-age employees' pension (老齢厚生年金): proportional, fixed and transitional parts, and from what age."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from nenkin.benefits.births import FIRST_BIRTH, possible_months
from nenkin.benefits.earnings import Earnings, former, proportional
from nenkin.benefits.figures import Figures
from nenkin.benefits.refusals import InvalidCase, NotCovered
from nenkin.benefits.rounding import Exact, half_up
from nenkin.benefits.rules import Rules

__all__ = ["Sex", "StartAges", "fixed_part", "old_age_proportional", "start_ages", "transitional"]

_WOMEN_YEARS_LATER = 5


class Sex(StrEnum):
    """As the law's start ages distinguish."""

    MAN = "man"
    WOMAN = "woman"


@dataclass(frozen=True, slots=True)
class StartAges:
    """From what age a part of the special old-age pension (特別支給) is paid; None: not before 65."""

    fixed: int | None
    proportional: int | None


def start_ages(rules: Rules, birth: date, sex: Sex, is_first_category: bool = True) -> StartAges:
    """By birth; women of the first category as men born five years before, mutual-aid women as men.

    NotCovered for births of the old law.
    """
    if birth < FIRST_BIRTH:
        raise NotCovered("old_law_births", "birth", birth)
    day = birth
    if sex is Sex.WOMAN and is_first_category:
        # 29 February has no twin five years before; bands begin in April, so the 28th does as well.
        leaps = (birth.month, birth.day) == (2, 29)
        day = birth.replace(year=birth.year - _WOMEN_YEARS_LATER, day=28 if leaps else birth.day)
    tables = rules.births.starts
    fixed, part = (tables[name].at(max(day, FIRST_BIRTH)) for name in ("fixed", "proportional"))
    return StartAges(fixed if fixed < 65 else None, part if part < 65 else None)


def old_age_proportional(
    rules: Rules, figures: Figures, birth: date, earnings: Earnings, old: Earnings | None = None
) -> Exact:
    """Yen a year, exact: by the multipliers of birth, or at the former level (従前額保障) where that is higher.

    `old`: the same months revalued at the former level; without it the levels are not compared.
    NotCovered for births of the old law, and for years whose former rate is not known.
    """
    multipliers = figures.births.of(figures.births.multipliers, birth)
    value = proportional(figures, earnings, multipliers)
    if old is None:
        return value
    if old.months != earnings.months:
        raise InvalidCase("old", f"{old.months} months", f"the same {earnings.months} months")
    rate = rules.former_rate(figures.day, birth)
    return max(value, former(figures, old, multipliers, rate))


def fixed_part(figures: Figures, birth: date, months: int) -> Exact:
    """Yen a year of the fixed part (定額部分): unit × factor of birth × months up to the birth's cap.

    NotCovered for births of the old law and before 1999-04.
    """
    births = figures.births
    factor = births.of(births.factors, birth)
    cap = births.of(births.caps, birth)
    unit: Exact = Fraction(figures.band(birth).fixed_unit * factor, 1000)
    if figures.rounds_fixed_unit:
        unit = half_up(unit)
    return unit * min(months, cap)


def transitional(figures: Figures, birth: date, months: int, basic_months: int) -> Exact:
    """Yen a year of the transitional addition (経過的加算, 昭60附則59): the fixed part less its share in the basic pension.

    `basic_months`: those since 1961-04 at ages 20 to 59. Never below 0; NotCovered as `fixed_part`.
    """
    if not 0 <= basic_months <= months:
        raise InvalidCase("basic_months", basic_months, f"from 0 to the {months} months in all")
    possible = possible_months(birth)
    share = Fraction(figures.full(birth) * min(basic_months, possible), possible)
    fixed = fixed_part(figures, birth, months)
    return max(0, figures.amount(fixed) - figures.amount(share))
