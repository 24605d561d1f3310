"""Remuneration of past months at the level of the year paid (再評価)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from nenkin.benefits.ages import first_day
from nenkin.benefits.earnings import TOTAL_REMUNERATION, Earnings
from nenkin.benefits.refusals import NotCovered
from nenkin.benefits.rounding import Exact, thousandths
from nenkin.dated import Dated, rows

__all__ = ["Pay", "Revaluation"]


@dataclass(frozen=True, slots=True)
class Pay:
    """The standard remuneration of one month (`ages.month_number`) and the standard bonus paid in it, in yen."""

    month: int
    standard: Exact
    bonus: Exact = 0


@dataclass(frozen=True, slots=True)
class Revaluation:
    """Rates by the year paid, the birth and the month earned; None where a year's are not known."""

    years: Dated[Dated[Dated[int | None]]]

    @classmethod
    def read(cls) -> Revaluation:
        """From the table; ValueError."""
        found: dict[date, dict[date, list[tuple[date, int | None]]]] = {}
        for row in rows("revaluation"):
            year, born, month = (
                date.fromisoformat(row[name]) for name in ("from", "born_from", "month_from")
            )
            rate = thousandths(row["rate"]) if row["rate"] else None
            found.setdefault(year, {}).setdefault(born, []).append((month, rate))
        return cls(
            Dated.of(
                "revaluation",
                (
                    (
                        year,
                        Dated.of(
                            "revaluation",
                            (
                                (born, Dated.of("revaluation", months))
                                for born, months in births.items()
                            ),
                        ),
                    )
                    for year, births in found.items()
                ),
            )
        )

    def rate(self, day: date, birth: date, month: int) -> int:
        """Thousandths for a month earned, paid on a day; NotCovered outside the rates known."""
        if day < self.years.days[0]:
            raise NotCovered("revaluation", "day", day)
        births = self.years.at(day)
        if birth < births.days[0]:
            raise NotCovered("revaluation", "birth", birth)
        months = births.at(birth)
        earned = first_day(month)
        rate = months.at(earned) if earned >= months.days[0] else None
        if rate is None:
            raise NotCovered("revaluation", "month", f"{earned:%Y-%m} paid on {day}")
        return rate

    def earnings(self, day: date, birth: date, pays: Iterable[Pay]) -> Earnings:
        """Months of pay at the level of a day; bonuses count from 2003-04 on. NotCovered as `rate`."""
        totals: list[Exact] = [0, 0]
        months: tuple[set[int], set[int]] = (set(), set())
        for pay in pays:
            place = 1 if pay.month >= TOTAL_REMUNERATION else 0
            earned = pay.standard + pay.bonus if place else pay.standard
            totals[place] += earned * self.rate(day, birth, pay.month)
            months[place].add(pay.month)
        before, after = (_yen(total) for total in totals)
        return Earnings(before, len(months[0]), after, len(months[1]))


def _yen(thousandths_of_yen: Exact) -> Exact:
    value = Fraction(thousandths_of_yen, 1000)
    return value.numerator if value.denominator == 1 else value
