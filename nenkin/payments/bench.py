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
from collections.abc import Callable
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
from nenkin.payments.ledger import differences
from nenkin.payments.period import InvalidDay, PayDay
from nenkin.payments.ranges import RangeFailed
from nenkin.payments.run import PART
from nenkin.payments.stream import Chosen, copy_query
from nenkin.scratch import require_room, scratch, server_cpu_s

__all__ = ["Figures", "add_command", "load", "measure", "run_command"]

Report = dict[str, Any]

LIMIT = 2.0  # times the bound
NATIONAL = 31_370_000  # pensioners at the end of fiscal 2003
_PIECE = 1_000_000
_ENDING_S = 0.3  # for a server's process whose client has gone
BYTES = (
    1_700  # of disk for each pension, the bound's copies, sorting and the write-ahead log included
)

# Old-age pensions with last year's and this year's figures, six in ten with care premiums; 800 branches of 40 banks.
_BRANCHES = """
    INSERT INTO nenkin.branches (branch, bank_name, branch_name)
    SELECT bank * 1000 + branch, 'ｷﾞﾝｺｳ ' || bank, 'ｼﾃﾝ ' || branch
    FROM generate_series(1, 40) bank, generate_series(1, 20) branch"""
_PENSIONS = """
    INSERT INTO nenkin.entitlements (number, code, begun, paid_from, who, why)
    SELECT lpad((2101 + n / 999999)::text, 4, '0') || '-' || lpad((n %% 999999 + 1)::text, 6, '0'), '1150',
           %(period)s - 60, %(period)s, 'bench', 'bench'
    FROM generate_series(%(first)s, %(until)s - 1) n"""
_FIGURES = """
    INSERT INTO nenkin.figures (pension, month, basic, employees, who, why)
    SELECT pension, month, 400000 + (pension * 7919 + month) %% 431700, (pension * 104729 + month) %% 1200000,
           'bench', 'bench'
    FROM nenkin.entitlements, unnest(ARRAY[%(april)s - 12, %(april)s]) month
    WHERE pension >= %(low)s AND pension < %(high)s ORDER BY pension, month"""
_ACCOUNTS = """
    INSERT INTO nenkin.accounts (pension, since, place, kind, payee, who, why)
    SELECT pension, '2000-01-01',
           ((pension / 10000 %% 40 + 1) * 1000 + pension / 400000 %% 20 + 1) * 10000000
               + pension / 10000 * 48271 %% 10000000,
           '1', 'ﾈﾝｷﾝ ' || translate((pension / 10000 %% 100000)::text, '0123456789', 'ｱｶｻﾀﾅﾊﾏﾔﾗﾜ'), 'bench', 'bench'
    FROM nenkin.entitlements WHERE pension >= %(low)s AND pension < %(high)s ORDER BY pension"""
_CARE = """
    INSERT INTO nenkin.care_requests (pension, year, amounts, municipality, request, content)
    SELECT pension, %(year)s, ARRAY[11800, 11800, 11800, 13000, 13000, 13000], '131016', e.pension, ''
    FROM nenkin.entitlements e WHERE pension >= %(low)s AND pension < %(high)s AND pension / 10000 %% 10 < 6
    ORDER BY e.pension"""
_BARE = "CREATE TABLE bare_{name} AS SELECT * FROM nenkin.{name} WHERE false"
_INSERT = "INSERT INTO bare_{name} SELECT * FROM nenkin.{name} WHERE paid = '{paid}'"
_PLAIN = """
    COPY (SELECT lpad(a.place::text, 14, '0'), lpad(p.pension::text, 14, '0'), p.net, a.kind, a.payee
          FROM nenkin.payments p JOIN nenkin.accounts a ON a.pension = p.pension AND a.entry = p.account
          WHERE p.paid = '{paid}' AND p.net > 0) TO STDOUT"""


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
    try:
        require_room(dsn, rows * BYTES, f"{rows} pensions")
        with (
            scratch(dsn, "payments") as own,
            tempfile.TemporaryDirectory(dir=options.folder) as folder,
        ):
            part = options.part or max(1, min(PART, rows // 8))
            order = Order(day, Path(folder), "bench", options.workers, part)
            figures = measure(own, rows, order, say)
    except (MigrateUnknown, Unreachable, psycopg.OperationalError) as error:
        return {"error": str(error)}, 3
    except (InvalidMigrations, MigrateFailed, RangeFailed, psycopg.Error) as error:
        return {"error": str(error)}, 1
    except OSError as error:
        return {"error": f"{error.filename}: {error.strerror}"}, 1
    is_met = figures.ratio <= LIMIT
    return {"part": "payment", **dataclasses.asdict(figures), "limit": LIMIT, "is_met": is_met}, 0


def measure(dsn: str, rows: int, order: Order, say: Callable[[str], None]) -> Figures:
    """Loads so many pensions into a migrated, empty database, pays them and measures the bound."""
    assert order.day.period is not None
    started = time.monotonic()
    with open_connection(dsn) as connection:
        load(connection, rows, order.day.period)
    loaded = time.monotonic()
    say(f"{rows} pensions loaded in {loaded - started:.1f} s")
    marks: list[float] = []
    began_cpu = _cpu_s(dsn)
    started_run = time.monotonic()

    def progress(text: str) -> None:
        if text.startswith("files"):
            marks.append(time.monotonic())
        say(text)

    done = pay(dsn, Rules.read(), order, progress)
    ended = time.monotonic()
    ended_cpu = _cpu_s(dsn)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    memory += order.workers * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    with open_connection(dsn) as connection:
        found = differences(connection)
        if found:
            raise AssertionError("; ".join(found))
    before_cpu = _cpu_s(dsn)
    with open_connection(dsn) as connection:
        bound = _bound(connection, order)
    after_cpu = _cpu_s(dsn)
    with open_connection(dsn) as connection:
        unordered_s = _unordered(connection, order)
        [postings] = connection.execute("SELECT count(*) FROM nenkin.postings").fetchone() or (0,)
        query = """
            SELECT pg_total_relation_size('nenkin.payments') + pg_total_relation_size('nenkin.postings')"""
        [whole] = connection.execute("SELECT pg_database_size(current_database())").fetchone() or (
            0,
        )
        [size] = connection.execute(query).fetchone() or (0,)
    run_s = ended - started_run
    run_cpu, bound_cpu = _between(began_cpu, ended_cpu), _between(before_cpu, after_cpu)
    return Figures(
        rows,
        done.payments,
        postings,
        run_s,
        marks[0] - started_run,
        ended - marks[0],
        *bound,
        unordered_s,
        run_s / (bound[0] + bound[1]),
        run_s / (bound[0] + unordered_s),
        rows / run_s,
        memory,
        size / rows,
        sum(file.size for file in done.manifest.files) / rows,
        whole / rows,
        loaded - started,
        run_cpu,
        bound_cpu,
        run_cpu / bound_cpu if run_cpu and bound_cpu else None,
    )


def load(connection: Connection, rows: int, period: int) -> None:
    """Fills a migrated, empty database with pensions that a period is the first to pay here."""
    year = (period - 3) // 12
    values = {"period": period, "april": year * 12 + 3, "year": year}
    connection.execute(_BRANCHES)
    # In pieces: each row of a statement with references waits in the server's memory for its check.
    for first in range(0, rows, _PIECE):
        until = min(first + _PIECE, rows)
        piece = {"first": first, "until": until, "low": _pension(first), "high": _pension(until)}
        for query in (_PENSIONS, _FIGURES, _ACCOUNTS, _CARE):
            connection.execute(query.encode(), values | piece)
    connection.execute("VACUUM ANALYZE")
    connection.execute("CHECKPOINT")


def _pension(place: int) -> int:
    """The certificate's number of a pension by its place."""
    return int(f"{2101 + place // 999_999:04d}{place % 999_999 + 1:06d}1150")


def _bound(connection: Connection, order: Order) -> tuple[float, float]:
    """Seconds of the bare INSERT … SELECT, and of COPY … TO a file in order."""
    paid = order.day.day.isoformat()
    started = time.monotonic()
    for name in ("payments", "postings"):
        connection.execute(_BARE.format(name=name).encode())
        connection.execute(_INSERT.format(name=name, paid=paid).encode())
    inserted = time.monotonic()
    _copy(connection, copy_query(Chosen(order.day.day, order.day.through)), order.folder)
    return inserted - started, time.monotonic() - inserted


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
