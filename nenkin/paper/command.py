"""The commands `statements run` and `usage`."""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg

from nenkin.batch import failure, put, say, today
from nenkin.paper.opening import InvalidRun, OpeningFailed, Run, Shard, open_run, shards
from nenkin.paper.pdf.font import FontMissing, font_path
from nenkin.paper.sharding import Made, ShardFailed, make_shard
from nenkin.paper.usage import report as usage_report
from nenkin.payments.connection import open_connection

__all__ = ["add_commands", "run_statements", "run_usage"]

Report = dict[str, Any]
_SHARD = 5000
_ONE_IN = 50
_QUARTER = 92


def add_commands(commands: Any) -> None:
    """Adds `statements` and `usage` to a parser's commands."""
    statements = commands.add_parser("statements", help="the yearly statements of a birth month")
    verbs = statements.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="make the statements, or what is left of them")
    run.add_argument("--birth-month", type=int, required=True, choices=range(1, 13), metavar="M")
    run.add_argument("--folder", type=Path, required=True, help="where the files go")
    run.add_argument(
        "--day",
        type=date.fromisoformat,
        metavar="YYYY-MM-DD",
        help="of ages and due days; the first of the birth month this year by default",
    )
    run.add_argument("--who", required=True, help="the operator")
    run.add_argument("--shard", type=int, default=_SHARD, metavar="N", help="persons of a file")
    run.add_argument("--workers", type=int, default=2, metavar="N", help="processes")
    run.add_argument("--one-in", type=int, default=_ONE_IN, metavar="N", help="recount one in N")
    usage = commands.add_parser("usage", help="which forms and outputs are used, and by how much")
    usage.add_argument("--days", type=int, default=_QUARTER, metavar="N", help="up to today")
    usage.add_argument("--today", type=date.fromisoformat, help="instead of Japan's date")
    usage.add_argument("--json", action="store_true", help="as JSON, which is the only form")


def run_usage(options: argparse.Namespace, dsn: str) -> tuple[Report, int]:
    """The report of uses; 1 failed, 2 wrong input, 3 database lost."""
    if options.days < 1:
        return {"error": f"--days {options.days}: at least 1"}, 2
    try:
        with open_connection(dsn) as connection:
            return usage_report(connection, options.today or today(), options.days), 0
    except psycopg.Error as error:
        return failure(error)


def run_statements(options: argparse.Namespace, dsn: str, office: str) -> tuple[Report, int]:
    """Makes a run's files and manifest; 0 done, 1 failed, 2 wrong input, 3 database lost (run it again)."""
    for name in ("shard", "workers", "one_in"):
        if getattr(options, name) < 1:
            return {"error": f"--{name.replace('_', '-')} {getattr(options, name)}: at least 1"}, 2
    try:
        font_path()
        return _run(options, dsn, office), 0
    except (InvalidRun, FontMissing) as error:
        return {"error": str(error)}, 2
    except (ShardFailed, OpeningFailed) as error:
        return {"error": str(error)}, 1
    except BrokenProcessPool:
        return {"error": "a process of this run was killed, run the same again"}, 1
    except (psycopg.Error, OSError) as error:
        return failure(error)


def _run(options: argparse.Namespace, dsn: str, office: str) -> Report:
    month = options.birth_month
    day = options.day or date(today().year, month, 1)
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    with open_connection(dsn) as connection:
        run = open_run(connection, month, day, options.shard, options.who)
        listed = shards(connection, run)
    started = time.monotonic()
    one = partial(
        make_shard, dsn, run, folder=folder, one_in=options.one_in, by=(options.who, office)
    )
    made = _make(options.workers, listed, one)
    seconds = time.monotonic() - started
    files = [made[shard.number] for shard in listed]
    manifest = folder / f"{run.name}.json"
    put(manifest, _text(_manifest(run, files)))
    fresh = sum(one.statements for one in files if one.is_new)
    return {
        "changed": any(one.is_new for one in files),
        "birth_month": month,
        "day": day.isoformat(),
        "generation": [run.act, run.contribution],
        "files": len(files),
        "statements": sum(one.statements for one in files),
        "sums": _sums(files),
        "manifest": str(manifest),
        "seconds": round(seconds, 3),
        "statements_per_second": round(fresh / seconds) if seconds else 0,
        "workers": options.workers,
    }


def _make(workers: int, listed: list[Shard], make: Callable[..., Made]) -> dict[int, Made]:
    """Every file by its number; what was in place before is found, so that a killed run goes on."""
    made: dict[int, Made] = {}
    started, count = time.monotonic(), 0
    for number, one in _each(workers, listed, make):
        made[number] = one
        count += one.statements if one.is_new else 0
        rate = count / (time.monotonic() - started)
        place = f"{len(made)} of {len(listed)} files, {rate:.0f}/s"
        say(f"{one.name}: {one.statements} statements ({place})")
    return made


def _each(
    workers: int, listed: list[Shard], make: Callable[..., Made]
) -> Iterator[tuple[int, Made]]:
    if workers == 1:
        for shard in listed:
            yield shard.number, make(shard=shard)
        return
    # New processes and not forks: a fork would share connections.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = {pool.submit(make, shard=shard): shard.number for shard in listed}
        try:
            for job in as_completed(jobs):
                yield jobs[job], job.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _manifest(run: Run, files: list[Made]) -> Report:
    return {
        "birth_month": run.birth_month,
        "day": run.day.isoformat(),
        "generation": {"act": run.act, "contribution": run.contribution},
        "statements": sum(one.statements for one in files),
        "sums": _sums(files),
        "files": [
            {name: value for name, value in asdict(one).items() if name != "is_new"}
            for one in files
        ],
    }


def _sums(files: list[Made]) -> dict[str, int]:
    whole: Counter[str] = Counter()
    for one in files:
        whole.update(one.sums)
    return dict(whole)


def _text(document: Report) -> str:
    text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)
    return f"{text}\n"
