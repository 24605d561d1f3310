"""Japan's public holidays (国民の祝日 and 休日) by the rules of the law, 2000 to 2050.

The dates of the law are rows of the table `holidays`; a row holds for whole years. A date moved or set for one year
(2019 to 2021) is a row of that year and another of the next.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

from nenkin.dated import Dated, rows

FIRST_YEAR, LAST_YEAR = 2000, 2050
SUBSTITUTE = "振替休日"
CITIZENS = "国民の休日"
_DAY = timedelta(days=1)
_SUNDAY = 6
# 平成17年法律43号: from 2007 a substitute steps over the holidays that follow a Sunday's holiday.
_REFORM = 2007
# The days of the equinoxes for 1980 to 2099 (暦計算研究会編「新こよみ便利帳」); the law leaves each year's to the
# observatory's notice of the February before, which has never differed from them.
_EQUINOX = {"spring-equinox": (3, 20.8431), "autumn-equinox": (9, 23.2488)}


class OutsideCalendar(LookupError):
    """The year lies outside those for which the rules are known."""


def holidays(year: int) -> dict[date, str]:
    """The public holidays of a year with their names, in order; raises OutsideCalendar."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise OutsideCalendar(
            f"no rule for the holidays of {year}: the calendar holds {FIRST_YEAR} to {LAST_YEAR}"
        )
    return dict(_holidays(year))


def holiday(day: date) -> str | None:
    """The name of the holiday on a day, None on any other; raises OutsideCalendar."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return holidays(day.year).get(day)
    return _holidays(day.year).get(day)


@cache
def _holidays(year: int) -> dict[date, str]:
    named = _named(year)
    found = dict(named)
    # 法3条2: what falls on a Sunday is made up for by the day after (since 2007: by the next that is none itself).
    for day in named:
        if day.weekday() == _SUNDAY:
            made_up = day + _DAY
            while year >= _REFORM and made_up in named:
                made_up += _DAY
            found.setdefault(made_up, SUBSTITUTE)
    # 法3条3: a day between two holidays of the law is one too, if it is not one already (nor, before 2007, a Sunday).
    for day in named:
        between = day + _DAY
        is_free = between not in found and (year >= _REFORM or between.weekday() != _SUNDAY)
        if is_free and between + _DAY in named:
            found[between] = CITIZENS
    return dict(sorted(found.items()))


def _named(year: int) -> dict[date, str]:
    named = {}
    for table in _rules():
        new_year = date(year, 1, 1)
        day = table.at(new_year)(year) if table.days[0] <= new_year else None
        if day is not None:
            named[day] = table.name
    return named


@cache
def _rules() -> tuple[Dated[Callable[[int], date | None]], ...]:
    pairs: dict[str, list[tuple[date, Callable[[int], date | None]]]] = {}
    for row in rows("holidays"):
        begins = date.fromisoformat(row["from"])
        pairs.setdefault(row["holiday"], []).append((begins, _rule(row["rule"])))
    return tuple(Dated.of(name, of_name) for name, of_name in pairs.items())


def _rule(text: str) -> Callable[[int], date | None]:
    """The day of a year that a rule names: `MM-DD`, `MM-monday-K`, an equinox or `none`; ValueError."""
    if text == "none":
        return lambda year: None
    if text in _EQUINOX:
        month, base = _EQUINOX[text]
        return lambda year: date(year, month, _equinox(base, year))
    month_text, _, rest = text.partition("-")
    month = int(month_text)
    if rest.startswith("monday-"):
        weeks = int(rest.removeprefix("monday-")) - 1
        return lambda year: _monday(year, month, weeks)
    day = int(rest)
    return lambda year: date(year, month, day)


def _monday(year: int, month: int, weeks: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=-first.weekday() % 7 + 7 * weeks)


def _equinox(base: float, year: int) -> int:
    return int(base + 0.242194 * (year - 1980)) - (year - 1980) // 4
