"""The units of every host run, start with it, and none has failed."""

from __future__ import annotations

from playbooks.verify.state import HostState

_EVERYWHERE = ("ssh", "nftables", "chrony", "systemd-journald")
_ON_SERVERS = ("hikae-gate", "prometheus-node-exporter")
_BY_ROLE = {
    "router": ("frr", "hikae-guardian", "hikae-exporter@routing"),
    "monitoring": (
        "prometheus",
        "prometheus-alertmanager",
        "prometheus-blackbox-exporter",
        "hikae-exporter@replication",
    ),
    "batch": ("hikae-exporter@batch",),
    "balancer": ("frr", "hikae-guardian", "haproxy", "hikae-announce", "hikae-exporter@routing"),
    "database": ("patroni", "hikae-site-rpo", "haproxy", "prometheus-postgres-exporter"),
    "restore": ("haproxy",),
    "store": ("seaweedfs", "haproxy"),
    "etcd": ("etcd",),
    "application": ("nenkin",),
}


def _wanted(state: HostState) -> tuple[str, ...]:
    servers = () if state.role == "terminal" else _ON_SERVERS
    return (*_EVERYWHERE, *servers, *_BY_ROLE.get(state.role, ()))


def test_units_are_active(state: HostState) -> None:
    wanted = _wanted(state)
    idle = [unit for unit in wanted if not state.is_active(unit)]
    assert not idle, f"not running: {', '.join(idle)}"


def test_units_start_with_the_host(state: HostState) -> None:
    wanted = _wanted(state)
    idle = [unit for unit in wanted if not state.is_enabled(unit)]
    assert not idle, f"not enabled: {', '.join(idle)}"


def test_no_unit_has_failed(state: HostState) -> None:
    assert not state.said["failed"], "; ".join(state.said["failed"])


def test_gateway_is_shared_where_two_routers_stand(state: HostState) -> None:
    runs, shared = state.is_active("keepalived"), "hikae_gateway" in state.variables
    assert runs == shared, f"keepalived runs: {runs}; the inventory shares the gateway: {shared}"


def test_routing_runs_only_where_it_is_needed(state: HostState) -> None:
    runs = state.is_active("frr")
    assert runs == (state.role in ("router", "balancer")), f"frr runs on a {state.role}: {runs}"


def test_frr_conf_belongs_to_frr(state: HostState) -> None:
    if state.role in ("router", "balancer"):
        found = state.file("/etc/frr/frr.conf")
        assert found["owner"] == "frr", f"frr.conf is owned by {found['owner']}"
        assert found["mode"] == "0640", f"frr.conf is {found['mode']}"
