"""Days, months, ages and yen as they are written for citizens and clerks."""

from __future__ import annotations

from datetime import date

from nenkin.benefits.ages import first_day

__all__ = ["day_text", "month_text", "months_text", "year_text", "yen_text"]

# First day of each era (元号); before it the years are written by the Christian era alone.
_ERAS = (
    (date(2019, 5, 1), "令和"),
    (date(1989, 1, 8), "平成"),
    (date(1926, 12, 25), "昭和"),
    (date(1912, 7, 30), "大正"),
    (date(1868, 1, 25), "明治"),
)


def year_text(day: date) -> str:
    """The year in its era: `令和7年`, the first one `令和元年`."""
    for first, era in _ERAS:
        if day >= first:
            number = day.year - first.year + 1
            return f"{era}{number if number > 1 else '元'}年"
    return f"{day.year}年"


def day_text(day: date) -> str:
    """`令和7年11月30日`."""
    return f"{year_text(day)}{day.month}月{day.day}日"


def month_text(month: int) -> str:
    """A month by its number (`ages.month_number`): `令和7年11月`."""
    day = first_day(month)
    return f"{year_text(day)}{day.month}月"


def months_text(months: int) -> str:
    """A number of months with the years that they are: `480月（40年）`."""
    years, rest = divmod(months, 12)
    if not years:
        return f"{months}月"
    return f"{months}月（{years}年{f'{rest}月' if rest else ''}）"


def yen_text(amount: int) -> str:
    """`1,234円`."""
    return f"{amount:,}円"
