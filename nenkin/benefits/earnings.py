"""What a person earned as an employee and the pension proportional to it (報酬比例)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from nenkin.benefits.ages import month_number
from nenkin.benefits.births import Multipliers
from nenkin.benefits.figures import Figures
from nenkin.benefits.refusals import InvalidCase
from nenkin.benefits.rounding import Exact, half_up

__all__ = ["FLOOR_MONTHS", "TOTAL_REMUNERATION", "Earnings", "floored", "former", "proportional"]

# From this month bonuses count in full and the multipliers are lower (総報酬制).
TOTAL_REMUNERATION = month_number(2003, 4)
FLOOR_MONTHS = 300
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Earnings:
    """Revalued remuneration summed over months, to 2003-03 (standard alone) and from 2003-04 on (with bonuses), in yen."""

    before: Exact = 0
    before_months: int = 0
    after: Exact = 0
    after_months: int = 0

    def __post_init__(self) -> None:
        for field, total, months in (
            ("before", self.before, self.before_months),
            ("after", self.after, self.after_months),
        ):
            if total < 0 or months < 0 or (total and not months):
                raise InvalidCase(
                    field, f"{total} in {months} months", "yen of months, neither negative"
                )

    @classmethod
    def of_averages(
        cls, before: Exact = 0, before_months: int = 0, after: Exact = 0, after_months: int = 0
    ) -> Earnings:
        """From averages a month (平均標準報酬月額, 平均標準報酬額)."""
        return cls(before * before_months, before_months, after * after_months, after_months)

    @property
    def months(self) -> int:
        """All months as an employee."""
        return self.before_months + self.after_months


def proportional(figures: Figures, earnings: Earnings, multipliers: Multipliers) -> Exact:
    """A + B: the proportional pension of a year in yen, exact unless a choice rounds on the way."""
    return _sum(figures, earnings, multipliers.before, multipliers.after)


def former(
    figures: Figures, earnings: Earnings, multipliers: Multipliers, rate_permille: int
) -> Exact:
    """The proportional pension at the former level (従前額): the multipliers before 2000 and the rate of a year.

    `earnings` are revalued by the rates of the former level, which are not those of the year.
    """
    exact = _sum(figures, earnings, multipliers.former_before, multipliers.former_after)
    return Fraction(exact * rate_permille, 1000)


def floored(figures: Figures, earnings: Earnings, multipliers: Multipliers) -> Exact:
    """A + B as if of at least 300 months (平12附則20-3); InvalidCase for no month at all."""
    months = earnings.months
    if months == 0:
        raise InvalidCase("earnings", "0 months", "at least one month as an employee")
    exact = proportional(figures, earnings, multipliers)
    return exact if months >= FLOOR_MONTHS else Fraction(exact * FLOOR_MONTHS, months)


def _sum(figures: Figures, earnings: Earnings, before: int, after: int) -> Exact:
    first, second = earnings.before, earnings.after
    if figures.average == "yen":
        first = _by_average(first, earnings.before_months)
        second = _by_average(second, earnings.after_months)
    if figures.steps == "parts":
        return half_up(first * before, _MILLION) + half_up(second * after, _MILLION)
    return Fraction(first * before + second * after, _MILLION)


def _by_average(total: Exact, months: int) -> int:
    return half_up(total, months) * months if months else 0
