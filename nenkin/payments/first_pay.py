"""The day on which an award is paid first: the 15th of a month or an extra day, as the banks' lead time allows."""

from __future__ import annotations

from datetime import date, timedelta

from nenkin.benefits.ages import first_day
from nenkin.benefits.instalments import pay_month
from nenkin.calendar.pay import first_pay_date, pay_date, pay_dates
from nenkin.dated import Dated
from nenkin.payments.period import lead_days

__all__ = ["extra_days", "first_paid_after"]


def extra_days(day: date) -> tuple[int, ...]:
    """The days of a month on which first payments are made besides the 15th, by the rule of a day."""
    return Dated.read(
        "extra_pay_days",
        lambda row: tuple(int(text) for text in row["days"].split("|") if text),
    ).at(day)


def first_paid_after(
    begun: int | None, decided: date, opened: date | None, extra: tuple[int, ...] | None = None
) -> date:
    """The first pay date that reaches the banks in time, on which something is due, and that no run has opened.

    `begun`: the first month of the right, None for a lump sum, which is due at once; `opened`: the day of the last
    opened run; `extra`: days of a month besides the 15th, by default those of the day decided. Raises NoRule,
    OutsideCalendar.
    """
    days = extra_days(decided) if extra is None else extra
    least = first_pay_date(decided, lead_days(decided), days)
    if begun is not None:
        due = first_day(pay_month(begun))
        least = max(least, pay_date(due.year, due.month))
    if opened is not None:
        least = max(least, opened + timedelta(days=1))
    return next(paid for paid in pay_dates(least, days) if paid >= least)
