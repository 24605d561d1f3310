"""What can still be decided tonight: what each decision saves, and until when."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from monitors.forecast.network import Floats, Ints, Network
from monitors.forecast.prediction import Draws, finishes_of
from monitors.forecast.simulation import ENDED, WAITING, Decision
from monitors.night.night import Night

__all__ = [
    "ACCEPTED",
    "LEND_SHARE",
    "LEND_WAIT",
    "Choice",
    "Option",
    "choices_for",
    "price_options",
]

ACCEPTED = 0.05
"""The risk of running into the day that needs no decision."""
LEND_SHARE = 0.25
"""Borrowed hardware: so much of every pool more."""
LEND_WAIT = 30.0
"""Minutes from the decision until borrowed hardware works."""
_STEP = 15.0
_WORTH = 0.01


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision as the simulation takes it at a minute: the decision, the draws under it, and which ends count."""

    name: str
    text: str
    jobs: tuple[str, ...]
    taken: Callable[[float, Draws], tuple[Decision, Draws]]
    counts: Floats | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """A priced decision: minutes are of the operating day, savings against doing nothing.

    `latest` is the last minute (to a quarter of an hour) at which it still helps: the risk stays at ACCEPTED where it
    would be brought so low now, else half of what it would save now is saved still. None = it does not help.
    """

    name: str
    text: str
    jobs: tuple[str, ...]
    p_overrun: float
    saves_probability: float
    saves_minutes: float
    latest: float | None


def price_options(
    network: Network, night: Night, draws: Draws, odd: Sequence[str] = ()
) -> tuple[Option, ...]:
    """Price every decision that there is, the most saving first; `odd` are jobs that may be set aside."""
    finishes, _, _ = finishes_of(network, draws)
    without = float((finishes > night.opening).mean())
    priced = [
        _priced(network, night, draws, choice, without, finishes)
        for choice in choices_for(network, night, draws, odd)
    ]
    return tuple(sorted(priced, key=lambda o: (-o.saves_probability, -o.saves_minutes, o.name)))


def choices_for(
    network: Network, night: Night, draws: Draws, odd: Sequence[str] = ()
) -> list[Choice]:
    """List the decisions that change anything in this state."""
    tiers = {job.name: job.tier for job in night.jobs}
    tier = np.array([tiers[name] for name in network.names])
    waits = draws.state.status == WAITING
    found = []
    idle = waits & _closed(network, tier >= 3)
    if idle.any():
        found.append(
            Choice(
                "drop-tier-3",
                "leave out the jobs of tier 3",
                _named(network, idle),
                _dropping(idle),
            )
        )
    found.append(
        Choice(
            "borrow",
            f"borrow {LEND_SHARE:.0%} of every pool, {LEND_WAIT:.0f} minutes from the decision",
            (),
            _lending(network),
        )
    )
    needed = _needed(network, tier <= 1)
    rest = ~needed
    if needed.any() and rest.any():
        choice = Choice(
            "open-degraded",
            "run only what tier 1 needs, and open in degraded mode",
            _named(network, rest & waits),
            _dropping(rest & waits),
            needed.astype(np.float64),
        )
        found.append(choice)
    at = network.position()
    for name in odd:
        job = at[name]
        if draws.state.status[job] == ENDED:
            continue
        text = f"set {name} aside and go on without what it makes"
        counts = np.ones(len(network.names))
        counts[job] = 0.0
        found.append(Choice(f"set-aside {name}", text, (name,), _aside(job), counts))
    return found


def _priced(
    network: Network, night: Night, draws: Draws, choice: Choice, without: float, finishes: Floats
) -> Option:
    def after(minute: float) -> tuple[float, Floats]:
        decision, changed = choice.taken(minute, draws)
        ends, _, _ = finishes_of(network, changed, decision, choice.counts)
        return float((ends > night.opening).mean()), ends

    now = draws.state.now
    risk, ends = after(now)
    limit = ACCEPTED if risk <= ACCEPTED else (risk + without) / 2
    latest = None
    if without - risk >= _WORTH:
        low, high = 0, max(0, math.ceil((night.opening - now) / _STEP))
        while (
            low < high
        ):  # the risk grows with the delay, so halving finds the last quarter of an hour
            middle = (low + high + 1) // 2
            if after(now + middle * _STEP)[0] <= limit:
                low = middle
            else:
                high = middle - 1
        latest = min(now + low * _STEP, float(night.opening))
    saved = float(np.median(finishes) - np.median(ends))
    return Option(
        choice.name, choice.text, choice.jobs, risk, without - risk, saved if math.isfinite(saved) else 0.0, latest
    )  # fmt: skip


def _dropping(jobs: np.ndarray) -> Callable[[float, Draws], tuple[Decision, Draws]]:
    def taken(minute: float, draws: Draws) -> tuple[Decision, Draws]:
        return Decision(jobs.astype(np.int64), minute), draws

    return taken


def _lending(network: Network) -> Callable[[float, Draws], tuple[Decision, Draws]]:
    def taken(minute: float, draws: Draws) -> tuple[Decision, Draws]:
        from_then = minute + LEND_WAIT
        lends = [
            (from_then, pool, math.ceil(LEND_SHARE * int(network.units[pool])))
            for pool in range(network.pools)
        ]
        return Decision(lends=tuple(lends)), draws

    return taken


def _aside(job: int) -> Callable[[float, Draws], tuple[Decision, Draws]]:
    def taken(minute: float, draws: Draws) -> tuple[Decision, Draws]:
        # A failed one is run again in the meantime, so it too is cut off.
        drops = np.zeros(draws.state.status.size, np.int64)
        drops[job] = 1
        durations = draws.durations.copy()
        durations[:, job] = np.minimum(durations[:, job], max(minute - draws.state.now, 1e-3))
        return Decision(drops, minute), replace(draws, durations=durations)

    return taken


def _named(network: Network, jobs: np.ndarray) -> tuple[str, ...]:
    return tuple(network.names[i] for i in np.flatnonzero(jobs))


def _followers(network: Network, job: int) -> Ints:
    return network.next_of[network.next_from[job] : network.next_from[job + 1]]


def _behind(network: Network, job: int) -> np.ndarray:
    """Everything that waits for a job, directly or not."""
    found = np.zeros(len(network.names), bool)
    stack = [job]
    while stack:
        for follower in _followers(network, stack.pop()):
            if not found[follower]:
                found[follower] = True
                stack.append(int(follower))
    return found


def _closed(network: Network, jobs: np.ndarray) -> np.ndarray:
    """Those of the jobs that nobody outside waits for."""
    kept = jobs.copy()
    for job in np.flatnonzero(jobs):
        kept[job] = bool(jobs[_behind(network, int(job))].all())
    return kept


def _needed(network: Network, jobs: np.ndarray) -> np.ndarray:
    """The jobs and everything that they wait for."""
    found = jobs.copy()
    for job in range(len(network.names)):
        found[job] = found[job] or bool(jobs[_behind(network, job)].any())
    return found
