"""The estate in the words of the tools that act on it: Ansible, pyinfra, netmiko and the twin.

Every export can be restricted to a slice; then each list in it names hosts of that slice only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable
from typing import Any

from inventory.model import Estate
from inventory.parts import Cluster, Flow, Host, Listen
from inventory.principals import NETWORK_OPERATOR, OPERATOR, accepted_principals
from inventory.zones import crossings, zone_of

__all__ = ["ansible_inventory", "netmiko_devices", "pyinfra_hosts", "twin_hosts"]

_NOT_ANSIBLE = ("terminal", "provider")
# SSH has certificates of its own, and BGP speaks on one cable: every other TCP flow is TLS.
_NOT_TLS = (22, 179)


def ansible_inventory(estate: Estate, within: Collection[str] | None = None) -> dict[str, Any]:
    """An inventory in Ansible's YAML shape: {"all": {"hosts", "children", "vars"}}, JSON types."""
    hosts = estate.select(within=within)
    names = [host.name for host in hosts]
    firewall = estate.firewall(names)
    clusters = estate.clusters_within(names)
    groups: dict[str, dict[str, None]] = {"servers": {}}
    for host in hosts:
        member_of = [host.role]
        if host.site:
            member_of.append(f"site_{_group(host.site)}")
        if host.cluster:
            member_of.append(f"cluster_{_group(host.cluster)}")
        if host.role not in _NOT_ANSIBLE:
            # Apart, because images are built as servers, and an image has no certificates.
            member_of += ["servers", "certified"]
        for group in member_of:
            groups.setdefault(group, {})[host.name] = None
    return {
        "all": {
            "hosts": {
                host.name: _host_vars(estate, host, firewall.listens(host.name), names)
                for host in hosts
            },
            "children": {group: {"hosts": members} for group, members in groups.items()},
            "vars": _all_vars(estate, hosts, clusters),
        }
    }


def _group(name: str) -> str:
    # Ansible warns about hyphens in group names.
    return name.replace("-", "_")


def _host_vars(
    estate: Estate, host: Host, listens: Iterable[Listen], within: Collection[str]
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "ansible_host": str(host.address),
        "ansible_user": OPERATOR,
        "ansible_python_interpreter": "/usr/bin/python3",
        "hikae_role": host.role,
        "hikae_index": host.index,
        "hikae_address": str(host.address),
        "hikae_listens": [
            {
                "protocol": listen.protocol,
                "port": listen.port,
                "sources": [str(source) for source in listen.sources],
                "purpose": listen.purpose,
            }
            for listen in listens
        ],
    }
    if host.site is None:
        return values | {"hikae_network": host.network}
    values |= {
        "hikae_certificate": _certificate(estate, host, within),
        "hikae_callers": _callers(estate, host.role),
        "hikae_principals": _principals(host),
    }
    site = estate.sites[host.site]
    values |= {
        "hikae_site": host.site,
        "hikae_site_kind": site.kind,
        "hikae_area": site.area,
        "hikae_lan": str(site.lan),
    }
    if host.role == "balancer":
        values["hikae_lan_gateway"] = str(site.gateway)
    if host.cluster:
        values["hikae_cluster"] = host.cluster
    if zone := zone_of(estate, host):
        values["hikae_zone"] = [
            {
                "protocol": one.protocol,
                "source": str(zone.lan),
                "from_port": one.from_port,
                "target": str(one.target),
                "port": one.port,
                "purpose": one.purpose,
            }
            for one in crossings(estate, within)
        ]
    routers = estate.select(role="router", site=host.site, within=within)
    if host.role == "router" and len(routers) > 1:
        # Where a slice has one of the routers only, netconfig gives it the gateway's address.
        peers = [router for router in routers if router.name != host.name]
        values["hikae_gateway"] = {
            "address": f"{site.gateway}/{site.lan.prefixlen}",
            "interface": "lan",
            "own": str(host.interface("lan").address),
            "priority": 200 - 50 * (host.index - 1),
            "peers": [_lan_address(peer) for peer in peers],
        }
    return values


def _tls_flows(estate: Estate) -> list[Flow]:
    return [
        flow
        for flow in estate.flows
        if flow.protocol == "tcp" and flow.port is not None and flow.port not in _NOT_TLS
    ]


def _has_certificate(estate: Estate, role: str) -> bool:
    return any(role == flow.target or role in flow.sources for flow in _tls_flows(estate))


def _callers(estate: Estate, role: str) -> dict[str, list[str]]:
    """By TCP port of a role that speaks TLS: the roles that may call, sorted."""
    found: dict[str, set[str]] = {}
    for flow in _tls_flows(estate):
        if flow.target == role:
            found.setdefault(str(flow.port), set()).update(flow.sources)
    return {port: sorted(roles) for port, roles in sorted(found.items())}


def _principals(host: Host) -> dict[str, list[str]]:
    return {account: list(names) for account, names in accepted_principals(host).items()}


def _certificate(estate: Estate, host: Host, within: Collection[str]) -> dict[str, Any] | None:
    """What stands in a host's certificate for TLS beside its name and role; None where nothing of it speaks TLS.

    `agreement`: whether the role may call etcd, which cannot tell roles apart and therefore trusts
    an authority of its own; its peers, who are one role, know each other by the name `etcd-peer`.
    """
    if not _has_certificate(estate, host.role):
        return None
    flows = _tls_flows(estate)
    names = [host.name, *(["etcd-peer"] if host.role == "etcd" else [])]
    addresses = [str(host.address)]
    if host.cluster:
        # Behind a balancer a client knows the cluster, not which member leads.
        names.append(host.cluster)
    if host.role == "balancer":
        addresses += [
            str(service.address)
            for service in estate.services_within(within).values()
            if host.site in service.home_order
        ]
    return {
        "names": names,
        "addresses": addresses,
        "agreement": any(flow.target == "etcd" and host.role in flow.sources for flow in flows),
        "server": any(flow.target == host.role for flow in flows),
    }


def _lan_address(host: Host) -> str:
    address = host.interface("lan").address
    return str(address.ip) if address else ""


def _all_vars(
    estate: Estate, hosts: Collection[Host], clusters: dict[str, Cluster]
) -> dict[str, Any]:
    def named(role: str) -> list[dict[str, str]]:
        return [
            {"name": host.name, "address": str(host.address), "site": host.site or ""}
            for host in hosts
            if host.role == role
        ]

    sites = {host.site for host in hosts}
    return {
        "hikae_estate": estate.name,
        "hikae_hosts": {host.name: str(host.address) for host in hosts},
        "hikae_bastions": [str(host.address) for host in hosts if host.role == "bastion"],
        "hikae_ntp": [str(host.address) for host in hosts if host.role == "monitoring"],
        "hikae_etcd": named("etcd"),
        "hikae_balancers": named("balancer"),
        "hikae_applications": named("application"),
        "hikae_clusters": {
            cluster.name: {
                "databases": list(cluster.databases),
                "night": cluster.night,
                "members": [
                    {
                        "name": name,
                        "address": str(estate.hosts[name].address),
                        "site": estate.hosts[name].site,
                    }
                    for name in cluster.members
                ],
                "home": cluster.home,
                "backup": cluster.backup,
                "port": cluster.port,
                "balancer_port": cluster.balancer_port,
                "synchronous_node_count": cluster.synchronous_node_count,
                "callers": _callers(estate, "balancer").get(str(cluster.balancer_port), []),
            }
            for cluster in clusters.values()
        },
        "hikae_stores": named("store"),
        "hikae_backups": dataclasses.asdict(estate.backups),
        "hikae_services": {
            service.name: {
                "address": str(service.address),
                "port": service.port,
                "cluster": service.cluster,
                "database": service.database,
                "holds": service.holds,
                "home_order": [site for site in service.home_order if site in sites],
                "tier": service.tier,
            }
            for service in estate.services.values()
            if service.cluster in clusters
        },
    }


def pyinfra_hosts(
    estate: Estate, within: Collection[str] | None = None
) -> list[tuple[str, dict[str, Any]]]:
    """Branch terminals as pyinfra wants hosts: (name, data)."""
    hosts = []
    for host in estate.select(role="terminal", within=within):
        site = estate.sites[host.site or ""]
        data = {
            "ssh_hostname": str(host.address),
            "ssh_user": OPERATOR,
            "hikae_role": host.role,
            "hikae_site": site.name,
            "hikae_site_kind": site.kind,
            "hikae_seats": site.seats,
            "hikae_address": str(host.address),
            "hikae_certificate": _certificate(estate, host, within or estate.hosts),
            "hikae_principals": _principals(host),
            "hikae_printers": [
                str(estate.addressing.printer(site.number, index))
                for index in range(1, site.printers + 1)
            ],
        }
        hosts.append((host.name, data))
    return hosts


def netmiko_devices(estate: Estate, within: Collection[str] | None = None) -> list[dict[str, Any]]:
    """Our routers as netmiko wants them: `name`, `site`, `connection` (ConnectHandler's arguments).

    FRR's vtysh as login shell speaks close enough to `cisco_ios`.
    """
    return [
        {
            "name": host.name,
            "site": host.site,
            "connection": {
                "device_type": "cisco_ios",
                "host": str(host.address),
                "username": NETWORK_OPERATOR,
                "use_keys": True,
            },
        }
        for host in estate.select(role="router", within=within)
    ]


def twin_hosts(estate: Estate, within: Collection[str] | None = None) -> list[dict[str, Any]]:
    """Hosts as the twin boots them: addresses on day 0 and the wires that exist in the slice."""
    names = [host.name for host in estate.select(within=within)]
    wires = {wire.name for wire in estate.wires(names)}
    return [
        {
            "name": host.name,
            "role": host.role,
            "site": host.site,
            "address": str(host.address),
            "gateway": _gateway(estate, host),
            "interfaces": [
                {
                    "name": interface.name,
                    "wire": interface.wire,
                    "address": str(interface.address) if interface.address else None,
                }
                for interface in host.interfaces
                if interface.wire in wires
            ],
        }
        for host in estate.select(within=names)
    ]


def _gateway(estate: Estate, host: Host) -> str | None:
    if host.site is None or host.role == "router":
        return None
    return str(estate.sites[host.site].gateway)
