"""The clients on the offices' terminals: put there, started, asked how they are, stopped, read."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from dr.client.archive import archive
from dr.failure import require
from dr.layout import Layout
from dr.plan import Plan, Terminal
from dr.real_load import WRITE_SHARE
from inventory.parts import Service
from inventory.transport import Transport

__all__ = ["ClientStatus", "Clients", "Second"]

_DEADLINE_S = 20.0
_STATUS_DEADLINE_S = 3.0
_STOP_DEADLINE_S = 15.0
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Second:
    """Transactions of one kind that were started in one second of the clock."""

    at: int
    kind: str
    started: int
    ended: int
    acked: int


@dataclass(frozen=True, slots=True)
class ClientStatus:
    """How far one client is."""

    office: str
    service: str
    state: str
    error: str | None
    seconds: tuple[Second, ...]


@dataclass(frozen=True, slots=True)
class Clients:
    """One client for each terminal and service; together they give the scenario's load."""

    plan: Plan
    transport: Transport
    layout: Layout
    run: str
    """UUID of this run."""

    @property
    def rate(self) -> float:
        """Transactions per second of one client."""
        count = len(self.plan.terminals) * len(self.plan.services)
        return self.plan.scenario.load.transactions_per_s / count

    def install(self) -> None:
        """Put program and configurations on every terminal; HostFailed where that fails."""
        program = archive()
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            for _ in pool.map(lambda t: self._install_on(t, program), self.plan.terminals):
                pass

    def start(self) -> None:
        """Start every client; it registers its persons and then follows its schedule."""
        self._start_on(self._hosts())

    def _start_on(self, hosts: Sequence[str]) -> None:
        folder = self.layout.folder
        for service in self.plan.services:
            program = [f"{folder}/client.pyz", f"{folder}/client-{service}.json"]
            argv = self.layout.transient(
                self._unit(service),
                self.layout.terminal_user,
                [self.layout.python, *program],
                groups=self.layout.key_group,
            )
            done = self.transport.run_all(hosts, argv, deadline_s=_DEADLINE_S, sudo=True)
            for completed in done.values():
                require(completed, "start the client")

    def leave(self, hosts: Collection[str]) -> None:
        """Stop the clients of some terminals, as people leave them before they are restarted."""
        units = [f"{self._unit(service)}.service" for service in self.plan.services]
        chosen = [terminal.host for terminal in self.plan.terminals if terminal.host in hosts]
        argv = ["systemctl", "stop", *units]
        for done in self.transport.run_all(
            chosen, argv, deadline_s=_STOP_DEADLINE_S, sudo=True
        ).values():
            require(done, "stop the client")

    def come_back(self, hosts: Collection[str], life: int) -> None:
        """Start the clients of some terminals anew, with keys of their own; the history goes on."""
        for terminal in self.plan.terminals:
            if terminal.host not in hosts:
                continue
            for service in self.plan.services.values():
                config = {**self._config(terminal, service), "life": life}
                config["seed"] = int(str(config["seed"])) + life
                path = f"{self.layout.folder}/client-{service.name}.json"
                self.transport.put(terminal.host, path, json.dumps(config).encode())
        self._start_on([t.host for t in self.plan.terminals if t.host in hosts])

    def statuses(self) -> tuple[ClientStatus | None, ...]:
        """Ask every client how far it is; None for one that said nothing."""
        # One call a terminal: on a busy machine nine logins a second are felt by what they ask about.
        argv = ["cat", *(self._status_path(service) for service in self.plan.services)]
        done = self.transport.run_all(self._hosts(), argv, deadline_s=_STATUS_DEADLINE_S)
        said = {
            terminal.host: _statuses(terminal.office, done[terminal.host].stdout)
            for terminal in self.plan.terminals
        }
        return tuple(
            said[terminal.host].get(service)
            for service in self.plan.services
            for terminal in self.plan.terminals
        )

    def stop(self) -> None:
        """Stop every client; each waits for what is under way, at most four seconds."""
        units = [f"{self._unit(service)}.service" for service in self.plan.services]
        self.transport.run_all(
            self._hosts(), ["systemctl", "stop", *units], deadline_s=_STOP_DEADLINE_S, sudo=True
        )

    def histories(self) -> Iterable[tuple[Terminal, str, str]]:
        """Give terminal, service and path of every history."""
        for terminal in self.plan.terminals:
            for service in self.plan.services:
                yield terminal, service, f"{self.layout.folder}/out/history-{service}.jsonl"

    def _install_on(self, terminal: Terminal, program: bytes) -> None:
        folder, user = self.layout.folder, self.layout.terminal_user
        argv = ["install", "-d", "-m", "0755", "-o", user, f"{folder}/out"]
        done = self.transport.run(terminal.host, argv, deadline_s=_DEADLINE_S, sudo=True)
        require(done, "make the drill's folder")
        self.transport.put(terminal.host, f"{folder}/client.pyz", program)
        for service in self.plan.services.values():
            config = json.dumps(self._config(terminal, service)).encode()
            self.transport.put(terminal.host, f"{folder}/client-{service.name}.json", config)

    def _hosts(self) -> tuple[str, ...]:
        return tuple(terminal.host for terminal in self.plan.terminals)

    def _unit(self, service: str) -> str:
        return f"hikae-drill-client-{service}"

    def _status_path(self, service: str) -> str:
        return f"{self.layout.folder}/out/status-{service}.json"

    def _config(self, terminal: Terminal, service: Service) -> Mapping[str, object]:
        return {
            "office": terminal.office,
            "terminal": terminal.host,
            "service": service.name,
            "holds": service.holds,
            "address": str(service.address),
            "port": service.port,
            "identity": self.layout.identity,
            "trust": self.layout.trust,
            "run": self.run,
            "seed": zlib.crc32(f"{self.run}/{terminal.host}/{service.name}".encode()),
            "rate": self.rate,
            "write_share": WRITE_SHARE,
            "persons": self.plan.scenario.load.persons,
            "history": f"{self.layout.folder}/out/history-{service.name}.jsonl",
            "status": self._status_path(service.name),
        }


def _statuses(office: str, text: str) -> dict[str, ClientStatus]:
    """Read the lines of the clients of one terminal; a file that is not there yet, or no status, is left out."""
    found = (_status(office, line) for line in text.splitlines())
    return {status.service: status for status in found if status is not None}


def _status(office: str, text: str) -> ClientStatus | None:
    try:
        said = json.loads(text)
        seconds = tuple(
            Second(int(at), str(kind), int(started), int(ended), int(acked))
            for at, kind, started, ended, acked in said["seconds"]
        )
        return ClientStatus(
            office, str(said["service"]), str(said["state"]), said["error"], seconds
        )
    except (KeyError, TypeError, ValueError):
        return None
