"""A router taken out of the way of others' packets, and put back: told to its neighbours in two steps, and saved.

BGP goes first and OSPF after it, in both directions: a border router that is unattractive inside while the networks still
prefer it hands over what they send it. A drained router starts drained: what it drained by is in its start-up, and leading
back is a step of its own (a router that comes back at once loses packets for up to 4 s).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from netconfig.canonical import Config, canonical_text, read_config
from netconfig.push import PushResult, push_device, read_running
from netconfig.safeguard import Safeguard
from netconfig.terminal import Terminal

__all__ = ["PAUSE_S", "Drain"]

PAUSE_S = 2.0
"""Between the steps: routes have moved within a second, neighbours are told and have nothing to notice."""


@dataclass(frozen=True, slots=True)
class Drain:
    """By what a device is drained: the lines that its BGP neighbours see, then the others.

    Each step has the lines that only the drained device has, and those that only the other one has.
    """

    steps: tuple[tuple[Config, Config], ...]

    @classmethod
    def of(cls, plain: str, drained: str) -> Drain:
        """What of the two texts differs."""
        run, led_around = read_config(plain), read_config(drained)
        added, missing = led_around - run, run - led_around
        seen, hidden = _outside(added), _outside(missing)
        steps = ((seen, hidden), (added - seen, missing - hidden))
        return cls(tuple(step for step in steps if any(step)))

    def is_in(self, running: Config) -> bool:
        """Whether a device is drained, wholly."""
        return bool(self.steps) and all(
            added <= running and not missing & running for added, missing in self.steps
        )

    def push(
        self,
        host: str,
        terminal: Terminal,
        safeguard: Callable[[], Safeguard],
        *,
        is_drained: bool,
        sleep: Callable[[float], None] = time.sleep,
    ) -> PushResult:
        """Drain a device, or lead back to it, and change nothing else; each step is confirmed by itself.

        Raises what `push_device` does.
        """
        results: list[PushResult] = []
        for added, missing in self.steps:
            shown = read_running(host, terminal)
            running = read_config(shown)
            more, less = (added, missing) if is_drained else (missing, added)
            wanted = (running | more) - less
            if wanted != running and results and results[-1].changed:
                sleep(PAUSE_S)
            result = push_device(
                host, canonical_text(wanted), terminal, safeguard=safeguard(), shown=shown
            )
            results.append(result)
            if not result.is_ok:
                break
        return PushResult(
            device=host,
            changed=any(result.changed for result in results),
            commands=tuple(line for result in results for line in result.commands),
            diff="".join(result.diff for result in results),
            error=results[-1].error if results else f"{host} has nothing to be drained by",
            seconds=0,
            sections=tuple(section for result in results for section in result.sections),
        )


def _outside(lines: Config) -> Config:
    return frozenset(path for path in lines if path[0].startswith("router bgp"))
