"""`python -m nenkin arrears …`: debts counted, debtors selected, steps kept, reminders measured."""

from __future__ import annotations

import argparse
import dataclasses
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from nenkin.arrears.campaign import METHODS, draw, measure, names, write_list
from nenkin.arrears.debts import count_debts
from nenkin.arrears.selection import ATTRIBUTES, STAGES, Wanted, tally, write_selection
from nenkin.arrears.steps import LABOUR, STEPS, write_labour
from nenkin.batch import say
from nenkin.collection.calling import Report, Verb, add_file, add_who, answer, take, who_of
from nenkin.collection.notices import CLASSES
from nenkin.payments.connection import Connection, open_connection
from nenkin.settings import Settings

__all__ = ["NAMES", "add", "run"]

NAMES = ("arrears",)


def add(commands: Any) -> None:
    """Adds the verbs to a parser's commands."""
    verbs = commands.add_parser("arrears", help="who owes premiums, and what is done about it")
    verbs = verbs.add_subparsers(dest="verb", required=True)
    _add_day(verbs.add_parser("count", help="count what is owed on a day"))
    listing = verbs.add_parser("list", help="list debtors by attribute and stage")
    listing.add_argument("--out", type=Path, required=True, metavar="CSV")
    tallying = verbs.add_parser("tally", help="add debtors up by an attribute")
    tallying.add_argument("--by", choices=sorted(ATTRIBUTES), required=True)
    drawing = verbs.add_parser("draw", help="draw whom to remind and whom to leave out")
    drawing.add_argument("name", help="of the campaign")
    drawing.add_argument("--method", choices=METHODS, required=True)
    drawing.add_argument("--control", type=_share, required=True, help="share left out, as 0.1")
    drawing.add_argument("--out", type=Path, required=True, metavar="CSV")
    add_who(drawing)
    for parser in (listing, tallying, drawing):
        _add_day(parser)
        _add_wanted(parser)
    effect = verbs.add_parser("effect", help="what campaigns have achieved until now")
    effect.add_argument("name", nargs="*", help="all by default")
    add_file(verbs.add_parser("steps", help="take a file of what was done in"))
    add_file(verbs.add_parser("labour-in", help="take the arrears of labour insurance in"))
    out = verbs.add_parser("labour-out", help="list arrears by labour-insurance number")
    _add_day(out)
    out.add_argument("--out", type=Path, required=True, metavar="CSV")


def run(options: argparse.Namespace, settings: Settings) -> Report:
    """Does one verb: report and exit code, 0 done, 1 failed, 2 wrong input, 3 database lost (run it again)."""
    return answer(_VERBS, options, settings)


def _add_day(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--day", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD", help="as of"
    )


def _add_wanted(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kind", choices=("persons", "establishments"))
    parser.add_argument("--stage", choices=STAGES)
    parser.add_argument("--municipality", help="its name, without prefecture and county")
    parser.add_argument("--income", choices=CLASSES)
    for name in ("min-months", "max-months", "min-age", "max-age", "min-amount"):
        parser.add_argument(f"--{name}", type=int, metavar="N")


def _share(text: str) -> Decimal:
    try:
        return Decimal(text).quantize(Decimal("0.01"))
    except InvalidOperation as error:
        raise argparse.ArgumentTypeError(f"{text!r}: a share is written 0.1") from error


def _wanted(options: argparse.Namespace) -> Wanted:
    return Wanted(
        **{field.name: getattr(options, field.name) for field in dataclasses.fields(Wanted)}
    )


def _connection(settings: Settings) -> Connection:
    return open_connection(settings.dsn("records"), "nenkin-arrears")


def _count(options: argparse.Namespace, settings: Settings) -> Report:
    with _connection(settings) as connection:
        return {"day": f"{options.day}", "debts": count_debts(connection, options.day, say)}, 0


def _list(options: argparse.Namespace, settings: Settings) -> Report:
    with _connection(settings) as connection:
        listed = write_selection(connection, options.day, _wanted(options), options.out)
    return {"day": f"{options.day}", "listed": listed, "list": str(options.out)}, 0


def _tally(options: argparse.Namespace, settings: Settings) -> Report:
    with _connection(settings) as connection:
        found = tally(connection, options.day, _wanted(options), options.by)
    return {"day": f"{options.day}", "by": options.by, "tally": found}, 0


def _draw(options: argparse.Namespace, settings: Settings) -> Report:
    with _connection(settings) as connection:
        drawn = draw(
            connection,
            options.name,
            options.method,
            options.day,
            options.control,
            _wanted(options),
            who_of(options, settings),
        )
        write_list(connection, options.name, options.out)
    report = dataclasses.asdict(drawn)
    return report | {"changed": report.pop("is_new"), "list": str(options.out)}, 0


def _effect(options: argparse.Namespace, settings: Settings) -> Report:
    with _connection(settings) as connection:
        measured = [
            {"campaign": name, "method": method}
            | dataclasses.asdict(found := measure(connection, name))
            | {"is_shown": found.is_shown}
            for name, method in names(connection, options.name)
        ]
    return {"effects": measured}, 0


def _labour(options: argparse.Namespace, settings: Settings) -> Report:
    with _connection(settings) as connection:
        listed = write_labour(connection, options.day, options.out)
    return {"day": f"{options.day}", "listed": listed, "list": str(options.out)}, 0


_VERBS: dict[tuple[str, str], Verb] = {
    ("arrears", "count"): _count,
    ("arrears", "list"): _list,
    ("arrears", "tally"): _tally,
    ("arrears", "draw"): _draw,
    ("arrears", "effect"): _effect,
    ("arrears", "steps"): lambda options, settings: take(options, settings, STEPS),
    ("arrears", "labour-in"): lambda options, settings: take(options, settings, LABOUR),
    ("arrears", "labour-out"): _labour,
}
