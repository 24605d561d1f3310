"""What is believed about tonight's durations before and while it runs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from monitors.forecast.network import Floats

__all__ = ["NORMAL", "Belief"]

NORMAL = 200.0
"""Degrees of freedom from which on noise counts as normal."""


@dataclass(frozen=True, slots=True)
class Belief:
    """Log-minutes of every job in plan order: mean and scale of its noise, apart from the night's common tempo.

    The noise is Student's with `freedom` degrees of freedom (`sd` is its standard deviation where it is normal). A job
    fails once with probability `failure`, times a factor that a night's failures share (gamma of mean 1 and shape
    `clusters`); it then takes `share` of a duration more, times e to one of `reruns` where reruns have been learned, else
    with the noise of any run. The tempo is a factor on every
    duration: log-normal with `tempo_sd` for the whole night, and a wandering part with `wander_sd` that has forgotten
    itself after `reach` jobs of the plan.
    """

    mean: Floats
    sd: Floats
    failure: Floats
    share: Floats
    tempo_sd: float
    wander_sd: float = 0.0
    reach: float = 1.0
    freedom: float = NORMAL
    reruns: tuple[float, ...] = ()
    """Ascending."""
    clusters: float = np.inf

    def without_tempo(self) -> Belief:
        """The same with every job's noise widened instead of a common factor: plain Monte Carlo."""
        spread = np.sqrt(self.sd**2 + self.tempo_sd**2 + self.wander_sd**2)
        return replace(self, sd=spread, tempo_sd=0.0, wander_sd=0.0)
