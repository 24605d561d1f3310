"""The batch jobs of the numbers database on the command line."""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from datetime import date
from hashlib import file_digest, sha256
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg

from nenkin.numbers.holders import read_holders
from nenkin.numbers.manifest import write_document
from nenkin.numbers.match import MatchFailed, MatchUnreachable, run_match
from nenkin.numbers.periods import InvalidPeriods, read_periods
from nenkin.numbers.promotion import promotions

NAMES = ("match", "promote")
Report = tuple[dict[str, Any], int]


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds their parsers."""
    matching = commands.add_parser(
        "match", help="enter candidates for one person under two numbers"
    )
    matching.add_argument("--manifest", type=Path, metavar="FILE", help="write it there as well")
    promoting = commands.add_parser("promote", help="list who must be enrolled")
    promoting.add_argument("--day", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
    promoting.add_argument(
        "--periods", type=Path, required=True, metavar="CSV", help="of the records"
    )
    promoting.add_argument("--out", type=Path, required=True, metavar="CSV", help="the list")


def run(options: argparse.Namespace, dsn: str) -> Report:
    """Runs one of them; its report, and 0 fine, 1 failed, 2 wrong input, 3 database unreachable."""
    try:
        return _match(options, dsn) if options.command == "match" else _promote(options, dsn)
    except InvalidPeriods as error:
        return _failure(error, 2)
    except MatchUnreachable as error:
        return _failure(error, 3)
    except psycopg.OperationalError as error:
        return _failure(f"the database was lost, run it again: {error}", 3)
    except (MatchFailed, OSError, psycopg.Error) as error:
        return _failure(error, 1)


def _match(options: argparse.Namespace, dsn: str) -> Report:
    manifest, written = run_match(dsn, _tell)
    document = manifest.document()
    if options.manifest is not None:
        write_document(options.manifest, document)
    return {"changed": written > 0, "written": written, "manifest": document}, 0


def _promote(options: argparse.Namespace, dsn: str) -> Report:
    periods = list(read_periods(options.periods))
    text = StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("number", "reason", "since"))
    counts: dict[str, int] = {}
    for found in promotions(read_holders(dsn, options.day), periods, options.day):
        rows.writerow((found.number, found.reason, found.since))
        counts[found.reason] = counts.get(found.reason, 0) + 1
    data = text.getvalue().encode()
    part = options.out.with_name(f".{options.out.name}.part")
    with part.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    part.replace(options.out)
    with options.periods.open("rb") as given:
        generation = file_digest(given, "sha256").hexdigest()
    return {
        "format": "nenkin-promotion-1",
        "day": options.day.isoformat(),
        "generation": generation[:16],
        "inputs": {"periods": len(periods), "sha256": generation},
        "counts": counts,
        "sums": {"promotions": sum(counts.values())},
        "sha256": sha256(data).hexdigest(),
    }, 0


def _tell(read: int, found: int) -> None:
    sys.stderr.write(json.dumps({"job": "match", "read": read, "found": found}) + "\n")


def _failure(error: object, code: int) -> Report:
    return {"error": str(error)}, code
