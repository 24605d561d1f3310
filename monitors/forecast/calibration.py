"""Probabilities corrected by how earlier ones turned out (conformal, isotonic by construction)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from monitors.forecast.network import Floats

__all__ = ["Calibration", "Calibrations", "pit", "pit_histogram"]

_NEAR_MINUTES = 30.0


def pit(samples: Floats, truth: float) -> float:
    """The share of forecast finishes that lie below what happened; over honest forecasts it is uniform."""
    return float(
        ((samples < truth).sum() + 0.5 * (samples == truth).sum() + 0.5) / (samples.size + 1)
    )


def pit_histogram(pits: Sequence[float], bins: int = 10) -> tuple[int, ...]:
    """How many nights fell into each tenth of their forecast; level = honest, a hump = too wide, horns = too narrow."""
    counts, _ = np.histogram(pits, bins=bins, range=(0.0, 1.0))
    return tuple(int(count) for count in counts)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Pits of nights that were not used for learning; without any, probabilities stay as they are.

    `weight` honest nights are mixed in: at 95 % two hundred pits alone are wrong by 1.5 points by chance.
    """

    pits: tuple[float, ...] = ()
    weight: int = 100

    def level(self, wanted: float) -> float:
        """The level of the raw forecast that holds with the wanted probability."""
        return float(np.interp(wanted, *self._curve()))

    def probability(self, raw: float) -> float:
        """What a raw probability that the finish lies below something is worth."""
        shares, levels = self._curve()
        return float(np.interp(raw, levels, shares))

    def _curve(self) -> tuple[Floats, Floats]:
        if not self.pits:
            return np.array([0.0, 1.0]), np.array([0.0, 1.0])
        honest = (np.arange(self.weight) + 0.5) / self.weight
        levels = np.sort(np.concatenate([self.pits, honest]))
        shares = (np.arange(levels.size) + 0.5) / levels.size
        return np.concatenate([[0.0], shares, [1.0]]), np.concatenate([[0.0], levels, [1.0]])


@dataclass(frozen=True, slots=True)
class Calibrations:
    """Pits with the minute at which each forecast was made: at 02:00 another error is usual than at 20:00."""

    pits: tuple[tuple[float, float], ...] = ()

    def at(self, minute: float) -> Calibration:
        """The calibration of forecasts that are made within half an hour of this minute."""
        near = (p for at, p in self.pits if -_NEAR_MINUTES < at - minute <= _NEAR_MINUTES)
        return Calibration(tuple(near))
