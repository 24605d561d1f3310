"""Curves of capacity for one screen: of each measure the host or service that is nearest to its limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from inventory import Estate
from inventory.capacity import Measure
from monitors.capacity.forecast import LEAST_DAYS
from monitors.capacity.outlook import STRAIGHT_DAYS, Outlook, outlook_of
from monitors.capacity.prometheus import InvalidQuery, Prometheus, UnreachablePrometheus
from monitors.capacity.series import Series

__all__ = ["DAYS", "Curve", "curve_of"]

DAYS = 730
"""Days of history that are asked for."""
_RECENT_DAYS = 28


@dataclass(frozen=True, slots=True)
class Curve:
    """A measure: the outlook of its fullest series, how many others there are; or `why` there is no curve."""

    measure: Measure
    outlook: Outlook | None
    others: int
    why: str = ""


def curve_of(
    estate: Estate, prometheus: Prometheus, measure: Measure, until: date, days: int = DAYS
) -> Curve:
    """Ask for a measure's history up to a day; without any, or with too little of it, it says so in words."""
    try:
        found = prometheus.worst_by_day(measure, until - timedelta(days=days - 1), until)
        lines = prometheus.straight(measure, until, STRAIGHT_DAYS) if found else {}
    except (UnreachablePrometheus, InvalidQuery) as error:
        return Curve(measure, None, 0, str(error))
    if not found:
        return Curve(measure, None, 0, f"Prometheus has no figures of it in the last {days} days")
    series = max(found, key=_fullness)
    line = lines.get(series.name)
    known = outlook_of(
        estate, measure, series, line.reaches(measure.limit, until) if line else None
    )
    why = ""
    if known.is_too_short:
        why = f"only {known.days_known} days are known; below {LEAST_DAYS} nothing is foreseen"
    return Curve(measure, known, len(found) - 1, why)


def _fullness(series: Series) -> float:
    recent = series.values[-_RECENT_DAYS:]
    return float(np.nanmax(recent)) if np.isfinite(recent).any() else -1.0
