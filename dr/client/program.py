"""The client itself: `python3 ARCHIVE CONFIG` on an office's terminal, standard library only.

A transaction starts on its schedule whatever happened to the last one, on a connection of its own.
It writes one JSON line for each transaction, and a status file that says how far it is.
"""

from __future__ import annotations

import asyncio
import json
import signal
import ssl
import sys
import time
import uuid
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from dr.client.errands import ERRANDS, Ask, Errand
from dr.client.exchange import Reply, Resuming, call, request
from dr.client.outcome import outcome_of_read, outcome_of_write
from dr.client.schedule import Planned, schedule

__all__ = ["Client", "Config", "main"]

_KEPT_S = 120
"""Seconds of counts in the status file."""


@dataclass(frozen=True, slots=True)
class Config:
    """What the drill tells a client; times in seconds, rate in transactions per second."""

    office: str
    service: str
    address: str
    port: int
    run: str
    """UUID of the drill's run: keys are derived from it, so two runs never share one."""
    seed: int
    rate: float
    write_share: float
    history: str
    status: str
    identity: str = ""
    """The terminal's key and chain; empty: plain HTTP, to a service on the same host."""
    trust: str = ""
    terminal: str = "terminal"
    holds: str = "records"
    """The schema that the service's database holds: it says what is asked (`ERRANDS`)."""
    persons: int = 40
    life: int = 0
    """Counts starts of this client in one run: a later life has keys of its own."""
    start_at: float | None = None
    end_at: float | None = None
    prepare_s: float = 60.0
    connect_s: float = 2.0
    reply_s: float = 2.0
    flush_s: float = 0.2
    status_s: float = 1.0


@dataclass(slots=True)
class Second:
    """Counts of the transactions of a kind that were started in one second of the clock."""

    started: int = 0
    ended: int = 0
    acked: int = 0


@dataclass(slots=True)
class Client:
    """An office's client: registers its persons, then follows its schedule until told to stop."""

    config: Config
    numbers: list[str] = field(default_factory=list)
    seconds: dict[tuple[int, str], Second] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    underway: set[asyncio.Task[None]] = field(default_factory=set)
    total: Second = field(default_factory=Second)
    state: str = "preparing"
    error: str | None = None
    start_at: float | None = None
    late_s: float = 0.0
    tls: Resuming | None = None
    tls_read_at: tuple[int, int] = (0, 0)

    @property
    def context(self) -> Resuming | None:
        """What this terminal shows and trusts, read again once a renewal has replaced the files."""
        config = self.config
        if not config.identity:
            return None
        found = (Path(config.identity).stat().st_mtime_ns, Path(config.trust).stat().st_mtime_ns)
        if found != self.tls_read_at:
            self.tls, self.tls_read_at = tls_context(config.identity, config.trust), found
        return self.tls

    async def run(self) -> int:
        """Run to the end time or SIGTERM; 1 where the persons could not be registered, else 0."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        over = asyncio.Event()
        writer = asyncio.create_task(self.write_files(over))
        is_prepared = await self.prepare(stop)
        if is_prepared and not stop.is_set():
            await self.follow(stop)
        self.state = "stopping"
        if self.underway:
            config = self.config
            await asyncio.wait(self.underway, timeout=config.connect_s + config.reply_s + 0.5)
        over.set()
        await writer
        self.state = "done" if is_prepared or stop.is_set() else "failed"
        self.flush()
        self.write_status()
        return 1 if self.state == "failed" else 0

    async def prepare(self, stop: asyncio.Event) -> bool:
        """Register the persons for whom this office posts; tries again until the time is up."""
        until = time.time() + self.config.prepare_s
        while len(self.numbers) < self.config.persons and not stop.is_set():
            serial = len(self.numbers)
            key = self.key(f"person/{serial}")
            ask = self.errand.prepare(self.office_code, serial, key)
            reply = await self.send(ask, key)
            if reply.status in (200, 201):
                self.numbers.append(str(json.loads(reply.body)["number"]))
                continue
            said = reply.body[:200].decode("utf-8", "replace")
            where = f"{self.config.address}:{self.config.port}"
            self.error = f"POST {ask.path} at {where} was answered {reply.status} {said!r}"
            is_final = reply.status is not None and 400 <= reply.status < 500
            if is_final or time.time() > until:
                return False
            await asyncio.sleep(0.5)
        self.error = None
        return len(self.numbers) >= self.config.persons

    async def follow(self, stop: asyncio.Event) -> None:
        """Start each transaction at its time; being late delays none of the later ones."""
        config = self.config
        self.start_at = max(config.start_at or 0.0, float(int(time.time()) + 1))
        self.state = "running"
        for planned in schedule(config.seed, config.rate, config.write_share):
            due = self.start_at + planned.due
            if config.end_at is not None and due >= config.end_at:
                return
            try:
                async with asyncio.timeout(max(0.0, due - time.time())):
                    await stop.wait()
            except TimeoutError:
                pass
            if stop.is_set():
                return
            self.late_s = max(self.late_s, time.time() - due)
            task = asyncio.create_task(self.transact(planned))
            self.underway.add(task)
            task.add_done_callback(self.underway.discard)

    async def transact(self, planned: Planned) -> None:
        """Send one transaction and write down what the office may say about it."""
        config = self.config
        key = self.key(str(planned.index))
        started = time.time()
        second = self.seconds.setdefault((int(started), planned.kind), Second())
        for counts in (second, self.total):
            counts.started += 1
        if planned.kind == "write":
            ask = self.errand.write(self.office_code, planned.index, key, self.numbers)
            reply = await self.send(ask, key)
            outcome: str = outcome_of_write(reply)
        else:
            ask = self.errand.read(planned.index, self.numbers)
            reply = await self.send(ask)
            outcome = outcome_of_read(reply)
        ended = max(started, time.time())
        for counts in (second, self.total):
            counts.ended += 1
            counts.acked += outcome == "acked"
        line = {
            "id": key,
            "office": config.office,
            "service": config.service,
            "kind": planned.kind,
            "started": round(started, 6),
            "ended": round(ended, 6),
            "outcome": outcome,
            "status": reply.status,
            "content": ask.content,
        }
        self.lines.append(json.dumps(line))

    def key(self, what: str) -> str:
        """The key of something that this client does once in this life, the same at each try."""
        config = self.config
        life = f"{config.life}/" if config.life else ""
        name = f"{config.office}/{config.service}/{life}{what}"
        return str(uuid.uuid5(uuid.UUID(config.run), name))

    @property
    def asks(self) -> dict[str, str]:
        """Who asks, from where and why, as the record service demands of every request."""
        return {
            "Nenkin-Operator": "drill",
            "Nenkin-Terminal": self.config.terminal,
            "Nenkin-Office": self.office_code,
            "Nenkin-Purpose": "drill",
        }

    @property
    def office_code(self) -> str:
        """Four digits for the office: an estate's offices have names, on a record stands a code."""
        return f"{zlib.crc32(self.config.office.encode()) % 9000:04d}"

    @property
    def errand(self) -> Errand:
        """What this client asks for."""
        return ERRANDS[self.config.holds]

    async def send(self, ask: Ask, key: str = "") -> Reply:
        """Send one request to the service address."""
        config = self.config
        data = None if ask.body is None else json.dumps(ask.body, ensure_ascii=False).encode()
        host = f"{config.address}:{config.port}"
        method = "GET" if data is None else "POST"
        sent = request(host, method, ask.path, data, key, self.asks)
        return await call(
            config.address,
            config.port,
            sent,
            connect_s=config.connect_s,
            reply_s=config.reply_s,
            context=self.context,
        )

    async def write_files(self, over: asyncio.Event) -> None:
        """Append to the history every `flush_s` and renew the status every `status_s`."""
        next_status = 0.0
        while not over.is_set():
            self.flush()
            if time.time() >= next_status:
                next_status = time.time() + self.config.status_s
                self.write_status()
            await asyncio.sleep(self.config.flush_s)

    def flush(self) -> None:
        """Append what has ended since the last time."""
        lines, self.lines = self.lines, []
        with Path(self.config.history).open("a", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))

    def write_status(self) -> None:
        """Replace the status file whole, so that a reader never sees half of one."""
        now = time.time()
        self.seconds = {at: s for at, s in self.seconds.items() if at[0] >= now - _KEPT_S}
        status = {
            "at": now,
            "service": self.config.service,
            "state": self.state,
            "error": self.error,
            "start_at": self.start_at,
            "started": self.total.started,
            "ended": self.total.ended,
            "acked": self.total.acked,
            "late_s": round(self.late_s, 3),
            "cpu_s": round(time.process_time(), 3),
            "seconds": [
                [*second, s.started, s.ended, s.acked] for second, s in self.seconds.items()
            ],
        }
        path = Path(self.config.status)
        fresh = path.with_name(path.name + ".new")
        fresh.write_text(f"{json.dumps(status)}\n", encoding="utf-8")
        fresh.replace(path)


def tls_context(identity: str, trust: str) -> Resuming:
    """What this terminal shows and trusts; the service must have the address as a name."""
    context = Resuming(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(trust)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(identity)
    return context


def main() -> int:
    """Read the configuration named by the only argument and run the client."""
    config = Config(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    return asyncio.run(Client(config).run())
