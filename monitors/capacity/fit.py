"""A history taken apart: trend, calendar, steps, and what is left, in one of three shapes of growth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from monitors.capacity.series import Floats, Ints
from monitors.capacity.steps import find_steps

__all__ = ["SHAPES", "Fit", "Shape", "fit"]

Shape = Literal["sum", "even", "compound"]
SHAPES: tuple[Shape, ...] = ("sum", "even", "compound")

_YEAR = 365.25
_TIES_DAYS = 28
"""Days over which what is left may hang together; the spread of the coefficients counts them (Newey and West, 1987)."""
_TURNS = 12
_FAR = 2.5
"""Standard deviations from which a day counts less (Huber, 1964)."""
_FLOOR = 1e-6


@dataclass(frozen=True, slots=True)
class Fit:
    """What explains a history in one shape, and how surely.

    `sum`: level and calendar are added. `even`: the level grows by the same amount a year and the calendar multiplies it.
    `compound`: it grows by the same share. `weights` and `covariance` are of the level's columns (one, years, steps) and
    then of the calendar's. `rest` is what is left by day, in logarithms but for `sum`. `score` compares shapes: what a
    history of independent days would have as -2 log likelihood, with a price for each column (BIC).
    """

    shape: Shape
    steps: tuple[int, ...]
    weights: Floats
    covariance: Floats
    rest: Floats
    score: float

    def paths(self, weights: Floats, effects: Floats, first: int) -> Floats:
        """By row of weights, what is expected from position `first` of the history on; logarithms but for `sum`."""
        level = _level(np.arange(first, first + len(effects)), self.steps)
        count = level.shape[1]
        grown = weights[:, :count] @ level.T
        if self.shape == "even":
            grown = np.log(np.maximum(grown, _FLOOR * np.abs(weights[:, :1])))
        return np.asarray(grown + weights[:, count:] @ effects.T)

    def values(self, paths: Floats) -> Floats:
        """From what `paths` gives, with anything added, to the measure's unit."""
        return paths if self.shape == "sum" else np.asarray(np.exp(np.minimum(paths, 700)))


def fit(values: Floats, effects: Floats, shape: Shape) -> Fit:
    """Take a history apart; days without a value have no say, an effect that the history does not have stays 0."""
    known = np.isfinite(values)
    days = np.flatnonzero(known)
    seen = values[known] if shape == "sum" else np.log(values[known])
    calendar = effects[known]
    weights, columns, left, _ = _solve(seen, days, (), calendar, shape)
    # Where steps are is told by what is left; the columns keep what trend and calendar would take of one.
    found = find_steps(left, _told(columns))
    steps = tuple(int(days[place]) for place in found)
    weights, columns, left, trust = _solve(seen, days, steps, calendar, shape)
    rest = np.full(len(values), np.nan)
    rest[known] = left
    deviance = len(seen) * float(np.log(max(float(np.mean(trust * left**2)), 1e-300)))
    if shape != "sum":
        deviance += 2 * float(seen.sum())
    return Fit(
        shape=shape,
        steps=steps,
        weights=weights,
        covariance=_covariance(columns, left * trust, trust),
        rest=rest,
        # A step has a height, and a place that was searched.
        score=deviance * _independent(left) + (columns.shape[1] + len(steps)) * np.log(len(seen)),
    )


def _level(days: Ints, steps: tuple[int, ...]) -> Floats:
    after = days[:, None] >= np.asarray(steps, dtype=int)[None, :]
    return np.column_stack([np.ones(len(days)), days / _YEAR, after.astype(float)])


def _solve(
    seen: Floats,
    days: Ints,
    steps: tuple[int, ...],
    calendar: Floats,
    shape: Shape,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Weights, the columns that they stand before (linear near the solution), what is left, and how much each day counts."""
    level = _level(days, steps)
    count = level.shape[1]
    plain = np.hstack([level, calendar])
    trust = np.ones(len(seen))
    weights = np.asarray(np.linalg.lstsq(plain, seen, rcond=None)[0], dtype=np.float64)
    columns, expected = plain, plain @ weights
    if shape == "even":
        weights = _begun(seen, level, calendar)
    for _ in range(_TURNS):
        if shape == "even":
            grown = np.maximum(level @ weights[:count], _FLOOR * abs(weights[0]))
            columns = np.hstack([level / grown[:, None], calendar])
            expected = np.log(grown) + calendar @ weights[count:]
        else:
            expected = plain @ weights
        left = seen - expected
        spread = 1.4826 * float(np.median(np.abs(left))) or 1e-12
        trust = 1 / np.maximum(np.abs(left) / (_FAR * spread), 1)
        root = np.sqrt(trust)
        weights = weights + np.linalg.lstsq(columns * root[:, None], left * root, rcond=None)[0]
    return np.asarray(weights, dtype=np.float64), columns, seen - expected, trust


def _begun(seen: Floats, level: Floats, calendar: Floats) -> Floats:
    """Where the search for an even growth begins: the calendar of the compound one, and a line through what it leaves."""
    count = level.shape[1]
    compound = np.linalg.lstsq(np.hstack([level, calendar]), seen, rcond=None)[0]
    bare = np.exp(seen - calendar @ compound[count:])
    return np.concatenate([np.linalg.lstsq(level, bare, rcond=None)[0], compound[count:]])


def _told(columns: Floats) -> Floats:
    return columns[:, np.abs(columns).sum(axis=0) > 0]


def _independent(left: Floats) -> float:
    """The share of days that count, where each hangs together with the one before."""
    whole = float(left @ left)
    tie = float(left[1:] @ left[:-1]) / whole if whole > 0 else 0.0
    tie = min(max(tie, 0.0), 0.95)
    return (1 - tie) / (1 + tie)


def _covariance(columns: Floats, scores: Floats, trust: Floats) -> Floats:
    """How surely the weights are known, days that hang together counted (sandwich with Bartlett's window)."""
    inverse = np.linalg.pinv(columns.T @ (columns * trust[:, None]))
    moments = columns * scores[:, None]
    middle = moments.T @ moments
    for lag in range(1, min(_TIES_DAYS, len(columns) - 1) + 1):
        cross = moments[lag:].T @ moments[:-lag]
        middle += (1 - lag / (_TIES_DAYS + 1)) * (cross + cross.T)
    return np.asarray(inverse @ middle @ inverse)
