"""What a centre could carry if it had to take everything: the largest rate at which answers still come in time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitors.capacity.stations import InvalidSamples, Sample, Station, learn_station

__all__ = ["Carry", "could_carry", "learn_stations", "p99_at"]

_TAIL = 0.01
_STEPS = 80


@dataclass(frozen=True, slots=True)
class Carry:
    """The answer: transactions a second, which station fills up first, and how busy each is then."""

    rate: float
    bottleneck: str
    p99_s: float
    target_s: float
    base_p99_s: float
    utilisation: Mapping[str, float]
    """Share of the servers of each station that is busy at that rate."""
    largest_measured: float
    """The largest rate that anything was measured at: beyond it the answer is the model's."""


def learn_stations(servers: Mapping[str, float], samples: Sequence[Sample]) -> list[Station]:
    """A station for each name, from loads that were held for a while; InvalidSamples where they tell nothing."""
    if len(samples) < 2:
        raise InvalidSamples(
            f"{len(samples)} load was measured and two are needed; hold a second, larger one"
        )
    return [learn_station(name, count, samples) for name, count in servers.items()]


def could_carry(
    stations: Sequence[Station], samples: Sequence[Sample], target_s: float = 1.0
) -> Carry:
    """The largest rate whose p99 stays within `target_s` seconds.

    The time at small load is the p99 of the smallest load measured. To it comes what a transaction waits for a server: each
    station is a queue with as many servers as it has (M/M/c), and its waiting beyond t falls off as
    Erlang's C × exp(−(c·μ − λ)·t). A station whose servers are all taken answers nobody: the rate ends there at the latest.
    """
    least = min(samples, key=lambda sample: sample.rate)
    base = least.p99_s
    if base >= target_s:
        message = (
            f"p99 is {base:.3f} s at {least.rate:g} a second already and {target_s:g} s is the aim"
        )
        raise InvalidSamples(f"{message}; measure a smaller load, or name a larger aim")
    # What a small load waits is in its own p99 already.
    waited = _waits(stations, least.rate)
    low, high = 0.0, min(station.rate_at(1.0) for station in stations)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if base - waited + _waits(stations, middle) <= target_s:
            low = middle
        else:
            high = middle
    busy = {station.name: station.busy(low) / station.servers for station in stations}
    return Carry(
        rate=round(low, 2),
        bottleneck=max(busy, key=lambda name: busy[name]),
        p99_s=round(base - waited + _waits(stations, low), 4),
        target_s=target_s,
        base_p99_s=round(base, 4),
        utilisation={name: round(share, 4) for name, share in busy.items()},
        largest_measured=max(sample.rate for sample in samples),
    )


def p99_at(stations: Sequence[Station], samples: Sequence[Sample], rate: float) -> float:
    """The p99 in seconds that the model says for a rate; infinite where a station is full."""
    least = min(samples, key=lambda sample: sample.rate)
    return least.p99_s - _waits(stations, least.rate) + _waits(stations, rate)


def _waits(stations: Sequence[Station], rate: float) -> float:
    """The p99 of waiting: that of the worst station, for two hundredths hardly ever fall together."""
    return max((_wait(station, rate) for station in stations), default=0.0)


def _wait(station: Station, rate: float) -> float:
    if rate <= 0:
        return 0.0
    # What is busy without transactions takes servers away from them.
    servers = station.servers - station.background
    demand = station.demand_s + station.crowding_s * rate
    if servers <= 0 or rate * demand >= servers:
        return math.inf
    waiting = erlang_c(servers, rate * demand)
    if waiting <= _TAIL:
        return 0.0
    return math.log(waiting / _TAIL) / (servers / demand - rate)


def erlang_c(servers: float, offered: float) -> float:
    """The share that has to wait in M/M/c; between two whole numbers of servers the line between theirs (in logarithms)."""
    if offered <= 0:
        return 0.0
    below = math.floor(servers)
    if below < 1 or offered >= below:
        # Less than one server, or so full that only the fraction keeps it going: as one fast server.
        return min(offered / servers, 1.0)
    share = servers - below
    low = _erlang_c(below, offered)
    return low if share == 0 else low ** (1 - share) * _erlang_c(below + 1, offered) ** share


def _erlang_c(servers: int, offered: float) -> float:
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = offered * blocked / (number + offered * blocked)
    busy = offered / servers
    return blocked / (1 - busy * (1 - blocked))
