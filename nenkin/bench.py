"""The command `bench`: parts of the program measured, each beside a bound of the same run."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from datetime import date
from typing import Any

from nenkin.people.bench import BenchFailed, measure
from nenkin.people.command import at_least_one
from nenkin.people.load import Population
from nenkin.people.numbering import InvalidPopulation
from nenkin.settings import InvalidSettings, Settings

ROWS = 1_000_000
_SEED, _UNTIL = 1, date(2026, 3, 1)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the arguments of `bench`."""
    parser.add_argument("part", choices=sorted(_PARTS), help="what to measure")
    parser.add_argument("--rows", type=int, default=ROWS, metavar="N", help=f"{ROWS} by default")
    parser.add_argument("--workers", type=at_least_one, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--json", action="store_true", help="as JSON, which is the only form")


def run(options: argparse.Namespace, settings: Settings) -> tuple[dict[str, Any], int]:
    """Measures a part; the report and 0, or 1 when it failed or is over its limit. InvalidSettings."""
    try:
        report = _PARTS[options.part](settings, options.rows, options.workers)
    except InvalidPopulation as error:
        raise InvalidSettings(f"--rows: {error}") from error
    except BenchFailed as error:
        return {"part": options.part, "error": str(error)}, 1
    return report, 0 if report["is_met"] else 1


def _people(settings: Settings, rows: int, workers: int) -> dict[str, Any]:
    return measure(settings.dsn("records"), Population(_SEED, _UNTIL), rows, workers)


_PARTS: dict[str, Callable[[Settings, int, int], dict[str, Any]]] = {"people": _people}
