"""The days on which pensions are paid: the 15th, or the last business day before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from nenkin.calendar.business import business_days_before, previous_or_same

_PAY_DAY = 15


def pay_date(year: int, month: int) -> date:
    """The pay date of a month: even months pay instalments, odd ones first payments and arrears."""
    return previous_or_same(date(year, month, _PAY_DAY))


def is_regular(month: int) -> bool:
    """Whether instalments are paid in a month: the even ones."""
    return month % 2 == 0


def months_paid(year: int, month: int) -> tuple[date, date]:
    """The first days of the two months whose pension is paid in an even month; ValueError in an odd one."""
    if not is_regular(month):
        raise ValueError(f"month {month}: instalments are paid in even months")
    before = date(year - 1, 12, 1) if month == 2 else date(year, month - 2, 1)
    return before, before.replace(month=before.month + 1) if month > 2 else date(year, 1, 1)


def pay_dates(since: date, extra: Sequence[int] = ()) -> Iterator[date]:
    """All pay dates in order, from the month of a day on: each month's, and those for `extra` days of a month.

    An extra day on which banks are closed is paid on the last business day before it; raises OutsideCalendar.
    """
    year, month = since.year, since.month
    while True:
        extras = (previous_or_same(date(year, month, day)) for day in extra)
        yield from sorted({pay_date(year, month), *extras})
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def first_pay_date(decided: date, lead: int, extra: Sequence[int] = ()) -> date:
    """The first pay date that an award of a day still reaches, when banks get their files `lead` business days before."""
    return next(
        paid for paid in pay_dates(decided, extra) if business_days_before(paid, lead) >= decided
    )
