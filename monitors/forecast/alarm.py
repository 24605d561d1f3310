"""When a probability becomes an alarm, and when it stops being one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Alarm", "Look", "raised"]


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


def raised(looks: Iterable[Look], alarm: Alarm | None = None) -> tuple[tuple[float, bool], ...]:
    """Say for every look, in the order of time, whether the alarm stands."""
    rule = alarm or Alarm()
    stands = False
    told = []
    for look in sorted(looks, key=lambda look: look.minute):
        stands = look.p_overrun >= (rule.fall if stands else rule.rise)
        told.append((look.minute, stands))
    return tuple(told)
