"""From the texts of a faultless estate to the Estate with all addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from inventory import documents as d
from inventory.addressing import SERVER_OFFSETS, Addressing
from inventory.batch_expansion import expand_batch
from inventory.calendar import Calendar
from inventory.capacity import build_capacity
from inventory.expansion import expand_hosts, host_name
from inventory.model import Estate
from inventory.parts import (
    HOST_ROLES,
    Area,
    Backups,
    Cluster,
    Demand,
    Devices,
    External,
    Flow,
    ForeignLine,
    Host,
    Line,
    Load,
    Network,
    Person,
    Role,
    Service,
    Single,
    Site,
    Slice,
    Transfer,
    Waves,
)
from inventory.reader import Documents
from inventory.slices import pigeonhole
from inventory.wiring import derive_wires

__all__ = ["build_estate", "count_hosts", "line_texts", "plan_addresses", "site_of_host"]


def build_estate(texts: Documents) -> Estate:
    """Join the texts with computed addresses; the texts must have passed every check."""
    if not (
        texts.estate
        and texts.calendar
        and texts.addressing
        and texts.lines
        and texts.hosts
        and texts.backups
        and texts.dialects
        and texts.devices
        and texts.demand
    ):
        raise ValueError("the texts have faults; check them before building")
    plan = plan_addresses(texts.addressing)
    areas = {
        name: Area(name, text.title, text.prefectures, text.title_ja, text.place)
        for name, text in texts.areas.items()
    }
    networks = {
        name: Network(
            name,
            text.number,
            text.asn,
            text.title,
            text.title_ja,
            text.ours,
            text.mbps,
            plan.provider(text.number),
            text.mtu,
            text.session_secret,
        )
        for name, text in texts.networks.items()
    }
    sites = _sites(texts, plan)
    counts = {name: count_hosts(texts.hosts, name, text) for name, text in texts.sites.items()}
    lines = _lines(texts.lines, plan, sites, networks, counts)
    of_cluster = {member: name for name, text in texts.clusters.items() for member in text.members}
    hosts = expand_hosts(plan, sites, networks, lines, counts, of_cluster)
    return Estate(
        name=texts.estate.name,
        title=texts.estate.title,
        title_ja=texts.estate.title_ja,
        calendar=_calendar(texts.calendar),
        addressing=plan,
        areas=areas,
        sites=sites,
        networks=networks,
        lines=lines,
        hosts=hosts,
        clusters=_clusters(texts, hosts),
        services=_services(texts, plan),
        backups=Backups(**dict(texts.backups)),
        flows=tuple(
            Flow(text.sources, target, text.protocol, text.port, text.scope, text.purpose)
            for text in texts.flows
            for target in text.targets
        ),
        externals={name: External(name, **dict(text)) for name, text in texts.externals.items()},
        roles={name: Role(name, **dict(text)) for name, text in texts.roles.items()},
        persons={name: Person(name, **dict(text)) for name, text in texts.persons.items()},
        host_owners={str(role): owner for role, owner in texts.hosts.owners.items()},
        slices=_slices(texts, hosts),
        every_wire=derive_wires(hosts, lines),
        devices=Devices(
            texts.dialects.default,
            texts.dialects.kinds,
            texts.dialects.sites,
            texts.devices.banner,
            texts.devices.secrets,
            Waves(**dict(texts.devices.waves)),
        ),
        foreign_lines=tuple(ForeignLine(**dict(text)) for text in texts.exceptions),
        demand=_demand(texts.demand),
        singles=tuple(_singles(texts.singles, sites)),
        batch=None
        if texts.batch is None
        else expand_batch(
            texts.batch, texts.nets, texts.declared, sites, texts.services, texts.marks
        ),
        capacity=build_capacity(
            texts.machines, texts.contracts, texts.limits, texts.drivers, texts.measures
        ),
    )


def plan_addresses(text: d.AddressingText) -> Addressing:
    """The address rules with this estate's pools."""
    return Addressing(
        sites=text.sites,
        site_length=text.site_length,
        lines=text.lines,
        network_length=text.network_length,
        providers=text.providers,
        services=text.services,
        site_asn=text.site_asn,
        offsets=SERVER_OFFSETS,
    )


def count_hosts(text: d.HostsText, name: str, site: d.SiteText) -> dict[str, int]:
    """Hosts of a site by role: what its kind has, changed by what the site itself says."""
    counts = {str(role): count for role, count in text.kinds.get(site.kind, {}).items()}
    counts |= {str(role): count for role, count in text.sites.get(name, {}).items()}
    if site.shares:
        # A guest stands on the host site's router.
        counts["router"] = 0
    return {role: counts[role] for role in HOST_ROLES if counts.get(role)}


def line_texts(text: d.LinesText, name: str, kind: str) -> tuple[d.LineText, ...]:
    """The lines that each router of a site has."""
    return text.sites.get(name, text.kinds.get(kind, ()))


def site_of_host(name: str) -> str:
    """The place part of a host name."""
    return name.rpartition("-")[0]


def _sites(texts: Documents, plan: Addressing) -> dict[str, Site]:
    area_of = {
        prefecture: name for name, area in texts.areas.items() for prefecture in area.prefectures
    }
    return {
        name: Site(
            name=name,
            number=text.number,
            kind=text.kind,
            title=text.title,
            title_ja=text.title_ja,
            prefecture=text.prefecture,
            area=area_of[text.prefecture],
            shares=text.shares,
            seats=text.seats,
            printers=text.printers,
            is_backup=text.backup,
            prefix=plan.prefix(text.number),
            lan=plan.lan(text.number),
            gateway=plan.gateway(text.number),
            asn=plan.asn(text.number),
            way_out=plan.way_out(text.number),
        )
        for name, text in sorted(texts.sites.items(), key=lambda item: item[1].number)
    }


def _lines(
    text: d.LinesText,
    plan: Addressing,
    sites: Mapping[str, Site],
    networks: Mapping[str, Network],
    counts: Mapping[str, Mapping[str, int]],
) -> tuple[Line, ...]:
    lines = []
    for site in sites.values():
        for router in range(1, counts[site.name].get("router", 0) + 1):
            for place, line in enumerate(line_texts(text, site.name, site.kind)):
                network = networks[line.network]
                provider, customer = plan.line(network.number, site.number, router)
                lines.append(
                    Line(
                        name=f"{host_name(site.name, 'router', router)}:{network.name}",
                        site=site.name,
                        router=router,
                        network=network.name,
                        place=place,
                        capacity_mbps=line.mbps or network.capacity_mbps,
                        provider_address=provider,
                        customer_address=customer,
                    )
                )
    return tuple(lines)


def _clusters(texts: Documents, hosts: Mapping[str, Host]) -> dict[str, Cluster]:
    return {
        name: Cluster(
            name=name,
            number=number,
            databases=text.databases,
            members=text.members,
            home=text.home,
            backup=text.backup,
            night=text.night,
            synchronous_node_count=pigeonhole([hosts[m].site or "" for m in text.members]),
        )
        for number, (name, text) in enumerate(texts.clusters.items(), start=1)
    }


def _calendar(text: d.CalendarText) -> Calendar:
    days = (day.split("-") for day in text.closed)
    return Calendar(
        country=text.country,
        timezone=text.timezone,
        pay_months=tuple(sorted(set(text.pay_months))),
        pay_day=text.pay_day,
        freeze_business_days=text.freeze_business_days,
        closed=tuple((int(month), int(day)) for month, day in days),
    )


def _demand(text: d.DemandText) -> Demand:
    return Demand(
        limit_percent=text.limit_percent,
        seat=Load(**dict(text.seat)),
        printer=Load(**dict(text.printer)),
        shares=dict(text.shares),
        transfers=tuple(Transfer(**dict(transfer)) for transfer in text.transfers),
    )


def _singles(texts: Sequence[d.SingleText], sites: Mapping[str, Site]) -> Iterator[Single]:
    for text in texts:
        for site in sites.values():
            if site.kind in text.kinds or site.name in text.sites:
                yield Single(site.name, text.thing, text.reason)


def _services(texts: Documents, plan: Addressing) -> dict[str, Service]:
    return {
        name: Service(
            name=name,
            address=plan.service(text.number),
            **{key: value for key, value in dict(text).items() if key not in ("number", "holds")},
            holds=text.holds or text.database,
        )
        for name, text in texts.services.items()
    }


def _slices(texts: Documents, hosts: Mapping[str, Host]) -> dict[str, Slice]:
    slices = {}
    for name, text in texts.slices.items():
        wanted = {f"{place}-{short}" for place, shorts in text.hosts.items() for short in shorts}
        slices[name] = Slice(name, text.title, tuple(host for host in hosts if host in wanted))
    return slices
