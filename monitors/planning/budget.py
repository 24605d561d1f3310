"""A budget of processor time: seconds of all threads of this process, or, to be repeatable, a counted amount of work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Budget", "compiled_seconds", "compiling"]

_LOOK_S = 0.02
_COMPILED: list[float] = [0.0]


class Budget:
    """Processor seconds that are left; `compiling` is not counted against it."""

    def __init__(self, cpu_seconds: float, *, is_counted: bool = False) -> None:
        """Start the budget; with `is_counted` the clock is ignored and only `spend` takes from it."""
        self.cpu_seconds = cpu_seconds
        self.is_counted = is_counted
        self._spent = 0.0
        self._began = time.process_time()
        self._compiled = _COMPILED[0]

    @property
    def used(self) -> float:
        """Seconds used so far."""
        if self.is_counted:
            return self._spent
        return time.process_time() - self._began - (_COMPILED[0] - self._compiled)

    @property
    def left(self) -> float:
        """Seconds that are left; never under 0."""
        return max(0.0, self.cpu_seconds - self.used)

    def spend(self, seconds: float) -> None:
        """Count work that takes about so long; without effect where the clock counts."""
        self._spent += seconds

    @contextmanager
    def stopping(self, stop: Callable[[], object], share: float) -> Iterator[None]:
        """Call `stop` once `share` seconds more have been used while the body runs; not where work is counted."""
        if self.is_counted:
            yield
            return
        until = min(self.used + share, self.cpu_seconds)
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(_LOOK_S):
                if self.used >= until:
                    stop()

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()


@contextmanager
def compiling() -> Iterator[None]:
    """What runs in the body is compiling, and counts against no budget of this process."""
    began = time.process_time()
    try:
        yield
    finally:
        _COMPILED[0] += time.process_time() - began


def compiled_seconds() -> float:
    """Processor seconds that went into compiling so far."""
    return _COMPILED[0]
