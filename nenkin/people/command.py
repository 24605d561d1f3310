"""The command `people make`: its arguments and what it does."""

from __future__ import annotations

import argparse
import os
import re
import time
from datetime import date
from pathlib import Path
from typing import Any

from nenkin.people.folder import write_folder, write_truth
from nenkin.people.load import Loaded, LoadFailed, LoadUnreachable, Population, load
from nenkin.people.numbering import BLOCK, InvalidPopulation, parts
from nenkin.settings import InvalidSettings, Settings

# Fixed, so that the same command makes the same people on every day.
UNTIL = "2026-03"
# Since the first all kinds of contributions and decisions are known.
_FIRST, _LAST = "2007-01", "2098-12"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the arguments of `people`."""
    verbs = parser.add_subparsers(dest="verb", required=True)
    making = verbs.add_parser("make", help="make persons with histories, for files or the database")
    making.add_argument("--count", type=int, required=True, metavar="N", help="how many numbers")
    making.add_argument("--seed", type=int, default=1, metavar="S", help="the same makes the same")
    making.add_argument("--first", type=int, default=0, metavar="N", help="the place to begin at")
    making.add_argument("--until", type=_month, default=_month(UNTIL), metavar="YYYY-MM")
    making.add_argument("--load", action="store_true", help="enter them into the records database")
    making.add_argument(
        "--out", type=Path, metavar="DIR", help="write files for COPY and the truth"
    )
    making.add_argument("--truth", type=Path, metavar="FILE", help="write the truth alone")
    making.add_argument("--workers", type=at_least_one, default=os.cpu_count() or 1, metavar="N")


def run(options: argparse.Namespace, settings: Settings) -> tuple[dict[str, Any], int]:
    """Makes people; the report and 0, 1 when it failed, 3 when the database was not reached. InvalidSettings."""
    if not (options.load or options.out or options.truth):
        raise InvalidSettings("people make: give --load, --out DIR or --truth FILE, or several")
    if options.first % BLOCK:
        # The establishments of a block come with its first person.
        raise InvalidSettings(
            f"--first: {options.first} is no multiple of {BLOCK}, where a block begins"
        )
    try:
        wanted = parts(options.first, options.count)
    except InvalidPopulation as error:
        raise InvalidSettings(f"--first, --count: {error}") from error
    population = Population(options.seed, options.until)
    report: dict[str, Any] = {"count": options.count, "seed": options.seed, "changed": False}
    try:
        if options.out:
            report["files"] = _report(write_folder(options.out, population, wanted), options.count)
            report["changed"] = True
        if options.truth:
            report["truth"] = write_truth(options.truth, population, wanted)
            report["changed"] = True
        if options.load:
            started = time.monotonic()
            loaded = load(settings.dsn("records"), population, wanted, options.workers)
            seconds = time.monotonic() - started
            report["loaded"] = _report(loaded, options.count) | {
                "skipped": loaded.skipped,
                "seconds": round(seconds, 3),
            }
            report["changed"] |= bool(loaded.rows)
    except LoadUnreachable as error:
        return report | {"error": str(error)}, 3
    except (LoadFailed, OSError) as error:
        return report | {"error": str(error)}, 1
    return report, 0


def _report(made: Loaded, count: int) -> dict[str, Any]:
    rows = sum(made.rows.values())
    return {
        "rows": dict(made.rows),
        "rows_per_person": round(rows / count, 2),
        "bytes": made.bytes,
        "bytes_per_person": round(made.bytes / count, 1),
    }


def _month(text: str) -> date:
    if re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", text) is None or not _FIRST <= text <= _LAST:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a month from {_FIRST} to {_LAST}, as YYYY-MM"
        )
    return date.fromisoformat(f"{text}-01")


def at_least_one(text: str) -> int:
    """A whole number from 1 on; ArgumentTypeError."""
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)
