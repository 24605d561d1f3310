"""Tonight's common tempo, estimated from what has ended and from what still runs."""

from __future__ import annotations

import numpy as np
from scipy.special import log_ndtr

from monitors.forecast.belief import WIDE, Belief
from monitors.forecast.network import Floats
from monitors.forecast.run_state import RunState
from monitors.forecast.simulation import RUNNING

__all__ = ["GRID", "tempo_posterior", "tempo_samples"]

GRID = np.linspace(-0.8, 0.8, 161)
"""Logarithms of the tempo that are considered: a night of half to twice the usual minutes."""


def tempo_posterior(belief: Belief, state: RunState) -> Floats:
    """Weigh every log-tempo of GRID for the rest of the night; the weights sum to 1.

    Ended first attempts count by their density, running ones by the probability of still running after so long
    (pitfall: a job that is late has more left, not less).
    """
    if belief.tempo_sd <= 0:
        weights = np.zeros(GRID.size)
        weights[GRID.size // 2] = 1.0
        return weights
    logs = np.zeros(GRID.size)
    ended = np.flatnonzero(np.isfinite(state.first) & (state.first > 0))
    if ended.size:
        distance = _distance(np.log(state.first[ended]), belief, ended)
        logs += _density(distance, belief.wide).sum(axis=1)
    running = np.flatnonzero((state.status == RUNNING) & (state.attempt <= 1))
    if running.size:
        elapsed = np.maximum(state.now - state.started[running], 1e-3)
        logs += _survival(_distance(np.log(elapsed), belief, running), belief.wide).sum(axis=1)
    likelihood = np.exp(logs - logs.max())
    if belief.drift_sd > 0 and ended.size:
        kernel = np.exp(-0.5 * ((GRID[:, None] - GRID[None, :]) / belief.drift_sd) ** 2)
        likelihood = kernel @ likelihood
    weights = likelihood * np.exp(-0.5 * (GRID / belief.tempo_sd) ** 2)
    return np.asarray(weights / weights.sum(), np.float64)


def tempo_samples(
    belief: Belief, weights: Floats, count: int, random: np.random.Generator
) -> Floats:
    """Draw log-tempos of the rest of the night, evenly spread over the posterior."""
    levels = (np.arange(count) + random.random()) / count
    random.shuffle(levels)
    step = GRID[1] - GRID[0]
    edges = np.concatenate([[0.0], np.cumsum(weights)])
    if belief.tempo_sd <= 0:
        return np.zeros(count)
    drawn = np.interp(levels, edges, np.concatenate([GRID - step / 2, [GRID[-1] + step / 2]]))
    return np.asarray(drawn + belief.drift_sd * random.standard_normal(count), np.float64)


def _distance(logs: Floats, belief: Belief, jobs: np.ndarray) -> Floats:
    shifted = logs[None, :] - belief.mean[jobs][None, :] - GRID[:, None]
    return np.asarray(shifted / belief.sd[jobs][None, :], np.float64)


def _density(z: Floats, wide: float) -> Floats:
    usual = -0.5 * z**2
    if wide <= 0:
        return np.asarray(usual, np.float64)
    rare = np.log(wide / WIDE) - 0.5 * (z / WIDE) ** 2
    return np.asarray(np.logaddexp(np.log1p(-wide) + usual, rare), np.float64)


def _survival(z: Floats, wide: float) -> Floats:
    usual = log_ndtr(-z)
    if wide <= 0:
        return np.asarray(usual, np.float64)
    rare = np.log(wide) + log_ndtr(-z / WIDE)
    return np.asarray(np.logaddexp(np.log1p(-wide) + usual, rare), np.float64)
