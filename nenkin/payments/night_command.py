"""`python -m nenkin recalculate`: the nightly recalculation; progress on stderr, the manifest on stdout."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from nenkin.batch import failure, put, say
from nenkin.payments.connection import open_connection
from nenkin.payments.night import Asked, line_of, recalculate

__all__ = ["add_command", "run_command"]

_SAMPLE = 10_000


def add_command(commands: Any) -> None:
    """Adds `recalculate` to a parser's commands."""
    night = commands.add_parser(
        "recalculate", help="recompute changed awards and a sample by other code, list differences"
    )
    night.add_argument("--day", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
    night.add_argument("--sample", type=int, default=_SAMPLE, metavar="N", help=f"{_SAMPLE}")
    night.add_argument("--seed", type=int, default=1, metavar="S", help="of the sample")
    night.add_argument("--result", type=Path, help="the differences, one a line, as JSON")
    night.add_argument("--json", action="store_true", help="as JSON, which is the only form")


def run_command(options: argparse.Namespace, dsn: str) -> tuple[dict[str, Any], int]:
    """The manifest and 0, or 1 where something differs or the run failed; 2 wrong input, 3 database lost (run it again)."""
    if options.sample < 0:
        return {"error": f"sample {options.sample}: not below 0"}, 2
    asked = Asked(options.day, options.sample, options.seed)
    try:
        with open_connection(dsn) as connection:
            night = recalculate(connection, asked, say)
        if options.result is not None:
            text = "".join(f"{line_of(one)}\n" for one in night.differences)
            put(options.result, text)
    except (psycopg.Error, OSError) as error:
        return failure(error)
    report = {
        "changed": night.is_new,
        "manifest": night.manifest,
        "first": [one.sentence for one in night.differences[:20]],
        "seconds": round(night.seconds, 3),
        "awards_per_second": round(night.manifest["compared"] / max(night.seconds, 0.001), 1),
    }
    return report, 1 if night.differences else 0
