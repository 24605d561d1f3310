"""The estate's calendar: business days, pay dates, and the days before one in which nothing is changed."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

__all__ = ["Calendar", "Freeze"]

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Freeze:
    """The days from `since` up to and with `pay_date` in which changes need an override."""

    since: date
    pay_date: date


@dataclass(frozen=True, slots=True)
class Calendar:
    """When offices work and when pensions are paid.

    A pay date on a day that is no business day moves to the business day before it (for Japan's pensions: the
    15th of even months, National Pension Act, article 18, and the ministry's practice).
    """

    country: str
    """ISO 3166 code of the country whose public holidays count."""
    timezone: str
    """Name of the zone (IANA) in which a day begins and ends."""
    pay_months: tuple[int, ...]
    pay_day: int
    freeze_business_days: int
    closed: tuple[tuple[int, int], ...] = ()
    """Days (month, day) on which offices are closed beside Sundays, Saturdays and holidays."""

    def today(self) -> date:
        """The day that it is now where the estate is."""
        return datetime.now(ZoneInfo(self.timezone)).date()

    def is_business_day(self, day: date) -> bool:
        """Whether offices and banks work on that day."""
        if day.weekday() >= 5 or (day.month, day.day) in self.closed:
            return False
        return day not in _holidays(self.country, day.year)

    def business_day_before(self, day: date, count: int = 1) -> date:
        """The business day that lies `count` business days before a day."""
        while count:
            day -= _DAY
            count -= self.is_business_day(day)
        return day

    def pay_date(self, year: int, month: int) -> date:
        """The day on which pensions due in a month are paid, whether or not it is a pay month."""
        day = date(year, month, self.pay_day)
        return day if self.is_business_day(day) else self.business_day_before(day)

    def pay_dates(self, since: date) -> Iterator[date]:
        """Every pay date from a day on, in order, without end."""
        for year in range(since.year, since.year + 1000):
            for month in self.pay_months:
                paid = self.pay_date(year, month)
                if paid >= since:
                    yield paid

    def freeze_on(self, day: date) -> Freeze | None:
        """The change freeze that holds on a day, None where changes are free."""
        if not self.freeze_business_days:
            return None
        paid = next(self.pay_dates(day))
        since = self.business_day_before(paid, self.freeze_business_days)
        return Freeze(since, paid) if since <= day else None


@functools.cache
def _holidays(country: str, year: int) -> frozenset[date]:
    import holidays  # slow to load, and only some verbs ask

    return frozenset(holidays.country_holidays(country, years=year))
