"""`hikae drill note|finding|close`: what people add to a drill, and the findings of all drills."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path
from typing import Any

import click

from cli.exits import Exit, RefusedCall
from cli.options import Call, Production, verb_options
from cli.output import print_error, print_json, print_line, print_table
from dr.archive import read_evidence
from dr.document import findings_of
from dr.entries import closing_of, finding_of, note_of
from dr.evidence import Evidence
from dr.judge import judge
from dr.record import FILE, SEVERITIES, Entry, InvalidRecord, Severity, append, read_record
from dr.report import render_again

__all__ = ["close", "finding", "list_findings", "note", "read_drill"]

_folder = click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
_by = click.option("--by", metavar="PERSON", required=True, help="Who says so.")


def read_drill(folder: Path) -> Evidence:
    """Read the evidence in a drill's folder; RefusedCall where it holds none."""
    kept = folder / "evidence.json"
    if not kept.exists():
        raise RefusedCall(f"{folder} holds no evidence.json: name the folder of a drill's report.")
    return read_evidence(kept)


@click.command()
@_folder
@click.argument("text")
@_by
@verb_options(Production.INDIFFERENT)
def note(call: Call, folder: Path, text: str, by: str) -> int:
    """Add TEXT to the record of the drill in FOLDER and write its report anew."""
    evidence = read_drill(folder)
    make = note_of(call.estate(), by=by, text=text, now=time.time())
    return _add(call, folder, evidence, make)


@click.command()
@_folder
@click.argument("text")
@click.option("--owner", metavar="ROLE", required=True, help="The role that puts it right.")
@click.option("--due", metavar="DATE", required=True, help="By when, as YYYY-MM-DD.")
@click.option(
    "--severity",
    type=click.Choice(SEVERITIES),
    default="medium",
    show_default=True,
    help="How bad.",
)
@click.option("--by", metavar="PERSON", default="", help="Who found it.")
@verb_options(Production.INDIFFERENT)
def finding(
    call: Call, folder: Path, text: str, owner: str, due: str, severity: Severity, by: str
) -> int:
    """Record a finding of the drill in FOLDER: TEXT says what is to be put right."""
    evidence = read_drill(folder)
    make = finding_of(
        call.estate(),
        evidence,
        owner=owner,
        due=due,
        text=text,
        now=time.time(),
        severity=severity,
        by=by,
    )
    return _add(call, folder, evidence, make)


@click.command()
@_folder
@click.argument("finding", metavar="ID")
@click.argument("text")
@_by
@verb_options(Production.INDIFFERENT)
def close(call: Call, folder: Path, finding: str, text: str, by: str) -> int:
    """Close the finding ID of the drill in FOLDER: TEXT says how it was put right."""
    evidence = read_drill(folder)
    make = closing_of(call.estate(), finding=finding, by=by, text=text, now=time.time())
    return _add(call, folder, evidence, make)


def _add(call: Call, folder: Path, evidence: Evidence, make: Any) -> int:
    added = append(folder, make).entries[-1]
    verdict = judge(evidence)
    render_again(folder, evidence, verdict)
    if call.as_json:
        print_json(dataclasses.asdict(added))
    else:
        print_line(_said(added))
        print_line(f"Report: {folder / 'report.html'}")
    return Exit.FINE


def _said(entry: Entry) -> str:
    if entry.kind == "note":
        return f"Noted by {entry.by}."
    if entry.kind == "finding":
        return f"Finding {entry.id}: {entry.owner} puts it right by {entry.due}."
    return f"Finding {entry.finding} is closed by {entry.by}."


def list_findings(call: Call, reports: Path, *, with_closed: bool) -> int:
    """Print the findings of every drill that is kept, the earliest due date first."""
    rows: list[dict[str, Any]] = []
    unread = []
    today = time.strftime("%Y-%m-%d", time.gmtime())
    for path in sorted(reports.glob(f"*/{FILE}")):
        try:
            found = _findings_in(path.parent)
        except InvalidRecord as error:
            unread.append(str(error))
        except (OSError, ValueError, KeyError):
            unread.append(f"{path.parent}: drill.json cannot be read; add a note to write it anew")
        else:
            rows += [row for row in found if row["is_open"] or with_closed]
    for row in rows:
        row["is_overdue"] = row["is_open"] and row["due"] < today
    rows.sort(key=lambda row: (not row["is_open"], row["due"], row["folder"], row["id"]))
    if call.as_json:
        print_json({"findings": rows, "unread": unread})
    else:
        columns = ("drill", "id", "state", "due", "owner", "severity", "finding")
        shown = [
            (r["folder"], r["id"], _state(r), r["due"], r["owner"], r["severity"], r["text"])
            for r in rows
        ]
        print_table("Findings" if with_closed else "Open findings", columns, shown)
        for sentence in unread:
            print_error(sentence)
    return Exit.FINDING if unread else Exit.FINE


def _state(row: dict[str, Any]) -> str:
    if not row["is_open"]:
        return "closed"
    return "overdue" if row["is_overdue"] else "open"


def _findings_in(folder: Path) -> list[dict[str, Any]]:
    found = findings_of(read_record(folder))
    if not found:
        return []
    scenario = json.loads((folder / "drill.json").read_text(encoding="utf-8"))["scenario"]
    return [{"folder": folder.name, "scenario": scenario, **one} for one in found]
