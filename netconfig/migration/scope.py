"""What a migration can change, and what has to be the same in both estates."""

from __future__ import annotations

from collections.abc import Iterator

from inventory import Estate
from inventory.editing import count_roles

__all__ = ["InvalidMigration", "ensure_comparable"]


class InvalidMigration(ValueError):
    """The two estates differ in what no plan of steps can change; `faults` has every such difference."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


def ensure_comparable(source: Estate, target: Estate) -> None:
    """Refuse with all differences that are no matter of lines, homes, sites and networks that come or go."""
    faults = (*_pools(source, target), *_sites(source, target), *_networks(source, target))
    if faults:
        raise InvalidMigration(faults)


def _pools(source: Estate, target: Estate) -> Iterator[str]:
    if source.addressing != target.addressing:
        yield "the address pools differ; renumbering is no migration of lines, do it apart"
    if set(source.flows) != set(target.flows):
        yield "the flows differ; change them in one of the two estates first"
    for name, service in source.services.items():
        other = target.services.get(name)
        if other is not None and other.address != service.address:
            yield f"service {name} has another number; give it the old one or another name"
    for name, network in source.networks.items():
        other_net = target.networks.get(name)
        if other_net is None:
            continue
        for word in ("number", "asn", "mtu", "session_secret"):
            if getattr(network, word) != getattr(other_net, word):
                yield f"network {name} has another {word}; both ends of its lines change at once, do it apart"


def _sites(source: Estate, target: Estate) -> Iterator[str]:
    old, new = count_roles(source), count_roles(target)
    for name, site in source.sites.items():
        other = target.sites.get(name)
        if other is None:
            continue
        for word in ("number", "kind", "shares"):
            if getattr(site, word) != getattr(other, word):
                yield f"site {name} has another {word}; give the new one another name"
        if old[name].get("router", 0) != new[name].get("router", 0):
            yield f"site {name} has another number of routers; add or remove routers apart"
    guests = {one.shares for one in target.sites.values() if one.shares}
    for name in guests & set(source.sites) & set(target.sites):
        staying = {s.name for s in source.sites.values() if s.shares == name}
        if staying != {s.name for s in target.sites.values() if s.shares == name}:
            yield f"site {name} has other guests in its building; move them apart"


def _networks(source: Estate, target: Estate) -> Iterator[str]:
    numbers = {network.number: name for name, network in source.networks.items()}
    for name, network in target.networks.items():
        other = numbers.get(network.number)
        if other is not None and other != name and name not in source.networks:
            yield f"network {name} has the number of {other}, and both stand for a time; give it a free one"
    taken = {site.number: name for name, site in source.sites.items()}
    for name, site in target.sites.items():
        other = taken.get(site.number)
        if other is not None and other != name and name not in source.sites:
            yield f"site {name} has the number of {other}, and both stand for a time; give it a free one"
