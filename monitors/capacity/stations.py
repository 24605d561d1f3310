"""Where transactions spend their time: stations with servers, each with what a transaction takes of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from monitors.capacity.series import Floats

__all__ = ["InvalidSamples", "Sample", "Station", "learn_station"]

_CROWDING_LOADS = 5
_CROWDING_GAIN = 20.0
"""F of one more column: of five straight loads about one in twenty would look as bent."""


class InvalidSamples(Exception):
    """The measured loads do not tell what a transaction takes; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A load that was held for a while: transactions a second, and by station how many of its servers were busy."""

    rate: float
    busy: dict[str, float]
    p99_s: float


@dataclass(frozen=True, slots=True)
class Station:
    """Cores of hosts, or connections of a pool: `servers` of them, `background` of which are busy without any transaction.

    A transaction takes `demand_s` seconds of one server, and `crowding_s` more for each other transaction a second (locks,
    caches: the coherency of Gunther's Universal Scalability Law).
    """

    name: str
    servers: float
    demand_s: float
    background: float = 0.0
    crowding_s: float = 0.0

    def busy(self, rate: float) -> float:
        """How many servers are busy at a rate (utilisation law: rate × demand)."""
        return self.background + rate * (self.demand_s + self.crowding_s * rate)

    def rate_at(self, share: float) -> float:
        """The rate at which a share of the servers is busy."""
        free = share * self.servers - self.background
        if free <= 0:
            return 0.0
        if self.crowding_s <= 0:
            return free / self.demand_s
        root = math.sqrt(self.demand_s**2 + 4 * self.crowding_s * free)
        return (root - self.demand_s) / (2 * self.crowding_s)


def learn_station(name: str, servers: float, samples: Sequence[Sample]) -> Station:
    """What a transaction takes of a station, from loads of different rates; InvalidSamples where they are too alike.

    With five loads or more crowding is learned too, where it shows; it is never negative, for load makes no work less.
    """
    if not samples:
        raise InvalidSamples(
            f"nothing was measured at {name}; hold at least two loads and measure again"
        )
    rates = np.array([sample.rate for sample in samples])
    busy = np.array([sample.busy.get(name, np.nan) for sample in samples])
    if not np.isfinite(busy).all():
        raise InvalidSamples(f"{name} was not measured at every load; measure it at each")
    if float(np.ptp(rates)) < 0.2 * float(rates.max()):
        raise InvalidSamples(
            f"the loads measured at {name} are too alike ({rates.min():g} to {rates.max():g} a second); "
            "let the largest be at least a fifth above the smallest"
        )
    line = np.column_stack([np.ones(len(rates)), rates])
    (background, demand), misses = _fitted(line, busy)
    if background < 0:
        # Nothing is less than idle: what chance put below zero belongs to the slope.
        (demand,), _ = _fitted(rates[:, None], busy)
        background = 0.0
    if demand <= 0:
        raise InvalidSamples(
            f"{name} is no busier under more load, so nothing is known of its limit; measure larger loads"
        )
    crowding = 0.0
    if len(set(rates.tolist())) >= _CROWDING_LOADS:
        bent, left = _fitted(np.column_stack([line, rates**2]), busy)
        # A bend in so few points may be chance: it has to leave far less unexplained.
        gain = (misses - left) / max(left / (len(rates) - 3), 1e-12 * float(busy @ busy))
        if gain > _CROWDING_GAIN and bent[1] > 0 and bent[2] > 0:
            background, demand, crowding = (float(weight) for weight in bent)
    return Station(name, servers, float(demand), max(float(background), 0.0), float(crowding))


def _fitted(columns: Floats, busy: Floats) -> tuple[Floats, float]:
    """Weights by least squares, and the squares that are left."""
    weights = np.linalg.lstsq(columns, busy, rcond=None)[0]
    left = busy - columns @ weights
    return np.asarray(weights, dtype=np.float64), float(left @ left)
