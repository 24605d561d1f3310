"""What is believed about tonight's durations before and while it runs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from monitors.forecast.network import Floats

__all__ = ["WIDE", "Belief"]

WIDE = 3.0
"""How much wider the rare wide part of a duration's noise is than its usual part."""


@dataclass(frozen=True, slots=True)
class Belief:
    """Log-minutes of every job in plan order: mean and standard deviation, apart from the night's common tempo.

    A job fails once with probability `failure` and then takes `share` of a duration more. With probability `wide` its
    noise is WIDE times as large. The tempo is a factor on every duration: log-normal with `tempo_sd`, and what it does
    later in the night differs from what it did earlier by `drift_sd`.
    """

    mean: Floats
    sd: Floats
    failure: Floats
    share: Floats
    tempo_sd: float
    drift_sd: float = 0.0
    wide: float = 0.0

    def without_tempo(self) -> Belief:
        """The same with every job's noise widened instead of a common factor: plain Monte Carlo."""
        spread = np.sqrt(self.sd**2 + self.tempo_sd**2)
        return replace(self, sd=spread, tempo_sd=0.0, drift_sd=0.0)
