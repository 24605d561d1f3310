"""What the files of an estate may say: a model for each section; unknown keys are errors."""

from __future__ import annotations

import math
from datetime import date
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field, PlainValidator
from pydantic_core import PydanticCustomError

from inventory.batch_documents import BatchText, DeclaredText, NetText
from inventory.capacity_documents import (
    ContractText,
    DriverText,
    LimitText,
    MachineText,
    MeasureText,
)
from inventory.scalars import STRICT, Count, Name, Names, Number, Positive, Text

__all__ = [
    "OPTIONAL",
    "SECTIONS",
    "AddressingText",
    "AreaText",
    "BackupsText",
    "CalendarText",
    "ClusterText",
    "DemandText",
    "DevicesText",
    "DialectsText",
    "EstateText",
    "ExceptionText",
    "ExternalText",
    "FlowText",
    "HostsText",
    "LineText",
    "LinesText",
    "NetworkText",
    "PersonText",
    "RoleText",
    "ServiceText",
    "SingleText",
    "SiteText",
    "SliceText",
    "WavesText",
]

Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
DialectName = Literal["frr", "ios-xe", "junos"]


def _read_mbps(value: object) -> int | float:
    """Megabits a second; lines of the telephone network carry a fraction of one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number_type", "is no number")
    if not 0 < value < math.inf:
        raise PydanticCustomError("greater_than_equal", "is too small", {"ge": 0.001})
    return value


Mbps = Annotated[int | float, PlainValidator(_read_mbps)]


def _reject_numbers(value: object) -> object:
    # Python takes 7 for the network 0.0.0.7/32.
    return value if isinstance(value, str) else ""


Pool = Annotated[IPv4Network, BeforeValidator(_reject_numbers)]
SiteKind = Literal["centre", "bureau", "office", "call-centre", "visiting", "partner"]
HostRole = Literal[
    "bastion",
    "monitoring",
    "router",
    "etcd",
    "database",
    "balancer",
    "application",
    "batch",
    "store",
    "restore",
    "terminal",
    "provider",
]


class _Text(BaseModel):
    model_config = STRICT


class EstateText(_Text):
    """The estate as a whole; `seats` is the number of seats that its sites must add up to."""

    name: Name
    title: Text
    title_ja: Text
    seats: Count


class CalendarText(_Text):
    """When offices work, when pensions are paid, and how long before that nothing is changed."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    timezone: Text
    pay_months: Annotated[
        tuple[Annotated[int, Field(strict=True, ge=1, le=12)], ...], Field(min_length=1)
    ]
    pay_day: Annotated[int, Field(strict=True, ge=1, le=28)]
    freeze_business_days: Annotated[int, Field(strict=True, ge=0, le=20)]
    closed: tuple[
        Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")], ...
    ] = ()


class AddressingText(_Text):
    """The pools that all addresses are cut from."""

    sites: Pool
    site_length: Annotated[int, Field(strict=True, ge=16, le=24)]
    lines: Pool
    network_length: Annotated[int, Field(strict=True, ge=8, le=24)]
    providers: Pool
    services: Pool
    site_asn: Positive


class AreaText(_Text):
    """A disaster area and the prefectures in it."""

    title: Text
    title_ja: str = ""
    prefectures: tuple[Text, ...]
    # Column and row on the map of sites, from its upper left.
    place: tuple[Count, Count] | None = None


class NetworkText(_Text):
    """A wide-area network."""

    number: Number
    asn: Positive
    title: Text
    title_ja: Text
    ours: Annotated[bool, Field(strict=True)]
    mbps: Mbps
    mtu: Annotated[int, Field(strict=True, ge=576, le=9216)] = 1500
    session_secret: Name | None = None


class SiteText(_Text):
    """A site."""

    number: Number
    kind: SiteKind
    title: Text
    title_ja: Text
    prefecture: Text
    shares: Name | None = None
    seats: Count = 0
    printers: Count = 0
    backup: Annotated[bool, Field(strict=True)] = False


class LineText(_Text):
    """A line to a network; without `mbps` it has the network's default."""

    network: Name
    mbps: Mbps | None = None


class LinesText(_Text):
    """The lines of each router, by kind of site or for one site instead."""

    kinds: dict[str, tuple[LineText, ...]]
    sites: dict[str, tuple[LineText, ...]] = {}


class HostsText(_Text):
    """Hosts of each role: by kind of site, and what single sites have besides or instead."""

    kinds: dict[str, dict[HostRole, Count]]
    sites: dict[str, dict[HostRole, Count]] = {}
    owners: dict[HostRole, Name]


class DialectsText(_Text):
    """Which language a site's routers speak: by kind of site, or for one site instead."""

    default: DialectName = "frr"
    kinds: dict[str, DialectName] = {}
    sites: dict[str, DialectName] = {}


class WavesText(_Text):
    """In what order a change reaches devices: whose come first, how many at a time, how long each wave is watched."""

    canaries: Names = ()
    sizes: Annotated[tuple[Positive, ...], Field(min_length=1)] = (1, 5, 25)
    soak_s: Annotated[float, Field(ge=0, le=3600)] = 5.0


class DevicesText(_Text):
    """What network devices say before a login, and the names of the secrets that sessions may refer to."""

    # One line that every dialect can quote: no quotation marks, no carets, no backslashes.
    banner: Annotated[str, Field(pattern=r"^[A-Za-z0-9 .,;:()/-]{1,200}$")] = (
        "Authorised persons only; every session is recorded."
    )
    secrets: Names = ()
    waves: WavesText = WavesText()


class ExceptionText(_Text):
    """A line that a device runs and no intent has: whose it is, and until when it may stay."""

    host: Name
    section: Text
    line: Text
    owner: Name
    until: date


class ClusterText(_Text):
    """Databases that are replicated over two sites."""

    databases: Names
    members: Names
    home: Name
    backup: Name
    night: Name | None = None


class ServiceText(_Text):
    """A service and its promise in seconds."""

    number: Positive
    title: Text
    title_ja: Text
    port: Port
    tier: Annotated[int, Field(strict=True, ge=0, le=3)]
    rto_s: Positive
    rpo_s: Count
    owner: Name
    depends_on: Names = ()
    home_order: Names
    cluster: Name | None = None
    database: Name | None = None
    holds: Name | None = None
    ledger: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z_]+$")] | None = None


class BackupsText(_Text):
    """Backups: where they lie, how long nothing can remove them, how old a proof of them may be."""

    bucket: Name
    retention_days: Annotated[int, Field(strict=True, ge=1, le=36500)]
    full_kept: Positive
    proof_hours: Positive


class FlowText(_Text):
    """Who may speak to whom."""

    sources: Annotated[tuple[HostRole, ...], Field(alias="from", min_length=1)]
    targets: Annotated[tuple[HostRole, ...], Field(alias="to", min_length=1)]
    protocol: Literal["tcp", "udp", "ospf", "vrrp"]
    port: Port | None = None
    scope: Literal["estate", "site", "cluster", "adjacent"] = "estate"
    purpose: Text


class LoadText(_Text):
    """What one seat or printer sends and receives in the busiest hour, in kbit/s."""

    up_kbps: Annotated[float, Field(ge=0)]
    down_kbps: Annotated[float, Field(ge=0)]


class TransferText(_Text):
    """What is copied between two sites in the busiest hour."""

    source: Annotated[Name, Field(alias="from")]
    target: Annotated[Name, Field(alias="to")]
    kbps: Positive
    purpose: Text


class DemandText(_Text):
    """What lines have to carry, and how full one may be."""

    limit_percent: Annotated[int, Field(strict=True, ge=1, le=100)]
    seat: LoadText
    printer: LoadText
    shares: dict[Name, Annotated[int, Field(strict=True, ge=1, le=100)]]
    transfers: tuple[TransferText, ...] = ()


class SingleText(_Text):
    """A thing that sites have no second of, so that its failure cuts them off."""

    kinds: tuple[SiteKind, ...] = ()
    sites: Names = ()
    thing: Literal["router", "lan", "line"]
    single: Literal[True]
    reason: Text


class ExternalText(_Text):
    """An interface to another organisation."""

    title: Text
    title_ja: Text
    partner: Text
    protocol: Text
    direction: Literal["in", "out", "both"]
    centres: Names
    services: Names
    owner: Name
    rto_s: Positive


class RoleText(_Text):
    """A role of people."""

    title: Text
    title_ja: Text
    holder: Name
    deputies: Names = ()


class PersonText(_Text):
    """A person."""

    title: Text
    title_ja: Text
    site: Name


class SliceText(_Text):
    """A slice: short host names by site or network."""

    title: Text
    hosts: dict[str, tuple[str, ...]]


# Section -> (model, shape): "one" value, a "map" by name (may be spread over files), a "list".
SECTIONS: dict[str, tuple[type[BaseModel], Literal["one", "map", "list"]]] = {
    "estate": (EstateText, "one"),
    "calendar": (CalendarText, "one"),
    "addressing": (AddressingText, "one"),
    "areas": (AreaText, "map"),
    "networks": (NetworkText, "map"),
    "sites": (SiteText, "map"),
    "lines": (LinesText, "one"),
    "hosts": (HostsText, "one"),
    "dialects": (DialectsText, "one"),
    "devices": (DevicesText, "one"),
    "exceptions": (ExceptionText, "list"),
    "clusters": (ClusterText, "map"),
    "services": (ServiceText, "map"),
    "backups": (BackupsText, "one"),
    "flows": (FlowText, "list"),
    "externals": (ExternalText, "map"),
    "roles": (RoleText, "map"),
    "persons": (PersonText, "map"),
    "slices": (SliceText, "map"),
    "demand": (DemandText, "one"),
    "singles": (SingleText, "list"),
    "batch": (BatchText, "one"),
    "nets": (NetText, "map"),
    "declared": (DeclaredText, "one"),
    "machines": (MachineText, "map"),
    "contracts": (ContractText, "map"),
    "limits": (LimitText, "map"),
    "drivers": (DriverText, "map"),
    "measures": (MeasureText, "map"),
}

# Sections that an estate may leave out; the first three have defaults for all in them, then its night and its capacity.
OPTIONAL = (
    *("dialects", "devices", "exceptions"),
    *("batch", "nets", "declared"),
    *("machines", "contracts", "limits", "drivers", "measures"),
)
