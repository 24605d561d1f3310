"""What a change of devices is guarded by: their own way back, and what must be so before it may stay.

Invariant: nothing is typed before the device has its way back, and nothing is confirmed while a check lacks something that
it had before. What was amiss before a change is not laid to it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from netconfig.guard import Begun, Guard
from netconfig.terminal import Terminal

__all__ = ["Check", "Safeguard", "UnfitFailed"]

_TICK_S = 0.5
_AGAIN_S = 5.0
"""A second look after a wave waits so long: a neighbour may be a moment late, a loss stays."""


class UnfitFailed(Exception):
    """A device must not be changed at this moment; the sentence says why. Nothing was typed."""


class Check(Protocol):
    """One thing that is looked at before a change and after it."""

    def look(self, host: str, terminal: Terminal) -> Any:
        """What is so now at a device."""
        ...

    def obstacle(self, host: str, now: Any) -> str | None:
        """Why the device must not be changed while that is so."""
        ...

    def lacking(self, host: str, now: Any, before: Any) -> tuple[str, ...]:
        """A sentence for everything that is amiss now and was not before."""
        ...


@dataclass(slots=True)
class Safeguard:
    """The guard and the checks of one wave; it remembers what each device was like before."""

    guard: Guard
    checks: Sequence[Check] = ()
    deadline_s: float = 30.0
    _before: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def begin(self, host: str, terminal: Terminal) -> Begun:
        """Look, and arm the device; not armed where a change that was pending went back: it is to be read again.

        UnfitFailed where it must not be changed now; GuardFailed.
        """
        seen = tuple(check.look(host, terminal) for check in self.checks)
        for check, now in zip(self.checks, seen, strict=True):
            if obstacle := check.obstacle(host, now):
                raise UnfitFailed(obstacle)
        self._before[host] = seen
        return self.guard.begin(host, terminal)

    def wait(self, host: str, terminal: Terminal, deadline_s: float | None = None) -> str | None:
        """Wait until no check lacks anything; else what they lack at the deadline, as a sentence."""
        limit = self.deadline_s if deadline_s is None else deadline_s
        end = time.monotonic() + limit
        while lacking := self._lacking(host, terminal):
            if time.monotonic() > end:
                more = f" (and {len(lacking) - 3} more)" if len(lacking) > 3 else ""
                return f"after {limit:.0f} s {', '.join(lacking[:3])}{more}"
            time.sleep(_TICK_S)
        return None

    def look_again(self, host: str, terminal: Terminal) -> str | None:
        """The same some time after the change has been confirmed; None for a device that was not changed."""
        if host not in self._before:
            return None
        return self.wait(host, terminal, min(_AGAIN_S, self.deadline_s))

    def _lacking(self, host: str, terminal: Terminal) -> tuple[str, ...]:
        return tuple(
            sentence
            for check, before in zip(self.checks, self._before[host], strict=True)
            for sentence in check.lacking(host, check.look(host, terminal), before)
        )
