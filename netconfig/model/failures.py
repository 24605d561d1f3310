"""What can be taken away: cables, switches, devices, sessions, networks, each as the ports and sessions that go with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from netconfig.model.plan import Plan

__all__ = ["Failure", "core_failures", "every_failure"]


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that fails: `kind` link, router, session or network, and what goes down with it.

    `thing` says what of a site it is (`router`, `lan`, `line` or nothing of these), for what is declared single.
    """

    kind: str
    name: str
    ports: tuple[int, ...] = ()
    halves: tuple[int, ...] = ()
    devices: tuple[str, ...] = ()
    thing: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def every_failure(plan: Plan) -> tuple[Failure, ...]:
    """All of them, in the order of the plan."""
    return (*_links(plan), *_routers(plan), *_sessions(plan), *_networks(plan))


def core_failures(plan: Plan, core: Collection[str]) -> tuple[Failure, ...]:
    """The links and routers between the devices named: what is also tried in pairs."""
    return tuple(
        failure
        for failure in every_failure(plan)
        if failure.kind in ("router", "link") and set(failure.devices) <= set(core)
    )


def _links(plan: Plan) -> Iterable[Failure]:
    for number, wire in enumerate(plan.wires):
        ports = plan.ports_on[number]
        devices = tuple(plan.names[plan.ports[port].router] for port in ports)
        if not wire.is_lan:
            if len(ports) == 2:
                thing = "line" if wire.network else ""
                yield Failure("link", wire.name, tuple(ports), (), devices, thing)
            continue
        everything = (*ports, *(held for port in ports for held in _health(plan, port)))
        yield Failure("link", wire.name, everything, (), devices, "lan")
        if len(ports) > 1:
            routers = [one for one in devices if one not in plan.around.ends_only]
            for port, device in zip(ports, devices, strict=True):
                name = f"{device}:{plan.ports[port].name}"
                # Without its LAN an only router is as good as gone.
                thing = "router" if routers == [device] else ""
                yield Failure("link", name, (port, *_health(plan, port)), (), (device,), thing)


def _health(plan: Plan, port: int) -> tuple[int, ...]:
    """The loopback of a balancer whose LAN is gone: its health check finds nothing behind it and takes the services away."""
    router = plan.ports[port].router
    if plan.names[router] not in plan.around.ends_only:
        return ()
    return tuple(one for one in plan.ports_of[router] if plan.ports[one].name == "lo")


def _routers(plan: Plan) -> Iterable[Failure]:
    for router, name in enumerate(plan.names):
        thing = "line" if name in plan.around.providers else "router"
        if name in plan.around.ends_only:
            thing = ""
        yield Failure("router", name, _all_ports(plan, router), (), (name,), thing)


def _all_ports(plan: Plan, router: int) -> tuple[int, ...]:
    """A device's own ports and those at the other ends of its cables."""
    ports = []
    for port in plan.ports_of[router]:
        ports.append(port)
        wire = plan.ports[port].wire
        if wire >= 0 and not plan.wires[wire].is_lan:
            ports += [other for other in plan.ports_on[wire] if other != port]
    return tuple(ports)


def _sessions(plan: Plan) -> Iterable[Failure]:
    for half in plan.halves:
        if half.number < half.twin:
            devices = (plan.names[half.router], plan.names[half.far])
            thing = "" if half.is_internal else "line"
            name = plan.session_name(half.number)
            yield Failure("session", name, (), (half.number,), devices, thing)


def _networks(plan: Plan) -> Iterable[Failure]:
    """A wide-area network with all its devices and lines."""
    for network in dict.fromkeys(plan.around.providers.values()):
        names = [name for name, of in plan.around.providers.items() if of == network]
        ports = dict.fromkeys(p for name in names for p in _all_ports(plan, plan.index[name]))
        yield Failure("network", network, tuple(ports), (), tuple(names), "line")
