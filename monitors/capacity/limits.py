"""Registered limits: how much of each is free, and when somebody must look at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from inventory.capacity import Limit

__all__ = ["REVIEW_DAYS", "Headroom", "headroom", "headrooms"]

REVIEW_DAYS = 365
"""A limit that nobody looked at for longer is a finding: the one that stopped a bank in March 2011 was from 1988."""


@dataclass(frozen=True, slots=True)
class Headroom:
    """A limit, what of it is used and free (in percent of it), and what is wrong: sentences, none if nothing is."""

    name: str
    kind: str
    limit: float
    unit: str
    present: float
    used_percent: float
    free_percent: float
    alarm_below_percent: int
    is_alarm: bool
    reviewed: date
    is_stale: bool
    owner: str
    source: str
    findings: tuple[str, ...]


def headroom(limit: Limit, today: date, present: float | None = None) -> Headroom:
    """Judge a limit on a day, by a measured value where there is one, else by the registered one.

    The alarm is due when less than the registered share is free, the review when the last is more than a year ago.
    """
    used = limit.present if present is None else present
    free = 100 * (limit.limit - used) / limit.limit
    is_alarm = free < limit.headroom_percent
    days = (today - limit.reviewed).days
    is_stale = days > REVIEW_DAYS
    findings = []
    if is_alarm:
        findings.append(
            f"{limit.name}: {used:,.0f} of {limit.limit:,.0f} {limit.unit} are used, {free:.1f} % are free and "
            f"{limit.headroom_percent} % must be; {limit.owner} raises it or lowers what uses it"
        )
    if is_stale:
        findings.append(
            f"{limit.name}: last reviewed on {limit.reviewed}, {days} days ago; {limit.owner} reviews it and writes the day"
        )
    return Headroom(
        name=limit.name,
        kind=limit.kind,
        limit=limit.limit,
        unit=limit.unit,
        present=used,
        used_percent=round(100 - free, 2),
        free_percent=round(free, 2),
        alarm_below_percent=limit.headroom_percent,
        is_alarm=is_alarm,
        reviewed=limit.reviewed,
        is_stale=is_stale,
        owner=limit.owner,
        source=limit.source if present is None else "measured now",
        findings=tuple(findings),
    )


def headrooms(
    limits: Mapping[str, Limit], today: date, measured: Mapping[str, float] | None = None
) -> list[Headroom]:
    """Every registered limit, the one with the least free first."""
    known = measured or {}
    found = [headroom(limit, today, known.get(name)) for name, limit in limits.items()]
    return sorted(found, key=lambda one: one.free_percent)
