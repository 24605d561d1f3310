"""The one clock of a drill."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

__all__ = ["Clock", "MonotonicClock", "SystemClock", "wait_until"]


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


def wait_until(
    clock: Clock,
    deadline_s: float,
    look: Callable[[], str | None],
    tick_s: float,
    say: Callable[[str], object] = lambda _: None,
) -> str | None:
    """Look until nothing is lacking; what still is after `deadline_s` seconds, None where all came about."""
    until = clock.now() + deadline_s
    while (lacking := look()) is not None:
        left = until - clock.now()
        if left <= 0:
            return lacking
        say(lacking)
        clock.sleep(min(tick_s, left))
    return None
