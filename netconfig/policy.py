"""Who hears of which prefix: the prefix lists and route maps of routers and providers.

The rules, each there for a failure that was seen or counted out:
- a site announces its own blocks and, from a centre, the services it has a place for; never what it heard from others
  (`LOCAL`), so that neither an office nor a centre carries traffic between the networks;
- a place in a service's home order costs one more of the own AS in the path;
- a branch prefers its first line in both directions: local preference out, one more AS in the path home;
- a branch hears of services and centres only, and a site with servers also of the other sites with servers;
- what is heard must also have begun where it belongs: a service in a centre of a home order, a site's block in an AS of
  ours; a tenant that announces an address of ours is not believed. (One that writes our AS numbers into its paths still is:
  BGP proves none.)
- a balancer is an end, never a way: from its cables a router takes service addresses and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network

from inventory import Estate
from inventory.parts import Line, Service, Site
from netconfig.intent import Clause, PathList, PrefixList, PrefixRule, RouteMap
from netconfig.settings import FIRST_LINE_PREFERENCE, PREFERENCE_STEP

__all__ = [
    "ACCEPT_FROM_CUSTOMERS",
    "ANNOUNCE_TO_CUSTOMERS",
    "FROM_OSPF",
    "SOURCE",
    "accept_lists",
    "accept_name",
    "accept_policies",
    "announce_name",
    "announce_policies",
    "announced_prefixes",
    "balancer_prefixes",
    "foreign_paths",
    "heard_count",
    "local_path",
    "ospf_policy",
    "provider_policies",
    "served_at",
    "source_policy",
]

ACCEPTED, ORIGIN = "ACCEPTED", "ORIGIN"
OWN = "OWN"
LOCAL = "LOCAL"
SOURCE = "SOURCE"
FROM_OSPF = "FROM-OSPF"
BEHIND_BALANCERS = "BEHIND-BALANCERS"
OTHER_NETWORKS = "OTHER-NETWORKS"
ACCEPT_FROM_CUSTOMERS = "FROM-CUSTOMERS"
ANNOUNCE_TO_CUSTOMERS = "TO-CUSTOMERS"

_NO_SERVERS = frozenset({"router", "terminal"})

# Blocks of sequence numbers in what is accepted; inside a block the thing's own number is added.
_SERVICES, _PROVIDERS, _SITES = 10, 100, 1000
_ANY_SITE = 999
_HOST_ROUTE = 32


def accept_name(network: str) -> str:
    """The route map for what a network tells us."""
    return f"FROM-{network.upper()}"


def announce_name(network: str) -> str:
    """The route map for what we tell a network."""
    return f"TO-{network.upper()}"


def served_at(estate: Estate, site: Site) -> tuple[tuple[Service, int], ...]:
    """The services that a site announces, each with the site's place (from 0) in its home order."""
    return tuple(
        (service, service.home_order.index(site.name))
        for service in estate.services.values()
        if site.name in service.home_order
    )


def accept_lists(estate: Estate, site: Site) -> tuple[list[PrefixList], list[PathList]]:
    """What a site may hear of from any network, by kind: the prefixes, and the AS in which they must have begun."""
    heard = _heard(estate, site)
    return (
        [PrefixList(f"{ACCEPTED}-{kind}", rules) for kind, rules, _ in heard],
        [PathList(f"{ORIGIN}-{kind}", _began_in(numbers)) for kind, _, numbers in heard],
    )


def announced_prefixes(estate: Estate, site: Site, blocks: Sequence[Site]) -> list[PrefixList]:
    """The site's own blocks, then its services by place in their home orders."""
    own = tuple(PrefixRule(_SITES + block.number, block.prefix) for block in blocks)
    lists = [PrefixList(OWN, own)]
    served = served_at(estate, site)
    for place in sorted({place for _, place in served}):
        rules = sorted(
            (
                PrefixRule(_service_number(estate, service), _host_route(service.address))
                for service, at in served
                if at == place
            ),
            key=lambda rule: rule.sequence,
        )
        lists.append(PrefixList(_place_list(place), tuple(rules)))
    return lists


def heard_count(estate: Estate, site: Site) -> int:
    """How many prefixes a site hears of from a network that tells it everything it accepts."""
    if site.kind == "centre":
        return len(estate.services) + len(estate.networks) + len(estate.sites)
    return len(estate.services) + len(_heard_sites(estate, site))


def accept_policies(estate: Estate, site: Site, lines: Iterable[Line]) -> list[RouteMap]:
    """What is done to routes from each network: a branch prefers its first line, a centre none."""
    kinds = [kind for kind, _, _ in _heard(estate, site)]
    maps = []
    for line in lines:
        preference = None
        if site.kind != "centre":
            preference = FIRST_LINE_PREFERENCE - PREFERENCE_STEP * line.place
        clauses = [
            Clause(
                10 * number,
                prefixes=f"{ACCEPTED}-{kind}",
                path=f"{ORIGIN}-{kind}",
                local_preference=preference,
            )
            for number, kind in enumerate(kinds, start=1)
        ]
        maps.append(RouteMap(accept_name(line.network), tuple(clauses)))
    return maps


def announce_policies(estate: Estate, site: Site, lines: Iterable[Line]) -> list[RouteMap]:
    """What is told to each network."""
    places = sorted({place for _, place in served_at(estate, site)})
    maps = []
    for line in lines:
        detour = 0 if site.kind == "centre" else line.place
        clauses = [Clause(10, prefixes=OWN, path=LOCAL, prepend=(site.asn,) * detour)]
        clauses += [
            Clause(
                100 + 10 * place,
                prefixes=_place_list(place),
                path=LOCAL,
                prepend=(site.asn,) * place,
            )
            for place in places
        ]
        maps.append(RouteMap(announce_name(line.network), tuple(clauses)))
    return maps


def local_path() -> PathList:
    """Routes that began in this AS: an empty path."""
    return PathList(LOCAL, "^$")


def source_policy(address: IPv4Address) -> RouteMap:
    """What the device itself sends far away comes from an address that others have a route to."""
    return RouteMap(SOURCE, (Clause(10, source=address),))


def balancer_prefixes(estate: Estate) -> PrefixList:
    """What a balancer may lead to."""
    return PrefixList(
        BEHIND_BALANCERS, (PrefixRule(_SERVICES, estate.addressing.services, _HOST_ROUTE),)
    )


def ospf_policy(trusted: Iterable[str]) -> RouteMap:
    """Everything from the cables to other routers (`trusted` interfaces), services from balancers."""
    clauses = [Clause(10 + index, interface=interface) for index, interface in enumerate(trusted)]
    clauses.append(Clause(100, prefixes=BEHIND_BALANCERS))
    return RouteMap(FROM_OSPF, tuple(clauses))


def foreign_paths(estate: Estate, network: str) -> PathList | None:
    """Paths that have been through another network; None where there is only one network."""
    # By number, so that the order in which networks are written down or join decides nothing.
    networks = sorted(estate.networks.values(), key=lambda other: other.number)
    others = [str(other.asn) for other in networks if other.name != network]
    if not others:
        return None
    numbers = others[0] if len(others) == 1 else f"({'|'.join(others)})"
    return PathList(OTHER_NETWORKS, f"_{numbers}_")


def provider_policies(paths: PathList | None) -> list[RouteMap]:
    """A provider passes everything between its customers, but nothing that came through another network."""
    refused = [Clause(5, permits=False, path=paths.name)] if paths else []
    return [
        RouteMap(ACCEPT_FROM_CUSTOMERS, (*refused, Clause(10))),
        RouteMap(ANNOUNCE_TO_CUSTOMERS, (Clause(10),)),
    ]


def _heard(estate: Estate, site: Site) -> list[tuple[str, tuple[PrefixRule, ...], list[str]]]:
    """What a site may hear of: the kind, its prefixes, and the AS numbers in which it may have begun."""
    plan = estate.addressing
    # Of every centre, whether it serves already or not: a service that gets another home changes no other site's text.
    homes = {name for service in estate.services.values() for name in service.home_order}
    homes |= {other.name for other in estate.sites.values() if other.kind == "centre"}
    services = (PrefixRule(_SERVICES, plan.services, _HOST_ROUTE),)
    found: list[tuple[str, tuple[PrefixRule, ...], list[str]]] = [
        ("SERVICES", services, _numbers_of(estate, homes))
    ]
    if site.kind == "centre":
        loopbacks = tuple(
            PrefixRule(_PROVIDERS + network.number, _host_route(network.loopback))
            for network in estate.networks.values()
        )
        found.append(("NETWORKS", loopbacks, [str(n.asn) for n in estate.networks.values()]))
        sites: tuple[PrefixRule, ...] = (PrefixRule(_ANY_SITE, plan.sites, plan.site_length),)
        # Of the whole pool: a new site changes no centre.
        ours = _decimal_blocks(plan.asn(0), plan.asn(plan.site_count - 1))
        return [*found, ("SITES", sites, ours)]
    others = sorted(_heard_sites(estate, site), key=lambda other: other.number)
    sites = tuple(PrefixRule(_SITES + other.number, other.prefix) for other in others)
    return [*found, ("SITES", sites, _numbers_of(estate, [other.routed_by for other in others]))]


def _numbers_of(estate: Estate, sites: Iterable[str]) -> list[str]:
    return [str(number) for number in sorted({estate.sites[name].asn for name in sites})]


def _began_in(numbers: Sequence[str]) -> str:
    """The expression for paths that end in one of some AS numbers."""
    return f"_{numbers[0]}$" if len(numbers) == 1 else f"_({'|'.join(numbers)})$"


def _decimal_blocks(low: int, high: int) -> list[str]:
    """The numbers from `low` to `high` as few expressions: digits, perhaps one of some, then `[0-9]` for each that is free.

    Few, because a device takes lines of some 250 characters.
    """
    found = []
    while low <= high:
        free = 0
        while low % 10 ** (free + 1) == 0 and low + 10 ** (free + 1) - 1 <= high:
            free += 1
        size = 10**free
        first = low // size % 10
        last = min(9, first + (high - low + 1) // size - 1)
        digit = str(first) if first == last else f"[{first}-{last}]"
        found.append(f"{low // size // 10 or ''}{digit}{'[0-9]' * free}")
        low += (last - first + 1) * size
    return found


def _heard_sites(estate: Estate, site: Site) -> set[Site]:
    with_servers = {
        host.site for host in estate.hosts.values() if host.site and host.role not in _NO_SERVERS
    }
    return {
        other
        for other in estate.sites.values()
        if other.name != site.name
        and (other.kind == "centre" or (site.name in with_servers and other.name in with_servers))
    }


def _place_list(place: int) -> str:
    return f"SERVICES-PLACE-{place}"


def _service_number(estate: Estate, service: Service) -> int:
    return int(service.address) - int(estate.addressing.services.network_address)


def _host_route(address: IPv4Address) -> IPv4Network:
    return IPv4Network((address, _HOST_ROUTE))
