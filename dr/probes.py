"""The probes on database hosts: put there, started, stopped, and their samples read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from dr.database_facts import DatabaseFacts
from dr.evidence import WriterSample
from dr.failure import require
from dr.layout import Layout
from dr.plan import Plan
from dr.probe import program
from inventory.transport import Transport

__all__ = ["STEP_S", "Probes", "parse_samples"]

STEP_S = 0.2
_UNIT = "hikae-drill-probe"
_DEADLINE_S = 20.0
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Probes:
    """One probe on each database host of the plan."""

    plan: Plan
    transport: Transport
    layout: Layout

    @property
    def path(self) -> str:
        """Where each host keeps its samples."""
        return f"{self.layout.folder}/out/samples.jsonl"

    def install(self, facts: Mapping[str, DatabaseFacts]) -> None:
        """Put program and configuration on every database host; HostFailed where that fails."""
        source = program()
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            for _ in pool.map(
                lambda host: self._install_on(host, source, facts[host]), self.plan.databases
            ):
                pass

    def start(self, hosts: Iterable[str] | None = None) -> None:
        """Start every probe, or those of some hosts."""
        chosen = self.plan.databases if hosts is None else tuple(hosts)
        folder = self.layout.folder
        command = [self.layout.python, f"{folder}/probe.py", f"{folder}/probe.json"]
        argv = self.layout.transient(_UNIT, self.layout.database_user, command)
        done = self.transport.run_all(chosen, argv, deadline_s=_DEADLINE_S, sudo=True)
        for completed in done.values():
            require(completed, "start the probe")

    def _install_on(self, host: str, source: bytes, facts: DatabaseFacts) -> None:
        folder, user = self.layout.folder, self.layout.database_user
        argv = ["install", "-d", "-m", "0755", "-o", user, f"{folder}/out"]
        done = self.transport.run(host, argv, deadline_s=_DEADLINE_S, sudo=True)
        require(done, "make the drill's folder")
        config = {
            "host": host,
            "samples": self.path,
            # Not Debian's wrapper of the same name: that one starts Perl each time.
            "psql": f"{facts.bin_directory}/psql",
            "socket_folder": self.layout.postgres_socket,
            "step_s": STEP_S,
        }
        self.transport.put(host, f"{folder}/probe.py", source)
        self.transport.put(host, f"{folder}/probe.json", json.dumps(config).encode())

    def last_samples(self) -> dict[str, WriterSample | None]:
        """Ask every host for its latest sample; None for one without."""
        argv = ["tail", "-n", "1", self.path]
        done = self.transport.run_all(self.plan.databases, argv, deadline_s=3.0)
        found: dict[str, WriterSample | None] = {}
        for host, completed in done.items():
            samples = parse_samples(completed.stdout) if completed.is_ok else []
            found[host] = samples[-1] if samples else None
        return found

    def stop(self, hosts: Iterable[str]) -> None:
        """Stop the probes of some hosts."""
        argv = ["systemctl", "stop", f"{_UNIT}.service"]
        self.transport.run_all(tuple(hosts), argv, deadline_s=10.0, sudo=True)


def parse_samples(text: str) -> list[WriterSample]:
    """Read samples; a line that was cut off by a crash is left out."""
    samples: list[WriterSample] = []
    for line in text.splitlines():
        try:
            raw = json.loads(line)
            samples.append(
                WriterSample(
                    host=str(raw["host"]),
                    at=float(raw["at"]),
                    recovery=bool(raw["recovery"]),
                    read_only=bool(raw["read_only"]),
                    answered=bool(raw["answered"]),
                    lsn=raw["lsn"],
                )
            )
        except (KeyError, TypeError, ValueError):
            continue
    return samples
