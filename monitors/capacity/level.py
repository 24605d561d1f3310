"""How the level that is left may wander: weekly means under exponential smoothing, widened by what it missed in the past."""

from __future__ import annotations

import numpy as np

from monitors.capacity.series import Floats

__all__ = ["wander"]

_WEEK = 7
_LEAST_WEEKS = 12
_QUARTER = 13
_WINDOWS = 4
"""Quarters of the past that are forecast for the conformal interval, each from at least two quarters before it."""
_LEVEL = 80
_SDS = 1.2816
"""Standard deviations to either side of a normal distribution's middle that hold `_LEVEL` percent."""


def wander(rest: Floats, days: int, paths: int, chance: np.random.Generator) -> Floats:
    """Paths (rows) of the level on each of the coming days, from what trend, calendar and steps left of a history.

    AutoETS (statsforecast) finds how much of a week's surprise stays: ANN, for the trend is the fit's. Where its conformal
    interval a quarter ahead (from forecasts of the past) is wider than its own, the difference wanders too.
    """
    weeks = _weekly(rest)
    if len(weeks) < _LEAST_WEEKS or float(np.ptp(weeks)) < 1e-12:
        return np.zeros((paths, days))
    from statsforecast.models import AutoETS  # slow to load, and only a forecast needs it
    from statsforecast.utils import ConformalIntervals

    model = AutoETS(season_length=1, model="ANN").fit(weeks)
    stays = float(model.model_["par"][0])
    misses = np.asarray(model.model_["residuals"], dtype=float)
    own = model.forecast(weeks, h=_QUARTER, level=[_LEVEL])
    beyond = 0.0
    windows = min(_WINDOWS, len(weeks) // _QUARTER - 2)
    if windows > 1:
        tried = ConformalIntervals(n_windows=windows, h=_QUARTER)
        past = AutoETS(season_length=1, model="ANN", prediction_intervals=tried).forecast(
            weeks, h=_QUARTER, level=[_LEVEL]
        )
        beyond = max(_variance(past) - _variance(own), 0.0) / _QUARTER
    ahead = -(-days // _WEEK)
    surprise = stays * chance.choice(misses - misses.mean(), size=(paths, ahead))
    surprise += np.sqrt(beyond) * chance.standard_normal((paths, ahead))
    last = float(model.model_["states"][-1][0])
    level = last + np.cumsum(surprise, axis=1)
    return np.repeat(level, _WEEK, axis=1)[:, :days]


def _variance(forecast: dict[str, Floats]) -> float:
    """The variance of a week a quarter ahead that an interval stands for."""
    wide = forecast[f"hi-{_LEVEL}"] - forecast[f"lo-{_LEVEL}"]
    return float(np.mean(wide[_QUARTER // 2 :] / (2 * _SDS)) ** 2)


def _weekly(rest: Floats) -> Floats:
    whole = len(rest) // _WEEK * _WEEK
    rows = rest[len(rest) - whole :].reshape(-1, _WEEK)
    rows = rows[np.isfinite(rows).any(axis=1)]
    known = np.isfinite(rows)
    return np.asarray(np.where(known, rows, 0).sum(axis=1) / known.sum(axis=1))
