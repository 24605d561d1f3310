"""The year at whose level amounts are told, and remuneration revalued to it by sums instead of month by month."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from nenkin.benefits.ages import month_number
from nenkin.benefits.earnings import TOTAL_REMUNERATION, Earnings
from nenkin.benefits.refusals import NotCovered
from nenkin.benefits.rules import Rules
from nenkin.paper.months import Pay

__all__ = ["Levels", "MissingPay"]

_FIRST_YEAR = 2005
_LAST_MONTH = month_number(2100, 1)


class MissingPay(LookupError):
    """Months as an employee have no standard on record, so what they earn cannot be told; `months` says how many."""

    def __init__(self, first: int, months: int) -> None:
        super().__init__(f"no standard remuneration is on record for {months} months")
        self.first = first
        self.months = months


@dataclass
class Levels:
    """Rates of the years asked for, summed once; use one for many persons."""

    rules: Rules
    _sums: dict[tuple[date, int], tuple[int, list[int]]] = field(default_factory=dict, repr=False)
    _days: dict[tuple[date, int, bool], date] = field(default_factory=dict, repr=False)

    def day(self, birth: date, today: date, has_earnings: bool) -> date:
        """The first day of the last fiscal year up to today whose amounts are known; NotCovered where none is.

        With earnings the rates of that year for the birth must be known too; where no year's are, the amounts decide.
        """
        key = (today, self._band(today, birth), has_earnings)
        if key not in self._days:
            self._days[key] = self._find(birth, today, has_earnings)
        return self._days[key]

    def earnings(
        self, day: date, birth: date, pays: Iterable[Pay], bonuses: Iterable[tuple[int, int]] = ()
    ) -> Earnings:
        """Remuneration at the level of a day; exactly what `Revaluation.earnings` gives for the same months.

        Raises MissingPay, NotCovered.
        """
        begin, sums = self._summed(day, birth)
        totals, months = [0, 0], [0, 0]
        missing = 0
        first_missing = 0
        for pay in pays:
            if pay.standard is None:
                first_missing = first_missing or pay.first
                missing += pay.end - pay.first
                continue
            if pay.first < begin:
                # Says the same as the formulas would.
                self.rules.revaluation.rate(day, birth, pay.first)
            for place, first, end in (
                (0, pay.first, min(pay.end, TOTAL_REMUNERATION)),
                (1, max(pay.first, TOTAL_REMUNERATION), pay.end),
            ):
                if end > first:
                    totals[place] += pay.standard * (sums[end - begin] - sums[first - begin])
                    months[place] += end - first
        if missing:
            raise MissingPay(first_missing, missing)
        for month, bonus in bonuses:
            if month >= TOTAL_REMUNERATION:
                totals[1] += bonus * (sums[month + 1 - begin] - sums[month - begin])
        before, after = (Fraction(total, 1000) for total in totals)
        return Earnings(before, months[0], after, months[1])

    def _summed(self, day: date, birth: date) -> tuple[int, list[int]]:
        key = (day, self._band(day, birth))
        if key not in self._sums:
            rate = self.rules.revaluation.rate
            # A month of which no year says nothing raises what the formulas raise.
            first = rate(day, birth, TOTAL_REMUNERATION) and self._first(day, birth)
            sums = [0]
            for month in range(first, _LAST_MONTH):
                sums.append(sums[-1] + rate(day, birth, month))
            self._sums[key] = (first, sums)
        return self._sums[key]

    def _first(self, day: date, birth: date) -> int:
        months = self.rules.revaluation.years.at(day).at(birth)
        return month_number(months.days[0].year, months.days[0].month)

    def _band(self, day: date, birth: date) -> int:
        years = self.rules.revaluation.years
        if day < years.days[0]:
            return -1
        return bisect_right(years.at(day).days, birth)

    def _find(self, birth: date, today: date, has_earnings: bool) -> date:
        start = today.year if today.month >= 4 else today.year - 1
        known: date | None = None
        for year in range(start, _FIRST_YEAR - 1, -1):
            day = date(year, 4, 1)
            try:
                self.rules.on(day)
                known = known or day
                if has_earnings:
                    self.rules.revaluation.rate(day, birth, TOTAL_REMUNERATION)
            except NotCovered:
                continue
            return day
        if known is None:
            raise NotCovered("unknown_year", "day", today)
        return known
