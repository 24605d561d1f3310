"""`python -m nenkin bench reads`: persons' records read at a fixed rate, alone and while a batch runs.

The service is a process of its own on databases made beside those that the settings name. Each read goes through the
gate, so its event is committed before it is answered. The bound of the same run is a request that asks no database.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from nenkin.access.caller import Caller
from nenkin.access.meter import Meter
from nenkin.access.open_loop import SKIPPED_S, Measured, measure, wait_until_ready
from nenkin.jobs import JOBS
from nenkin.migrate import InvalidMigrations, MigrateFailed, MigrateUnknown, Unreachable
from nenkin.numbers.adopt import AdoptFailed, adopt
from nenkin.people.load import LoadFailed, LoadUnreachable, Population, load
from nenkin.people.numbering import parts
from nenkin.scratch import scratch
from nenkin.settings import Settings

LIMIT_MS = 20.0  # 99 of 100 reads, alone
LIMIT_TIMES = 3.0  # that, while a batch runs
BATCH = "match"
ROWS = 50_000
_READY_S = 30.0


class BenchFailed(Exception):
    """Nothing was measured; the message says why."""


def add_command(parts: Any) -> None:
    """Adds `reads` to the benches of a parser."""
    reads = parts.add_parser("reads", help="records read at a rate, alone and beside a batch")
    reads.add_argument("--rows", type=int, default=ROWS, metavar="N", help="persons on record")
    reads.add_argument("--rate", type=float, default=500.0, metavar="R", help="reads a second")
    reads.add_argument("--seconds", type=float, default=20.0, metavar="S", help="of each part")
    reads.add_argument("--json", action="store_true", help="as JSON, which is the only form")


def run_command(
    options: argparse.Namespace, settings: Settings, population: Population
) -> tuple[dict[str, Any], int]:
    """Measures and reports; 0, or 1 when it failed or is over its limit."""
    if options.rows < 1 or options.rate <= 0 or options.seconds <= 0:
        return {"error": "--rows, --rate, --seconds: more than 0"}, 2
    try:
        report = _measure(settings, population, options.rows, options.rate, options.seconds)
    except (BenchFailed, AdoptFailed, LoadFailed, LoadUnreachable, psycopg.Error) as error:
        return {"part": "reads", "error": str(error)}, 1
    except (InvalidMigrations, MigrateFailed, MigrateUnknown, Unreachable) as error:
        return {"part": "reads", "error": str(error)}, 1
    return report, 0 if report["is_met"] else 1


def _measure(
    settings: Settings, population: Population, count: int, rate: float, seconds: float
) -> dict[str, Any]:
    beside = settings.dsns.get("numbers") or settings.dsn("records")
    with scratch(settings.dsn("records")) as records, scratch(beside, "numbers") as numbers:
        load(records, population, parts(0, count), os.cpu_count() or 1)
        adopt(records, numbers, lambda _: None)
        for dsn in (records, numbers):
            with psycopg.connect(dsn, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
        requests = _requests(records)
        environment = _environment(records, numbers)
        with _service(environment) as (port, process):
            bound = measure(port, [_request("/health/live")], rate, seconds / 2)
            with Meter(records, process) as meter:
                alone = measure(port, requests, rate, seconds)
            commits = _commits(records)
            with _batch(environment) as runs:
                pressed = measure(port, requests, rate, seconds)
    limit = LIMIT_TIMES * alone.quantile(0.99)
    is_met = alone.quantile(0.99) < LIMIT_MS and pressed.quantile(0.99) <= limit
    job = next(job for job in JOBS if job.name == BATCH)
    return {
        "part": "reads",
        "persons": count,
        "rate": rate,
        "seconds": seconds,
        "bound": bound.report(),
        "alone": alone.report() | {"reads_per_commit": commits},
        # On a machine with other work it says more than the times do.
        "cpu_ms_per_read": meter.report(int(rate * (seconds + SKIPPED_S)), alone.cpu_s),
        "beside": pressed.report() | {"job": job.name, "cores": job.cores, "runs": len(runs)},
        "limit": None,
        "ratio": round(alone.quantile(0.99) / bound.quantile(0.99), 2),
        "ratio_beside": round(pressed.quantile(0.99) / alone.quantile(0.99), 2),
        "limit_ms": LIMIT_MS,
        "limit_beside": LIMIT_TIMES,
        "is_met": is_met and _all_answered(alone) and _all_answered(pressed),
    }


def _all_answered(measured: Measured) -> bool:
    return set(measured.statuses) == {200}


def _requests(dsn: str) -> list[bytes]:
    """Views of persons drawn by chance, the same in every run."""
    query = "SELECT number FROM nenkin.persons ORDER BY number"
    with psycopg.connect(dsn) as connection:
        numbers = [number for (number,) in connection.execute(query).fetchall()]
    dice = random.Random(1)
    return [_request(f"/v1/persons/{dice.choice(numbers)}") for _ in range(10_000)]


def _request(path: str) -> bytes:
    asks = Caller("bench", "bench", "0000", "drill").headers
    fields = "".join(f"{name}: {value}\r\n" for name, value in asks.items())
    return f"GET {path} HTTP/1.1\r\nHost: nenkin\r\n{fields}\r\n".encode()


def _commits(dsn: str) -> float:
    """How many reads shared a commit, on average."""
    query = "SELECT count(*)::float8 / count(DISTINCT xmin::text) FROM nenkin.access_events"
    with psycopg.connect(dsn) as connection:
        [found] = connection.execute(query).fetchone() or (0.0,)
    return round(float(found), 2)


def _environment(records: str, numbers: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NENKIN_")}
    return kept | {"NENKIN_DSN_RECORDS": records, "NENKIN_DSN_NUMBERS": numbers}


@contextmanager
def _service(environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    argv = [sys.executable, "-m", "nenkin", "--env-file", os.devnull, "serve"]
    process = subprocess.Popen(argv, env=environment | {"NENKIN_PORT": str(port)})
    try:
        if not wait_until_ready(port, _READY_S):
            raise BenchFailed(f"the service on port {port} was not ready in {_READY_S:.0f} s")
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


@contextmanager
def _batch(environment: dict[str, str]) -> Iterator[list[int]]:
    """The batch, again and again on as many processors as its job declares; when each run ended."""
    cores = next(job.cores for job in JOBS if job.name == BATCH)
    allowed = sorted(os.sched_getaffinity(0))[:cores]
    loop = (
        "import os, subprocess, sys\n"
        f"os.sched_setaffinity(0, {allowed})\n"
        "while True:\n"
        f"    done = subprocess.run([sys.executable, '-m', 'nenkin', '--env-file', os.devnull, {BATCH!r}],\n"
        "                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "    print(done.returncode, flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", loop],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    runs: list[int] = []
    try:
        time.sleep(1)
        yield runs
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        said, _ = process.communicate()
        runs += [int(line) for line in said.split()]
    if any(runs):
        raise BenchFailed(f"the batch {BATCH} failed with {max(runs)}")
