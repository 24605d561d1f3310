"""How long an office was without a service.

An outage runs from the fault to the start of the first second from which, for 10 s on end, at least
99 % of the transactions started are acknowledged in time. Seconds are counted from the fault. Three
rules keep silence from passing for health: that first second must itself hold an acknowledged
transaction; the ten seconds must lie before the moment at which the clients stopped; and a client
that sent far less than in the steady state shows nothing, since clients are open-loop and start
their transactions whatever happens.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dr.history import Kind, Transaction

__all__ = ["SHARE", "WINDOW_S", "Outage", "is_served", "is_share_kept", "outage_of"]

WINDOW_S = 10
SHARE = 0.99


@dataclass(frozen=True, slots=True)
class Outage:
    """The outage of one office, service and kind of transaction; seconds from the fault."""

    office: str
    service: str
    kind: Kind
    seconds: float | None
    """None = not shown to be restored."""
    is_restored: bool
    is_serving_at_end: bool
    """False where the service broke again and the last 10 s of the history do not hold 99 %."""
    longest_silence_s: float
    """The longest time after the fault without any acknowledgement."""
    first_ack_s: float | None
    """The first acknowledgement after the longest silence, in seconds from the fault."""
    started: int
    in_time: int
    late: int
    """Acknowledged, but after the deadline."""
    shown_s: float
    """How many seconds of history there are after the fault."""
    is_silent: bool
    """True where the client sent far less at the end than in the steady state."""

    @property
    def wording(self) -> str:
        """The outage in words, with its unit."""
        if self.seconds is not None:
            return f"{self.seconds:g} s"
        if self.shown_s < WINDOW_S:
            return f"not shown (history ends {self.shown_s:.1f} s after the fault)"
        return "not shown (its client fell silent)" if self.is_silent else "not restored"


def outage_of(
    transactions: Sequence[Transaction],
    *,
    office: str,
    service: str,
    kind: Kind,
    fault: float,
    shown_until: float,
    deadline_s: float,
    rate_per_s: float = 0.0,
) -> Outage:
    """Measure the outage of one series; transactions of other series must not be among them."""
    after = [t for t in transactions if fault <= t.started < shown_until]
    shown_s = max(0.0, shown_until - fault)
    # A transaction counts in whole: the last second that is not full is no evidence of a full one.
    seconds = math.floor(shown_s + 1e-6)
    total, good = [0] * seconds, [0] * seconds
    in_time = late = 0
    for transaction in after:
        is_good = _is_in_time(transaction, deadline_s)
        in_time += is_good
        late += transaction.outcome == "acked" and not is_good
        second = math.floor(transaction.started - fault)
        if second < seconds:
            total[second] += 1
            good[second] += is_good
    restored = _first_restored(total, good, _fewest(rate_per_s, WINDOW_S))
    # At a low rate ten seconds hold too few to judge the end by: look further back.
    size = max(WINDOW_S, math.ceil(WINDOW_S / rate_per_s) if rate_per_s else 0)
    end = max(restored or 0, seconds - size, 0)
    is_silent = seconds >= WINDOW_S and sum(total[end:]) < _fewest(rate_per_s, seconds - end)
    if is_silent:
        restored = None
    silence, first_ack = _longest_silence(transactions, fault, shown_until)
    return Outage(
        office=office,
        service=service,
        kind=kind,
        seconds=None if restored is None else float(restored),
        is_restored=restored is not None,
        is_serving_at_end=restored is not None and is_share_kept(sum(good[end:]), sum(total[end:])),
        longest_silence_s=silence,
        first_ack_s=first_ack,
        started=len(after),
        in_time=in_time,
        late=late,
        shown_s=shown_s,
        is_silent=is_silent,
    )


def is_share_kept(good: int, total: int) -> bool:
    """Tell whether at least 99 % of `total` are good; of nothing, nothing is shown."""
    return total > 0 and good >= math.ceil(SHARE * total - 1e-9)


def is_served(
    transactions: Sequence[Transaction], *, since: float, until: float, deadline_s: float
) -> bool:
    """Tell whether at least 99 % of what started in [since, until) was acknowledged in time."""
    within = [t for t in transactions if since <= t.started < until]
    return is_share_kept(sum(_is_in_time(t, deadline_s) for t in within), len(within))


def _is_in_time(transaction: Transaction, deadline_s: float) -> bool:
    took = transaction.ended - transaction.started
    return transaction.outcome == "acked" and took <= deadline_s


def _first_restored(total: Sequence[int], good: Sequence[int], fewest: float) -> int | None:
    for second in range(len(total) - WINDOW_S + 1):
        window = slice(second, second + WINDOW_S)
        is_sent = sum(total[window]) >= fewest
        if good[second] > 0 and is_sent and is_share_kept(sum(good[window]), sum(total[window])):
            return second
    return None


def _fewest(rate_per_s: float, seconds: float) -> float:
    """Give the least number that an open-loop client starts: half the usual, less three sigma."""
    usual = rate_per_s * seconds
    return max(1.0, usual / 2 - 3 * math.sqrt(usual))


def _longest_silence(
    transactions: Sequence[Transaction], fault: float, until: float
) -> tuple[float, float | None]:
    """Give the longest time without an acknowledgement, and when the one that ended it came."""
    acks = sorted(t.ended for t in transactions if t.outcome == "acked" and t.ended > fault)
    longest, first_ack, last = 0.0, None, fault
    for ack in acks:
        if ack - last > longest:
            longest, first_ack = ack - last, ack - fault
        last = max(last, ack)
    if until - last > longest:
        longest, first_ack = until - last, None
    return longest, first_ack
