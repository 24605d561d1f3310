"""`python -m nenkin pay …`: the payment system's batches, with exit codes, progress on stderr and a report on stdout."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from nenkin.batch import failure, put, put_document, say, today
from nenkin.benefits.rules import Rules
from nenkin.calendar.holidays import OutsideCalendar
from nenkin.dated import NoRule
from nenkin.payments.awarding import award_claims, read_claims, received_claims
from nenkin.payments.batch import Order, pay
from nenkin.payments.care import results_text, take_requests
from nenkin.payments.change import change_awards, read_changes
from nenkin.payments.connection import open_connection
from nenkin.payments.entering import KINDS, enter
from nenkin.payments.files import resend_file
from nenkin.payments.gaps import gaps
from nenkin.payments.intake import Intake, InvalidIntake
from nenkin.payments.ledger import balances, differences
from nenkin.payments.making import make_files
from nenkin.payments.period import InvalidDay, PayDay, month_text, parse_month
from nenkin.payments.ranges import RangeFailed
from nenkin.payments.returned import take_returns
from nenkin.payments.revision import WHOLE, join, open_revision, parse_portion, revise
from nenkin.payments.run import PART, InvalidRun
from nenkin.zengin.run import RunDiffers, manifest_name

__all__ = ["add_command", "run_command"]

Report = dict[str, Any]


def add_command(commands: Any) -> None:
    """Adds `pay` and what it can do to a parser's commands."""
    pay_parser = commands.add_parser("pay", help="the payment system's batches")
    verbs = pay_parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="pay a day: open or resume its run, write the banks' files")
    run.add_argument("day", type=date.fromisoformat, metavar="YYYY-MM-DD")
    run.add_argument("--folder", type=Path, required=True, help="where the files go")
    run.add_argument("--today", type=date.fromisoformat, help="instead of Japan's date")
    run.add_argument("--late", action="store_true", help="although the banks' lead time is over")
    run.add_argument("--workers", type=int, default=2, help="parts at a time")
    run.add_argument("--part", type=int, default=PART, help="pensions of a transaction")
    _add_who(run, why=False)
    file = verbs.add_parser("file", help="make one file of a run again, to send it again")
    file.add_argument("name")
    file.add_argument("--folder", type=Path, required=True, help="where the file goes")
    _add_who(file)
    entering = verbs.add_parser(
        "enter", help="take a file of awards, figures, accounts, branches in"
    )
    entering.add_argument("kind", choices=sorted(KINDS))
    entering.add_argument("file", type=Path)
    _add_who(entering)
    returns = verbs.add_parser("returns", help="take the banks' list of rejected transfers in")
    returns.add_argument("file", type=Path)
    _add_who(returns)
    care = verbs.add_parser("care", help="take a municipality's requests in, write its results")
    care.add_argument("file", type=Path)
    care.add_argument("--result", type=Path, required=True)
    awards = verbs.add_parser("award", help="decide a day's claims, write the decisions")
    awards.add_argument(
        "file", type=Path, nargs="?", help="a claim a line, as JSON; else what offices handed in"
    )
    awards.add_argument("--result", type=Path, required=True)
    awards.add_argument("--today", type=date.fromisoformat, help="instead of Japan's date")
    _add_who(awards, why=False)
    making = verbs.add_parser("make", help="make pensions of nobody, for a rehearsal, take them in")
    making.add_argument("--pensions", type=int, required=True)
    making.add_argument("--seed", type=int, default=1, help="the same makes the same")
    making.add_argument(
        "--begun", required=True, metavar="YYYY-MM", help="first month of the right"
    )
    making.add_argument("--folder", type=Path, required=True, help="where the files go")
    making.add_argument("--enter", action="store_true", help="take them in as well")
    _add_who(making)
    changes = verbs.add_parser("change", help="decide a day's changes of awards, write the results")
    changes.add_argument("file", type=Path, help="a change a line, as JSON")
    changes.add_argument("--result", type=Path, required=True)
    changes.add_argument("--today", type=date.fromisoformat, help="instead of Japan's date")
    _add_who(changes, why=False)
    revising = verbs.add_parser("revise", help="bring every award to what a month makes of it")
    revising.add_argument("month", type=parse_month, metavar="YYYY-MM")
    revising.add_argument("--today", type=date.fromisoformat, help="instead of Japan's date")
    revising.add_argument("--part", metavar="N/K", help="that share alone, beside the others")
    revising.add_argument("--open", action="store_true", help="open it and do nothing yet")
    revising.add_argument("--again", action="store_true", help="although the month was revised")
    revising.add_argument("--manifest", type=Path, help="where the report goes as well")
    _add_who(revising, why=False)
    refusals = verbs.add_parser(
        "refusals", help="what is refused: what the rules leave out, claims"
    )
    refusals.add_argument("--json", action="store_true", help="as JSON, which is the only form")
    verbs.add_parser("ledger", help="the balances; fails where payments and ledger differ")


def run_command(options: argparse.Namespace, dsn: str) -> tuple[Report, int]:
    """Does one verb: its report and exit code, 0 done, 1 failed, 2 wrong input, 3 database lost (run it again)."""
    try:
        return _VERBS[options.verb](options, dsn)
    except (InvalidDay, InvalidRun, InvalidIntake, OutsideCalendar, NoRule) as error:
        return {"error": str(error)}, 2
    except (RangeFailed, RunDiffers) as error:
        return {"error": str(error)}, 1
    except BrokenProcessPool:
        return {"error": "a process that wrote files was killed, run the same again"}, 1
    except (psycopg.Error, OSError) as error:
        return failure(error)


def _run(options: argparse.Namespace, dsn: str) -> tuple[Report, int]:
    day = PayDay.of(options.day)
    if not options.late:
        day.require_lead(options.today or today())
    for name in ("workers", "part"):
        if getattr(options, name) < 1:
            raise InvalidRun(f"{name} {getattr(options, name)}: at least 1")
    options.folder.mkdir(parents=True, exist_ok=True)
    order = Order(day, options.folder, options.who, options.workers, options.part)
    done = pay(dsn, Rules.read(), order, say)
    report = {
        "paid": done.run.paid.isoformat(),
        "period": month_text(done.run.period) if done.run.period is not None else None,
        "generation": done.run.cutoff,
        "payments": done.payments,
        "net": done.net,
        "held": done.held,
        "offset": done.offset,
        "manifest": str(options.folder / manifest_name(done.run.paid)),
        "transfers": done.manifest.count,
        "total": done.manifest.total,
        "files": len(done.manifest.files),
    }
    return report, 0


def _file(options: argparse.Namespace, dsn: str) -> tuple[Report, int]:
    with open_connection(dsn) as connection:
        made = resend_file(connection, options.name, options.folder, options.who, options.why)
    return dataclasses.asdict(made), 0


def _enter(options: argparse.Namespace, dsn: str) -> tuple[Report, int]:
    with open_connection(dsn) as connection:
        return _taken(*enter(connection, options.kind, options.file, options.who, options.why))


def _make(options: argparse.Namespace, dsn: str) -> tuple[Report, int]:
    try:
        begun = parse_month(options.begun)
        paths = make_files(options.folder, options.pensions, options.seed, begun)
    except ValueError as error:
        return {"error": str(error)}, 2
    report: Report = {"files": {kind: str(path) for kind, path in paths.items()}}
    if options.enter:
        with open_connection(dsn) as connection:
            for kind, path in paths.items():
                _, is_new = enter(connection, kind, path, options.who, options.why)
                report["changed"] = report.get("changed", False) or is_new
    return report, 0


def _returns(options: argparse.Namespace, dsn: str) -> tuple[Report, int]:
    with open_connection(dsn) as connection:
        return _taken(*take_returns(connection, options.file, options.who, options.why))


def _taken(intake: Intake, is_new: bool) -> tuple[Report, int]:
    return {"changed": is_new, "rows": len(intake.rows), "sha256": intake.sha256}, 0


def _care(options: argparse.Namespace, dsn: str) -> tuple[Report, int]:
    with open_connection(dsn) as connection:
        results = take_requests(connection, Rules.read(), options.file)
    put(options.result, results_text(results))
    refused = sum(bool(one.refusal) for one in results)
    return {"requests": len(results), "refused": refused, "result": str(options.result)}, 0


def _award(options: argparse.Namespace, dsn: str) -> tuple[Report, int]:
    claims = [] if options.file is None else read_claims(options.file)
    decided = options.today or today()
    with open_connection(dsn) as connection:
        if options.file is None:
            claims = received_claims(connection)
        made = award_claims(connection, Rules.read(), claims, decided, options.who)
    lines = [json.dumps(dataclasses.asdict(one), ensure_ascii=False) for one in made]
    put(options.result, "".join(f"{line}\n" for line in lines))
    refused = sum(bool(one.refusal) for one in made)
    return {"claims": len(made), "refused": refused, "result": str(options.result)}, 0


def _change(options: argparse.Namespace, dsn: str) -> tuple[Report, int]:
    changes = read_changes(options.file)
    decided = options.today or today()
    with open_connection(dsn) as connection:
        made = change_awards(connection, Rules.read(), changes, decided, options.who)
    lines = [json.dumps(dataclasses.asdict(one), ensure_ascii=False) for one in made]
    put(options.result, "".join(f"{line}\n" for line in lines))
    refused = sum(bool(one.refusal) for one in made)
    return {"changes": len(made), "refused": refused, "result": str(options.result)}, 0


def _revise(options: argparse.Namespace, dsn: str) -> tuple[Report, int]:
    decided = options.today or today()
    portion = parse_portion(options.part) if options.part else WHOLE
    if options.part and (options.open or options.again):
        raise InvalidRun("part: open it before with --open --again, then do its parts")
    with open_connection(dsn) as connection:
        month, who = options.month, options.who
        revision = open_revision(connection, month, decided, who, again=options.again)
        if options.open:
            return {"month": month_text(month), "decided": revision.decided.isoformat()}, 0
        report = revise(connection, Rules.read(), revision, say, portion)
        if portion == WHOLE:
            join(connection, revision, report)
    if options.manifest:
        put_document(options.manifest, report)
    return report, 0


def _refusals(options: argparse.Namespace, dsn: str) -> tuple[Report, int]:
    query = """
        SELECT receipt, decided::text, sentence, gap FROM nenkin.refusals ORDER BY decided DESC, receipt, sentence
        LIMIT 1000"""
    names = ("receipt", "decided", "sentence", "gap")
    with open_connection(dsn) as connection:
        rows = connection.execute(query).fetchall()
    refused = [dict(zip(names, row, strict=True)) for row in rows]
    return {"gaps": [dataclasses.asdict(gap) for gap in gaps()], "refused": refused}, 0


def _ledger(options: argparse.Namespace, dsn: str) -> tuple[Report, int]:
    with open_connection(dsn) as connection:
        found = differences(connection)
        accounts = [dataclasses.asdict(one) for one in balances(connection)]
    return {"accounts": accounts, "differences": found}, 1 if found else 0


def _add_who(parser: argparse.ArgumentParser, *, why: bool = True) -> None:
    parser.add_argument("--who", required=True, help="the operator")
    if why:
        parser.add_argument("--why", required=True, help="the reason, as it is kept")


_VERBS: dict[str, Callable[[argparse.Namespace, str], tuple[Report, int]]] = {
    "run": _run,
    "file": _file,
    "award": _award,
    "change": _change,
    "revise": _revise,
    "refusals": _refusals,
    "enter": _enter,
    "make": _make,
    "returns": _returns,
    "care": _care,
    "ledger": _ledger,
}
