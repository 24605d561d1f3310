"""The batch jobs of the numbers database on the command line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import date
from hashlib import file_digest, sha256
from itertools import chain
from pathlib import Path
from typing import Any

import psycopg

from nenkin.batch import put_document
from nenkin.numbers.holders import open_holders
from nenkin.numbers.match import PROGRESS_EVERY, MatchFailed, MatchUnreachable, run_match
from nenkin.numbers.periods import InvalidPeriods, read_periods
from nenkin.numbers.promotion import Promotion, promotions
from nenkin.whole import whole

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
    manifest, written = run_match(dsn, _tell_match)
    document = manifest.document()
    if options.manifest is not None:
        put_document(options.manifest, document)
    return {"changed": written > 0, "written": written, "manifest": document}, 0


def _promote(options: argparse.Namespace, dsn: str) -> Report:
    counts: dict[str, int] = {}
    digest = sha256()
    with open_holders(dsn) as holders, whole(options.out) as out:
        taken = holders.take(read_periods(options.periods))
        strangers = holders.strangers()
        found = promotions(holders.read(options.day), options.day)
        lines = (f"{one.number},{one.reason},{one.since}\n" for one in _counted(found, counts))
        for line in chain(["number,reason,since\n"], lines):
            digest.update(line.encode())
            out.write(line.encode())
    with options.periods.open("rb") as given:
        generation = file_digest(given, "sha256").hexdigest()
    return {
        "format": "nenkin-promotion-1",
        "day": options.day.isoformat(),
        "generation": generation[:16],
        "inputs": {"periods": taken, "strangers": strangers, "sha256": generation},
        "counts": counts,
        "sums": {"promotions": sum(counts.values())},
        "sha256": digest.hexdigest(),
    }, 0


def _counted(found: Iterator[Promotion], counts: dict[str, int]) -> Iterator[Promotion]:
    for one in found:
        counts[one.reason] = counts.get(one.reason, 0) + 1
        total = sum(counts.values())
        if total % PROGRESS_EVERY == 0:
            _tell("promote", total)
        yield one


def _tell_match(read: int, found: int) -> None:
    _tell("match", found, read=read)


def _tell(job: str, found: int, **more: int) -> None:
    sys.stderr.write(json.dumps({"job": job, "found": found, **more}) + "\n")


def _failure(error: object, code: int) -> Report:
    return {"error": str(error)}, code
