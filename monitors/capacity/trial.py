"""A load held on a centre, told by its clients' histories: how long 99 of 100 waited, and where that is too long."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

__all__ = ["last_in_time", "p99", "waits_of"]


def waits_of(lines: Iterable[dict[str, object]], since: float, until: float) -> list[float]:
    """Seconds that each transaction started in a span waited; one without the answer it asked for waited for ever."""
    found = []
    for line in lines:
        started, ended = float(str(line["started"])), float(str(line["ended"]))
        if since <= started < until:
            found.append(ended - started if line["outcome"] == "acked" else math.inf)
    return found


def p99(waits: Sequence[float]) -> float:
    """The wait that 99 of 100 do not exceed, in seconds; infinite where there was none to judge by."""
    if not waits:
        return math.inf
    return sorted(waits)[max(math.ceil(0.99 * len(waits)) - 1, 0)]


def last_in_time(steps: Sequence[tuple[float, float]], target_s: float) -> float:
    """The rate at which p99 passes the aim, from (rate, p99) in the order in which the load was stepped up.

    Between the last that held and the first of two on end that did not: their geometric mean. One bad step may be chance.
    """
    for (held, _), (first, late), (_, later) in zip(steps, steps[1:], steps[2:], strict=False):
        if late > target_s and later > target_s:
            return math.sqrt(held * first)
    if len(steps) > 1 and steps[-1][1] > target_s:
        return math.sqrt(steps[-2][0] * steps[-1][0])
    return math.inf
