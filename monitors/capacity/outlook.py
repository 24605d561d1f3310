"""The outlook of an estate: each measure of each host and service, when its limit is reached, beside `predict_linear`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from inventory import Estate
from inventory.capacity import Measure
from monitors.capacity.forecast import LEAST_DAYS, Forecast, forecast
from monitors.capacity.prometheus import Prometheus
from monitors.capacity.series import Series

__all__ = ["STRAIGHT_DAYS", "Outlook", "look_ahead", "outlook_of"]

STRAIGHT_DAYS = 90
"""Days that `predict_linear` looks back."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """One series of one measure; days are None where the limit is not reached within three years (ten by the line)."""

    measure: str
    title: str
    title_ja: str
    of: str
    name: str
    owner: str
    unit: str
    limit: float
    last: float
    """The worst of the last 28 days."""
    days_known: int
    is_too_short: bool
    earliest: date | None = None
    middle: date | None = None
    latest: date | None = None
    reached: float = 0.0
    straight: date | None = None
    steps: tuple[date, ...] = ()
    yearly_growth_percent: float = 0.0
    business_growth_percent: float = 0.0
    forecast: Forecast | None = None

    @property
    def sentence(self) -> str:
        """What the owner must know."""
        return (
            f"{self.measure} of {self.name}: {self.limit:g} {self.unit} may be reached from {self.earliest} on, "
            f"likely about {self.spell('middle')}, by {self.spell('latest')} with 90 %; {self.owner} decides what gives"
        )

    def spell(self, which: str) -> str:
        """A day, or that there is none."""
        day: date | None = getattr(self, which)
        return "later" if day is None else str(day)

    def row(self) -> dict[str, Any]:
        """What a program reads: everything but the curves."""
        names = [name for name in self.__dataclass_fields__ if name != "forecast"]
        return {name: getattr(self, name) for name in names}


def look_ahead(
    estate: Estate,
    prometheus: Prometheus,
    measures: Sequence[Measure],
    until: date,
    days: int,
    says: Callable[[str], None] = lambda _: None,
) -> Iterator[Outlook]:
    """Ask for each measure's history and forecast it; what Prometheus knows nothing of has no outlook."""
    for measure in measures:
        says(f"asking for {measure.name}")
        series = prometheus.worst_by_day(measure, until - timedelta(days=days - 1), until)
        lines = prometheus.straight(measure, until, STRAIGHT_DAYS) if series else {}
        for number, one in enumerate(series, start=1):
            says(f"{measure.name}: {one.name}, {number} of {len(series)}")
            line = lines.get(one.name)
            reaches = line.reaches(measure.limit, until) if line else None
            yield outlook_of(estate, measure, one, reaches)


def outlook_of(
    estate: Estate, measure: Measure, series: Series, straight: date | None = None
) -> Outlook:
    """Forecast one series of a measure."""
    known = series.known_days()
    recent = series.values[-28:]
    plain: dict[str, Any] = {
        "measure": measure.name,
        "title": measure.title,
        "title_ja": measure.title_ja,
        "of": measure.of,
        "name": series.name,
        "owner": measure.owner,
        "unit": measure.unit,
        "limit": measure.limit,
        "last": float(np.nanmax(recent)) if np.isfinite(recent).any() else 0.0,
        "days_known": known,
        "straight": straight,
    }
    if known < LEAST_DAYS:
        return Outlook(**plain, is_too_short=True)
    drivers = [(estate.capacity.drivers[name], share) for name, share in measure.drivers.items()]
    found = forecast(series, measure.limit, estate.calendar, drivers)
    return Outlook(
        **plain,
        is_too_short=False,
        earliest=found.limit_date.earliest,
        middle=found.limit_date.middle,
        latest=found.limit_date.latest,
        reached=found.limit_date.reached,
        steps=found.steps,
        yearly_growth_percent=round(100 * found.yearly_growth, 2),
        business_growth_percent=round(100 * found.business_growth, 2),
        forecast=found,
    )
