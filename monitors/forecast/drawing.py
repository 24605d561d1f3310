"""Durations drawn for the rest of a night, given what is believed and what has happened."""

from __future__ import annotations

import numpy as np

from monitors.forecast.belief import Belief
from monitors.forecast.network import Floats
from monitors.forecast.noise import draw_above, draw_among, draw_noise
from monitors.forecast.run_state import RunState
from monitors.forecast.simulation import RUNNING, WAITING

__all__ = ["draw_durations"]

_LONGEST = 1e5
"""Minutes that no draw exceeds, so that sums stay finite."""


def draw_durations(
    belief: Belief, state: RunState, tempo: Floats, random: np.random.Generator
) -> Floats:
    """Draw minutes for every job (column) and night (row): whole for one that waits, what is left for one that runs.

    `tempo` has the logarithm for every night, or for every night and job. A running job's minutes are drawn on the
    condition that they exceed those it already runs. A failed one that is run again takes `share` of a duration.
    """
    field = tempo[:, None] if tempo.ndim == 1 else tempo
    nights, jobs = field.shape[0], belief.mean.size
    field = np.broadcast_to(field, (nights, jobs))
    again = state.attempt >= 2
    failed_once = np.isfinite(state.first) & ~again & (state.attempt == 1)
    is_rerun = again | failed_once
    log_share = np.log(np.maximum(belief.share, 1e-3))
    centre = belief.mean + np.where(is_rerun, log_share, 0.0)
    noise = belief.sd * draw_noise((nights, jobs), belief.freedom, random)
    pool = np.array(belief.reruns)
    if pool.size:
        for job in np.flatnonzero(is_rerun):
            noise[:, job] = draw_among(pool, np.full(nights, -np.inf), random)
    minutes = np.exp(np.minimum(centre + field + noise, np.log(_LONGEST)))
    for job in np.flatnonzero(state.status == RUNNING):
        elapsed = max(state.now - state.started[job], 0.0)
        middle = centre[job] + field[:, job]
        low = np.log(max(elapsed, 1e-6)) - middle
        if pool.size and is_rerun[job]:
            above = draw_among(pool, low, random)
        else:
            above = belief.sd[job] * draw_above(low / belief.sd[job], belief.freedom, random)
        whole = np.exp(np.minimum(middle + above, np.log(_LONGEST)))
        minutes[:, job] = np.maximum(whole - elapsed, 1e-3)
    factor = _failing(belief, state, nights, random)
    for job in np.flatnonzero((belief.failure > 0) & ~is_rerun):
        fails = np.flatnonzero(random.random(nights) < belief.failure[job] * factor)
        if fails.size:
            more = belief.mean[job] + log_share[job] + field[fails, job]
            if pool.size:
                more += draw_among(pool, np.full(fails.size, -np.inf), random)
            else:
                more += belief.sd[job] * draw_noise((fails.size,), belief.freedom, random)
            minutes[fails, job] += np.exp(np.minimum(more, np.log(_LONGEST)))
    return minutes


def _failing(belief: Belief, state: RunState, nights: int, random: np.random.Generator) -> Floats:
    """How many times more failures than usual each drawn night has, given those that it has shown."""
    if not np.isfinite(belief.clusters):
        return np.ones(nights)
    tried = np.isfinite(state.first)
    seen = float((tried & ((state.attempt >= 2) | (state.status == WAITING))).sum())
    expected = float(belief.failure[tried].sum())
    return random.gamma(belief.clusters + seen, 1 / (belief.clusters + expected), nights)
