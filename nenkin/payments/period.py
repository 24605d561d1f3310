"""The periods that are paid: two months, named by the number of the even month in which they are due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from nenkin.benefits.ages import first_day, month_number, month_of
from nenkin.benefits.instalments import pay_month
from nenkin.calendar.business import business_days_before, is_business_day
from nenkin.calendar.pay import is_regular, pay_date
from nenkin.dated import Dated

__all__ = ["InvalidDay", "PayDay", "lead_days", "month_text", "parse_month", "slot"]

_APRIL = 4
_LEADS = "pay_leads"


class InvalidDay(ValueError):
    """A day on which no run can pay; the message names it and the rule."""


@dataclass(frozen=True, slots=True)
class PayDay:
    """A day on which money arrives: `period` is what a regular one pays, `through` the last period due by then."""

    day: date
    period: int | None
    through: int

    @classmethod
    def of(cls, day: date) -> PayDay:
        """By the calendar: an even month's pay date is regular, any other business day an extra one; InvalidDay."""
        if not is_business_day(day):
            raise InvalidDay(f"pay date {day}: banks are closed; it must be a business day")
        month = month_of(day)
        due = pay_date(day.year, day.month)
        if is_regular(day.month) and day == due:
            return cls(day, month, month)
        if is_regular(day.month) and day > due:
            return cls(day, None, month)
        return cls(day, None, month - 2 if is_regular(day.month) else month - 1)

    def latest_making(self) -> date:
        """The last day on which the banks still take its files."""
        return business_days_before(self.day, lead_days(self.day))

    def require_lead(self, today: date) -> None:
        """InvalidDay where the banks would get the files too late."""
        latest = self.latest_making()
        if today > latest:
            raise InvalidDay(
                f"pay date {self.day}: the banks take its files until {latest}, and it is {today}"
            )


def lead_days(day: date) -> int:
    """How many business days before a pay date the banks want its files, by the rule of a day; NoRule."""
    return Dated.read(_LEADS, lambda row: int(row["days"])).at(day)


def slot(period: int) -> tuple[int, int]:
    """The fiscal year in which a period is due and its place from 1 (April) to 6 (February)."""
    months = period - month_number(0, _APRIL)
    return months // 12, months % 12 // 2 + 1


def year_periods(period: int) -> tuple[int, ...]:
    """The periods of the fiscal year in which one is due, from April's to that one."""
    _, place = slot(period)
    return tuple(range(period - 2 * (place - 1), period + 1, 2))


def periods_between(begun: int, first: int, through: int) -> range:
    """The periods due from a right's first month on, none before `first`, to `through`."""
    return range(max(pay_month(begun), first), through + 1, 2)


def month_text(month: int) -> str:
    """A month's number as 2025-04."""
    return f"{first_day(month):%Y-%m}"


def parse_month(text: str) -> int:
    """The number of a month written 2025-04; ValueError."""
    year, dash, month = text.partition("-")
    if not (dash and len(year) == 4 and len(month) == 2 and (year + month).isdigit()):
        raise ValueError("a month is written 2025-04")
    if not 1 <= int(month) <= 12:
        raise ValueError("a month is written 2025-04")
    return month_number(int(year), int(month))
