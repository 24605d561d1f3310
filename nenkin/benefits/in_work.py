"""What of an old-age employees' pension stops while its recipient works (在職老齢年金), by month."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from nenkin.benefits.ages import attained, first_day
from nenkin.benefits.refusals import InvalidCase, NotCovered
from nenkin.benefits.rounding import Exact, half_up

if TYPE_CHECKING:
    from nenkin.benefits.rules import Rules

__all__ = ["InWorkRow", "WorkMonth", "monthly_stop", "payable_changes", "payable_of_year"]


@dataclass(frozen=True, slots=True)
class InWorkRow:
    """Limits in yen a month: `lower` for 60 to 64 (None since 2022-04), and from which birth 70 and over count."""

    lower: tuple[int, int] | None
    limit: int
    over_70_born_from: date | None

    @classmethod
    def parse(cls, row: Mapping[str, str]) -> InWorkRow | None:
        """None where the limit of a year is not known."""
        if not row["limit"]:
            return None
        lower = row["lower_start"]
        born = row["over_70_born_from"]
        return cls(
            (int(lower), int(row["lower_limit"])) if lower else None,
            int(row["limit"]),
            date.fromisoformat(born) if born else None,
        )


@dataclass(frozen=True, slots=True)
class WorkMonth:
    """A month at work: standard remuneration, and bonuses of the last 12 months, in yen."""

    month: int
    standard: int
    bonuses: int = 0


def monthly_stop(rules: Rules, birth: date, work: WorkMonth, pension: Exact) -> Fraction:
    """Yen stopped of one month, exact, at most the month's pension.

    `pension`: a year's, without additions, late-claim increase and transitional addition (厚年法46, 昭60附則62).
    NotCovered before 2005-04 and where the limit is not known.
    """
    if min(work.standard, work.bonuses, pension) < 0:
        raise InvalidCase("work", f"{work.standard}, {work.bonuses}", "yen not below 0")
    row = _row(rules, work.month)
    start = first_day(work.month)
    base = Fraction(pension, 12)
    pay = Fraction(12 * work.standard + work.bonuses, 12)
    # The pension of a month belongs to the age attained before the month: 65 is paid from the month after.
    if attained(birth, 70) < start and not (
        row.over_70_born_from and birth >= row.over_70_born_from
    ):
        return Fraction(0)
    if row.lower and attained(birth, 65) >= start:
        stop = _lower(base, pay, *row.lower)
    else:
        stop = max(Fraction(0), (pay + base - row.limit) / 2)
    return min(stop, base)


def payable_of_year(
    rules: Rules, birth: date, work: WorkMonth, pension: Exact, additions: int = 0, kept: int = 0
) -> int:
    """Yen a year payable by the terms of one month: pension less stop, `kept` parts, and additions unless all stopped.

    `kept`: transitional addition and late-claim increase, which never stop. The half yen of the stop goes by a choice.
    """
    stop = 12 * monthly_stop(rules, birth, work, pension)
    if pension and stop >= pension:
        return kept
    day = first_day(work.month)
    yen = half_up(stop) if rules.choices.at("half_yen_of_stop", day) == "half_up" else stop // 1
    return half_up(max(pension - yen, 0)) + kept + additions


def payable_changes(
    rules: Rules,
    birth: date,
    works: Iterable[WorkMonth],
    pension: Sequence[tuple[int, int]],
    additions: int = 0,
    kept: int = 0,
) -> list[tuple[int, int]]:
    """Month by month what is payable, as months from which a yearly amount holds: ready for `instalments`.

    `pension`: such changes of the whole pension. A month without work pays it whole.
    """
    by_month = {work.month: work for work in works}
    starts = {month for month, _ in pension} | by_month.keys() | {month + 1 for month in by_month}
    changes: list[tuple[int, int]] = []
    months = [month for month, _ in pension]
    for month in sorted(starts):
        place = bisect_right(months, month)
        if place == 0:
            continue
        whole = pension[place - 1][1]
        yen = whole + additions + kept if whole else 0
        if whole and month in by_month:
            yen = payable_of_year(rules, birth, by_month[month], whole, additions, kept)
        if not changes or changes[-1][1] != yen:
            changes.append((month, yen))
    return changes


def _row(rules: Rules, month: int) -> InWorkRow:
    day = first_day(month)
    if day < rules.in_work.days[0]:
        raise NotCovered("in_work_before_2005", "month", f"{day:%Y-%m}")
    row = rules.in_work.at(day)
    if row is None:
        raise NotCovered("in_work_unknown_limit", "month", f"{day:%Y-%m}")
    return row


def _lower(base: Fraction, pay: Fraction, start: int, limit: int) -> Fraction:
    """The rule for 60 to 64 until 2022-03: four cases by whether pension and pay exceed their limits."""
    if pay + base <= start:
        return Fraction(0)
    over = max(pay - limit, Fraction(0))
    pay = min(pay, Fraction(limit))
    if base <= start:
        return (pay + base - start) / 2 + over
    return pay / 2 + over
