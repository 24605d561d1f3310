"""What load follows besides time: how much more business there is on a day than on the last day of a history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from inventory.capacity import Driver
from monitors.capacity.series import Floats

__all__ = ["Business"]


class Business:
    """The product of drivers, each with the share of its growth that the load follows, 1 on the last day of the history."""

    def __init__(self, drivers: Sequence[tuple[Driver, float]], last: date) -> None:
        self._drivers = drivers
        self._last = last

    def past(self, days: Sequence[date]) -> Floats:
        """By day: the business over that of the last day."""
        return self.expected(days)

    def expected(self, days: Sequence[date]) -> Floats:
        """By day: the business over that of the last day, as the drivers' figures go on."""
        product = np.ones(len(days))
        for driver, share in self._drivers:
            base = driver.at(self._last)
            product *= np.array([driver.at(day) / base for day in days]) ** share
        return product

    def futures(self, days: Sequence[date], count: int, chance: np.random.Generator) -> Floats:
        """Paths (rows) of the business: what is expected, times how far off each driver may be by then (a random walk)."""
        paths = np.tile(self.expected(days), (count, 1))
        for driver, share in self._drivers:
            if not driver.yearly_sd_percent:
                continue
            spread = np.array([driver.sd(day) ** 2 for day in days])
            begun = driver.sd(self._last) ** 2
            grown = np.diff(np.maximum(spread, begun), prepend=begun)
            walk = np.cumsum(chance.standard_normal((count, len(days))) * np.sqrt(grown), axis=1)
            paths *= np.exp(share * walk)
        return paths
