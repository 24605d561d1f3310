"""The effect of a reminder: how much more often those reminded paid than those left out at random, with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

__all__ = ["Effect", "effect", "wilson"]

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Effect:
    """The difference of two payment rates and the interval that holds it with the confidence named.

    Invariant: -1 <= low <= difference <= high <= 1.
    """

    treated: int
    treated_paid: int
    control: int
    control_paid: int
    difference: float
    low: float
    high: float
    confidence: float

    @property
    def is_shown(self) -> bool:
        """Whether the interval leaves no effect out: only then the reminder is known to change anything."""
        return not self.low <= 0 <= self.high


def effect(
    treated: int,
    treated_paid: int,
    control: int,
    control_paid: int,
    confidence: float = CONFIDENCE,
) -> Effect:
    """The effect by Newcombe's hybrid score interval (1998, method 10); ValueError: an empty group, a wrong count."""
    first, second = treated_paid / max(treated, 1), control_paid / max(control, 1)
    low_1, high_1 = wilson(treated_paid, treated, confidence)
    low_2, high_2 = wilson(control_paid, control, confidence)
    difference = first - second
    low = difference - sqrt((first - low_1) ** 2 + (high_2 - second) ** 2)
    high = difference + sqrt((high_1 - first) ** 2 + (second - low_2) ** 2)
    return Effect(
        treated,
        treated_paid,
        control,
        control_paid,
        difference,
        max(-1.0, low),
        min(1.0, high),
        confidence,
    )


def wilson(hits: int, count: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Wilson's score interval of a rate; ValueError."""
    if count < 1:
        raise ValueError(f"count {count}: a rate is of at least one")
    if not 0 <= hits <= count:
        raise ValueError(f"hits {hits}: from 0 to {count}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence}: between 0 and 1")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    rate, weight = hits / count, z * z / count
    middle = (rate + weight / 2) / (1 + weight)
    half = sqrt(rate * (1 - rate) * weight + weight * weight / 4) / (1 + weight)
    # The ends are exact: rounding must not lead past the rate itself.
    low = 0.0 if hits == 0 else min(middle - half, rate)
    high = 1.0 if hits == count else max(middle + half, rate)
    return low, high
