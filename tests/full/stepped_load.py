"""Loads of different sizes on a slice that serves: clients on its terminals, and how busy the machine was meanwhile."""

from __future__ import annotations

import base64
import json
import os
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dr.client.archive import archive
from dr.layout import Layout
from dr.real_load import WRITE_SHARE
from inventory.parts import Service
from monitors.capacity.stations import Sample
from monitors.capacity.trial import p99, waits_of
from twin.lab import Lab

__all__ = ["MACHINE", "Load"]

MACHINE = "machine"
"""The station that everything of a twin shares: the cores of the machine that it runs on."""
_FOLDER = "/var/lib/hikae-carry"
_WRITE = "import base64,sys;open(sys.argv[1],'wb').write(base64.b64decode(sys.stdin.read()))"
_BEFORE_S, _HELD_S = 8.0, 20.0
"""Seconds that a load runs before it is judged (connections are made, plans cached), and that it is judged for."""
_PREPARE_S = 60.0


@dataclass
class Load:
    """Clients of some services on every terminal of a slice."""

    lab: Lab
    services: Sequence[Service]
    life: int = 0
    run: str = field(default_factory=lambda: str(uuid.uuid4()))
    persons: int = 40
    """For each client: a contribution is taken once a person and month, so 12,960 writes."""

    @property
    def terminals(self) -> list[str]:
        """The terminals that work."""
        return [name for name in self.lab.names if self.lab.role(name) == "terminal"]

    def install(self) -> None:
        """Put the program on every terminal."""
        program = base64.b64encode(archive()).decode()
        for host in self.terminals:
            self._exec(host, ["install", "-d", "-m", "0755", _FOLDER])
            self._put(host, f"{_FOLDER}/client.pyz", program)

    def hold(self, rate: float) -> Sample:
        """Hold a rate (transactions a second of all clients together) and say how it went."""
        self.life += 1
        # Persons are registered first, at the pace of the service; all begin in the same second.
        begin = time.time() + _PREPARE_S
        clients = [(host, service) for host in self.terminals for service in self.services]
        each = rate / len(clients)
        for host, service in clients:
            config = json.dumps(self._config(host, service, each, begin))
            path = f"{_FOLDER}/{service.name}.json"
            self._put(host, path, base64.b64encode(config.encode()).decode())
        since, until = begin + _BEFORE_S, begin + _BEFORE_S + _HELD_S
        with ThreadPoolExecutor(len(clients)) as pool:
            running = [pool.submit(self._run, host, service) for host, service in clients]
            time.sleep(max(since - time.time(), 0))
            before = _busy_s()
            time.sleep(max(until - time.time(), 0))
            busy = (_busy_s() - before) / _HELD_S
            lines = [line for one in running for line in one.result()]
        waits = waits_of(lines, since, until)
        return Sample(len(waits) / _HELD_S, {MACHINE: busy}, p99(waits))

    def _run(self, host: str, service: Service) -> list[dict[str, Any]]:
        argv = ["python3", f"{_FOLDER}/client.pyz", f"{_FOLDER}/{service.name}.json"]
        deadline_s = _PREPARE_S + _BEFORE_S + _HELD_S + 60
        # A client that could not register its persons ends early, and has no history or a short one.
        self.lab.hosts[host].exec(argv, deadline_s=deadline_s)
        path = f"{_FOLDER}/{service.name}-{self.life}.jsonl"
        done = self.lab.hosts[host].exec(["cat", path], deadline_s=30)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def _config(self, host: str, service: Service, rate: float, begin: float) -> dict[str, object]:
        layout = Layout()
        return {
            "office": self.lab.estate.hosts[host].site,
            "terminal": host,
            "service": service.name,
            "holds": service.holds,
            "address": str(service.address),
            "port": service.port,
            "identity": layout.identity,
            "trust": layout.trust,
            "run": self.run,
            "life": self.life,
            "seed": self.life * 1000 + len(host),
            "rate": rate,
            "write_share": WRITE_SHARE,
            "persons": self.persons,
            "start_at": begin,
            "end_at": begin + _BEFORE_S + _HELD_S + 1,
            "prepare_s": _PREPARE_S - 2,
            "history": f"{_FOLDER}/{service.name}-{self.life}.jsonl",
            "status": f"{_FOLDER}/{service.name}-status.json",
        }

    def _put(self, host: str, path: str, encoded: str) -> None:
        self._exec(host, ["python3", "-c", _WRITE, path], stdin=encoded)

    def _exec(
        self, host: str, argv: Sequence[str], *, stdin: str | None = None, deadline_s: float = 30
    ) -> str:
        done = self.lab.hosts[host].exec(argv, stdin=stdin, deadline_s=deadline_s)
        assert done.is_ok, f"{host}: {' '.join(argv[:3])}: {done.stderr[-500:]}"
        return done.stdout


def _busy_s() -> float:
    """Seconds that the machine's cores have worked since it started."""
    first = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    user, nice, system, _idle, _wait, irq, softirq, steal = (int(tick) for tick in first[:8])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
