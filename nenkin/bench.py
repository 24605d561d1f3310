"""The command `bench`: parts of the program measured, each beside a bound of the same run."""

from __future__ import annotations

import argparse
import os
from datetime import date
from typing import Any

from nenkin.access import bench as reads
from nenkin.collection.bench import measure as measure_bills
from nenkin.payments import bench as payment
from nenkin.people.bench import BenchFailed
from nenkin.people.bench import measure as measure_people
from nenkin.people.command import at_least_one
from nenkin.people.load import Population
from nenkin.people.numbering import InvalidPopulation
from nenkin.settings import InvalidSettings, Settings

ROWS = 1_000_000
_SEED, _UNTIL = 1, date(2026, 3, 1)


def add(commands: Any) -> None:
    """Adds `bench` and its parts to the commands of a parser."""
    benches = commands.add_parser("bench", help="measure a part, beside a bound of the same run")
    parts = benches.add_subparsers(dest="bench", required=True)
    payment.add_command(parts)
    reads.add_command(parts)
    for name, text in (
        ("people", "making and loading people against COPY of the rows"),
        ("bills", "a month's bills against a bare INSERT … SELECT of who is insured"),
    ):
        part = parts.add_parser(name, help=text)
        part.add_argument("--rows", type=int, default=ROWS, metavar="N", help=f"{ROWS} by default")
        part.add_argument("--workers", type=at_least_one, default=os.cpu_count() or 1, metavar="N")
        part.add_argument("--json", action="store_true", help="as JSON, which is the only form")


def run(options: argparse.Namespace, settings: Settings) -> tuple[dict[str, Any], int]:
    """Measures a part; the report and 0, or 1 when it failed or is over its limit. InvalidSettings."""
    if options.bench == "payment":
        return payment.run_command(options, settings.dsn("payments"))
    population = Population(_SEED, _UNTIL)
    if options.bench == "reads":
        return reads.run_command(options, settings, population)
    measure = measure_bills if options.bench == "bills" else measure_people
    try:
        report = measure(settings.dsn("records"), population, options.rows, options.workers)
    except InvalidPopulation as error:
        raise InvalidSettings(f"--rows: {error}") from error
    except BenchFailed as error:
        return {"part": options.bench, "error": str(error)}, 1
    return report, 0 if report["is_met"] else 1
