"""What is done to a router, or to one line of an office, that is taken away and put back as planned."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from dr.rolling.journal import Log
from dr.rolling.roller import lead_back
from dr.rolling.tools import Tools
from dr.rolling.ways import WayFailed, demand, take, ways_around
from dr.sweep.subjects import Subject
from dr.sweep.sweeper import BACK_S, Sweeper
from dr.sweep.ways import BOOT, LINE, boot_way, line_way
from inventory import Estate
from netconfig.model.tables import read_ip_route

__all__ = ["LineRemoval", "PushLine", "Removal", "RouterRemoval", "removable"]

PushLine = Callable[[str, str], str | None]
"""Pushes a router's configuration with its line to a network drained (empty: none); a sentence where that fails."""
_LOOK_S = 1.5
_WAY_IN_S = 30.0


class Removal(Protocol):
    """The steps, in order; WayFailed or OSError where one does not come about."""

    def drain(self) -> None:
        """Lead everything around it."""
        ...

    def go(self) -> None:
        """Take it away."""
        ...

    def back(self) -> None:
        """Put it back; safe to do twice, or where it never went."""
        ...

    def undrain(self) -> tuple[str, ...]:
        """Lead back; a sentence for everything that stays drained."""
        ...


def removable(
    estate: Estate, within: Collection[str], subjects: Sequence[Subject], offices: Collection[str]
) -> tuple[Subject, ...]:
    """Those of some subjects that can be led around: routers with another one beside them, lines of offices with another."""
    sites = [host.site for host in estate.select(role="router", within=within)]
    wires = {wire.name for wire in estate.wires(within)}
    lines = [line for line in estate.lines if line.name in wires and line.site in offices]
    routers = [(line.site, line.router) for line in lines]
    doubled = {line.name for line in lines if routers.count((line.site, line.router)) > 1}
    return tuple(
        subject
        for subject in subjects
        if (subject.kind == "router" and sites.count(estate.hosts[subject.thing].site) > 1)
        or (subject.kind == "link" and subject.thing in doubled)
    )


@dataclass(slots=True)
class RouterRemoval:
    """A router: led around as by `hikae patch`, it goes as one without power, and boots drained by what it saved."""

    host: str
    sweeper: Sweeper
    tools: Tools
    log: Log = field(init=False)

    def __post_init__(self) -> None:
        self.log = Log(self.sweeper.journal)

    def drain(self) -> None:
        """Graceful shutdown and maximum metric, and the LAN's shared address."""
        demand(self.sweeper.wait(_WAY_IN_S, self._no_way_in))
        for way in ways_around(self.tools, [self.host], [self.host]):
            self.log.drain(way)
            take(self.tools, way)

    def _no_way_in(self) -> str | None:
        # A connection that was kept through a failure may be dead: the first call tells, the next one makes another.
        done = self.tools.root(self.host, "true", deadline_s=5.0)
        return None if done.is_ok else f"no way in to {self.host}"

    def go(self) -> None:
        """It dies, and its lines fall."""
        self.sweeper.register(boot_way([self.host]))
        self.sweeper.faults.crash([self.host])

    def back(self) -> None:
        """It boots, and its sessions come up."""
        if not self.sweeper.undo.has(BOOT):
            return
        self.sweeper.faults.boot([self.host])
        self.sweeper.undo.forget(BOOT)
        demand(self.sweeper.wait(BACK_S, lambda: self.sweeper.settling.sessions([self.host])))

    def undrain(self) -> tuple[str, ...]:
        """In the other order."""
        return lead_back(self.tools, self.log, is_waiting=True)


@dataclass(slots=True)
class LineRemoval:
    """A line of an office: what passes over it is led over the other, then it is cut."""

    line: str
    sweeper: Sweeper
    push: PushLine
    number: int | None = None

    @property
    def ends(self) -> tuple[str, str, str]:
        """The office's router, its port, and the network."""
        settling = self.sweeper.settling
        line = next(line for line in settling.estate.lines if line.name == self.line)
        for host in settling.estate.select(role="router", site=line.site, within=settling.within):
            for port in host.interfaces:
                if port.wire == self.line:
                    return host.name, port.name, line.network
        raise WayFailed(f"no router of this slice has the line {self.line}")

    def drain(self) -> None:
        """Both ways, and wait until nothing is sent over it and no route changes any more."""
        router, port, network = self.ends
        if self.sweeper.journal is not None:
            self.number = self.sweeper.journal.begun(f"{LINE}: {self.line}", line_way(router))
        demand(self.push(router, network))
        settling, last = self.sweeper.settling, dict[str, str]()

        def look() -> str | None:
            before = dict(last)
            last.update(settling.tables.routes(settling.devices))
            if before != last:
                return "routes change still"
            rows = read_ip_route(last[router])
            used = [r for r in rows if r.protocol != "connected" and port in dict(r.ways)]
            return f"{router} still sends to {used[0].prefix} over {self.line}" if used else None

        demand(self.sweeper.wait(BACK_S, look, _LOOK_S))

    def go(self) -> None:
        """Both ends lose their carrier."""
        self.sweeper.faults.cut([self.line])

    def back(self) -> None:
        """The carrier, and the session over it."""
        self.sweeper.faults.heal([self.line])
        router, _, _ = self.ends
        demand(self.sweeper.wait(BACK_S, lambda: self.sweeper.settling.sessions([router])))

    def undrain(self) -> tuple[str, ...]:
        """The configuration as the estate wants it."""
        router, _, _ = self.ends
        said = self.push(router, "")
        if said is not None:
            return (f"{self.line} stays drained: {said}",)
        if self.sweeper.journal is not None and self.number is not None:
            self.sweeper.journal.undone(self.number)
        return ()
