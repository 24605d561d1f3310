"""The kinds of night that a year has: one representative of each, the one with the most work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from inventory import Estate
from monitors.night.hours import day_kind, night_hours
from monitors.night.night import Night
from monitors.night.resolve import resolve

__all__ = ["NightKind", "kinds_of_year"]


@dataclass(frozen=True, slots=True)
class NightKind:
    """Nights of one kind of calendar day and the same hours; `night` is the one with the most minutes of work.

    Of these `days` a year `alike` have its jobs; `lighter` are the others, one of each set of jobs with how many there
    are, the heaviest first.
    """

    kind: str
    title: str
    hours: str
    opening: str
    days: int
    night: Night
    alike: int
    lighter: tuple[tuple[int, Night], ...] = ()


def kinds_of_year(estate: Estate, since: date, days: int = 366) -> tuple[NightKind, ...]:
    """Every kind of night from a day on, the most frequent first."""
    groups: dict[tuple[str, int, int], list[Night]] = {}
    for offset in range(days):
        night = resolve(estate, since + timedelta(days=offset))
        groups.setdefault((night.kind, night.begins, night.opening), []).append(night)
    return tuple(
        _kind(estate, nights)
        for nights in sorted(groups.values(), key=lambda nights: (-len(nights), nights[0].day))
    )


def _kind(estate: Estate, nights: list[Night]) -> NightKind:
    alike: dict[frozenset[tuple[str, float]], list[Night]] = {}
    for night in nights:
        jobs = frozenset((job.name, job.duration.median_min) for job in night.jobs)
        alike.setdefault(jobs, []).append(night)
    first, *others = sorted(alike.values(), key=lambda some: -_work(some[0]))
    heaviest = first[0]
    batch = estate.batch
    assert batch is not None  # it has been resolved
    hours = night_hours(batch, heaviest.day, estate.calendar)
    kind = day_kind(batch, heaviest.day, estate.calendar)
    return NightKind(
        kind.name,
        kind.title,
        hours.title,
        hours.opening_title,
        len(nights),
        heaviest,
        len(first),
        tuple((len(some), some[0]) for some in others),
    )


def _work(night: Night) -> float:
    return sum(job.duration.median_min * max(1, len(job.demands)) for job in night.jobs)
