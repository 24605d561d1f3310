"""`hikae drill`: rehearse a disaster on the twin, with its people, and judge every transaction."""

from __future__ import annotations

import dataclasses
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from cli import drill_record, drill_undo
from cli.acting import Acting, acting_options
from cli.approvals import AtTerminal
from cli.exits import Exit
from cli.options import Call, Production, verb_options
from cli.output import Progress, print_json, print_line, print_table
from cli.record import recorded
from cli.rehearsal import Recorder, conducted, drill_here, rehearse
from cli.running import places_of, reach
from dr.approvals import Approvals, Scripted
from dr.cast import ReadCast, read_cast
from dr.document import document_of
from dr.judge import judge
from dr.plan import Plan
from dr.preflight import make_plan
from dr.reach import planned_scenarios, refuse_hypervisor
from dr.record import append, read_record
from dr.report import render_again, write_report
from dr.scenario_file import find_scenario, list_scenarios, scenario_folder
from twin import bringup
from twin.lock import hold
from twin.places import Places

__all__ = ["command"]

_EXITS = {"passed": Exit.FINE, "failed": Exit.FINDING, "aborted": Exit.ABORTED}


@click.group()
def command() -> None:
    """Rehearse disasters: list them, run one, read its report, follow its findings."""


for _name in ("note", "finding", "close"):
    command.add_command(getattr(drill_record, _name), _name)
for _name in ("status", "undo"):
    command.add_command(getattr(drill_undo, _name), _name)


@command.command(name="list")
@click.option("--findings", is_flag=True, help="List the open findings of every drill instead.")
@click.option("--closed", is_flag=True, help="With --findings: those that are closed as well.")
@verb_options()
def list_(call: Call, findings: bool, closed: bool) -> int:
    """List the scenarios of the estate, or what drills have found."""
    if findings or closed:
        return drill_record.list_findings(call, Places.default().reports, with_closed=closed)
    folder = scenario_folder(call.estate_path)
    found = [find_scenario(name, folder).scenario for name in list_scenarios(folder)]
    if call.as_json:
        print_json([{"name": s.name, "title": s.title, "slice": s.slice} for s in found])
    else:
        rows = [(s.name, s.slice, s.title, s.title_ja) for s in found]
        print_table("Scenarios", ("name", "slice", "title", "題名"), rows)
    return Exit.FINE


@command.command()
@click.argument("scenario")
@click.option("--etcd-leader", help="Where etcd is led from: `witness` or an area, such as `main`.")
@click.option("--fresh", is_flag=True, help="Provision from bare hosts, snapshot or not.")
@click.option(
    "--cast",
    "cast_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File that says who is on duty, who watches, and what is answered for whom.",
)
@click.option("--absent", multiple=True, metavar="PERSON", help="Not there: a deputy takes over.")
@click.option("--unattended", is_flag=True, help="Ask nobody: everybody says yes, as scripted.")
@click.option("--standing", is_flag=True, help="Drill on the twin that is up; it stays up.")
@verb_options(Production.CONFIRMED)
@acting_options
def run(
    call: Call,
    scenario: str,
    etcd_leader: str | None,
    fresh: bool,
    cast_file: Path | None,
    absent: Sequence[str],
    unattended: bool,
    standing: bool,
    *,
    acting: Acting,
) -> int:
    """Boot the slice of SCENARIO, strike it, wait for the takeover, judge, report, clean up.

    Where the runbook wants a person's yes and there is a terminal, the drill asks on it. On production, which
    is reached by SSH only, a scenario that needs the hypervisor is refused.
    """
    places, estate = places_of(call), call.estate()
    folder = scenario_folder(call.estate_path)
    read = find_scenario(scenario, folder)
    if call.is_production:
        refuse_hypervisor(read, planned_scenarios(folder))
        acting.refuse_frozen(estate, "hikae drill run")
    reached = reach(call, acting) if standing or call.is_production else None
    slice_name = call.slice_name if reached is None else reached.fleet.slice_name
    for name, value in (("etcd_leader", etcd_leader), ("slice", slice_name)):
        read = read if value is None else read.changed(**{name: value})
    cast = (ReadCast() if cast_file is None else read_cast(cast_file)).without(absent)
    plan = make_plan(read, estate, estate_folder=call.estate_path, cast=cast)
    if reached is not None:
        reached = conducted(plan, reached)
    bringup.ensure_root()
    progress = Recorder()
    approvals = _approvals(plan, progress, unattended=unattended)
    context = {
        "scenario": read.scenario.model_dump(mode="json"),
        "estate_path": None if call.estate_path is None else str(call.estate_path.resolve()),
        "slice": read.scenario.slice,
        "conductor": plan.conductor,
    }
    words = f"drill {scenario}"
    with (
        hold(places, f"hikae drill run {scenario}"),
        recorded(
            estate, acting, "drill run", call.target, places, words=words, context=context
        ) as recording,
    ):
        recording.show(
            read.scenario.model_dump_json(),
            {"steps": len(plan.scenario.steps), "hosts struck": len(plan.blast.hosts)},
        )
        journal = recording.journal
        with progress:
            if reached is None:
                booted, outcome = rehearse(
                    plan, places, progress, approvals, journal, acting, fresh=fresh
                )
            else:
                booted, outcome = drill_here(plan, reached, progress, approvals, journal)
        folder = places.reports / f"{time.strftime('%Y%m%d-%H%M%S')}-{scenario}"
        known = {phase.name for phase in booted}
        own = tuple(phase for phase in outcome.evidence.phases if phase.name not in known)
        evidence = dataclasses.replace(outcome.evidence, phases=(*booted, *own))
        document = write_report(folder, evidence, outcome.verdict)
        if isinstance(approvals, AtTerminal) and approvals.notes:
            append(folder, lambda _: approvals.notes)
            document = render_again(folder, evidence, outcome.verdict)
        code = _EXITS[str(document["verdict"])]
        recording.keep(sorted(folder.iterdir()))
        recording.end(code, document["reasons"])
    _show(call, document)
    for sentence in outcome.undo_failures:
        print_line(f"Not undone: {sentence}")
    return code


def _approvals(plan: Plan, progress: Progress, *, unattended: bool) -> Approvals:
    """Ask on the terminal where there is one; else everybody's answer comes from the script."""
    if unattended or not _has_terminal():
        return Scripted(plan.cast.script)
    return AtTerminal(
        plan.estate,
        progress,
        keyboard=sys.stdin.fileno(),
        screen=sys.stderr,
        script=plan.cast.script,
    )


def _has_terminal() -> bool:
    """Whether somebody can read and type; a command in the background would be stopped for reading."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError:
        return False


@command.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@verb_options()
def report(call: Call, folder: Path) -> int:
    """Judge the evidence kept in FOLDER again and show the result."""
    evidence = drill_record.read_drill(folder)
    record, page = read_record(folder), folder / "report.html"
    document = document_of(evidence, judge(evidence), report=page, record=record)
    _show(call, document)
    return _EXITS[str(document["verdict"])]


def _show(call: Call, document: dict[str, Any]) -> None:
    if call.as_json:
        print_json(document)
        return
    outages = document["rto_s_by_office"]
    rows = [(office, _seconds(value)) for office, value in outages.items()]
    print_table(
        f"Drill {document['scenario']}: {document['verdict']}", ("office", "outage s"), rows
    )
    fates = [(fate, count) for fate, count in document["fates"].items() if count]
    print_table("Writes by fate", ("fate", "count"), fates)
    print_table(
        "Writers",
        ("cluster", "two at once s", "none s"),
        [
            (name, _seconds(two), _seconds(document["no_writer_s"].get(name)))
            for name, two in document["two_writers_s"].items()
        ],
    )
    for reason in document["reasons"]:
        print_line(f"  {reason}")
    print_line(
        f"RTO {_seconds(document['rto_s'])} s{_without_people(document)}, "
        f"{document['hosts']} hosts, {_seconds(document['memory_peak_mb'])} MiB"
    )
    for finding in document["findings"]:
        state = "open, due" if finding["is_open"] else "closed, was due"
        print_line(f"Finding {finding['id']} ({state} {finding['due']}): {finding['text']}")
    print_line(f"Report: {document['report']}")


def _without_people(document: dict[str, Any]) -> str:
    if not any(step["answers"] for step in document["people"]):
        return ""
    return f" with people, {_seconds(document['rto_without_people_s'])} s without"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
