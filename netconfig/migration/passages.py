"""What stands while a plan is carried out: before, during and after each step, and the tables that devices then have."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from inventory import Estate, Service
from netconfig.migration.plan import Step, running_after
from netconfig.model.network import Network
from netconfig.model.reader import read_device
from netconfig.model.surroundings import surround
from netconfig.model.tables import Row, rows_of

__all__ = ["Passage", "passages_of", "served_by", "tables_of"]


@dataclass(frozen=True)
class Passage:
    """A step with what is around it.

    `before` = the estate from which its change goes out, `after` = to which it leads; a change that is spread over
    devices has several steps between the same two. Only behind the last of them `is_settled`.
    """

    step: Step
    before: Estate
    after: Estate
    is_settled: bool
    running: Mapping[str, str]
    """What devices run after it."""

    @property
    def coming(self) -> tuple[str, ...]:
        """The devices that are not there before it."""
        return tuple(one.device for one in self.step.devices if one.before is None)

    @property
    def going(self) -> tuple[str, ...]:
        """The devices that are not there after it."""
        return tuple(one.device for one in self.step.devices if one.after is None)

    @property
    def offered(self) -> dict[str, Service]:
        """The services while it is made, each at every home that it has before or after."""
        found = dict(self.before.services)
        for name, service in self.after.services.items():
            old = found.get(name)
            order = (*(old.home_order if old else ()), *service.home_order)
            found[name] = replace(service, home_order=tuple(dict.fromkeys(order)))
        return found

    @property
    def standing(self) -> dict[str, Service]:
        """The services behind it."""
        return dict(self.after.services) if self.is_settled else self.offered


def passages_of(
    source: Estate, start: Mapping[str, str], steps: Iterable[Step]
) -> Iterator[Passage]:
    """Each step of a plan with what is around it; `start` = what the devices of the source run."""
    texts: Mapping[str, str] = start
    settled = source
    found = list(steps)
    for number, step in enumerate(found):
        following = found[number + 1] if number + 1 < len(found) else None
        is_last = following is None or following.move != step.move
        texts = running_after(texts, [step])
        after = step.estate or settled
        yield Passage(step, settled, after, is_last, texts)
        if is_last:
            settled = after


def served_by(
    union: Estate, services: Mapping[str, Service], within: Collection[str]
) -> dict[str, frozenset[str]]:
    """The service addresses that each booted balancer announces: those of every service that has a place at its site."""
    return {
        host.name: frozenset(
            str(service.address) for service in services.values() if host.site in service.home_order
        )
        for host in union.select(role="balancer", within=within)
    }


def tables_of(
    union: Estate, running: Mapping[str, str], services: Mapping[str, Service]
) -> dict[str, tuple[Row, ...]]:
    """The table that each device has once all has settled; Restless if it never does.

    Cables and hosts are those of both estates (`union`): a port that no text names is a port without an address.
    """
    devices = [read_device(name, text) for name, text in running.items()]
    around = surround(replace(union, services=dict(services)), frozenset(running))
    network = Network(devices, around)
    return {name: rows_of(network, name) for name in running}
