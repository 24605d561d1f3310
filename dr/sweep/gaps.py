"""Lost requests told as gaps: pure functions of what a stream wrote down.

A gap is a run of requests on end to one target of which none was answered; its length is the time that they stand
for, count times the interval between two. What was lost and answered in turn is many short gaps.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Gap", "Loss", "by_stream_ms", "gaps_of", "longest_ms", "percentile", "within"]


@dataclass(frozen=True, slots=True, order=True)
class Loss:
    """A request that was never answered: from which office to what, its number there, and when it was sent."""

    office: str
    target: str
    number: int
    sent: float

    @property
    def stream(self) -> str:
        """Its stream's name, `office/service`."""
        return f"{self.office}/{self.target}"


@dataclass(frozen=True, slots=True)
class Gap:
    """Requests on end without an answer, the first one's stamp and how many."""

    office: str
    target: str
    since: float
    count: int


def within(losses: Iterable[Loss], since: float, until: float) -> tuple[Loss, ...]:
    """Give what was sent from `since` to before `until`."""
    return tuple(loss for loss in losses if since <= loss.sent < until)


def gaps_of(losses: Iterable[Loss]) -> tuple[Gap, ...]:
    """Give the runs of consecutive numbers, by office and target, in order; a loss that is told twice counts once."""
    found: list[Gap] = []
    last: Loss | None = None
    for loss in sorted(set(losses)):
        is_next = (
            last is not None
            and (last.office, last.target) == (loss.office, loss.target)
            and loss.number == last.number + 1
        )
        if is_next:
            gap = found[-1]
            found[-1] = Gap(gap.office, gap.target, gap.since, gap.count + 1)
        else:
            found.append(Gap(loss.office, loss.target, loss.sent, 1))
        last = loss
    return tuple(found)


def longest_ms(losses: Iterable[Loss], rate: float) -> int:
    """Give the longest gap in milliseconds at `rate` requests per second; 0 where nothing was lost."""
    return round(max((gap.count for gap in gaps_of(losses)), default=0) * 1000 / rate)


def by_stream_ms(losses: Iterable[Loss], rate: float) -> dict[str, int]:
    """Give the longest gap of each stream that lost anything."""
    streams: dict[str, list[Loss]] = {}
    for loss in losses:
        streams.setdefault(loss.stream, []).append(loss)
    return {name: longest_ms(found, rate) for name, found in sorted(streams.items())}


def percentile(values: Sequence[int], percent: float) -> int | None:
    """Give the value that `percent` of the values do not exceed (nearest rank); None of nothing."""
    if not values:
        return None
    rank = max(1, math.ceil(len(values) * percent / 100))
    return sorted(values)[rank - 1]
