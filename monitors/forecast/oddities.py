"""Runs that are too long or too short for their job, its input and tonight's tempo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitors.forecast.belief import Belief
from monitors.forecast.network import Network
from monitors.forecast.noise import normal_score
from monitors.forecast.run_state import RunState
from monitors.forecast.simulation import RUNNING

__all__ = ["Oddity", "find_oddities"]

_FAR = 3.0
"""Standard deviations from the expected logarithm: one run in 740 by chance."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """A run that is not as it should be; a short one may have met an empty input."""

    job: str
    kind: str
    """too-long, too-short."""
    minutes: float
    expected: float
    is_running: bool


def find_oddities(
    network: Network, belief: Belief, state: RunState, log_tempo: float
) -> tuple[Oddity, ...]:
    """List runs at least 3 standard deviations from what was expected, the farthest first."""
    found = []
    for job, name in enumerate(network.names):
        is_running = bool(state.status[job] == RUNNING)
        if is_running and state.attempt[job] <= 1:
            minutes = state.now - state.started[job]
        elif np.isfinite(state.first[job]):
            minutes = state.first[job]
        else:
            continue
        centre = belief.mean[job] + log_tempo
        distance = float((np.log(max(minutes, 1e-3)) - centre) / belief.sd[job])
        far = normal_score(distance, belief.freedom)
        if far > _FAR or (far < -_FAR and not is_running):
            kind = "too-long" if far > 0 else "too-short"
            found.append(
                (abs(far), Oddity(name, kind, float(minutes), float(np.exp(centre)), is_running))
            )
    return tuple(oddity for _, oddity in sorted(found, key=lambda pair: -pair[0]))
