"""Capacity and cost as others see them: machines, contracts, registered limits, and what load follows."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from inventory import capacity_documents as c

__all__ = [
    "Capacity",
    "Contract",
    "Cover",
    "Driver",
    "Limit",
    "Machine",
    "Measure",
    "build_capacity",
]

_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Machine:
    """What a host of a role has."""

    cores: int
    memory_gib: int
    source: str


@dataclass(frozen=True, slots=True)
class Cover:
    """What a contract is about; empty = everything of the estate."""

    roles: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract: yen a year for each of what `per` counts (None = in all), yen once, yen to end it before `until`.

    `parts` says in percent what the yen are for: hardware, software, network, premises, people.
    """

    name: str
    title: str
    title_ja: str
    kind: str
    supplier: str
    since: date
    until: date
    covers: Cover
    per: str | None
    parts: Mapping[str, int]
    yen_yearly: int
    yen_once: int
    cancellation_yen: int
    source: str

    @property
    def is_assumed(self) -> bool:
        """Whether its figures are nobody's but ours."""
        return self.source.startswith("assumed")


@dataclass(frozen=True, slots=True)
class Limit:
    """A registered limit; the alarm is due when less than `headroom_percent` of it is free."""

    name: str
    title: str
    title_ja: str
    kind: str
    limit: float
    unit: str
    owner: str
    reviewed: date
    headroom_percent: int
    present: float
    source: str
    query: str | None


@dataclass(frozen=True, slots=True)
class Driver:
    """Something of the business that load follows, told for some days (in order).

    `growth`: between two points it grows by the same share each day, and goes on so before the first and after the last.
    `steps`: a point holds until the next, as opening hours do. `yearly_sd_percent` = how far a year's growth may be off.
    """

    name: str
    title: str
    title_ja: str
    unit: str
    shape: str
    points: tuple[tuple[date, float], ...]
    yearly_sd_percent: float
    source: str

    def at(self, day: date) -> float:
        """Its value on a day, in its unit."""
        days = [since for since, _ in self.points]
        index = bisect_right(days, day)
        if self.shape == "steps" or len(days) == 1:
            return self.points[max(index - 1, 0)][1]
        legs = list(pairwise(self.points))
        (since, low), (until, high) = legs[min(max(index - 1, 0), len(legs) - 1)]
        share = (day - since).days / (until - since).days
        return float(low * (high / low) ** share)

    def known_until(self) -> date:
        """The last day that it is told for."""
        return self.points[-1][0]

    def sd(self, day: date) -> float:
        """How far its logarithm may be off on a day after the last point (a random walk's standard deviation)."""
        years = max((day - self.known_until()).days, 0) / _YEAR
        return self.yearly_sd_percent / 100 * math.sqrt(years)


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that Prometheus measures and that has a limit; `drivers` = what share of a driver's growth it follows."""

    name: str
    title: str
    title_ja: str
    of: str
    query: str
    label: str
    limit: float
    unit: str
    owner: str
    drivers: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Capacity:
    """Everything of an estate that capacity and cost are computed from; any of it may be missing."""

    machines: Mapping[str, Machine] = field(default_factory=dict)
    contracts: Mapping[str, Contract] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)
    drivers: Mapping[str, Driver] = field(default_factory=dict)
    measures: Mapping[str, Measure] = field(default_factory=dict)


def build_capacity(
    machines: Mapping[str, c.MachineText],
    contracts: Mapping[str, c.ContractText],
    limits: Mapping[str, c.LimitText],
    drivers: Mapping[str, c.DriverText],
    measures: Mapping[str, c.MeasureText],
) -> Capacity:
    """Join the texts of the sections; the texts must have passed every check."""
    return Capacity(
        machines={name: Machine(**dict(text)) for name, text in machines.items()},
        contracts={
            name: Contract(
                name, **{**dict(text), "covers": Cover(**dict(text.covers)), "parts": text.parts}
            )
            for name, text in contracts.items()
        },
        limits={name: Limit(name, **dict(text)) for name, text in limits.items()},
        drivers={
            name: Driver(name, **{**dict(text), "points": tuple(sorted(text.points.items()))})
            for name, text in drivers.items()
        },
        measures={name: Measure(name, **dict(text)) for name, text in measures.items()},
    )
