"""Rows for people and programs: what `hikae show` prints, as plain values."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from inventory.model import Estate

__all__ = [
    "count_by_role",
    "external_rows",
    "host_rows",
    "line_rows",
    "network_rows",
    "role_rows",
    "service_rows",
    "site_rows",
]

Row = dict[str, Any]


def host_rows(estate: Estate, within: Collection[str] | None = None) -> list[Row]:
    """One row for each host: name, role, where it is, how it is reached, who owns it."""
    return [
        {
            "host": host.name,
            "role": host.role,
            "site": host.site,
            "network": host.network,
            "address": str(host.address),
            "cluster": host.cluster,
            "owner": estate.host_owners.get(host.role),
            "interfaces": {i.name: str(i.address) if i.address else None for i in host.interfaces},
        }
        for host in estate.select(within=within)
    ]


def site_rows(estate: Estate, kind: str | None = None) -> list[Row]:
    """One row for each site, of one kind if asked."""
    return [
        {
            "site": site.name,
            "number": site.number,
            "kind": site.kind,
            "title": site.title,
            "title_ja": site.title_ja,
            "prefecture": site.prefecture,
            "area": site.area,
            "shares": site.shares,
            "seats": site.seats,
            "printers": site.printers,
            "lan": str(site.lan),
            "gateway": str(site.gateway),
            "asn": site.asn,
        }
        for site in estate.sites.values()
        if kind is None or site.kind == kind
    ]


def network_rows(estate: Estate) -> list[Row]:
    """One row for each wide-area network, with its lines counted and their capacity added up."""
    rows = []
    for network in estate.networks.values():
        lines = [line for line in estate.lines if line.network == network.name]
        rows.append(
            {
                "network": network.name,
                "title": network.title,
                "title_ja": network.title_ja,
                "asn": network.asn,
                "ours": network.ours,
                "loopback": str(network.loopback),
                "lines": len(lines),
                "mbps": round(sum(line.capacity_mbps for line in lines), 3),
            }
        )
    return rows


def line_rows(estate: Estate, within: Collection[str] | None = None) -> list[Row]:
    """One row for each line, the preferred line of a router first."""
    wanted = {wire.name for wire in estate.wires(within)}
    return [
        {
            "line": line.name,
            "site": line.site,
            "router": line.router,
            "network": line.network,
            "place": line.place,
            "mbps": line.capacity_mbps,
            "provider": str(line.provider_address),
            "customer": str(line.customer_address),
        }
        for line in estate.lines
        if line.name in wanted
    ]


def service_rows(estate: Estate) -> list[Row]:
    """One row for each service with its promise, its owner and who stands in for them."""
    return [
        {
            "service": service.name,
            "title": service.title,
            "title_ja": service.title_ja,
            "address": f"{service.address}:{service.port}",
            "tier": service.tier,
            "rto_s": service.rto_s,
            "rpo_s": service.rpo_s,
            "owner": service.owner,
            "owner_person": estate.roles[service.owner].holder,
            "depends_on": list(service.depends_on),
            "home_order": list(service.home_order),
            "cluster": service.cluster,
        }
        for service in estate.services.values()
    ]


def external_rows(estate: Estate) -> list[Row]:
    """One row for each interface to another organisation."""
    return [
        {
            "external": external.name,
            "title": external.title,
            "title_ja": external.title_ja,
            "partner": external.partner,
            "protocol": external.protocol,
            "direction": external.direction,
            "centres": list(external.centres),
            "services": list(external.services),
            "owner": external.owner,
            "rto_s": external.rto_s,
        }
        for external in estate.externals.values()
    ]


def role_rows(estate: Estate) -> list[Row]:
    """One row for each role of people: holder, deputies in order, what they own."""
    return [
        {
            "role": role.name,
            "title": role.title,
            "title_ja": role.title_ja,
            "holder": role.holder,
            "deputies": list(role.deputies),
            "services": [s.name for s in estate.services.values() if s.owner == role.name],
            "hosts": [kind for kind, owner in estate.host_owners.items() if owner == role.name],
        }
        for role in estate.roles.values()
    ]


def count_by_role(estate: Estate, within: Collection[str] | None = None) -> dict[str, int]:
    """How many hosts of each role a slice has."""
    counts: dict[str, int] = {}
    for host in estate.select(within=within):
        counts[host.role] = counts.get(host.role, 0) + 1
    return counts
