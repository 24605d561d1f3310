"""The one clock of a drill."""

from __future__ import annotations

import time
from typing import Protocol

__all__ = ["Clock", "MonotonicClock", "SystemClock"]


class Clock(Protocol):
    """Tells the time and lets it pass; tests have a clock of their own."""

    def now(self) -> float:
        """Give the present moment in seconds, as `time.time()` does."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> float:
        """Give `time.time()`."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Sleep; nothing for a negative time."""
        time.sleep(max(0.0, seconds))


class MonotonicClock(SystemClock):
    """CLOCK_MONOTONIC: what all hosts of one machine share and nobody sets, for stamps that are compared with theirs."""

    def now(self) -> float:
        """Give `time.monotonic()`."""
        return time.monotonic()
