"""`python -m nenkin bills|…`: the collection's batches, with exit codes, progress on stderr and a report on stdout."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from nenkin.collection import fields
from nenkin.collection.act import Who
from nenkin.collection.billing import bill_month
from nenkin.collection.lines import Kind, take_file, write_answers
from nenkin.collection.receipts import RECEIPTS, InvalidSlip, match_counts, settle, write_open
from nenkin.dated import NoRule
from nenkin.payments.connection import open_connection
from nenkin.payments.intake import InvalidIntake
from nenkin.settings import Settings

__all__ = ["NAMES", "add", "add_who", "run", "say", "take", "today", "who_of"]

NAMES = ("bills",)
Report = tuple[dict[str, Any], int]
_JAPAN = timedelta(hours=9)


def add(commands: Any) -> None:
    """Adds the verbs to a parser's commands."""
    bills = commands.add_parser("bills", help="the monthly bills and what was paid of them")
    verbs = bills.add_subparsers(dest="verb", required=True)
    run_ = verbs.add_parser("run", help="work out a month's bills, or what has changed of them")
    run_.add_argument("--month", type=a_month, required=True, metavar="YYYY-MM")
    run_.add_argument("--workers", type=int, default=2, help="offices at a time")
    add_who(run_)
    add_file(verbs.add_parser("take", help="take a file of payments in"))
    opened = verbs.add_parser("open", help="list the month's bills that are not paid to the yen")
    opened.add_argument("--month", type=a_month, required=True, metavar="YYYY-MM")
    opened.add_argument("--out", type=Path, required=True, metavar="CSV")
    settling = verbs.add_parser("settle", help="say whose a payment in suspense is")
    settling.add_argument("slip")
    settling.add_argument("--establishment", type=fields.establishment, required=True)
    settling.add_argument("--month", type=a_month, required=True, metavar="YYYY-MM")
    add_who(settling)


def run(options: argparse.Namespace, settings: Settings) -> Report:
    """Does one verb: report and exit code, 0 done, 1 failed, 2 wrong input, 3 database lost (run it again)."""
    try:
        return _VERBS[options.command, options.verb](options, settings)
    except (InvalidIntake, InvalidSlip, NoRule) as error:
        return {"error": str(error)}, 2
    except psycopg.OperationalError as error:
        return {"error": f"the database was lost, run the same again: {error}".strip()}, 3
    except psycopg.Error as error:
        return {"error": f"the database refused: {error}".strip()}, 1
    except OSError as error:
        return {"error": f"{error.filename}: {error.strerror}"}, 1


def take(options: argparse.Namespace, settings: Settings, kind: Kind) -> Report:
    """Takes a file of a kind in and writes the answers to its lines."""
    with open_connection(settings.dsn("records"), f"nenkin-{kind.name}") as connection:
        taken = take_file(connection, options.file, kind, who_of(options, settings), say)
        if options.result is not None:
            write_answers(connection, taken, options.result, options.file)
    report = {
        "kind": kind.name,
        "changed": taken.is_new,
        "lines": taken.lines,
        "accepted": taken.lines - taken.refused,
        "refused": taken.refused,
        "sha256": taken.sha256,
        "result": str(options.result) if options.result is not None else None,
    }
    return report, 0


def a_month(text: str) -> date:
    """A month of the command line."""
    try:
        return fields.month(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from error


def add_file(parser: argparse.ArgumentParser) -> None:
    """The arguments of a verb that takes a file in."""
    parser.add_argument("file", type=Path)
    parser.add_argument("--result", type=Path, metavar="CSV", help="what became of each line")
    add_who(parser)


def add_who(parser: argparse.ArgumentParser) -> None:
    """The operator and the reason."""
    parser.add_argument("--who", required=True, help="the operator")
    parser.add_argument("--why", required=True, help="the reason, as it is kept")


def who_of(options: argparse.Namespace, settings: Settings) -> Who:
    """Who asks."""
    return Who(options.who, settings.office, options.why)


def today() -> date:
    """Japan's date."""
    return (datetime.now(UTC) + _JAPAN).date()


def say(text: str) -> None:
    """Progress."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _bills(options: argparse.Namespace, settings: Settings) -> Report:
    done = bill_month(
        settings.dsn("records"), options.month, who_of(options, settings), options.workers, say
    )
    report = {
        "month": f"{done.month:%Y-%m}",
        "run": done.number,
        "generation": done.cutoff,
        "bills": done.bills,
        "insured": done.insured,
        "total": done.total,
        "changed": done.changed,
        "gaps": done.gaps,
    }
    return report, 0


def _open(options: argparse.Namespace, settings: Settings) -> Report:
    with open_connection(settings.dsn("records"), "nenkin-bills") as connection:
        listed = write_open(connection, options.month, options.out)
        states = match_counts(connection, options.month)
    return {
        "month": f"{options.month:%Y-%m}",
        "listed": listed,
        "states": states,
        "list": str(options.out),
    }, 0


def _settle(options: argparse.Namespace, settings: Settings) -> Report:
    with open_connection(settings.dsn("records"), "nenkin-bills") as connection:
        changed = settle(
            connection,
            options.slip,
            options.establishment,
            options.month,
            today(),
            who_of(options, settings),
        )
    return {"changed": changed, "slip": options.slip}, 0


_VERBS: dict[tuple[str, str], Callable[[argparse.Namespace, Settings], Report]] = {
    ("bills", "run"): _bills,
    ("bills", "take"): lambda options, settings: take(options, settings, RECEIPTS),
    ("bills", "open"): _open,
    ("bills", "settle"): _settle,
}
