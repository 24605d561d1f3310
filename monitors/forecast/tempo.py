"""Tonight's tempo, estimated from what has ended and from what still runs: common to all jobs, and wandering."""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import ndtri

from monitors.forecast.belief import NORMAL, Belief
from monitors.forecast.network import Floats, Ints
from monitors.forecast.noise import log_survival, weight
from monitors.forecast.run_state import RunState
from monitors.forecast.simulation import RUNNING

__all__ = ["draw_tempo"]

_ROUNDS = 8
_PROPOSALS = 4
"""How many tempos are drawn for each that is kept, where running jobs have a say."""
_HANGS = 0.002
"""Probability that a job runs on for a reason of its own, which tells nothing of the night."""


def draw_tempo(belief: Belief, state: RunState, count: int, random: np.random.Generator) -> Floats:
    """Draw the log-tempo of every job (column) in `count` nights (row), given what the night has shown.

    The tempo is a Gaussian field over the plan's order. Ended first attempts are conditioned on (under heavy tails a far
    one counts less), running ones by the probability of still running after so long
    (pitfall: a job that is late has more left, not less).
    """
    running = np.flatnonzero((state.status == RUNNING) & (state.attempt <= 1))
    proposals = count * (_PROPOSALS if running.size else 1)
    field = _before(belief, proposals, random)
    ended = np.flatnonzero(np.isfinite(state.first) & (state.first > 0))
    if ended.size and field.any():
        field = field + _learned(belief, ended, np.log(state.first[ended]), field, random)
    if not running.size:
        return np.broadcast_to(field, (count, belief.mean.size))
    elapsed = np.maximum(state.now - state.started[running], 1e-3)
    z = (np.log(elapsed) - belief.mean[running] - _of(field, running)) / belief.sd[running]
    logs = np.logaddexp(np.log1p(-_HANGS) + log_survival(z, belief.freedom), np.log(_HANGS)).sum(
        axis=1
    )
    likely = np.exp(logs - logs.max())
    levels = (np.arange(count) + random.random()) / count
    chosen = np.searchsorted(np.cumsum(likely) / likely.sum(), levels).clip(max=proposals - 1)
    random.shuffle(chosen)
    return np.broadcast_to(field[chosen], (count, belief.mean.size))


def _of(field: Floats, jobs: Ints) -> Floats:
    """The columns of some jobs; a field without wandering has one column, which is everybody's."""
    return np.asarray(field if field.shape[1] == 1 else field[:, jobs], np.float64)


def _before(belief: Belief, count: int, random: np.random.Generator) -> Floats:
    """Tempos before anything is known; the common part evenly spread."""
    levels = (np.arange(count) + random.random()) / count
    random.shuffle(levels)
    jobs = belief.mean.size
    common = belief.tempo_sd * ndtri(levels.clip(1e-12, 1 - 1e-12))
    field = common[:, None]
    if belief.wander_sd > 0:
        field = np.repeat(field, jobs, axis=1)
        keeps = np.exp(-1 / belief.reach)
        noise = belief.wander_sd * random.standard_normal((jobs, count))
        level = noise[0]
        for job in range(jobs):
            level = level if job == 0 else keeps * level + np.sqrt(1 - keeps**2) * noise[job]
            field[:, job] += level
    return np.asarray(field, np.float64)


def _learned(
    belief: Belief, ended: Ints, logs: Floats, field: Floats, random: np.random.Generator
) -> Floats:
    """What the ended jobs change in each drawn field (Matheron's rule: the draw's own error, corrected)."""
    told = logs - belief.mean[ended]
    among = _covariance(belief, ended, ended)
    all_jobs = np.arange(belief.mean.size)
    towards = among[:1] if field.shape[1] == 1 else _covariance(belief, all_jobs, ended)
    variance = belief.sd[ended] ** 2
    counts = np.ones(ended.size)
    for _ in range(1 if belief.freedom >= NORMAL else _ROUNDS):
        factor = cho_factor(among + np.diag(variance / counts))
        solved = cho_solve(factor, np.column_stack([told, among]))
        middle = among @ solved[:, 0]
        doubt = np.maximum(np.diag(among) - (among * solved[:, 1:]).sum(axis=0), 0.0)
        counts = weight(((told - middle) ** 2 + doubt) / variance, belief.freedom)
    scale = np.sqrt(variance / counts)
    gain = cho_solve(cho_factor(among + np.diag(scale**2)), towards.T)
    noise = scale * random.standard_normal((field.shape[0], ended.size))
    return np.asarray((told[None, :] - _of(field, ended) - noise) @ gain, np.float64)


def _covariance(belief: Belief, some: Ints, others: Ints) -> Floats:
    apart = np.abs(some[:, None] - others[None, :])
    return np.asarray(
        belief.tempo_sd**2 + belief.wander_sd**2 * np.exp(-apart / belief.reach), np.float64
    )
