"""The service as a process of its own, and what its clients and its operators ask of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from nenkin.access.caller import Caller
from tests.dr_acting.postgres import USER, Server, free_port, wait_until

# Who asks in the tests, where it is not what they are about.
ASKED = Caller("op-1", "terminal-1", "2101", "notice").headers
PERSON = {"name_kana": "ネンキン ハナコ", "birth_date": "1950-02-28", "sex": "female"}


def dsn(server: Server, database: str = "postgres") -> str:
    return f"host=127.0.0.1 port={server.port} user={USER} dbname={database}"


def environment(server: Server, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {"NENKIN_DSN_RECORDS": dsn(server), **more}


def command(
    server: Server, *arguments: str, **more: str
) -> tuple[subprocess.CompletedProcess[str], Any]:
    """Run `python -m nenkin …`; the process and its standard output as JSON, if any."""
    done = subprocess.run(
        [sys.executable, "-m", "nenkin", *arguments],
        env=environment(server, **more),
        capture_output=True,
        text=True,
        check=False,
    )
    return done, json.loads(done.stdout) if done.stdout else None


@dataclass
class Application:
    """A running service, and an HTTP client that waits longer than the service may take."""

    port: int
    process: subprocess.Popen[bytes]
    client: httpx.Client
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(100))

    def register(self, **changes: object) -> str:
        """Register a person; the number."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        answer = self.client.post("/v1/persons", json=PERSON | changes, headers=headers)
        assert answer.status_code == 201, answer.text
        number: str = answer.json()["number"]
        return number

    def post(self, key: str, number: str, amount: int = 13580) -> httpx.Response:
        """Post a contribution for April 2005."""
        body = {"number": number, "month": "2005-04", "amount": amount}
        headers = {"Idempotency-Key": key}
        return self.client.post("/v1/contributions", json=body, headers=headers)

    def post_at_rate(self, number: str, rate: float, seconds: float) -> Sequence[Any]:
        """Start posts on their schedule, whatever happened to the last; futures of `Posted`."""
        started = time.monotonic()
        futures = []
        for index in range(int(rate * seconds)):
            time.sleep(max(0.0, started + index / rate - time.monotonic()))
            futures.append(self.threads.submit(self.post_timed, number))
        return futures

    def post_timed(self, number: str) -> Posted:
        """Post under a new key and take the time."""
        key = str(uuid.uuid4())
        started = time.monotonic()
        answer = self.post(key, number)
        return Posted(key, answer.status_code, time.monotonic() - started, time.monotonic())


@dataclass(frozen=True, slots=True)
class Posted:
    """What a client saw of one post."""

    key: str
    status: int
    seconds: float
    ended: float


@contextmanager
def application(server: Server, **more: str) -> Iterator[Application]:
    """Serve the records database of a running, migrated server; `more` settings add others or replace it."""
    port = free_port()
    argv = [sys.executable, "-m", "nenkin", "serve"]
    process = subprocess.Popen(argv, env=environment(server, NENKIN_PORT=str(port), **more))
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
    where = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=where, timeout=10, limits=limits, headers=ASKED) as client:
        made = Application(port, process, client)
        try:
            wait_until(lambda: is_ready(made))
            yield made
        finally:
            process.send_signal(signal.SIGTERM)
            made.threads.shutdown()
            assert process.wait(10) in (0, -signal.SIGTERM)


def is_ready(made: Application) -> bool:
    assert made.process.poll() is None, "the service ended"
    try:
        return made.client.get("/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def ledger(server: Server) -> dict[str, tuple[str, int]]:
    """What the judge reads: content and number of entries by key."""
    lines = server.ask("SELECT key, content, entries FROM nenkin.ledger").splitlines()
    rows = (line.rsplit("|", 1) for line in lines)
    return {left.split("|", 1)[0]: (left.split("|", 1)[1], int(n)) for left, n in rows}


def set_standby(server: Server, name: str) -> None:
    """Make COMMIT wait for a standby of this name; the empty name ends all waiting."""
    server.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
    server.ask("SELECT pg_reload_conf()")
    # The checkpointer tells the others, in its own time.
    time.sleep(0.5)


def hanging(server: Server) -> list[int]:
    """The process ids of the backends whose COMMIT waits for a standby."""
    query = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' ORDER BY pid"
    return [int(line) for line in server.ask(query).splitlines()]
