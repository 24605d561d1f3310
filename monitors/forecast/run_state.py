"""How far a night has come, as arrays in plan order."""

from __future__ import annotations

from dataclasses import dataclass

from monitors.forecast.network import Floats, Ints

__all__ = ["RunState"]


@dataclass(frozen=True, slots=True)
class RunState:
    """At minute `now`: what each job does, since when, and what its first attempt took.

    `status` has the numbers of `simulation`; `started` is the start of the attempt under way; `first` are the minutes
    of the first attempt where it is over (nan otherwise); `attempt` counts from 1, 0 = none yet; `ended` is nan where
    the job is not over; `left_out` are those over without having run.
    """

    now: float
    status: Ints
    started: Floats
    ended: Floats
    first: Floats
    attempt: Ints
    left_out: Ints
