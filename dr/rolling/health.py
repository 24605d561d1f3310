"""Whether the estate is whole: what must hold before a batch goes, and again before the next one.

Nothing is remembered but how it was at the start (`Baseline`); everything is asked anew. A look gives
sentences, one for each thing that lacks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import TypeVar

from dr import announcements, patroni
from dr.etcd import ClusterKeys, MemberView, read_member
from dr.fetch import NoAnswer
from dr.promotion import Standing, is_site_rpo_zero
from dr.rolling.haproxy import read_servers
from dr.rolling.tools import Tools
from netconfig.reach import COMMANDS, Sessions, expected_sessions, missing_sessions

__all__ = ["Baseline", "Health", "board_of", "etcd_lead", "read_votes", "standing_of"]

T = TypeVar("T")

_ETCD = 2379
_TIMEOUT_S = 2.0
_AT_ONCE = 8
_VTYSH = "/usr/bin/vtysh"
# Asks a service as an office does, with the terminal's own certificate.
_KNOCK = """
import http.client, ssl, sys
address, port, identity, trust = sys.argv[1:]
context = ssl.create_default_context(cafile=trust)
context.load_cert_chain(identity)
call = http.client.HTTPSConnection(address, int(port), timeout=3, context=context)
call.request("GET", "/health/ready")
sys.exit(0 if call.getresponse().status == 200 else 1)
"""


@dataclass(frozen=True, slots=True)
class Baseline:
    """How the estate was before the first act."""

    boards: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    """By balancer: which services it announces."""
    servers: Mapping[str, Collection[str]] = field(default_factory=dict)
    """By balancer: the servers that are up."""
    prefixes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By router: how many prefixes each neighbour of another AS sends."""


def read_votes(tools: Tools) -> dict[str, MemberView | None]:
    """Ask every member of etcd for its own view; None for one that gives none."""
    clusters = tuple(tools.estate.clusters_within(tools.hosts))

    def ask(voter: str) -> MemberView | None:
        try:
            with closing(tools.connect(tools.address(voter), _ETCD, _TIMEOUT_S)) as fetch:
                return read_member(fetch, clusters)
        except NoAnswer:
            return None

    return _ask_all(tools.named("etcd"), ask)


def etcd_lead(views: Mapping[str, MemberView | None]) -> str | None:
    """Give the member that says that it leads and is followed by a majority."""
    followed = [view.leader for view in views.values() if view is not None and view.leader]
    for name, view in views.items():
        if view is not None and 2 * followed.count(view.member) > len(views):
            return name
    return None


def standing_of(views: Mapping[str, MemberView | None], cluster: str) -> Standing | None:
    """Give how a cluster stands by the freshest view of a member that follows a leader."""
    seen = [view for view in views.values() if view is not None and view.leader]
    if not seen:
        return None
    keys: ClusterKeys | None = max(seen, key=lambda view: view.revision).clusters.get(cluster)
    return None if keys is None else Standing(keys.leader, keys.sync_members, ())


def board_of(tools: Tools, balancer: str) -> Mapping[str, bool] | None:
    """Give which services a balancer announces; None without an answer."""
    try:
        address = tools.address(balancer)
        with closing(tools.connect(address, announcements.PORT, _TIMEOUT_S)) as fetch:
            return announcements.read_board(fetch)
    except NoAnswer:
        return None


@dataclass(slots=True)
class Health:
    """Looks at one estate from one place."""

    tools: Tools
    baseline: Baseline = field(default_factory=Baseline)
    sessions: dict[str, Sessions] = field(default_factory=dict)
    """What each router must have; derived once, since it does not change."""

    def remember(self, routers: Sequence[str]) -> None:
        """Keep how balancers and some routers are now."""
        balancers = self.tools.named("balancer")
        self.baseline = Baseline(
            boards=_ask_all(balancers, lambda host: board_of(self.tools, host) or {}),
            servers=_ask_all(balancers, lambda host: _up(read_servers(self.tools, host) or {})),
            prefixes=_ask_all(routers, self._prefixes),
        )

    def look(self, routers: Sequence[str] = (), offices: Sequence[str] = ()) -> list[str]:
        """Say everything that lacks: votes, clusters, balancers, some routers, services seen from offices."""
        views = read_votes(self.tools)
        lacking = [*self._votes(views), *self._clusters(views), *self._balancers()]
        lacking += [each for found in _ask_all(routers, self.router).values() for each in found]
        lacking += [each for found in _ask_all(offices, self.office).values() for each in found]
        return lacking

    def _votes(self, views: Mapping[str, MemberView | None]) -> list[str]:
        lead = etcd_lead(views)
        found = [f"{voter}: etcd gives no answer" for voter, view in views.items() if view is None]
        if views and lead is None:
            return [*found, "nobody leads etcd"]
        number = None if lead is None else getattr(views[lead], "member", None)
        lost = [v for v, view in views.items() if view is not None and view.leader != number]
        return [*found, *(f"{voter} does not follow {lead}" for voter in lost)]

    def _clusters(self, views: Mapping[str, MemberView | None]) -> list[str]:
        found: list[str] = []
        for name, cluster in self.tools.estate.clusters_within(self.tools.hosts).items():
            standing = standing_of(views, name)
            if standing is None or standing.leader is None:
                found.append(f"nobody leads {name}")
                continue
            sites = {m: str(self.tools.estate.hosts[m].site) for m in cluster.members}
            copies = len(set(standing.sync_members) - {standing.leader})
            wanted = min(cluster.synchronous_node_count, len(cluster.members) - 1)
            if len(cluster.members) > 1 and not is_site_rpo_zero(standing, sites):
                found.append(f"{name}: no copy in another site is synchronous")
            if copies < wanted:
                found.append(f"{name}: {copies} of {wanted} synchronous copies")
            found += self._members(name, standing.leader, cluster.members)
        return found

    def _members(self, name: str, leader: str, members: Sequence[str]) -> list[str]:
        try:
            address = self.tools.address(leader)
            with closing(self.tools.connect(address, patroni.PORT, _TIMEOUT_S)) as fetch:
                well = {m.name for m in patroni.read_cluster(fetch) if m.is_well}
        except NoAnswer as silence:
            return [f"{name}: {silence}"]
        return [f"{member} does not stream yet" for member in members if member not in well]

    def _balancers(self) -> list[str]:
        found: list[str] = []
        for host, wanted in self.baseline.boards.items():
            board = board_of(self.tools, host)
            if board is None:
                found.append(f"{host}: its announcements cannot be read")
                continue
            missing = [name for name, does in wanted.items() if does and not board.get(name)]
            found += [f"{host} does not announce {', '.join(missing)} yet"] if missing else []
        for host, up in self.baseline.servers.items():
            servers = read_servers(self.tools, host)
            if servers is None:
                found.append(f"{host}: HAProxy does not answer")
            elif missing := sorted(set(up) - set(_up(servers)) - self._not_leading(servers)):
                found.append(f"{host}: {', '.join(missing)} not up yet")
        return found

    def _not_leading(self, servers: Mapping[str, str]) -> set[str]:
        """Servers of backends where another is up now: of a cluster only the leader ever is."""
        clusters = self.tools.estate.clusters_within(self.tools.hosts)
        backends = {f"database-{name}" for name in clusters}
        led = {s.partition("/")[0] for s in _up(servers)} & backends
        return {server for server in servers if server.partition("/")[0] in led}

    def router(self, host: str) -> list[str]:
        """Say which neighbours of a router are not up, or send fewer prefixes than before."""
        said = {name: self.vtysh(host, command) for name, command in COMMANDS.items()}
        if host not in self.sessions:
            self.sessions[host] = expected_sessions(self.tools.estate, host, self.tools.hosts)
        try:
            missing = missing_sessions(self.sessions[host], **said)
        except ValueError:
            missing = ["an answer of FRR that can be read"]
        found = [f"{host}: {what} is not up yet" for what in missing]
        before = self.baseline.prefixes.get(host, {})
        now = _prefixes(said["bgp"])
        fewer = [peer for peer, count in before.items() if now.get(peer, 0) < count]
        return found + [f"{host}: {peer} sends fewer prefixes than before" for peer in fewer]

    def _prefixes(self, host: str) -> Mapping[str, int]:
        return _prefixes(self.vtysh(host, COMMANDS["bgp"]))

    def vtysh(self, host: str, command: str) -> str:
        """What a router's command line says to a command; nothing where it does not answer."""
        done = self.tools.root(host, _VTYSH, "-c", command, deadline_s=10.0)
        return done.stdout if done.is_ok else ""

    def office(self, terminal: str) -> list[str]:
        """Say which services do not answer an office's terminal that they are ready."""
        layout, found = self.tools.layout, []
        clusters = self.tools.estate.clusters_within(self.tools.hosts)
        for service in self.tools.estate.services.values():
            if not service.ledger or service.cluster not in clusters:
                continue
            place = (str(service.address), str(service.port), layout.identity, layout.trust)
            done = self.tools.root(terminal, layout.python, "-c", _KNOCK, *place, deadline_s=8.0)
            if not done.is_ok:
                found.append(f"{service.name} is not ready for {terminal}")
        return found


def _prefixes(summary: str) -> dict[str, int]:
    """Read how many prefixes each neighbour of another AS sends; one of the own sends what it happens to prefer."""
    try:
        found = json.loads(summary or "{}").get("ipv4Unicast", {})
        own = found.get("as")
        return {
            str(peer): int(seen.get("pfxRcd", 0))
            for peer, seen in found.get("peers", {}).items()
            if seen.get("remoteAs") != own
        }
    except (ValueError, AttributeError, TypeError):
        return {}


def _up(servers: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name, status in servers.items() if status.startswith("UP"))


def _ask_all(hosts: Sequence[str], ask: Callable[[str], T]) -> dict[str, T]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip(hosts, pool.map(ask, hosts), strict=True))
