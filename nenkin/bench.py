"""The command `bench`: parts of the program measured, each beside a bound of the same run; all of them or one.

Each part runs as a process of its own, so that the memory and the processor time of one are not those of another.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import psycopg

from nenkin.access import bench as reads
from nenkin.batch import say
from nenkin.collection import bench as bills
from nenkin.numbers import bench as matching
from nenkin.own_server import own_server
from nenkin.payments import bench as payment
from nenkin.people import bench as people
from nenkin.people.command import at_least_one
from nenkin.people.load import Population
from nenkin.people.numbering import InvalidPopulation
from nenkin.scratch import require_room
from nenkin.settings import DATABASES, InvalidSettings, Settings

ROWS = 1_000_000
LIMIT_S = 600.0  # of all parts with that many
_END_S = 30.0  # that a part has to end itself
_SEED, _UNTIL = 1, date(2026, 3, 1)
Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A part: its database, bytes of disk a person, persons of the large run, and what its report comes to."""

    help: str
    database: str
    bytes: int
    national: int
    summary: Callable[[Report], Report]
    national_bytes: int = 0  # of disk a person of the large run, where it does with less
    most: int | None = None  # persons, where more tell nothing

    def persons(self, rows: int, *, is_national: bool) -> int:
        """How many persons it is measured with."""
        wanted = self.national if is_national else rows
        return wanted if self.most is None else min(wanted, self.most)

    def room(self, rows: int, *, is_national: bool) -> int:
        """Bytes of disk for so many persons, or for the large run."""
        each = (is_national and self.national_bytes) or self.bytes
        return self.persons(rows, is_national=is_national) * each


def _people_summary(report: Report) -> Report:
    names = ("rows_per_person", "stored_bytes_per_person", "persons_per_second")
    return {name: report[name] for name in names}


def _payment_summary(report: Report) -> Report:
    return {
        "rows_per_person": round((report["payments"] + report["postings"]) / report["rows"], 2),
        "stored_bytes_per_person": round(report["database_bytes_per_row"], 1),
        "persons_per_second": round(report["per_second"]),
    }


def _matching_summary(report: Report) -> Report:
    last, worth = report["runs"][-1], report["worth"]
    return {
        "rows_per_person": 1.0,
        "stored_bytes_per_person": last["stored_bytes_per_person"],
        "persons_per_second": last["persons_per_second"],
        "persons_per_cpu_second": last["persons_per_cpu_second"],
        "linearity": report["linearity"],
        "precision_duplicate": worth["levels"]["duplicate"]["precision"],
        "recall": worth["recall"],
    }


def _bills_summary(report: Report) -> Report:
    return {
        "rows_per_person": round((report["insured"] + report["bills"]) / report["persons"], 2),
        "stored_bytes_per_person": None,
        "persons_per_second": report["insured_per_second"],
    }


def _reads_summary(report: Report) -> Report:
    return {
        "rows_per_person": None,
        "stored_bytes_per_person": None,
        "persons_per_second": report["rate"],
        "p99_ms": report["alone"]["p99_ms"],
        "p99_ms_beside": report["beside"]["p99_ms"],
        "ratio_beside": report["ratio_beside"],
        "limit_ms": report["limit_ms"],
        "limit_beside": report["limit_beside"],
    }


PARTS = {
    "people": Part(
        "making and loading people against COPY of the rows",
        "records",
        people.BYTES,
        70_290_000,
        _people_summary,
    ),
    "payment": Part(
        "a pay run against INSERT … SELECT plus COPY … TO",
        "payments",
        payment.BYTES,
        payment.NATIONAL,
        _payment_summary,
        payment.BYTES_CLEANED,
    ),
    "bills": Part(
        "a month's bills against a bare INSERT … SELECT of who is insured",
        "records",
        people.BYTES,
        70_290_000,
        _bills_summary,
    ),
    "matching": Part(
        "matching against reading the same, and against the truth",
        "numbers",
        matching.BYTES,
        10_000_000,
        _matching_summary,
    ),
    # Its figures do not grow with the persons: a record is found by a key.
    "reads": Part(
        "records read at a rate, alone and beside a batch",
        "records",
        people.BYTES,
        reads.ROWS,
        _reads_summary,
        most=reads.ROWS,
    ),
}


_MEASURES = {"people": people.measure, "bills": bills.measure, "matching": matching.measure}


def add(commands: Any) -> None:
    """Adds `bench` and its parts to the commands of a parser."""
    benches = commands.add_parser(
        "bench", help="measure parts, each beside a bound of the same run"
    )
    _add_size(benches)
    benches.add_argument("--only", nargs="+", choices=tuple(PARTS), metavar="PART", default=[])
    parts = benches.add_subparsers(dest="bench")
    payment.add_command(parts)
    reads.add_command(parts)
    for name in _MEASURES:
        part = parts.add_parser(name, help=PARTS[name].help)
        _add_size(part)
        part.add_argument("--workers", type=at_least_one, default=os.cpu_count() or 1, metavar="N")


def _add_size(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=ROWS, metavar="N", help=f"{ROWS} by default")
    parser.add_argument(
        "--national", action="store_true", help="the large run; disk is looked at first"
    )
    parser.add_argument("--json", action="store_true", help="as JSON, which is the only form")


def run(options: argparse.Namespace, settings: Settings) -> tuple[Report, int]:
    """Measures; the report and 0, or 1 when a part failed or is over its limit, 3 unreachable. InvalidSettings.

    Where no setting names a database, on a server of its own.
    """
    if settings.dsns:
        return _run(options, settings)
    say("bench: no database is named, so on a PostgreSQL of its own")
    with own_server() as (dsn, files):
        # The parts are processes of their own and find it where they look for any.
        os.environ |= {f"NENKIN_DSN_{name.upper()}": dsn for name in DATABASES}
        # A million persons' files of a part that was killed go with the server.
        os.environ["TMPDIR"] = tempfile.tempdir = str(files)
        return _run(options, replace(settings, dsns=dict.fromkeys(DATABASES, dsn)))


def _run(options: argparse.Namespace, settings: Settings) -> tuple[Report, int]:
    if options.bench is None:
        return _run_all(options, settings)
    if options.bench == "payment":
        return payment.run_command(options, settings.dsn("payments"))
    population = Population(_SEED, _UNTIL)
    if options.bench == "reads":
        return reads.run_command(options, settings, population)
    part = PARTS[options.bench]
    rows = part.national if options.national else options.rows
    measure = _MEASURES[options.bench]
    try:
        report = measure(settings.dsn(part.database), population, rows, options.workers, say)
    except InvalidPopulation as error:
        raise InvalidSettings(f"--rows: {error}") from error
    except people.BenchFailed as error:
        return {"part": options.bench, "error": str(error)}, 1
    return report, 0 if report["is_met"] else 1


def _run_all(options: argparse.Namespace, settings: Settings) -> tuple[Report, int]:
    wanted = options.only or list(PARTS)
    if options.rows < 1:
        raise InvalidSettings(f"--rows: {options.rows} is below 1")
    try:
        for name in wanted:
            rows = PARTS[name].persons(options.rows, is_national=options.national)
            dsn = settings.dsn(PARTS[name].database)
            needed = PARTS[name].room(options.rows, is_national=options.national)
            require_room(dsn, needed, f"{rows} persons of the part {name}")
    except psycopg.OperationalError as error:
        return {"error": str(error)}, 3
    except OSError as error:
        left = f"{error.filename}: {error.strerror}; leave the part out by --only, or take fewer --rows"
        return {"error": left}, 1
    started = time.monotonic()
    reports, summaries, worst = {}, {}, 0
    for name in wanted:
        reports[name], summaries[name] = _run_one(name, options)
        worst = max(worst, 0 if summaries[name]["is_met"] else 1)
    seconds = time.monotonic() - started
    # The limit is that of the default size.
    in_time = options.national or options.rows > ROWS or seconds <= LIMIT_S
    return {
        "rows": None if options.national else options.rows,
        "seconds": round(seconds, 1),
        "limit_seconds": LIMIT_S,
        "is_in_time": in_time,
        "is_met": worst == 0 and in_time,
        "summary": summaries,
        "parts": reports,
    }, worst if in_time else 1


def _run_one(name: str, options: argparse.Namespace) -> tuple[Report, Report]:
    argv = [sys.executable, "-m", "nenkin", "--env-file", str(options.env_file), "bench", name]
    rows = PARTS[name].persons(options.rows, is_national=options.national)
    is_large = options.national and PARTS[name].most is None
    argv += ["--national"] if is_large else ["--rows", str(rows)]
    say(f"bench: {name}")
    started = time.monotonic()
    said, code = _said([*argv, "--json"])
    seconds = round(time.monotonic() - started, 1)
    try:
        report: Report = json.loads(said)
    except ValueError:
        report = {"error": f"it ended with {code}: its words are above"}
    if "error" in report:
        return report, {"seconds": seconds, "is_met": False, "error": report["error"]}
    names = ("ratio", "limit", "is_met")
    return report, {
        "seconds": seconds,
        **{name: report[name] for name in names},
        **PARTS[name].summary(report),
    }


def _said(argv: list[str]) -> tuple[str, int]:
    """What a process printed and its exit code; where we are ended it ends itself first, with its own processes."""
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            said, _ = process.communicate()
        except BaseException as error:
            # What a terminal sends it has heard already.
            if not isinstance(error, KeyboardInterrupt):
                process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_END_S)
            process.kill()
            raise
        return said, process.returncode
