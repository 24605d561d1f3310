"""A simulated estate that is changed in turn: it obeys the commands, and writes down what went without being drained.

`kill_at` ends the conductor at its n-th call, as SIGKILL would; `broken` hosts refuse commands.
"""

from __future__ import annotations

import base64
import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dr.fetch import NoAnswer
from dr.rolling.tools import Tools
from inventory import Estate
from inventory.transport import Completed
from netconfig.reach import expected_sessions


class Killed(BaseException):
    """The conductor is no more."""


@dataclass
class Patched:
    """The state of every host that a rolling change touches."""

    estate: Estate
    hosts: tuple[str, ...]
    kill_at: int | None = None
    broken: set[str] = field(default_factory=set)
    breaks_when_changed: set[str] = field(default_factory=set)
    now_s: float = 1000.0
    calls: int = 0
    leaders: dict[str, str] = field(default_factory=dict)
    etcd: str = "sendai-etcd1"
    nosync: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    """Balancers that announce nothing."""
    maint: set[tuple[str, str]] = field(default_factory=set)
    drained: set[str] = field(default_factory=set)
    no_gateway: set[str] = field(default_factory=set)
    no_timer: set[str] = field(default_factory=set)
    changed: Counter[str] = field(default_factory=Counter)
    order: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    passing: set[str] = field(default_factory=set)
    """Routers through which packets of others go whatever is led around them."""
    passed: Counter[str] = field(default_factory=Counter)
    sessions: dict[str, Any] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        for name, cluster in self.clusters.items():
            self.leaders.setdefault(name, cluster.members[0])

    @property
    def clusters(self) -> dict[str, Any]:
        return self.estate.clusters_within(self.hosts)

    def tools(self) -> Tools:
        return Tools(
            estate=self.estate,
            hosts=self.hosts,
            transport=self,
            connect=lambda address, port, timeout_s: Answering(self, address, port),
            routing=self.routing,
            provision=self.provision,
            clock=self,
        )

    def left_standing(self) -> list[str]:
        """Everything that is still led around."""
        found = [f"nosync {h}" for h in self.nosync] + [f"silent {h}" for h in self.silent]
        found += [f"maint {pair}" for pair in self.maint] + [f"drained {h}" for h in self.drained]
        return found + [f"no gateway {h}" for h in self.no_gateway | self.no_timer]

    def call(self) -> None:
        with self.lock:
            self.calls += 1
            if self.kill_at is not None and self.calls >= self.kill_at:
                raise Killed

    # The clock.

    def now(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += max(0.0, seconds)

    # What is so.

    def sync(self, cluster: str) -> list[str]:
        leader, found = self.leaders[cluster], self.clusters[cluster]
        fit = [m for m in found.members if m != leader and m not in self.nosync]
        return [leader, *fit[: found.synchronous_node_count]]

    def change(self, host: str) -> None:
        """A host restarts, wholly or in part: nothing may have been waiting for it."""
        role = self.estate.hosts[host].role
        self.changed[host] += 1
        self.order.append(host)
        if host in self.breaks_when_changed:
            self.broken.add(host)
        ready: dict[str, Callable[[], bool]] = {
            "database": lambda: all(host not in self.sync(name) for name in self.clusters),
            "etcd": lambda: host != self.etcd,
            "balancer": lambda: host in self.silent,
            "application": lambda: all(
                (lb, f"applications/{host}") in self.maint for lb in self.named("balancer")
            ),
            "router": lambda: not self.is_paired(host) or {host} <= self.drained & self.no_gateway,
        }
        if role in ready and not ready[role]():
            self.violations.append(host)

    def named(self, role: str) -> list[str]:
        return [h.name for h in self.estate.select(role=role, within=self.hosts)]

    def is_paired(self, host: str) -> bool:
        site = self.estate.hosts[host].site
        return len(self.estate.select(role="router", site=site, within=self.hosts)) > 1

    # Pushes and playbooks.

    def routing(self, hosts: Sequence[str], *, is_drained: bool) -> tuple[str, ...]:
        self.call()
        if self.broken & set(hosts):
            return tuple(f"{host}: not reached" for host in hosts)
        (self.drained.update if is_drained else self.drained.difference_update)(hosts)
        return ()

    def provision(self, hosts: Sequence[str]) -> tuple[str, ...]:
        self.call()
        for host in hosts:
            self.change(host)
        return ()

    # Transport.

    def run(
        self,
        host: str,
        argv: Sequence[str],
        *,
        deadline_s: float,
        stdin: str | None = None,
        sudo: bool = False,
    ) -> Completed:
        with self.lock:
            self.call()
            if host in self.broken:
                return Completed(host, tuple(argv), 255, "", f"{host} was not reached", 0)
            return Completed(host, tuple(argv), 0, self.obey(host, list(argv)), "", 0.1)

    def run_all(
        self, hosts: Sequence[str], argv: Sequence[str], *, deadline_s: float, sudo: bool = False
    ) -> Mapping[str, Completed]:
        return {host: self.run(host, argv, deadline_s=deadline_s, sudo=sudo) for host in hosts}

    def put(self, host: str, path: str, data: bytes, *, mode: int = 0o644) -> None:
        with self.lock:
            self.call()
            if host in self.broken:
                raise OSError(f"{host} was not reached")
            self.nosync.add(host)

    def get(self, host: str, path: str) -> bytes:
        raise NotImplementedError

    def obey(self, host: str, argv: list[str]) -> str:
        match argv:
            case ["systemctl", "stop" | "start" as verb, "hikae-announce"]:
                (self.silent.add if verb == "stop" else self.silent.discard)(host)
            case ["systemctl", "stop" | "start" as verb, _]:
                (self.no_timer.add if verb == "stop" else self.no_timer.discard)(host)
            case ["systemctl", "disable" | "enable" as verb, *_]:
                (self.no_gateway.add if verb == "disable" else self.no_gateway.discard)(host)
            case ["systemctl", "restart", _]:
                self.change(host)
            case ["systemctl", "reboot"]:
                self.change(host)
                self.nosync.discard(host)
            case ["systemctl", "is-system-running"]:
                return "running\n"
            case ["systemctl", "show", *_]:
                return f"{self.changed[host] + 1}\n"
            case ["runuser", *_]:
                return f"server {self.changed[host]}\n"
            case ["cat", "/proc/net/snmp"]:
                self.passed[host] += 1000 if host in self.passing else 0
                return f"Ip: Forwarding ForwDatagrams\nIp: 1 {self.passed[host]}\n"
            case ["cat", *_]:
                return f"boot\n1 (init) S {' '.join(['0'] * 18)} {self.changed[host]}\n"
            case ["rm", *_]:
                self.nosync.discard(host)
            case [_, "switchover", cluster, "--leader", _, "--candidate", heir, "--force"]:
                self.leaders[cluster] = heir
            case [_, "restart", _, _, "--force"]:
                self.change(host)
            case [*_, "move-leader", number]:
                self.etcd = self.named("etcd")[int(number, 16) - 1]
            case [_, "-c", _, _, "show stat"]:
                return self.stat(host)
            case [_, "-c", _, _, command] if command.startswith("set server"):
                pair = (host, command.split()[2])
                (self.maint.add if command.endswith("maint") else self.maint.discard)(pair)
            case [_, "-c", command] if command.startswith("show"):
                return self.vtysh(host, command)
        return ""

    def stat(self, balancer: str) -> str:
        lines = ["# pxname,svname,status"]
        for app in self.named("application"):
            state = "MAINT" if (balancer, f"applications/{app}") in self.maint else "UP"
            lines.append(f"applications,{app},{state}")
        for name, cluster in self.clusters.items():
            for member in cluster.members:
                state = "UP" if member == self.leaders[name] else "DOWN"
                lines.append(f"database-{name},{member},{state}")
        return "\n".join(lines) + "\n"

    def vtysh(self, host: str, command: str) -> str:
        if host not in self.sessions:
            self.sessions[host] = expected_sessions(self.estate, host, self.hosts)
        expected = self.sessions[host]
        if "bgp" in command:
            up = {"state": "Established", "pfxRcd": 7, "remoteAs": 64501}
            return json.dumps(
                {"ipv4Unicast": {"as": 64999, "peers": dict.fromkeys(expected["bgp"], up)}}
            )
        if "ospf" in command:
            full = [{"nbrState": "Full/-"}]
            return json.dumps({"neighbors": dict.fromkeys(expected["ospf"], full)})
        return json.dumps([{"peer": peer, "status": "up"} for peer in expected["bfd"]])


@dataclass
class Answering:
    """A host's answers over HTTP."""

    world: Patched
    address: str
    port: int

    def __call__(self, path: str, body: bytes | None = None) -> bytes:
        world = self.world
        with world.lock:
            world.call()
            host = next(
                h for h in world.hosts if str(world.estate.hosts[h].address) == self.address
            )
            if host in world.broken:
                raise NoAnswer(f"{host} did not answer")
            return json.dumps(self.answer(host, path)).encode()

    def answer(self, host: str, path: str) -> dict[str, Any]:
        world = self.world
        voters = world.named("etcd")
        if path == "/v3/maintenance/status":
            lead = voters.index(world.etcd) + 1
            return {"header": {"member_id": voters.index(host) + 1}, "leader": lead, "raftTerm": 1}
        if path == "/v3/kv/txn":
            values: list[str | None] = []
            for name in world.clusters:
                leader, *copies = world.sync(name)
                sync = {"leader": leader, "sync_standby": ",".join(copies)}
                values += [leader, json.dumps(sync), None]
            return {"header": {"revision": 1}, "responses": [kv(value) for value in values]}
        if path == "/cluster":
            cluster = str(world.estate.hosts[host].cluster)
            return {"members": [self.member(cluster, m) for m in world.clusters[cluster].members]}
        services = {"records": {"announces": host not in world.silent}}
        return {"services": services}

    def member(self, cluster: str, name: str) -> dict[str, str]:
        leads = self.world.leaders[cluster] == name
        state = "running" if leads else "stopped" if name in self.world.broken else "streaming"
        return {"name": name, "role": "leader" if leads else "replica", "state": state}

    def close(self) -> None:
        """Nothing is kept open."""


def kv(value: str | None) -> dict[str, Any]:
    if value is None:
        return {"response_range": {}}
    return {"response_range": {"kvs": [{"value": base64.b64encode(value.encode()).decode()}]}}
