"""`python -m nenkin bench payment`: a whole pay run against a bare INSERT … SELECT and COPY … TO of the same rows.

Everything happens in a database of its own, made beside the one that the settings name and dropped at the end.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from nenkin.batch import say
from nenkin.benefits.rules import Rules
from nenkin.calendar.holidays import OutsideCalendar
from nenkin.copying import copy_lines
from nenkin.migrate import InvalidMigrations, MigrateFailed, MigrateUnknown, Unreachable
from nenkin.payments.batch import Order, pay
from nenkin.payments.connection import Connection, open_connection
from nenkin.payments.filling import fill
from nenkin.payments.ledger import differences
from nenkin.payments.period import InvalidDay, PayDay
from nenkin.payments.ranges import RangeFailed
from nenkin.payments.run import PART
from nenkin.payments.steps import Steps
from nenkin.payments.stream import Chosen, copy_query
from nenkin.room import Room, watched
from nenkin.scratch import data_folder, kept, require_room, scratch, server_cpu_s

__all__ = ["Figures", "add_command", "measure", "run_command"]

Report = dict[str, Any]

LIMIT = 2.0  # times the bound
NATIONAL = 31_370_000  # pensioners at the end of fiscal 2003
_ENDING_S = 0.3  # for a server's process whose client has gone
BYTES = (
    1_700  # of disk for each pension, the bound's copies, sorting and the write-ahead log included
)
# The same where what is no longer needed goes at once: at the end of the parts the database is the largest.
BYTES_CLEANED = 870
FLOOR = 8_000_000_000  # bytes of disk that are left to others
NATIONAL_NAME = "nenkin_bench_national"

# What no step behind the parts of a run reads: the large run gives its room back.
_CLEAN = """
    ALTER TABLE nenkin.figures DISABLE TRIGGER append_only;
    ALTER TABLE nenkin.care_requests DISABLE TRIGGER append_only;
    TRUNCATE nenkin.figures, nenkin.care_requests;
    ALTER TABLE nenkin.figures ENABLE TRIGGER append_only;
    ALTER TABLE nenkin.care_requests ENABLE TRIGGER append_only"""
_SIZE = "SELECT pg_database_size(current_database())"
_SUMS = """
    SELECT (SELECT sum(payments)::bigint FROM nenkin.run_parts_done WHERE paid = %(paid)s),
           (SELECT count(*) FROM nenkin.postings),
           pg_total_relation_size('nenkin.payments') + pg_total_relation_size('nenkin.postings'),
           (SELECT coalesce(sum(size), 0)::bigint FROM nenkin.files WHERE paid = %(paid)s)"""
_BARE = "CREATE TABLE bare_{name} AS SELECT * FROM nenkin.{name} WHERE false"
_INSERT = "INSERT INTO bare_{name} SELECT * FROM nenkin.{name} WHERE paid = '{paid}'"
_PLAIN = """
    COPY (SELECT lpad(a.place::text, 14, '0'), lpad(p.pension::text, 14, '0'), p.net, a.kind, a.payee
          FROM nenkin.payments p JOIN nenkin.accounts a ON a.pension = p.pension AND a.entry = p.account
          WHERE p.paid = '{paid}' AND p.net > 0) TO STDOUT"""


class RoomShort(Exception):
    """The disk was about to be full; the message says how to go on."""


@dataclasses.dataclass(frozen=True, slots=True)
class Figures:
    """Seconds of the run and of its bound, their ratios, and what was paid; the second bound's COPY is not in order.

    Seconds of processor are those of the program and of all of the server; None where it is on another machine.
    """

    rows: int
    payments: int
    postings: int
    run_s: float
    parts_s: float
    files_s: float
    insert_s: float
    copy_s: float
    unordered_copy_s: float
    ratio: float
    ratio_unordered: float
    per_second: float
    memory_mb: float
    table_bytes_per_row: float
    file_bytes_per_row: float
    database_bytes_per_row: float
    load_s: float
    run_cpu_s: float | None
    bound_cpu_s: float | None
    ratio_cpu: float | None


def add_command(benches: Any) -> None:
    """Adds `payment` to the benches of a parser."""
    payment = benches.add_parser("payment", help="a pay run against INSERT … SELECT plus COPY … TO")
    payment.add_argument("--rows", type=int, default=1_000_000, help="pensions")
    payment.add_argument("--national", action="store_true", help=f"{NATIONAL} pensions")
    payment.add_argument("--day", type=date.fromisoformat, default=date(2025, 6, 13))
    payment.add_argument("--workers", type=int, default=2)
    payment.add_argument("--part", type=int, help="by default an eighth, at most that of a run")
    payment.add_argument(
        "--keep",
        metavar="NAME",
        help="a database that stays while it is not finished: the same call goes on with it",
    )
    payment.add_argument("--folder", type=Path, help="for the files; removed at the end")
    payment.add_argument("--json", action="store_true", help="as JSON, which is the only form")


def run_command(options: argparse.Namespace, dsn: str) -> tuple[Report, int]:
    """Measures and reports; 0 done, 1 failed, 2 wrong call, 3 database unreachable."""
    rows = NATIONAL if options.national else options.rows
    if rows < 1:
        return {"error": f"rows {rows}: at least 1"}, 2
    try:
        day = PayDay.of(options.day)
    except (InvalidDay, OutsideCalendar) as error:
        return {"error": str(error)}, 2
    if day.period is None:
        return {"error": f"day {options.day}: a regular pay date is measured"}, 2
    keep = options.keep or (NATIONAL_NAME if options.national else None)
    part = options.part or max(1, min(PART, rows // 8))
    try:
        with _database(dsn, keep, rows) as own, _watched(own, keep) as room:
            with tempfile.TemporaryDirectory(dir=options.folder) as folder:
                order = Order(day, Path(folder), "bench", options.workers, part)
                figures = measure(own, rows, order, say, cleans=keep is not None)
            used = room.most_used / rows if room else None
    except RoomShort as error:
        return {"error": str(error)}, 1
    except (MigrateUnknown, Unreachable, psycopg.OperationalError) as error:
        return {"error": str(error)}, 3
    except (InvalidMigrations, MigrateFailed, RangeFailed, psycopg.Error) as error:
        return {"error": str(error)}, 1
    except OSError as error:
        return {"error": f"{error.filename}: {error.strerror}"}, 1
    is_met = figures.ratio <= LIMIT
    told = {"disk_bytes_per_row": used, "limit": LIMIT, "is_met": is_met}
    return {"part": "payment", **dataclasses.asdict(figures), **told}, 0


@contextmanager
def _database(dsn: str, keep: str | None, rows: int) -> Iterator[str]:
    """One of its own; one that is kept was looked at before its first row."""
    if keep is None:
        require_room(dsn, rows * BYTES, f"{rows} pensions")
        with scratch(dsn, "payments") as own:
            yield own
        return
    with psycopg.connect(dsn) as connection:
        query = "SELECT coalesce(pg_database_size(oid), 0) FROM pg_database WHERE datname = %s"
        [there] = connection.execute(query, (keep,)).fetchone() or (0,)
    needed = max(0, rows * BYTES_CLEANED - int(there)) + FLOOR
    require_room(dsn, needed, f"{rows} pensions, {FLOOR / 1e9:.0f} of them left to others")
    with kept(dsn, keep, "payments") as own:
        yield own


@contextmanager
def _watched(own: str, keep: str | None) -> Iterator[Room | None]:
    """A look at the disk all the while, for what is large; raises RoomShort where it had to stop."""
    folder = data_folder(own)
    if keep is None or folder is None:
        yield None
        return

    def stop() -> None:
        with psycopg.connect(own, autocommit=True) as connection:
            connection.execute(
                """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()"""
            )

    with watched(folder, FLOOR, stop) as room:
        try:
            yield room
        except (psycopg.Error, OSError, RuntimeError) as error:
            if not room.is_short:
                raise
            raise RoomShort(
                f"{folder}: fewer than {FLOOR / 1e9:.0f} GB are left, so it stopped; make room and run the "
                f"same again, it goes on, or drop the database {keep}"
            ) from error


def measure(
    dsn: str, rows: int, order: Order, say: Callable[[str], None], *, cleans: bool = False
) -> Figures:
    """Loads so many pensions into a migrated database, pays them and measures the bound; steps that are done stay done.

    With `cleans` it gives room back as soon as it can.
    """
    assert order.day.period is not None
    with open_connection(dsn) as connection:
        steps = Steps(connection)
        if not steps.is_done("load"):
            steps.begin("load")
            fill(dsn, rows, order.day.period, order.workers, say)
            say(f"{rows} pensions loaded in {steps.end():.1f} s")
        whole = _pay(dsn, connection, order, steps, say, cleans=cleans)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        memory += order.workers * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        if not steps.is_done("checked"):
            steps.begin("checked")
            found = differences(connection)
            if found:
                raise AssertionError("; ".join(found))
            say(f"the ledger balances, looked at in {steps.end():.1f} s")
    before_cpu = _cpu_s(dsn)
    with open_connection(dsn) as connection:
        bound = _bound(connection, order, cleans=cleans)
    bound_cpu = _between(before_cpu, _cpu_s(dsn))
    with open_connection(dsn) as connection:
        unordered_s = _unordered(connection, order)
        [size] = connection.execute(_SIZE).fetchone() or (0,)
        values = {"paid": order.day.day}
        sums = connection.execute(_SUMS, values).fetchone() or (0, 0, 0, 0)
    parts_s, files_s = steps.seconds("parts"), steps.seconds("files")
    run_s, run_cpu = parts_s + files_s, steps.processor("files")
    return Figures(
        rows,
        sums[0],
        sums[1],
        run_s,
        parts_s,
        files_s,
        *bound,
        unordered_s,
        run_s / (bound[0] + bound[1]),
        run_s / (bound[0] + unordered_s),
        rows / run_s,
        memory,
        sums[2] / rows,
        sums[3] / rows,
        max(whole, size) / rows,
        steps.seconds("load"),
        run_cpu,
        bound_cpu,
        run_cpu / bound_cpu if run_cpu and bound_cpu else None,
    )


def _pay(
    dsn: str,
    connection: Connection,
    order: Order,
    steps: Steps,
    say: Callable[[str], None],
    *,
    cleans: bool,
) -> int:
    """Pays, unless that was done; bytes of the database before any is given back."""
    sizes = [0]
    if steps.is_done("files"):
        return 0
    is_whole = not steps.seconds("parts")
    began_cpu = _cpu_s(dsn)

    def progress(text: str) -> None:
        say(text)
        if not text.startswith("files"):
            steps.save()
            return
        steps.end()
        [sizes[0]] = connection.execute(_SIZE).fetchone() or (0,)
        if cleans:
            connection.execute(_CLEAN)
        steps.begin("files")

    steps.begin("parts")
    pay(dsn, Rules.read(), order, progress)
    steps.end()
    run_cpu = _between(began_cpu, _cpu_s(dsn))
    steps.add_processor(run_cpu if is_whole else None)
    if cleans:
        for path in order.folder.iterdir():
            path.unlink()
    return int(sizes[0])


def _bound(connection: Connection, order: Order, *, cleans: bool) -> tuple[float, float]:
    """Seconds of the bare INSERT … SELECT, and of COPY … TO a file in order."""
    paid = order.day.day.isoformat()
    inserted = 0.0
    for name in ("payments", "postings"):
        connection.execute(f"DROP TABLE IF EXISTS bare_{name}".encode())
        started = time.monotonic()
        connection.execute(_BARE.format(name=name).encode())
        connection.execute(_INSERT.format(name=name, paid=paid).encode())
        inserted += time.monotonic() - started
        if cleans:
            connection.execute(f"DROP TABLE bare_{name}".encode())
    started = time.monotonic()
    _copy(connection, copy_query(Chosen(order.day.day, order.day.through)), order.folder)
    return inserted, time.monotonic() - started


def _unordered(connection: Connection, order: Order) -> float:
    """Seconds of COPY … TO a file in no order."""
    started = time.monotonic()
    _copy(connection, _PLAIN.format(paid=order.day.day.isoformat()), order.folder)
    return time.monotonic() - started


def _copy(connection: Connection, query: str, folder: Path) -> None:
    path = folder / "bound"
    with path.open("wb") as out:
        out.writelines(copy_lines(connection, query))
    path.unlink()


def _cpu_s(dsn: str) -> float | None:
    """Seconds of processor until now, of this program and of what has ended of the server."""
    time.sleep(_ENDING_S)
    with open_connection(dsn) as connection:
        server = server_cpu_s(connection)
    return None if server is None else server + sum(os.times()[:4])


def _between(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before
