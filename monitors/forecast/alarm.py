"""When a probability becomes an alarm, and when it stops being one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitors.forecast.calibration import Calibrations
from monitors.forecast.history import PastNight

__all__ = ["AHEAD", "FALSE", "Alarm", "Look", "alarm_of", "raised"]

AHEAD = 60.0
"""Minutes before the opening until which an alarm still helps."""
FALSE = 0.02
"""Share of the nights in time that may be alarmed for nothing."""
_LEAST_NIGHTS = 50
_HIGHEST = 0.98


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the night: the minute and the probability of running into the day."""

    minute: float
    p_overrun: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """The alarm rises at `rise` and falls only below `fall`, so that it does not flicker.

    `rise` states what being wrong costs: who is called for nothing is worth (1 - rise) / rise of a morning lost.
    """

    rise: float = 0.9
    fall: float = 0.6


def alarm_of(nights: Iterable[PastNight], calibrations: Calibrations) -> Alarm:
    """The usual alarm; a higher one where that would have called in more than FALSE of the past nights in time.

    With fewer than fifty such nights that cannot be said. It is never lower: that is a matter of cost, not of calibration.
    """
    peaks = sorted(
        max(1 - calibrations.at(one.minute).probability(1 - one.p_overrun) for one in looks)
        for night in nights
        if night.is_overrun is False and night.opening is not None
        for looks in [[one for one in night.looks if one.minute <= night.opening - AHEAD]]
        if looks
    )
    usual = Alarm()
    if len(peaks) < _LEAST_NIGHTS:
        return usual
    # So many may lie at or above the rise; the next one has to stay below it.
    next_one = peaks[-1 - int(FALSE * len(peaks))]
    rise = min(max(next_one + 1e-9, usual.rise), _HIGHEST)
    return Alarm(rise, rise * usual.fall / usual.rise)


def raised(looks: Iterable[Look], alarm: Alarm | None = None) -> tuple[tuple[float, bool], ...]:
    """Say for every look, in the order of time, whether the alarm stands."""
    rule = alarm or Alarm()
    stands = False
    told = []
    for look in sorted(looks, key=lambda look: look.minute):
        stands = look.p_overrun >= (rule.fall if stands else rule.rise)
        told.append((look.minute, stands))
    return tuple(told)
