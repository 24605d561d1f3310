"""When a limit is reached: many made-up futures of a history, and the day on which each of them reaches it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from inventory.calendar import Calendar
from inventory.capacity import Driver
from monitors.capacity.business import Business
from monitors.capacity.effects import calendar_effects
from monitors.capacity.fit import SHAPES, Fit, fit
from monitors.capacity.level import wander
from monitors.capacity.series import Floats, Series

__all__ = ["HORIZON_DAYS", "LEAST_DAYS", "Forecast", "LimitDate", "forecast"]

HORIZON_DAYS = 1096
LEAST_DAYS = 120
"""Days of history without which nothing is said: two month ends, two pay days, and a trend beside them."""
_PATHS = 2000
_BLOCK = 7
"""Days of noise that are drawn together, so that what hangs together stays so."""
_INNER = (0.10, 0.50, 0.90)
_FLOOR = 1e-9


@dataclass(frozen=True, slots=True)
class LimitDate:
    """The day on which a limit is first reached: with 10, 50 and 90 % of the futures; None = not within the horizon."""

    earliest: date | None
    middle: date | None
    latest: date | None
    reached: float
    """Share of the futures that reach it within the horizon."""

    def holds(self, day: date) -> bool:
        """Whether a day lies inside the 80 % interval."""
        return (
            self.earliest is not None
            and self.earliest <= day
            and (self.latest is None or day <= self.latest)
        )


@dataclass(frozen=True, slots=True)
class Forecast:
    """A history, what was found in it, and its futures by day: the 10, 50 and 90 % of each day, and the limit's date."""

    series: Series
    limit: float
    limit_date: LimitDate
    steps: tuple[date, ...]
    yearly_growth: float
    """The trend's share of the last level in a year, the business's growth not in it."""
    business_growth: float
    """What the drivers alone add in the year to come, as a share."""
    days: tuple[date, ...]
    low: Floats
    middle: Floats
    high: Floats


def forecast(
    series: Series,
    limit: float,
    calendar: Calendar,
    drivers: Sequence[tuple[Driver, float]] = (),
    *,
    horizon: int = HORIZON_DAYS,
    paths: int = _PATHS,
    seed: int = 1,
) -> Forecast:
    """Forecast a history of at least `LEAST_DAYS` days; the same history, seed and calendar give the same forecast.

    What is measured is divided by the business (`drivers` with the share of their growth that it follows); the rest is
    taken apart in three shapes of growth, and each speaks in proportion to how well it explains the history. A future
    draws the trend from what is known of it, the business from its own uncertainty, the level and the noise.
    """
    chance = np.random.default_rng(seed)
    business = Business(drivers, series.until)
    coming = [series.until + timedelta(days=1 + number) for number in range(horizon)]
    unit = series.values / business.past(series.days)
    effects = calendar_effects(calendar, [*series.days, *coming])
    past, future = effects[: len(unit)], effects[len(unit) :]
    # A logarithm needs something to take it of.
    shapes = SHAPES if np.nanmin(unit) > _FLOOR else SHAPES[:1]
    fits = [fit(unit, past, shape) for shape in shapes]
    drawn = np.vstack(
        [
            _futures(one, future, count, chance)
            for one, count in zip(fits, _shares(fits, paths), strict=True)
            if count
        ]
    )
    drawn *= business.futures(coming, len(drawn), chance)
    low, middle, high = np.quantile(drawn, _INNER, axis=0)
    best = min(fits, key=lambda one: one.score)
    return Forecast(
        series=series,
        limit=limit,
        limit_date=date_of(drawn, limit, coming),
        steps=tuple(series.days[step] for step in best.steps),
        yearly_growth=_growth(best, past),
        business_growth=float(business.expected(coming[min(364, horizon - 1) :][:1])[0]) - 1,
        days=tuple(coming),
        low=low,
        middle=middle,
        high=high,
    )


def date_of(drawn: Floats, limit: float, coming: Sequence[date]) -> LimitDate:
    """The interval of the first day on which each future (a row) is at the limit or above it."""
    over = drawn >= limit
    reached = over.any(axis=1)
    first = np.where(reached, over.argmax(axis=1), len(coming))
    found = [
        coming[place] if place < len(coming) else None
        for place in (int(np.quantile(first, share, method="inverted_cdf")) for share in _INNER)
    ]
    return LimitDate(found[0], found[1], found[2], round(float(reached.mean()), 4))


def _futures(one: Fit, effects: Floats, count: int, chance: np.random.Generator) -> Floats:
    drawn = chance.multivariate_normal(one.weights, one.covariance, size=count, method="svd")
    paths = one.paths(drawn, effects, len(one.rest))
    paths += wander(one.rest, len(effects), count, chance)
    paths += _noise(one.rest, count, len(effects), chance)
    return one.values(paths)


def _noise(rest: Floats, count: int, days: int, chance: np.random.Generator) -> Floats:
    """Whole weeks of what is left, put together anew (block bootstrap; Künsch, 1989).

    A week begins on the weekday on which the future begins: a Sunday's noise, which may be larger, stays a Sunday's.
    """
    whole = len(rest) // _BLOCK * _BLOCK
    left = np.nan_to_num(rest[len(rest) - whole :] - np.nanmean(rest))
    weeks = left.reshape(-1, _BLOCK)
    chosen = chance.integers(0, len(weeks), size=(count, -(-days // _BLOCK)))
    return np.asarray(weeks[chosen].reshape(count, -1)[:, :days])


def _shares(fits: Sequence[Fit], paths: int) -> list[int]:
    """How many futures each shape draws: Akaike's weights of their scores."""
    scores = np.array([one.score for one in fits])
    weights = np.exp(-(scores - scores.min()) / 2)
    counts = np.floor(paths * weights / weights.sum()).astype(int)
    counts[int(np.argmin(scores))] += paths - int(counts.sum())
    return [int(count) for count in counts]


def _growth(one: Fit, past: Floats) -> float:
    """What the trend adds in the coming year, as a share of the level on the last day (a plain Monday's)."""
    plain = np.zeros((366, past.shape[1]))
    ahead = one.values(one.paths(one.weights[None, :], plain, len(past)))[0]
    return float(ahead[-1] / ahead[0] - 1) if ahead[0] else 0.0
