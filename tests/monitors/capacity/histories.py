"""Histories whose end is known: two years of load with weekday, month end, pay day, trend and one step, and how they go on.

Nothing of `monitors` is imported here: what forecasts and what it is judged by share no code but the calendar's.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from inventory.calendar import Calendar

__all__ = ["CALENDAR", "HOURS", "History", "made_up", "write_openmetrics"]

CALENDAR = Calendar(
    country="JP",
    timezone="Asia/Tokyo",
    pay_months=(2, 4, 6, 8, 10, 12),
    pay_day=15,
    freeze_business_days=3,
    closed=((12, 29), (12, 30), (12, 31), (1, 2), (1, 3)),
)
DAYS = 730
FURTHER = 1000
HOURS = (0, 6, 10, 14, 18)
_OVER_THE_DAY = {0: 0.30, 6: 0.35, 10: 1.0, 14: 0.93, 18: 0.55}
"""Share of the day's worst by hour of the estate's zone."""


@dataclass(frozen=True, slots=True)
class History:
    """The worst of each day, before and after the last day that may be seen, and the day on which `limit` is reached."""

    name: str
    since: date
    seen: tuple[float, ...]
    limit: float
    reached: date
    step_on: date
    is_growth_even: bool

    @property
    def until(self) -> date:
        """The last day that may be seen."""
        return self.since + timedelta(days=len(self.seen) - 1)


def made_up(seed: int, since: date = date(2024, 11, 30)) -> History:
    """The history of a seed; whether it grows by the same amount or by the same share each year is drawn too."""
    chance = random.Random(f"capacity/{seed}")
    level = chance.uniform(20, 45)
    grows = chance.uniform(0.08, 0.40)
    is_even = chance.random() < 0.5
    step_at = chance.randrange(60, DAYS - 60)
    step = chance.choice((-1, 1)) * chance.uniform(0.05, 0.20)
    effects = {
        "monday": chance.uniform(0.03, 0.10),
        "friday": chance.uniform(-0.05, 0.05),
        "closed": -chance.uniform(0.5, 0.7),
        "month-end": chance.uniform(0.08, 0.25),
        "pay-day": chance.uniform(0.08, 0.20),
    }
    noise, tie = chance.uniform(0.02, 0.05), chance.uniform(0.0, 0.6)
    paid = _pay_days(since)
    smooth, actual, miss = [], [], 0.0
    for number in range(DAYS + FURTHER):
        day = since + timedelta(days=number)
        years = number / 365.25
        trend = 1 + grows * years if is_even else (1 + grows) ** years
        value = level * (trend + (step if number >= step_at else 0.0))
        value *= 1 + _effect(day, effects, paid)
        miss = tie * miss + chance.gauss(0, noise * (1 - tie**2) ** 0.5)
        smooth.append(value)
        actual.append(value * (1 + miss))
    at = DAYS + chance.randrange(60, 480)
    limit = max(smooth[at - 31 : at])
    while (first := _first(actual, limit)) < DAYS + 20:
        limit *= 1.01
    return History(
        name=f"history-{seed}",
        since=since,
        seen=tuple(actual[:DAYS]),
        limit=round(limit, 6),
        reached=since + timedelta(days=first),
        step_on=since + timedelta(days=step_at),
        is_growth_even=is_even,
    )


def write_openmetrics(path: Path, metric: str, histories: list[History]) -> None:
    """The histories as samples at `HOURS` of each day, in the form that promtool takes."""
    zone = ZoneInfo(CALENDAR.timezone)
    with path.open("w", encoding="utf-8") as file:
        file.write(f"# HELP {metric} Made-up load, percent.\n# TYPE {metric} gauge\n")
        for history in histories:
            for number, worst in enumerate(history.seen):
                day = history.since + timedelta(days=number)
                for hour in HOURS:
                    moment = datetime(day.year, day.month, day.day, hour, tzinfo=zone)
                    second = int(moment.astimezone(UTC).timestamp())
                    value = worst * _OVER_THE_DAY[hour]
                    file.write(f'{metric}{{instance="{history.name}"}} {value:.6f} {second}\n')
        file.write("# EOF\n")


def _effect(day: date, effects: dict[str, float], paid: set[date]) -> float:
    if not CALENDAR.is_business_day(day):
        return effects["closed"]
    found = {0: effects["monday"], 4: effects["friday"]}.get(day.weekday(), 0.0)
    after = day + timedelta(days=1)
    while not CALENDAR.is_business_day(after):
        after += timedelta(days=1)
    found += effects["month-end"] if after.month != day.month else 0.0
    return found + (effects["pay-day"] if day in paid else 0.0)


def _pay_days(since: date) -> set[date]:
    return {
        CALENDAR.pay_date(year, month)
        for year in range(since.year, since.year + 6)
        for month in CALENDAR.pay_months
    }


def _first(values: list[float], limit: float) -> int:
    reached: Iterator[int] = (
        number for number, value in enumerate(values) if number >= DAYS and value >= limit
    )
    return next(reached, len(values))
