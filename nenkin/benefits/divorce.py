"""Splitting remuneration after a divorce: by agreement (合意分割), and of a dependent spouse (3号分割)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction

from nenkin.benefits.ages import add_months, first_day, month_number
from nenkin.benefits.earnings import TOTAL_REMUNERATION
from nenkin.benefits.refusals import InvalidCase, NotCovered
from nenkin.benefits.revaluation import Pay
from nenkin.benefits.rounding import Exact, half_up
from nenkin.benefits.rules import Rules

__all__ = [
    "change_rate",
    "deemed_months",
    "halve",
    "halve_dependent",
    "request_deadline",
    "require_request",
    "share",
    "split",
    "weighed",
]

_THIRD_CATEGORY_FROM = month_number(2008, 4)
_SHARE_DECIMALS = 10**5
_RATE_DECIMALS = 10**7


def weighed(pays: Iterable[Pay], rates: Mapping[int, int]) -> Fraction:
    """T: remuneration of the marriage, revalued (thousandths by month) as at its end, months before 2003-04 × 1.3."""
    total: Exact = 0
    for pay in pays:
        if pay.month < TOTAL_REMUNERATION:
            total += pay.standard * rates[pay.month] * Fraction(13, 10)
        else:
            total += (pay.standard + pay.bonus) * rates[pay.month]
    return Fraction(total, 1000)


def share(agreed: Fraction, first_total: Exact, second_total: Exact) -> Fraction:
    """The share agreed on (按分割合); both it and its bounds to 5 decimals, half up.

    InvalidCase unless above T2/(T1+T2) and at most 1/2."""
    if not 0 <= second_total < first_total:
        raise InvalidCase("second_total", second_total, f"less than the first's {first_total}")
    rounded = Fraction(half_up(agreed * _SHARE_DECIMALS), _SHARE_DECIMALS)
    exact = Fraction(second_total) / (first_total + second_total)
    least = Fraction(half_up(exact * _SHARE_DECIMALS), _SHARE_DECIMALS)
    if not least < rounded <= Fraction(1, 2):
        raise InvalidCase(
            "share", _decimals(rounded, 5), f"above {_decimals(least, 5)} and at most 0.5"
        )
    return rounded


def change_rate(
    agreed: Fraction, first_total: Exact, second_total: Exact, first_by_second: Exact | None = None
) -> Fraction:
    """k (改定割合, 規則78の9) to 7 decimals, half up.

    `first_by_second`: the first's records revalued by the second's rates (T1'); T1 itself where both are of one band.
    """
    p = share(agreed, first_total, second_total)
    other = first_total if first_by_second is None else first_by_second
    rest = 1 - p
    exact = (p - Fraction(second_total) / first_total * rest) / (
        p + Fraction(other) / first_total * rest
    )
    return Fraction(half_up(exact * _RATE_DECIMALS), _RATE_DECIMALS)


def split(
    rules: Rules, day: date, first: Iterable[Pay], second: Iterable[Pay], rate: Fraction
) -> tuple[list[Pay], list[Pay]]:
    """Each month's and bonus' remuneration: the first keeps 1 − k, the second gains k of it; in effect from `day` on.

    Kept to 1/1000 yen or rounded half up to 1 yen, as the choice has it.
    """
    mine = {pay.month: pay for pay in second}
    unit = 1 if rules.choices.at("split_records", day) == "half_up" else 1000
    kept, gained = [], []
    for pay in first:
        own = mine.pop(pay.month, Pay(pay.month, 0))
        kept.append(
            Pay(
                pay.month,
                _to(pay.standard * (1 - rate), unit),
                _to(pay.bonus * (1 - rate), unit),
            )
        )
        gained.append(
            Pay(
                pay.month,
                _to(own.standard + pay.standard * rate, unit),
                _to(own.bonus + pay.bonus * rate, unit),
            )
        )
    return kept, sorted([*gained, *mine.values()], key=_month)


def halve(rules: Rules, day: date, first: Iterable[Pay]) -> tuple[list[Pay], list[Pay]]:
    """Months of a dependent spouse of the third category: half to each, without consent (厚年法78の14).

    NotCovered for months before 2008-04. A split by agreement over such months comes after it (78の20).
    """
    pays = list(first)
    for pay in pays:
        if pay.month < _THIRD_CATEGORY_FROM:
            raise NotCovered("third_category_before_2008", "month", f"{first_day(pay.month):%Y-%m}")
    return split(rules, day, pays, [], Fraction(1, 2))


def halve_dependent(
    rules: Rules, day: date, first: Iterable[Pay], second: Iterable[Pay], dependent: set[int]
) -> tuple[list[Pay], list[Pay]]:
    """Both records with the months of dependence halved: what a split by agreement starts from (78の20)."""
    pays, others = list(first), list(second)
    kept, gained = halve(rules, day, [pay for pay in pays if pay.month in dependent])
    if earned := {pay.month for pay in gained} & {pay.month for pay in others}:
        month = first_day(min(earned))
        raise InvalidCase("month", f"{month:%Y-%m}", "a dependent spouse has no pay of her own")
    rest = [pay for pay in pays if pay.month not in dependent]
    return sorted(kept + rest, key=_month), sorted(gained + others, key=_month)


def deemed_months(first: Iterable[Pay], second: Iterable[Pay]) -> int:
    """Months that only the first had: deemed the second's (離婚時みなし被保険者期間).

    They count for the amount, not for eligibility, the fixed part or the 240 months of a spouse's addition.
    """
    return len({pay.month for pay in first} - {pay.month for pay in second})


def request_deadline(rules: Rules, divorced: date) -> date:
    """The last day on which a split can be asked for."""
    return add_months(divorced, 12 * int(rules.choices.at("split_request_years", divorced)))


def require_request(rules: Rules, divorced: date, requested: date) -> None:
    """InvalidCase for a divorce before 2007-04-01 or a request too late; the split holds from the day requested."""
    if rules.choices.at("agreed_split", divorced) != "granted":
        raise InvalidCase("divorced", divorced, "a split is for divorces since 2007-04-01")
    deadline = request_deadline(rules, divorced)
    if not divorced <= requested <= deadline:
        raise InvalidCase("requested", requested, f"from {divorced} to {deadline}")


def _month(pay: Pay) -> int:
    return pay.month


def _decimals(value: Fraction, digits: int) -> str:
    """A ratio with so many decimals, half up, for a sentence."""
    whole, part = divmod(half_up(value * 10**digits), 10**digits)
    return f"{whole}.{part:0{digits}d}"


def _to(value: Exact, unit: int) -> Exact:
    yen = Fraction(half_up(value * unit), unit)
    return yen.numerator if yen.denominator == 1 else yen
