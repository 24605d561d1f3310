"""The parts of an estate as others see them: written facts joined with computed addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

__all__ = [
    "HOST_ROLES",
    "SITE_KINDS",
    "Area",
    "Backups",
    "Cluster",
    "Demand",
    "Devices",
    "End",
    "External",
    "Flow",
    "ForeignLine",
    "Host",
    "Interface",
    "Line",
    "Listen",
    "Load",
    "Network",
    "Person",
    "Role",
    "Service",
    "Single",
    "Site",
    "Slice",
    "Transfer",
    "Waves",
    "Wire",
]

# Host role -> short name in host names, in the order in which a site's hosts are listed.
HOST_ROLES: Mapping[str, str] = {
    "bastion": "bastion",
    "monitoring": "mon",
    "router": "r",
    "etcd": "etcd",
    "database": "db",
    "balancer": "lb",
    "application": "app",
    "batch": "batch",
    "store": "store",
    "restore": "restore",
    "terminal": "t",
    "provider": "pe",
}

SITE_KINDS = ("centre", "bureau", "office", "call-centre", "visiting", "partner")


@dataclass(frozen=True, slots=True)
class Area:
    """A disaster area: prefectures that one event can take away together."""

    name: str
    title: str
    prefectures: tuple[str, ...]
    title_ja: str = ""
    place: tuple[int, int] | None = None
    """Column and row on the map of sites, from its upper left."""


@dataclass(frozen=True, slots=True)
class Backups:
    """What is promised of backups; `proof_hours` = how old the last proven restore may be."""

    bucket: str
    retention_days: int
    full_kept: int
    proof_hours: int


@dataclass(frozen=True, slots=True)
class Site:
    """A place with a block of addresses; `shares` = the site whose building and router it uses."""

    name: str
    number: int
    kind: str
    title: str
    title_ja: str
    prefecture: str
    area: str
    shares: str | None
    seats: int
    printers: int
    is_backup: bool
    prefix: IPv4Network
    lan: IPv4Network
    gateway: IPv4Address
    asn: int
    way_out: IPv4Address
    """On the loopback of each of its routers that leads out: balancers find the nearest by OSPF."""

    @property
    def routed_by(self) -> str:
        """The site whose routers serve this one."""
        return self.shares or self.name


@dataclass(frozen=True, slots=True)
class Network:
    """A wide-area network; `ours` = it carries our sites only, else foreign tenants too."""

    name: str
    number: int
    asn: int
    title: str
    title_ja: str
    ours: bool
    capacity_mbps: float
    loopback: IPv4Address
    mtu: int = 1500
    session_secret: str | None = None
    """The name of what authenticates a session with it, where both ends have it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line from a router to a network; `place` = its order of preference there, from 0."""

    name: str
    site: str
    router: int
    network: str
    place: int
    capacity_mbps: float
    provider_address: IPv4Interface
    customer_address: IPv4Interface


@dataclass(frozen=True, slots=True)
class Waves:
    """How a change reaches devices: the sites that get it first, how many devices at a time (then all that are left), and
    for how many seconds it is watched before the next have it."""

    canaries: tuple[str, ...]
    sizes: tuple[int, ...]
    soak_s: float


@dataclass(frozen=True, slots=True)
class Devices:
    """What network devices have in common: their dialects, their banner, the names of sessions' secrets."""

    dialect: str
    dialect_by_kind: Mapping[str, str]
    dialect_by_site: Mapping[str, str]
    banner: str
    secrets: tuple[str, ...]
    waves: Waves

    def dialect_of(self, site: Site | None) -> str:
        """The dialect of a site's routers; of a network's stand-in (no site) the default."""
        if site is None:
            return self.dialect
        of_kind = self.dialect_by_kind.get(site.kind, self.dialect)
        return self.dialect_by_site.get(site.name, of_kind)


@dataclass(frozen=True, slots=True)
class ForeignLine:
    """A line that a device may run although no intent has it, until a day; secrets in it are masked."""

    host: str
    section: str
    line: str
    owner: str
    until: date


@dataclass(frozen=True, slots=True)
class Interface:
    """A host's port on a wire; on routers all addresses belong to FRR."""

    name: str
    wire: str
    address: IPv4Interface | None


@dataclass(frozen=True, slots=True)
class Host:
    """A machine; `address` = where it is managed: a server's LAN address, a router's loopback."""

    name: str
    site: str | None
    network: str | None
    role: str
    index: int
    cluster: str | None
    address: IPv4Address
    interfaces: tuple[Interface, ...]

    def interface(self, name: str) -> Interface:
        """The interface of that name; KeyError if the host has none."""
        for interface in self.interfaces:
            if interface.name == name:
                return interface
        raise KeyError(f"{self.name} has no interface {name}")

    @property
    def addresses(self) -> tuple[IPv4Address, ...]:
        """Every address the host may send from, the management address first."""
        ends = [i.address.ip for i in self.interfaces if i.address is not None]
        return tuple(dict.fromkeys([self.address, *ends]))


@dataclass(frozen=True, slots=True)
class End:
    """One end of a wire."""

    host: str
    interface: str


@dataclass(frozen=True, slots=True)
class Wire:
    """A cable (`p2p`, two ends) or a switch (`lan`, any number of ends)."""

    name: str
    kind: str
    ends: tuple[End, ...]
    is_wan: bool


@dataclass(frozen=True, slots=True)
class Flow:
    """Who may speak to whom; `scope` narrows it: estate, site, cluster, adjacent (same cable)."""

    sources: tuple[str, ...]
    target: str
    protocol: str
    port: int | None
    scope: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Listen:
    """What one host lets in; `port` is None for protocols without ports."""

    protocol: str
    port: int | None
    sources: tuple[IPv4Network, ...]
    purpose: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """Database hosts that replicate each other; `number` counts from 1 in the files' order.

    `synchronous_node_count` follows the pigeonhole rule: as many synchronous copies as the fullest
    site has members (at least 1), so that while a copy elsewhere streams, one is synchronous.
    """

    name: str
    number: int
    databases: tuple[str, ...]
    members: tuple[str, ...]
    home: str
    backup: str
    synchronous_node_count: int
    port: int = 5432
    night: str | None = None
    """Database in which the night batch keeps its state, owned by a role of the same name."""

    @property
    def balancer_port(self) -> int:
        """The port on every balancer's LAN address that leads to this cluster's leader."""
        return 5000 + self.number


@dataclass(frozen=True, slots=True)
class Service:
    """What offices use and its promise: `rto_s` until it serves again, `rpo_s` of work lost."""

    name: str
    title: str
    title_ja: str
    address: IPv4Address
    port: int
    tier: int
    rto_s: int
    rpo_s: int
    owner: str
    depends_on: tuple[str, ...]
    home_order: tuple[str, ...]
    cluster: str | None
    database: str | None
    holds: str | None
    """Which of the application's schemas the database holds; named like the database unless told."""
    ledger: str | None


@dataclass(frozen=True, slots=True)
class Load:
    """What one seat or printer sends (up) and receives (down) in the busiest hour, in kbit/s."""

    up_kbps: float
    down_kbps: float


@dataclass(frozen=True, slots=True)
class Transfer:
    """What is copied from one site to another in the busiest hour."""

    source: str
    target: str
    kbps: int
    purpose: str


@dataclass(frozen=True, slots=True)
class Demand:
    """What lines have to carry; `shares` = percent of a seat's work by service, `limit_percent` = how full a line may be."""

    limit_percent: int
    seat: Load
    printer: Load
    shares: Mapping[str, int]
    transfers: tuple[Transfer, ...]


@dataclass(frozen=True, slots=True)
class Single:
    """A thing (`router`, `lan` or `line`) that a site has no second of: its failure may cut the site off."""

    site: str
    thing: str
    reason: str


@dataclass(frozen=True, slots=True)
class External:
    """An interface to another organisation; `direction` is in, out or both, as seen from us."""

    name: str
    title: str
    title_ja: str
    partner: str
    protocol: str
    direction: str
    centres: tuple[str, ...]
    services: tuple[str, ...]
    owner: str
    rto_s: int


@dataclass(frozen=True, slots=True)
class Role:
    """What somebody answers for; `deputies` act in order when the holder is out of reach."""

    name: str
    title: str
    title_ja: str
    holder: str
    deputies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who holds roles, and where they sit."""

    name: str
    title: str
    title_ja: str
    site: str


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the estate that the twin boots."""

    name: str
    title: str
    hosts: tuple[str, ...]
