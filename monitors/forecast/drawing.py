"""Durations drawn for the rest of a night, given what is believed and what has happened."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from monitors.forecast.belief import WIDE, Belief
from monitors.forecast.network import Floats
from monitors.forecast.run_state import RunState
from monitors.forecast.simulation import RUNNING

__all__ = ["draw_durations"]

_LONGEST = 1e5
"""Minutes that no draw exceeds, so that sums stay finite."""


def draw_durations(
    belief: Belief, state: RunState, tempo: Floats, random: np.random.Generator
) -> Floats:
    """Draw minutes for every job (column) and night (row): whole for one that waits, what is left for one that runs.

    A running job's minutes are drawn on the condition that they exceed those it already runs. A failed one that is
    run again takes `share` of a duration.
    """
    shape = (tempo.size, belief.mean.size)
    again = state.attempt >= 2
    failed_once = np.isfinite(state.first) & ~again & (state.attempt == 1)
    shift = np.where(again | failed_once, np.log(np.maximum(belief.share, 1e-3)), 0.0)
    centre = belief.mean + shift
    minutes = np.exp(
        np.minimum(
            centre[None, :]
            + tempo[:, None]
            + belief.sd[None, :] * _noise(shape, belief.wide, random),
            np.log(_LONGEST),
        )
    )
    for job in np.flatnonzero(state.status == RUNNING):
        elapsed = max(state.now - state.started[job], 0.0)
        low = (np.log(max(elapsed, 1e-6)) - centre[job] - tempo) / belief.sd[job]
        z = _above(low, belief.wide, random)
        whole = np.exp(np.minimum(centre[job] + tempo + belief.sd[job] * z, np.log(_LONGEST)))
        minutes[:, job] = np.maximum(whole - elapsed, 1e-3)
    may_fail = (belief.failure > 0) & ~again & ~failed_once
    for job in np.flatnonzero(may_fail):
        fails = np.flatnonzero(random.random(tempo.size) < belief.failure[job])
        if fails.size:
            more = (
                belief.mean[job]
                + tempo[fails]
                + belief.sd[job] * random.standard_normal(fails.size)
            )
            minutes[fails, job] += belief.share[job] * np.exp(more)
    return minutes


def _noise(shape: tuple[int, int], wide: float, random: np.random.Generator) -> Floats:
    noise = random.standard_normal(shape)
    if wide > 0:
        noise[random.random(shape) < wide] *= WIDE
    return noise


def _above(low: Floats, wide: float, random: np.random.Generator) -> Floats:
    """Draw noise that exceeds `low`, one for each."""
    scale = np.ones(low.size)
    if wide > 0:
        usual = (1 - wide) * ndtr(-low)
        rare = wide * ndtr(-low / WIDE)
        scale[random.random(low.size) * (usual + rare + 1e-300) >= usual] = WIDE
    tail = ndtr(-low / scale) * random.random(low.size)
    drawn = -ndtri(np.maximum(tail, 1e-300)) * scale
    return np.asarray(np.maximum(drawn, low), np.float64)
