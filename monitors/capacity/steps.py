"""Level steps in a history: days from which everything lies higher or lower, such as after a release."""

from __future__ import annotations

import numpy as np

from monitors.capacity.series import Floats

__all__ = ["find_steps", "step_columns"]

_MOST = 4
_MARGIN = 10
"""Days at either end in which a step cannot be told from a few odd days."""
_COST = 3.0
"""How much better than the criterion (BIC) a step must be: it has a place and a height, and places are searched."""


def step_columns(count: int, steps: tuple[int, ...]) -> Floats:
    """A column for each step: 0 before its day, 1 from it on."""
    days = np.arange(count)[:, None]
    return (days >= np.asarray(steps, dtype=int)[None, :]).astype(float)


def find_steps(values: Floats, design: Floats) -> tuple[int, ...]:
    """The positions at which a level begins that trend and calendar (`design`) do not explain, in order.

    Each is the one that leaves the least squares; it is kept while that is worth more than `_COST` times the logarithm of
    the number of independent days (autocorrelation counts). Values that lie far off are drawn in: outliers make no steps.
    """
    count = len(values)
    found: list[int] = []
    while len(found) < _MOST:
        place, gain, scale = _best(values, np.hstack([design, step_columns(count, tuple(found))]))
        if place is None or gain < _COST * np.log(count) * scale:
            return tuple(sorted(found))
        found.append(place)
    return tuple(sorted(found))


def _best(values: Floats, design: Floats) -> tuple[int | None, float, float]:
    """The best further step: its position, what it gains in -2 log likelihood, and how many days count as one."""
    count = len(values)
    base, _ = np.linalg.qr(design)
    rest = values - base @ (base.T @ values)
    spread = 1.4826 * np.median(np.abs(rest - np.median(rest))) or float(rest.std()) or 1.0
    # First without drawing in: a high step leaves everything far off until it is found.
    rest = np.clip(rest, -4 * spread, 4 * spread)
    places = np.arange(_MARGIN, count - _MARGIN)
    if len(places) == 0:
        return None, 0.0, 1.0
    columns = step_columns(count, tuple(places))
    columns -= base @ (base.T @ columns)
    norms = np.einsum("ij,ij->j", columns, columns)
    norms[norms < 1e-9] = np.inf
    shared = columns.T @ rest
    heights = shared / norms
    at = int(np.argmax(shared * heights))
    left = rest - heights[at] * columns[:, at]
    before, after = float(rest @ rest), float(left @ left)
    if after <= 0 or before <= 0:
        return None, 0.0, 1.0
    tie = float(left[1:] @ left[:-1]) / after
    return int(places[at]), count * np.log(before / after), max((1 + tie) / (1 - min(tie, 0.95)), 1)
