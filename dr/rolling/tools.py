"""Everything that a rolling change is given; the twin and the real estate give the same kinds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from dr.clock import Clock, SystemClock, wait_until
from dr.fetch import Connect
from dr.layout import Layout
from inventory import Estate
from inventory.transport import Completed, Transport

__all__ = ["Routing", "Tools", "Watchers", "wait"]

Say = Callable[[str], object]


class Routing(Protocol):
    """Drains routers, or leads back to them, and changes nothing else of them."""

    def __call__(self, hosts: Sequence[str], *, is_drained: bool) -> tuple[str, ...]:
        """Push that; a sentence for each device that does not run what it was sent."""
        ...


class Watchers:
    """Programs of somebody else on the hosts that are changed: a drill's clients and probes."""

    def leaving(self, hosts: Collection[str]) -> None:
        """Stop what runs on hosts before they go."""

    def returned(self, hosts: Collection[str]) -> None:
        """Start it again on hosts that are back."""


@dataclass(frozen=True, slots=True)
class Tools:
    """Hands and eyes of a rolling change, from where it is conducted."""

    estate: Estate
    hosts: tuple[str, ...]
    """The hosts that exist here: a slice of the estate."""
    transport: Transport
    connect: Connect
    routing: Routing
    provision: Callable[[Sequence[str]], tuple[str, ...]]
    """Runs the playbooks on hosts; a sentence for each that failed."""
    clock: Clock = field(default_factory=SystemClock)
    layout: Layout = field(default_factory=Layout)
    say: Say = lambda _: None
    watchers: Watchers = field(default_factory=Watchers)

    def address(self, host: str) -> str:
        """Give the address under which a host is managed."""
        return str(self.estate.hosts[host].address)

    def named(self, role: str) -> tuple[str, ...]:
        """Give the hosts with a role."""
        return tuple(host.name for host in self.estate.select(role=role, within=self.hosts))

    def root(self, host: str, *argv: str, deadline_s: float = 20.0) -> Completed:
        """Run a command on a host as root."""
        return self.transport.run(host, argv, deadline_s=deadline_s, sudo=True)


def wait(
    tools: Tools, deadline_s: float, look: Callable[[], str | None], tick_s: float = 0.5
) -> str | None:
    """Look until nothing is lacking; what still is when the time is up, None where all came about."""
    return wait_until(tools.clock, deadline_s, look, tick_s, tools.say)
