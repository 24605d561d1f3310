"""The odds of a whole night before it begins: its plan run many times by the rule that the dispatcher follows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from monitors.forecast.drawing import draw_durations
from monitors.forecast.history import PastNight
from monitors.forecast.learning import learn, usual_durations
from monitors.forecast.network import Floats, network_of
from monitors.forecast.run_state import RunState
from monitors.forecast.simulation import run_nights
from monitors.forecast.tempo import draw_tempo
from monitors.night.conversion import ends_by, origin
from monitors.night.night import Night
from monitors.night.plan import Plan

__all__ = ["NIGHTS", "Futures", "Odds", "Risk", "draw_futures", "odds_of"]

NIGHTS = 10_000
"""With so many nights a probability is known to 1 % (95 % of the time)."""


@dataclass(frozen=True, slots=True)
class Futures:
    """Minutes of every job (column, by name) in every night (row): the same for all plans, which differ by nothing else."""

    names: tuple[str, ...]
    minutes: Floats

    def first(self, nights: int) -> Futures:
        """The first so many of them."""
        return Futures(self.names, self.minutes[:nights])


@dataclass(frozen=True, slots=True)
class Risk:
    """A job and the probability that it misses its deadline, in minutes of the operating day."""

    job: str
    deadline: int
    p_miss: float


@dataclass(frozen=True, slots=True)
class Odds:
    """What simulated nights say of a plan; minutes are of the operating day, infinite = not in this night.

    `p_met` = all deadlines are met, `p_opening` = all that may not run longer ends before the opening. `finish` = the end
    that is kept with probability `level`, `opening` = the first opening with which `p_met` would reach it (None = other
    deadlines forbid it).
    """

    nights: int
    level: float
    p_met: float
    p_opening: float
    median: float
    finish: float
    opening: int | None
    risks: tuple[Risk, ...]
    """The worst first, those above 0 alone."""

    @property
    def is_reached(self) -> bool:
        """Whether every deadline is met with the wanted probability."""
        return self.p_met >= self.level

    @property
    def error(self) -> float:
        """Half the width of the 95 % interval of `p_met`."""
        # Wilson's middle: at 0 or 1 of n nights the error is small, and not nothing.
        middle = (self.p_met * self.nights + 2) / (self.nights + 4)
        return 1.96 * math.sqrt(middle * (1 - middle) / (self.nights + 4))


def draw_futures(
    night: Night, nights: int = NIGHTS, *, seed: int = 1, history: Sequence[PastNight] = ()
) -> Futures:
    """Draw nights as they are believed before this one begins: common tempo, each job's own noise, failures with rerun."""
    # Neighbours in this order run at about the same time in any plan, and a tempo that wanders is theirs in common.
    names = tuple(sorted((job.name for job in night.jobs), key=_earliest(night).__getitem__))
    belief = learn(history, names, usual_durations(night)).belief(night)
    random = np.random.default_rng(seed)
    before = _before(night, len(names))
    tempo = draw_tempo(belief, before, nights, random)
    return Futures(names, draw_durations(belief, before, tempo, random))


def odds_of(
    night: Night, plan: Plan, futures: Futures, level: float, *, until: int | None = None
) -> Odds:
    """Run the plan through every future; `until` stands in for a later deadline of any job. Raises InvalidPlan."""
    network = network_of(
        night,
        {job.name: float(job.start) for job in plan.jobs},
        {job.name: float(job.end - job.start) for job in plan.jobs},
    )
    column = {name: index for index, name in enumerate(futures.names)}
    minutes = futures.minutes[:, [column[name] for name in network.names]]
    ends = run_nights(network, np.ascontiguousarray(minutes), now=float(origin(night))).ends
    jobs = {job.name: job for job in night.jobs}
    last = night.opening if until is None else until
    due = np.array([ends_by(night, jobs[name]) for name in network.names])
    if until is not None:
        due = np.minimum(due, until)
    late = ends > due
    finishes = ends.max(axis=1)
    missed = late.mean(axis=0)
    # The jobs that must end before the opening and have no other deadline.
    free = np.array([jobs[name].deadline is None for name in network.names])
    return Odds(
        nights=len(minutes),
        level=level,
        p_met=float((~late.any(axis=1)).mean()),
        p_opening=float((ends[:, due <= last].max(axis=1, initial=0.0) <= last).mean()),
        median=_quantile(finishes, 0.5),
        finish=_quantile(finishes, level),
        opening=_opening(ends, due, free, level, last),
        risks=tuple(
            Risk(network.names[i], int(due[i]), float(missed[i]))
            for i in np.argsort(-missed, kind="stable")
            if missed[i] > 0
        ),
    )


def _opening(ends: Floats, due: Floats, free: np.ndarray, level: float, last: int) -> int | None:
    kept = (ends[:, ~free] <= due[~free]).all(axis=1)
    needed = np.where(kept, ends[:, free].max(axis=1, initial=0.0), np.inf)
    minute = _quantile(needed, level)
    return max(last, math.ceil(minute)) if math.isfinite(minute) else None


def _earliest(night: Night) -> dict[str, tuple[float, str]]:
    """When each job could begin if nothing but its predecessors kept it back, and its name."""
    jobs = {job.name: job for job in night.jobs}
    begins: dict[str, float] = {}

    def begin(name: str) -> float:
        if name not in begins:
            job = jobs[name]
            ends = [begin(one) + jobs[one].duration.median_min for one in job.after if one in jobs]
            begins[name] = max([float(job.not_before), float(night.begins), *ends])
        return begins[name]

    return {name: (begin(name), name) for name in jobs}


def _before(night: Night, count: int) -> RunState:
    unknown = np.full(count, np.nan)
    nothing = np.zeros(count, np.int64)
    return RunState(float(origin(night)), nothing, unknown, unknown, unknown, nothing, nothing)


def _quantile(values: Floats, level: float) -> float:
    return float(np.quantile(values, level, method="inverted_cdf"))
