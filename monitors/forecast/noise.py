"""The noise of durations: Student's t, from nearly normal to heavy tails."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln, log_ndtr, ndtri, stdtr, stdtrit

from monitors.forecast.belief import NORMAL
from monitors.forecast.network import Floats

__all__ = [
    "draw_above",
    "draw_among",
    "draw_noise",
    "log_density",
    "log_survival",
    "normal_score",
    "weight",
]


_SMOOTH = 0.05
_BEYOND = 0.3


def draw_noise(shape: tuple[int, ...], freedom: float, random: np.random.Generator) -> Floats:
    """Draw noise of scale 1."""
    if freedom >= NORMAL:
        return random.standard_normal(shape)
    return random.standard_t(freedom, shape)


def draw_above(low: Floats, freedom: float, random: np.random.Generator) -> Floats:
    """Draw noise that exceeds `low`, one for each: what is left of a run that is late under heavy tails is long."""
    level = np.exp(log_survival(low, freedom)) * random.random(low.size)
    level = np.maximum(level, 1e-300)
    drawn = -ndtri(level) if freedom >= NORMAL else -stdtrit(freedom, level)
    return np.asarray(np.maximum(drawn, low), np.float64)


def draw_among(pool: Floats, low: Floats, random: np.random.Generator) -> Floats:
    """Draw from the values that were seen (ascending), each above its `low`; beyond the largest, a little more than that."""
    first = np.searchsorted(pool, low, side="right")
    beyond = first >= pool.size
    picks = first + (random.random(low.size) * (pool.size - first)).astype(np.int64)
    drawn = pool[np.minimum(picks, pool.size - 1)] + _SMOOTH * random.standard_normal(low.size)
    more = low + _BEYOND * random.standard_exponential(low.size)
    return np.asarray(np.where(beyond, more, np.maximum(drawn, low)), np.float64)


def log_survival(z: Floats, freedom: float) -> Floats:
    """Logarithm of the probability of more than z."""
    if freedom >= NORMAL:
        return np.asarray(log_ndtr(-z), np.float64)
    return np.asarray(np.log(np.maximum(stdtr(freedom, -z), 1e-300)), np.float64)


def log_density(z: Floats, freedom: float) -> Floats:
    """Logarithm of the density at z."""
    if freedom >= NORMAL:
        return np.asarray(-0.5 * z**2 - 0.5 * np.log(2 * np.pi), np.float64)
    constant = gammaln((freedom + 1) / 2) - gammaln(freedom / 2) - 0.5 * np.log(freedom * np.pi)
    return np.asarray(constant - (freedom + 1) / 2 * np.log1p(z**2 / freedom), np.float64)


def weight(square: Floats, freedom: float) -> Floats:
    """How much a run counts whose squared distance is this: less the farther it is, where tails are heavy."""
    if freedom >= NORMAL:
        return np.ones_like(square)
    return np.asarray((freedom + 1) / (freedom + square), np.float64)


def normal_score(z: float, freedom: float) -> float:
    """The distance that is as rare under the normal curve as z is here."""
    if freedom >= NORMAL:
        return z
    return (
        float(-ndtri(max(stdtr(freedom, -z), 1e-300)))
        if z > 0
        else float(ndtri(max(stdtr(freedom, z), 1e-300)))
    )
