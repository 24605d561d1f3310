"""A simulated estate for the runner: hosts, clocks and faults are made up, the drill is real.

Only what cannot run without a twin is simulated: hosts that die, SSH, etcd and Patroni of a whole
estate. Client, probe, observer, ledger and WAL are tested for real beside it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dr.faults import Stamp
from dr.kit import Kit
from dr.plan import Plan
from dr.promotion import Standing
from inventory.transport import Completed
from tests.dr_acting.watched import BEGIN, SimulatedObserver, SimulatedPatroni

WRITES, READS = 26, 7
"""Transactions that each client starts in a second."""


@dataclass
class World:
    """An estate that behaves as told; every act on it is written down in `acts`."""

    plan: Plan
    takes_over_after_s: float | None = 21.0
    etcd_leader: str = "sendai-etcd1"
    led_from: str = "main"
    is_served: bool = True
    parts_done: int = 3
    """Of 400 parts of a pay run."""
    pay_differences: tuple[str, ...] = ()
    can_write: bool = True
    goes_home_by_itself: bool = False
    paused: bool = False
    on_sleep: Callable[[World], None] = lambda world: None
    now_s: float = BEGIN
    acts: list[tuple[str, Any]] = field(default_factory=list)
    started_at: float | None = None
    stopped_at: float | None = None
    fault_at: float | None = None
    healed_at: float | None = None
    blocked_at: float | None = None
    dead: set[str] = field(default_factory=set)
    cut_off: set[str] = field(default_factory=set)
    moved: dict[str, tuple[float, str]] = field(default_factory=dict)
    """Cluster → since when the lead is where somebody moved it, and that member."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def kit(self, **changes: Any) -> Kit:
        return Kit(
            transport=self,
            faults=self,
            clock=self,
            observe=lambda targets: SimulatedObserver(targets, self),
            connect=lambda address, port, timeout_s: SimulatedPatroni(self, address),
            **changes,
        )

    def did(self, name: str) -> list[Any]:
        return [value for act, value in self.acts if act == name]

    # The clock.

    def now(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += max(0.0, seconds)
        self.on_sleep(self)

    # What the clusters do.

    def leader(self, cluster: str, at: float) -> str | None:
        if cluster in self.moved and at >= self.moved[cluster][0]:
            return self.moved[cluster][1]
        members = self.plan.members_in(cluster, self.led_from)
        backup = self.plan.members_in(cluster, "backup")
        if self.fault_at is None or at < self.fault_at + 18:
            return members[0]
        if self.healed_at is not None and self.healed_at < self.fault_at + 18:
            return members[0]  # its lease had not ended
        if self.is_behind(self.fault_at) or self.takes_over_after_s is None:
            return None
        return backup[0] if at >= self.fault_at + self.takes_over_after_s else None

    def is_behind(self, at: float) -> bool:
        return self.blocked_at is not None and at >= self.blocked_at + 5

    def standing(self, cluster: str, at: float) -> Standing:
        main = self.plan.members_in(cluster, "main")
        backup = self.plan.members_in(cluster, "backup")
        leader = self.leader(cluster, at)
        sync = main if self.is_behind(at) else (*main, backup[0])
        return Standing(leader, sync, () if leader else backup)

    def served(self, at: float) -> bool:
        if self.fault_at is None or at < self.fault_at:
            return self.is_served
        after = self.takes_over_after_s
        return after is not None and not self.blocked_at and at >= self.fault_at + after + 1

    # Faults.

    def crash(self, hosts: Collection[str]) -> Stamp:
        self.acts.append(("crash", tuple(hosts)))
        self.dead |= set(hosts)
        self.fault_at = self.now_s
        return Stamp(self.now_s, 0.2)

    def kill(self, hosts: Collection[str]) -> Stamp:
        raise NotImplementedError

    def boot(self, hosts: Collection[str]) -> Stamp:
        self.acts.append(("boot", tuple(hosts)))
        self.dead -= set(hosts)
        self.healed_at = self.now_s
        return Stamp(self.now_s, 3.0)

    def cut(self, wires: Collection[str]) -> Stamp:
        self.acts.append(("cut", tuple(wires)))
        self.cut_off = set(self.plan.blast.hosts)
        self.fault_at = self.now_s
        return Stamp(self.now_s, 0.1)

    def heal(self, wires: Collection[str]) -> Stamp:
        self.acts.append(("heal", tuple(wires)))
        self.cut_off.clear()
        self.healed_at = self.now_s
        return Stamp(self.now_s, 0.1)

    def mute(self, wires: Collection[str]) -> Stamp:
        raise NotImplementedError

    def unmute(self, wires: Collection[str]) -> Stamp:
        raise NotImplementedError

    def block(self, between: tuple[Collection[str], Collection[str]], port: int) -> Stamp:
        self.acts.append(("block", (tuple(between[0]), tuple(between[1]), port)))
        self.blocked_at = self.now_s
        return Stamp(self.now_s, 0.1)

    def unblock(self) -> Stamp:
        self.acts.append(("unblock", None))
        return Stamp(self.now_s, 0.1)

    def read_disk(self, host: str, path: str) -> bytes:
        self.acts.append(("read_disk", (host, path)))
        return self.file(host, path)

    def exec_disk(self, host: str, argv: Sequence[str]) -> Completed:
        self.acts.append(("exec_disk", (host, tuple(argv))))
        assert host in self.dead
        if argv[0] == "ls":
            return Completed(
                host, tuple(argv), 0, f"{'0' * 7}1{'0' * 15}5\narchive_status\n", "", 0
            )
        end = (
            "error in WAL record at 0/5010000: invalid record length at 0/5010100: wanted 24, got 0"
        )
        return Completed(host, tuple(argv), 1, "", f"pg_waldump: error: {end}\n", 0)

    def is_alive(self, host: str) -> bool:
        return host not in self.dead

    def memory_mb(self) -> float:
        return 3000.0

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
        if host in self.dead or host in self.cut_off:
            return Completed(host, tuple(argv), 255, "", f"{host} was not reached", 0)
        with self.lock:
            return Completed(host, tuple(argv), 0, self.answer(host, list(argv)), "", 0.1)

    def run_all(
        self, hosts: Sequence[str], argv: Sequence[str], *, deadline_s: float, sudo: bool = False
    ) -> Mapping[str, Completed]:
        return {host: self.run(host, argv, deadline_s=deadline_s, sudo=sudo) for host in hosts}

    def put(self, host: str, path: str, data: bytes, *, mode: int = 0o644) -> None:
        if not self.can_write:
            raise OSError(f"{host}: {path} could not be written: disk full")
        self.acts.append(("put", (host, path)))

    def get(self, host: str, path: str) -> bytes:
        if host in self.dead or host in self.cut_off:
            raise FileNotFoundError(f"{host}:{path}")
        self.acts.append(("get", (host, path)))
        return self.file(host, path)

    def answer(self, host: str, argv: list[str]) -> str:
        words = " ".join(argv)
        if argv[0] == "nice":
            return self.answer(host, argv[3:])
        if argv[0] == "runuser":
            if "pg_settings" in words:
                return (
                    "data_directory\t/var/lib/postgresql/15/records\nserver_version\t15.20\n"
                    "bin_directory\t/usr/lib/postgresql/15/bin\nfsync\ton\n"
                )
            if "receive_lsn" in words:
                return "0/5000000\n" if host.endswith(("db1", "db3")) else "0/4FFFF00\n"
            if "run_parts" in words:
                return f"{self.parts_done if 'done' in words else 400}\n"
            if "pay" in argv:
                return self.pay(host, argv[argv.index("pay") + 1])
            self.acts.append(("ledger", host))
            return self.ledger(next(name for name in self.plan.services if name in argv))
        if argv[0] == "systemd-run":
            self.acts.append(("start", (host, argv[3])))
            if "client" in words and self.started_at is None:
                self.started_at = self.now_s + 2
        elif argv[:2] == ["systemctl", "stop"] and "client" in words:
            self.stopped_at = self.stopped_at or self.now_s
            self.acts.append(("stop clients", host))
        elif argv[0] == "systemctl":
            self.acts.append((f"{argv[1]} {argv[2]}", host))
            if "service" in argv[2]:
                self.etcd_leader = "sendai-etcd1"
        elif "move-leader" in argv:
            self.acts.append(("move-leader", (host, argv[-1])))
            if not self.goes_home_by_itself:
                self.etcd_leader = self.plan.voters[int(argv[-1], 16) - 1]
        elif "switchover" in argv:
            cluster, candidate = argv[2], argv[argv.index("--candidate") + 1]
            self.acts.append(("switchover", (cluster, candidate)))
            self.moved[cluster] = (self.now_s, candidate)
        elif argv[0] == "find" and "/pay/" in words:
            return "0a1b  /var/lib/hikae-drill/pay/out/20250613-manifest.json\n"
        elif argv[0] == "rm":
            self.acts.append(("rm", host))
        elif argv[0] == "cat":
            names = [path.rpartition("status-")[2].removesuffix(".json") for path in argv[1:]]
            return "".join(f"{json.dumps({**self.status(), 'service': name})}\n" for name in names)
        elif argv[0] == "tail":
            return json.dumps(self.sample(host, self.now_s))
        return ""

    def pay(self, host: str, verb: str) -> str:
        self.acts.append((f"pay {verb}", host))
        if verb == "ledger":
            return json.dumps({"accounts": [], "differences": self.pay_differences})
        return json.dumps({"payments": 5_000, "net": 1_000_000})

    # What hosts have written.

    def file(self, host: str, path: str) -> bytes:
        if "samples" in path:
            until = self.fault_at if host in self.dead and self.fault_at else self.now_s
            begin = self.started_at or self.now_s
            steps = int((until - begin) / 0.2)
            lines = [json.dumps(self.sample(host, begin + n * 0.2)) for n in range(steps)]
        else:
            office = next(t.office for t in self.plan.terminals if t.host == host)
            service = path.rpartition("history-")[2].removesuffix(".jsonl")
            lines = [json.dumps(line) for line in self.transactions(office, service)]
        return "".join(f"{line}\n" for line in lines).encode()

    def seconds(self) -> range:
        if self.started_at is None:
            return range(0)
        return range(int(self.started_at), int(self.stopped_at or self.now_s))

    def status(self) -> dict[str, Any]:
        seconds = []
        for at in self.seconds()[-60:]:
            acked = self.served(at) and self.served(at + 0.99)
            for kind, count in (("write", WRITES), ("read", READS)):
                seconds.append([at, kind, count, count, count if acked else 0])
        state = "running" if self.started_at and self.started_at <= self.now_s else "preparing"
        return {"state": state, "error": None, "seconds": seconds}

    def transactions(self, office: str, service: str) -> list[dict[str, Any]]:
        made = []
        for at in self.seconds():
            for n in range(WRITES + READS):
                kind = "write" if n < WRITES else "read"
                started = at + n / (WRITES + READS)
                good = self.served(started)
                outcome = "acked" if good else "unknown" if kind == "write" else "failed"
                made.append(
                    {
                        "id": f"{office}-{service}-{at}-{n}",
                        "office": office,
                        "service": service,
                        "kind": kind,
                        "started": started,
                        "ended": started + (0.05 if good else 3.0),
                        "outcome": outcome,
                        "status": 201 if good else None,
                        "content": f"2101-000001|1999-04|{n}" if kind == "write" else None,
                    }
                )
        return made

    def ledger(self, service: str) -> str:
        rows = []
        for terminal in self.plan.terminals:
            for line in self.transactions(terminal.office, service):
                at_risk = self.blocked_at is not None and line["started"] > self.blocked_at
                if line["kind"] == "write" and line["outcome"] == "acked" and not at_risk:
                    rows.append(f"{line['id']}\t{line['content']}\t1")
        return "\n".join(rows)

    def sample(self, host: str, at: float) -> dict[str, Any]:
        cluster = next(n for n, c in self.plan.clusters.items() if host in c.members)
        leads = self.leader(cluster, at) == host
        blast = self.plan.blast
        if self.fault_at and not blast.is_deadly and host in blast.hosts:
            # An old leader that is cut off gives up by itself.
            leads = leads and at < self.fault_at + 8
        state = {"recovery": not leads, "read_only": not leads, "answered": True}
        return {"host": host, "at": at, "lsn": "0/5000000"} | state
