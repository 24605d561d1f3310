"""`python -m nenkin statistics export | run`: their arguments and what they do."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import psycopg

from nenkin.connection import connection_string
from nenkin.payments.period import parse_month
from nenkin.settings import InvalidSettings, Settings
from nenkin.statistics.engine import ENGINES
from nenkin.statistics.export import PART, ExportFailed, export
from nenkin.statistics.extras import MissingExtra
from nenkin.statistics.measures import STATISTICS
from nenkin.statistics.pseudonym import InvalidKey, Pseudonyms
from nenkin.statistics.run import InvalidData, run
from nenkin.statistics.suppression import LIMIT

_SERIALS = 1_000_000  # of an office, none of which is 0
Report = tuple[dict[str, Any], int]


def add(commands: Any) -> None:
    """Adds `statistics` and its verbs to the commands of a parser."""
    parser = commands.add_parser("statistics", help="pseudonymised data, and statistics of them")
    verbs = parser.add_subparsers(dest="verb", required=True)
    exporting = verbs.add_parser("export", help="write the records as pseudonymised Parquet")
    exporting.add_argument("--out", type=Path, required=True, metavar="DIR")
    exporting.add_argument(
        "--month", type=_month, required=True, metavar="YYYY-MM", help="whose end is shown"
    )
    exporting.add_argument(
        "--key",
        type=Path,
        metavar="FILE",
        help="of the pseudonyms; else NENKIN_PSEUDONYM_KEY names it",
    )
    exporting.add_argument("--recipients", action="store_true", help="of the payments database too")
    exporting.add_argument("--part", type=int, default=PART, metavar="N", help="serials of a file")
    running = verbs.add_parser("run", help="write statistics of such data as CSV")
    running.add_argument("--data", type=Path, required=True, metavar="DIR", help="an export")
    running.add_argument("--out", type=Path, required=True, metavar="DIR")
    running.add_argument("--engine", choices=tuple(ENGINES), default="duckdb")
    running.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="NAME",
        help=", ".join(one.name for one in STATISTICS),
    )
    running.add_argument(
        "--limit",
        type=int,
        default=LIMIT,
        metavar="N",
        help="persons that a shown cell has at least",
    )


def run_command(options: argparse.Namespace, settings: Settings) -> Report:
    """Runs one of them; 0 fine, 1 failed, 2 wrong input or a missing extra, 3 database unreachable."""
    try:
        return _export(options, settings) if options.verb == "export" else _run(options)
    except (InvalidKey, InvalidData, MissingExtra) as error:
        return {"error": str(error)}, 2
    except psycopg.OperationalError as error:
        return {"error": f"the database was lost, run it again: {error}"}, 3
    except (ExportFailed, OSError, psycopg.Error) as error:
        return {"error": str(error)}, 1


def _month(text: str) -> int:
    try:
        return parse_month(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from error


def _export(options: argparse.Namespace, settings: Settings) -> Report:
    if not 1 <= options.part <= _SERIALS:
        raise InvalidSettings(f"--part: {options.part} is not from 1 to {_SERIALS}")
    key = options.key or settings.pseudonym_key
    if key is None:
        raise InvalidSettings(
            "statistics export: give --key FILE or set NENKIN_PSEUDONYM_KEY to the file with the key of the pseudonyms"
        )
    names = ("records", "payments") if options.recipients else ("records",)
    dsns = {name: connection_string(settings.dsn(name), "nenkin-statistics") for name in names}
    pseudonyms = Pseudonyms.read(key, options.out)
    manifest, changed = export(dsns, options.out, options.month, pseudonyms, options.part, _say)
    summary = {name: manifest[name] for name in ("format", "generation", "counts", "sums")}
    return {"changed": changed, **summary}, 0


def _run(options: argparse.Namespace) -> Report:
    if options.limit < 1:
        raise InvalidSettings(f"--limit: {options.limit} is below 1")
    return run(options.data, options.out, options.engine, options.only, options.limit, _say), 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
