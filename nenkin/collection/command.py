"""`python -m nenkin bills|decide|debit|notices|relief|closing …`: the batches by which premiums are collected."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from nenkin.batch import put, put_document, say, today
from nenkin.collection import fields
from nenkin.collection.billing import bill_month
from nenkin.collection.calling import (
    Report,
    Verb,
    a_month,
    add_file,
    add_who,
    answer,
    take,
    taken,
    who_of,
)
from nenkin.collection.closing import Draft, InvalidClosing, approve, draft, drafted
from nenkin.collection.debit_files import DebitsDiffer, write_debits
from nenkin.collection.debit_results import take_results, write_result_answers
from nenkin.collection.debits import ask_debits
from nenkin.collection.deciding import FIXED_TIME, REVISION
from nenkin.collection.lines import Kind
from nenkin.collection.mandates import MANDATES
from nenkin.collection.notices import NOTICES
from nenkin.collection.paper import page
from nenkin.collection.receipts import RECEIPTS, match_counts, settle, write_open
from nenkin.collection.reliefs import RELIEFS
from nenkin.payments.connection import open_connection
from nenkin.settings import Settings

__all__ = ["NAMES", "add", "run"]

# Verbs that take a file in line by line.
_FILES: Mapping[tuple[str, str], tuple[Kind, str]] = {
    ("bills", "take"): (RECEIPTS, "take a file of payments in"),
    ("decide", "fixed"): (FIXED_TIME, "decide standards from the pay of April to June"),
    ("decide", "revise"): (REVISION, "revise standards after a change of the fixed pay"),
    ("debit", "mandates"): (MANDATES, "take accounts to be debited in"),
    ("notices", "take"): (NOTICES, "take a municipality's notices in"),
    ("relief", "take"): (RELIEFS, "take decisions on relief and additional premiums in"),
}
_HELP = {
    "bills": "the monthly bills and what was paid of them",
    "decide": "standards decided from files of reported pay",
    "debit": "direct debits: mandates, the banks' files, their results",
    "notices": "notices of municipalities",
    "relief": "reliefs and additional premiums",
    "closing": "the month's sums, drafted by one person and approved by another",
}
NAMES = tuple(_HELP)


def add(commands: Any) -> None:
    """Adds the verbs to a parser's commands."""
    verbs = {}
    for name, text in _HELP.items():
        verbs[name] = commands.add_parser(name, help=text).add_subparsers(
            dest="verb", required=True
        )
    for (name, verb), (_, text) in _FILES.items():
        add_file(verbs[name].add_parser(verb, help=text))
    _add_bills(verbs["bills"])
    _add_debits(verbs["debit"])
    _add_closing(verbs["closing"])


def run(options: argparse.Namespace, settings: Settings) -> Report:
    """Does one verb: report and exit code, 0 done, 1 failed, 2 wrong input, 3 database lost (run it again)."""
    try:
        return answer(_VERBS, options, settings)
    except DebitsDiffer as error:
        return {"error": str(error)}, 1


def _add_bills(verbs: Any) -> None:
    run_ = verbs.add_parser("run", help="work out a month's bills, or what has changed of them")
    _add_month(run_)
    run_.add_argument("--workers", type=int, default=2, help="offices at a time")
    add_who(run_)
    opened = verbs.add_parser("open", help="list the month's bills that are not paid to the yen")
    _add_month(opened)
    opened.add_argument("--out", type=Path, required=True, metavar="CSV")
    settling = verbs.add_parser("settle", help="say whose a payment in suspense is")
    settling.add_argument("slip")
    settling.add_argument("--establishment", type=fields.establishment, required=True)
    _add_month(settling)
    add_who(settling)


def _add_debits(verbs: Any) -> None:
    out = verbs.add_parser("out", help="choose whom to debit, write the banks' files")
    out.add_argument("day", type=date.fromisoformat, metavar="YYYY-MM-DD")
    _add_month(out)
    out.add_argument("--folder", type=Path, required=True, help="where the files go")
    add_who(out)
    add_file(verbs.add_parser("results", help="take a bank's results in"))


def _add_closing(verbs: Any) -> None:
    for verb, text in (
        ("draft", "add the month up and draft its approval paper"),
        ("approve", "approve the latest draft, which closes the month"),
        ("show", "write the latest paper of a month"),
    ):
        parser = verbs.add_parser(verb, help=text)
        _add_month(parser)
        parser.add_argument("--out", type=Path, metavar="HTML", required=verb == "show")
        if verb == "approve":
            parser.add_argument("--sha256", required=True, help="of the draft that was read")
        if verb != "show":
            add_who(parser)


def _add_month(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--month", type=a_month, required=True, metavar="YYYY-MM")


def _bills(options: argparse.Namespace, settings: Settings) -> Report:
    if options.workers < 1:
        return {"error": f"workers {options.workers}: at least 1"}, 2
    who = who_of(options, settings)
    done = bill_month(settings.dsn("records"), options.month, who, options.workers, say)
    report = dataclasses.asdict(done)
    return report | {
        "month": f"{done.month:%Y-%m}",
        "run": report.pop("number"),
        "generation": report.pop("cutoff"),
    }, 0


def _open(options: argparse.Namespace, settings: Settings) -> Report:
    with open_connection(settings.dsn("records"), "nenkin-bills") as connection:
        listed = write_open(connection, options.month, options.out)
        states = match_counts(connection, options.month)
    month = f"{options.month:%Y-%m}"
    return {"month": month, "listed": listed, "states": states, "list": str(options.out)}, 0


def _settle(options: argparse.Namespace, settings: Settings) -> Report:
    where = (options.slip, options.establishment, options.month)
    with open_connection(settings.dsn("records"), "nenkin-bills") as connection:
        changed = settle(connection, *where, today(), who_of(options, settings))
    return {"changed": changed, "slip": options.slip}, 0


def _debits(options: argparse.Namespace, settings: Settings) -> Report:
    options.folder.mkdir(parents=True, exist_ok=True)
    with open_connection(settings.dsn("records"), "nenkin-debit") as connection:
        asked = ask_debits(connection, options.day, options.month, who_of(options, settings))
        files = write_debits(connection, options.day, options.month, options.folder)
    report = {
        "day": f"{asked.day}",
        "month": f"{asked.month:%Y-%m}",
        "changed": asked.is_new,
        "debits": asked.count,
        "total": asked.total,
        "files": [dataclasses.asdict(file) for file in files],
    }
    return report, 0


def _results(options: argparse.Namespace, settings: Settings) -> Report:
    with open_connection(settings.dsn("records"), "nenkin-debit") as connection:
        done = take_results(connection, options.file, today(), who_of(options, settings))
        if options.result is not None:
            write_result_answers(connection, done, options.result)
    return taken("debit results", done, options.result)


def _draft(options: argparse.Namespace, settings: Settings) -> Report:
    with open_connection(settings.dsn("records"), "nenkin-closing") as connection:
        made = draft(connection, options.month, today(), who_of(options, settings))
    return _paper(made, options.out), 0


def _approve(options: argparse.Namespace, settings: Settings) -> Report:
    with open_connection(settings.dsn("records"), "nenkin-closing") as connection:
        made = approve(connection, options.month, options.sha256, who_of(options, settings))
    return _paper(made, options.out), 0


def _show(options: argparse.Namespace, settings: Settings) -> Report:
    with open_connection(settings.dsn("records"), "nenkin-closing") as connection:
        found = drafted(connection, options.month)
    if found is None:
        raise InvalidClosing(f"month {options.month:%Y-%m}: no approval paper is drafted")
    return _paper(found, options.out), 0


def _paper(made: Draft, out: Path | None) -> dict[str, Any]:
    if out is not None:
        put(out, page(made))
        put_document(out.with_suffix(".json"), made.document)
    return {
        "month": f"{made.month:%Y-%m}",
        "draft": made.number,
        "drafter": made.drafter,
        "approver": made.approver,
        "changed": made.is_new,
        "sha256": made.sha256,
        "totals": made.document["totals"],
        "paper": str(out) if out is not None else None,
    }


def _taking(kind: Kind) -> Verb:
    return lambda options, settings: take(options, settings, kind)


_VERBS: dict[tuple[str, str], Verb] = {
    **{names: _taking(kind) for names, (kind, _) in _FILES.items()},
    ("bills", "run"): _bills,
    ("bills", "open"): _open,
    ("bills", "settle"): _settle,
    ("debit", "out"): _debits,
    ("debit", "results"): _results,
    ("closing", "draft"): _draft,
    ("closing", "approve"): _approve,
    ("closing", "show"): _show,
}
