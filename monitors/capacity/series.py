"""The daily worst of something measured, and what it is measured against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "Ints", "Series"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Series:
    """One value a day from `since` on, in the measure's unit; days without a value are NaN."""

    name: str
    since: date
    values: Floats

    @property
    def days(self) -> list[date]:
        """The days, in order."""
        return [self.since + timedelta(days=number) for number in range(len(self.values))]

    @property
    def until(self) -> date:
        """The last day."""
        return self.since + timedelta(days=len(self.values) - 1)

    def known_days(self) -> int:
        """How many days have a value."""
        return int(np.isfinite(self.values).sum())
