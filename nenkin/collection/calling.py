"""What the verbs of the collection and of arrears share: arguments, files taken in, outcomes as exit codes, progress."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from nenkin.batch import failure, say
from nenkin.collection import fields
from nenkin.collection.act import Who
from nenkin.collection.lines import Kind, Taken, take_file, write_answers
from nenkin.payments.connection import open_connection
from nenkin.settings import Settings

__all__ = [
    "Report",
    "Verb",
    "a_month",
    "add_file",
    "add_who",
    "answer",
    "take",
    "taken",
    "who_of",
]

Report = tuple[dict[str, Any], int]
Verb = Callable[[argparse.Namespace, Settings], Report]


def answer(
    verbs: Mapping[tuple[str, str], Verb], options: argparse.Namespace, settings: Settings
) -> Report:
    """Does one verb: report and exit code, 0 done, 1 failed, 2 wrong input, 3 database lost (run it again)."""
    try:
        return verbs[options.command, options.verb](options, settings)
    except (ValueError, LookupError) as error:
        # What this program calls invalid has a message that is the sentence; any other is a fault of its own.
        if type(error).__name__.startswith(("Invalid", "NoRule", "Outside")):
            return {"error": str(error)}, 2
        raise
    except (psycopg.Error, OSError) as error:
        return failure(error)


def take(options: argparse.Namespace, settings: Settings, kind: Kind) -> Report:
    """Takes a file of a kind in and writes the answers to its lines."""
    with open_connection(settings.dsn("records"), f"nenkin-{kind.name}") as connection:
        done = take_file(connection, options.file, kind, who_of(options, settings), say)
        if options.result is not None:
            write_answers(connection, done, options.result, options.file)
    return taken(kind.name, done, options.result)


def taken(kind: str, done: Taken, result: Path | None) -> Report:
    """The report of a file."""
    report = {
        "kind": kind,
        "changed": done.is_new,
        "lines": done.lines,
        "accepted": done.lines - done.refused,
        "refused": done.refused,
        "sha256": done.sha256,
        "result": str(result) if result is not None else None,
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
