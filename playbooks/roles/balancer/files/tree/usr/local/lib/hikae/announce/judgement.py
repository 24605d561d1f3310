"""Whether this balancer announces a service address: pure, one call for each service and second.

The rules (a balancer is "good" when its last check reached a writable database through its own
centre's application, and its LAN has a gateway; "cut off" when it has none: then it reaches neither
an application nor the other balancers, and whoever calls here is served by nobody):

* withdraw after 2 checks on end that found it cut off, whatever is known of the others.
* withdraw after 2 bad checks, but only in favour of another announcer: one that is good, or, where
  that one is bad too, one that comes earlier in the service's home order. Otherwise keep the
  address, good or bad.
* announce after 1 good check when nobody else announces; when somebody does, after 3 good checks
  and 10 s since the first of them (a plain hold-down would cost 10 s after every failover).
* when this second's view of the others is missing or old, change nothing.

Invariant: an address that somebody announces stays announced by somebody, unless all who do are cut
off, and where nobody does, the first good check ends that. Two announcers never withdraw in favour of
each other, because of the bad ones the first in the home order waits for a good one, and a good one
has no reason to withdraw. It holds while news is young: a check is published a full period before the
next one can decide, and of n balancers each publishes its decision within period / (n - 1) of its look
at the others (`watch` throws older looks away). `tests/playbooks_data/` searches three centres for the
contrary.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

__all__ = [
    "BAD_CHECKS",
    "GOOD_CHECKS",
    "HOLD_DOWN_S",
    "Decision",
    "Other",
    "State",
    "decide",
    "note",
]

BAD_CHECKS = 2
GOOD_CHECKS = 3
HOLD_DOWN_S = 10.0


@dataclass(frozen=True, slots=True)
class State:
    """What a balancer knows of itself: streaks of checks, and since when (s) the good one runs.

    `cut_off` counts those of the bad streak's end that found it so.
    """

    announces: bool = False
    good: int = 0
    bad: int = 0
    good_since: float = 0.0
    cut_off: int = 0

    @property
    def is_good(self) -> bool:
        """Whether the last check was good."""
        return self.good > 0


@dataclass(frozen=True, slots=True)
class Other:
    """Another balancer as seen this second; `rank` is its place in the service's home order."""

    name: str
    rank: int
    announces: bool
    is_good: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """The state after the decision, and why in words; no words when nothing changes."""

    state: State
    reason: str = ""


def note(state: State, *, is_good: bool, now: float, is_cut_off: bool = False) -> State:
    """The state after one more check at `now` (seconds of a clock that never goes back); cut off, no check is good."""
    if is_good and not is_cut_off:
        since = state.good_since if state.is_good else now
        return State(state.announces, good=state.good + 1, bad=0, good_since=since)
    cut_off = state.cut_off + 1 if is_cut_off else 0
    return State(state.announces, bad=state.bad + 1, cut_off=cut_off)


def decide(
    state: State, others: Collection[Other] | None, *, name: str, rank: int, now: float
) -> Decision:
    """Announce, withdraw or leave things; `others` is None when their view is missing or old."""
    if state.announces and state.cut_off >= BAD_CHECKS:
        return _turn(state, False, f"the LAN has had no gateway in {state.cut_off} checks")
    if others is None:
        return Decision(state)
    announcers = [other for other in others if other.announces]
    if state.announces:
        heir = _heir(announcers, (rank, name))
        if state.bad >= BAD_CHECKS and heir is not None:
            return _turn(state, False, f"{state.bad} bad checks, and {heir.name} announces it")
        return Decision(state)
    if state.is_good and not announcers:
        return _turn(state, True, "the check is good, and nobody else announces it")
    if state.good >= GOOD_CHECKS and now - state.good_since >= HOLD_DOWN_S:
        return _turn(state, True, f"{state.good} good checks in {now - state.good_since:.0f} s")
    return Decision(state)


def _heir(announcers: Collection[Other], place: tuple[int, str]) -> Other | None:
    fit = [other for other in announcers if other.is_good or (other.rank, other.name) < place]
    return min(fit, key=lambda other: (not other.is_good, other.rank, other.name), default=None)


def _turn(state: State, announces: bool, reason: str) -> Decision:
    return Decision(replace(state, announces=announces), reason)
