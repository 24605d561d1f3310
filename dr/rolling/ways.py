"""How work is led around a host before it goes, and back to it afterwards.

Each way is data (`Way`), written into the journal before it is taken, so that whoever comes later can
take it back. Taking one twice, or taking back one that was never taken, does no harm. What cannot be
led around (an office behind its only router, a terminal) has no way: it waits.

    lead      the lead of etcd moves to another vote; its timer keeps away from home meanwhile
    database  the lead of the cluster moves to a synchronous member, beside it where there is one,
              and the host leaves the synchronous set: whoever commits does not wait for it
    announce  a balancer withdraws its service addresses: another centre's announcement takes over
    server    every balancer sends an application's requests elsewhere
    routing   a router asks its neighbours to prefer others (graceful shutdown, then the maximum metric), by a
              configuration that is saved: it also returns drained
    gateway   a router gives up the LAN's shared address: the other one has it, and nothing passes any more
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dr.rolling.haproxy import read_servers, set_server
from dr.rolling.health import board_of, etcd_lead, read_votes, standing_of
from dr.rolling.passing import wait_quiet
from dr.rolling.tools import Tools, wait
from inventory.transport import Completed

__all__ = ["Way", "WayFailed", "demand", "take", "take_back", "ways_around"]

WayKind = Literal["lead", "database", "announce", "server", "gateway", "routing"]

_LEAD_S = 30.0
_SWITCHOVER_S = 60.0
_BESIDE_S = 20.0
"""How long a member beside the leader may take to become synchronous before another one is chosen."""
_LEAVES_SYNC_S = 30.0
_OTHERS_S = 30.0
"""How long others may take to be there: an announcement comes back after a hold-down of 10 s."""
_ROUTES_S = 3.0
"""Routes move within a second (BFD and OSPF have nothing to notice: they are told)."""
_NOSYNC = b"# Written by hikae patch while the host is drained; gone after a reboot.\ntags:\n  nosync: true\n"


class WayFailed(Exception):
    """A way could not be taken: the sentence says what lacks."""


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that is led around a host; `of` is what it is about."""

    kind: WayKind
    host: str
    of: str = ""


def ways_around(tools: Tools, hosts: Sequence[str], taken: Sequence[str]) -> tuple[Way, ...]:
    """Give what must be led around before `hosts` go and `taken` are away, in the order in which it is done."""
    estate = tools.estate
    ways: list[Way] = []
    for host in taken:
        match estate.hosts[host].role:
            case "etcd":
                ways.append(Way("lead", host))
            case "database":
                ways.append(Way("database", host, str(estate.hosts[host].cluster)))
            case "application":
                ways += [
                    Way("server", balancer, f"applications/{host}")
                    for balancer in tools.named("balancer")
                    if balancer not in taken
                ]
            case "balancer":
                ways.append(Way("announce", host))
            case "router" if host in hosts and _is_paired(tools, host):
                ways += [Way("routing", host), Way("gateway", host)]
            case _:
                continue
    return tuple(ways)


def _is_paired(tools: Tools, host: str) -> bool:
    site = tools.estate.hosts[host].site
    return len(tools.estate.select(role="router", site=site, within=tools.hosts)) > 1


def take(tools: Tools, way: Way) -> str:
    """Lead around; what came of it in words. WayFailed where it did not come about in time."""
    match way.kind:
        case "lead":
            return _move_lead(tools, way.host)
        case "database":
            return _leave_cluster(tools, way.host, way.of)
        case "announce":
            return _withdraw(tools, way.host)
        case "server":
            demand(wait(tools, _OTHERS_S, lambda: _no_other_server(tools, way)))
            demand(set_server(tools, way.host, way.of, "maint"))
            return f"{way.host} sends nothing to {way.of}"
        case "gateway":
            _run(tools, way.host, "systemctl", "disable", "--now", "keepalived")
            demand(wait_quiet(tools, way.host))
            return f"{way.host} gave up the shared gateway, and nothing passes through it"
        case "routing":
            demand("; ".join(tools.routing([way.host], is_drained=True)) or None)
            tools.clock.sleep(_ROUTES_S)
            return f"{way.host} is no longer preferred"


def take_back(tools: Tools, way: Way) -> None:
    """Lead work back; WayFailed where that is not done."""
    match way.kind:
        case "lead":
            for voter in tools.named("etcd"):
                _run(tools, voter, "systemctl", "start", f"{tools.layout.leader_home_unit}.timer")
        case "database":
            _run(tools, way.host, "rm", "-f", tools.layout.patroni_drain)
            _run(tools, way.host, "systemctl", "reload", "patroni")
        case "announce":
            _run(tools, way.host, "systemctl", "start", "hikae-announce")
        case "server":
            demand(set_server(tools, way.host, way.of, "ready"))
        case "gateway":
            _run(tools, way.host, "systemctl", "enable", "--now", "keepalived")
        case "routing":
            demand("; ".join(tools.routing([way.host], is_drained=False)) or None)


def _move_lead(tools: Tools, host: str) -> str:
    if etcd_lead(read_votes(tools)) != host:
        return f"{host} does not lead etcd"
    # The timers would bring the lead back where this is the only preferred vote.
    for voter in tools.named("etcd"):
        _run(tools, voter, "systemctl", "stop", f"{tools.layout.leader_home_unit}.timer")

    def look() -> str | None:
        views = read_votes(tools)
        lead = etcd_lead(views)
        if lead not in (host, None):
            return None
        heir = _heir(tools, host)
        view = views.get(heir)
        if lead is not None and view is not None:
            identity, trust = tools.layout.identity, tools.layout.trust
            tls = [f"--cert={identity}", f"--key={identity}", f"--cacert={trust}"]
            # move-leader is valid only at the endpoint of the present leader.
            endpoint = f"--endpoints=https://{tools.address(host)}:2379"
            tools.root(
                host, tools.layout.etcdctl, endpoint, *tls, "move-leader", f"{view.member:x}"
            )
        return f"the lead of etcd leaves {host}"

    demand(wait(tools, _LEAD_S, look))
    return f"the lead of etcd left {host}"


def _heir(tools: Tools, host: str) -> str:
    """Choose who leads meanwhile: a witness where there is another one, else anybody."""
    estate = tools.estate
    databases = {h.site for h in estate.select(role="database", within=tools.hosts)}
    others = [voter for voter in tools.named("etcd") if voter != host]
    return min(others, key=lambda voter: estate.hosts[voter].site in databases)


def _leave_cluster(tools: Tools, host: str, cluster: str) -> str:
    # First, so that an old leader that comes back as a copy is not waited for either.
    tools.transport.put(host, tools.layout.patroni_drain, _NOSYNC)
    _run(tools, host, "systemctl", "reload", "patroni")
    standing = standing_of(read_votes(tools), cluster)
    said = []
    if standing is not None and standing.leader == host:
        said.append(_switch_over(tools, host, cluster))

    def look() -> str | None:
        found = standing_of(read_votes(tools), cluster)
        if found is None or found.leader is None:
            return f"nobody leads {cluster}"
        if host in found.sync_members:
            return f"{host} is in /sync of {cluster} still"
        return None

    demand(wait(tools, _LEAVES_SYNC_S, look))
    return "; ".join([*said, f"nobody waits for {host}"])


def _switch_over(tools: Tools, host: str, cluster: str) -> str:
    candidate = _candidate(tools, host, cluster)
    argv = tools.layout.switchover(cluster, host, candidate)
    _ok(tools.root(host, *argv, deadline_s=_SWITCHOVER_S))

    def look() -> str | None:
        found = standing_of(read_votes(tools), cluster)
        leader = None if found is None else found.leader
        return None if leader == candidate else f"{cluster}: {leader or 'nobody'} leads"

    demand(wait(tools, _SWITCHOVER_S, look, tick_s=0.2))
    return f"{candidate} leads {cluster}"


def _candidate(tools: Tools, host: str, cluster: str) -> str:
    """Choose a synchronous member at the leader's site, for a while; then any. WayFailed where there is none."""
    estate = tools.estate
    members = estate.clusters_within(tools.hosts)[cluster].members
    beside = [m for m in members if m != host and estate.hosts[m].site == estate.hosts[host].site]

    def synchronous(among: Sequence[str]) -> list[str]:
        found = standing_of(read_votes(tools), cluster)
        named = () if found is None else found.sync_members
        return [m for m in among if m in named and m != host]

    if beside:
        wait(
            tools,
            _BESIDE_S,
            lambda: None if synchronous(beside) else f"nobody beside {host} is synchronous",
        )
    chosen = synchronous(beside) or synchronous(members)
    if not chosen:
        raise WayFailed(f"no member of {cluster} but {host} is synchronous")
    return chosen[0]


def _no_other_server(tools: Tools, way: Way) -> str | None:
    backend = way.of.partition("/")[0]
    servers = read_servers(tools, way.host) or {}
    others = [name for name in servers if name.startswith(f"{backend}/") and name != way.of]
    if any(servers[name].startswith("UP") for name in others):
        return None
    return f"{way.host} has nobody else to send to than {way.of}"


def _no_other_announcer(tools: Tools, host: str) -> str | None:
    mine = {name for name, does in (board_of(tools, host) or {}).items() if does}
    for other in tools.named("balancer"):
        if other != host:
            mine -= {name for name, does in (board_of(tools, other) or {}).items() if does}
    return f"nobody but {host} announces {', '.join(sorted(mine))}" if mine else None


def _withdraw(tools: Tools, host: str) -> str:
    demand(wait(tools, _OTHERS_S, lambda: _no_other_announcer(tools, host)))
    # Its unit takes the addresses away however it ends.
    _run(tools, host, "systemctl", "stop", "hikae-announce")
    tools.clock.sleep(_ROUTES_S)
    return f"{host} announces nothing"


def _run(tools: Tools, host: str, *argv: str) -> None:
    _ok(tools.root(host, *argv, deadline_s=30.0))


def _ok(done: Completed) -> None:
    if not done.is_ok:
        said = (done.stderr.strip() or done.stdout.strip())[-300:]
        raise WayFailed(f"{done.host}: {' '.join(done.argv[:4])}: {said or done.returncode}")


def demand(lacking: str | None) -> None:
    """Raise WayFailed with what is lacking; nothing where that is nothing."""
    if lacking is not None:
        raise WayFailed(lacking)
