"""What the revision of all awards costs, whole and in parts: `python -m tests.nenkin.payments.revision_bench`.

A server of its own; each count of parts on a copy of one database. The joined manifests must be the same, byte for byte.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from itertools import count

import psycopg
from psycopg.conninfo import make_conninfo

from nenkin.payments.connection import open_connection
from nenkin.scratch import scratch, server_cpu_s
from tests.dr_acting.postgres import server
from tests.nenkin.application import dsn
from tests.nenkin.payments.many import put

NATIONAL = 31_370_000
SETTINGS = ("listen_addresses=127.0.0.1", "shared_buffers=256MB", "max_wal_size=4GB")
_ENDING_S = 0.4
_CALL = ("pay", "revise", "2026-04", "--today", "2026-03-20", "--who", "bench")
_SIZES = "SELECT (pg_current_wal_lsn() - '0/0')::bigint, pg_database_size(current_database())"
_NAMES = count(1)


class Bench:
    """A filled database that each measurement copies."""

    def __init__(self, root: str, filled: str, awards: int) -> None:
        self.root, self.filled, self.awards = root, filled, awards

    def measure(self, parts: int) -> tuple[str, dict[str, float]]:
        """Revises with so many parts beside each other, and joins; the manifest and what it took."""
        name = f"revision_{next(_NAMES)}"
        source = psycopg.conninfo.conninfo_to_dict(self.filled)["dbname"]
        with psycopg.connect(self.root, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE {name} TEMPLATE "{source}"'.encode())
            connection.execute("CHECKPOINT")
        own = make_conninfo(self.filled, dbname=name)
        before, sizes, started = self._cpu_s(), _sizes(own), time.monotonic()
        numbers = range(1, parts + 1) if parts > 1 else ()
        running = [_start(own, "--part", f"{number}/{parts}") for number in numbers]
        for process in running:
            process.communicate()
        parts_s = time.monotonic() - started
        manifest, _ = _start(own).communicate()
        wall, spent = time.monotonic() - started, self._cpu_s() - before
        written, grown = (after - before for after, before in zip(_sizes(own), sizes, strict=True))
        with psycopg.connect(self.root, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name}".encode())
        return manifest, {
            "parts": parts,
            "awards": self.awards,
            "parts_s": round(parts_s, 2),
            "wall_s": round(wall, 2),
            "processor_s": round(spent, 2),
            "a_second": round(self.awards / wall),
            "a_processor_second": round(self.awards / spent),
            "national_processor_min": round(spent / self.awards * NATIONAL / 60, 1),
            "wal_bytes_an_award": round(written / self.awards),
            "disk_bytes_an_award": round(grown / self.awards),
        }

    def _cpu_s(self) -> float:
        time.sleep(_ENDING_S)
        with psycopg.connect(self.root) as connection:
            of_server = server_cpu_s(connection)
        assert of_server is not None
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return of_server + used.ru_utime + used.ru_stime


def _sizes(own: str) -> tuple[int, int]:
    with psycopg.connect(own) as connection:
        row = connection.execute(_SIZES).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def _start(own: str, *rest: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "nenkin", *_CALL, *rest]
    env = os.environ | {"NENKIN_DSN_PAYMENTS": own}
    return subprocess.Popen(
        argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def main() -> None:
    """Prints a line of JSON for each count of parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--awards", type=int, default=100_000)
    parser.add_argument("--parts", type=int, nargs="+", default=(1, 2, 4))
    options = parser.parse_args()
    manifests = set()
    with server() as made:
        made.start(*SETTINGS)
        with scratch(dsn(made), "payments") as filled:
            with open_connection(filled) as connection:
                put(connection, options.awards)
            bench = Bench(dsn(made), filled, options.awards)
            for parts in options.parts:
                manifest, told = bench.measure(parts)
                manifests.add(manifest)
                sys.stdout.write(json.dumps(told) + "\n")
                sys.stdout.flush()
    if len(manifests) != 1 or json.loads(manifests.pop())["awards"] != options.awards:
        raise SystemExit("the manifests differ")


if __name__ == "__main__":
    main()
