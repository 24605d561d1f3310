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

from cli import drill_record
from cli.acting import Acting, acting_options
from cli.approvals import AtTerminal
from cli.exits import Exit
from cli.options import Call, verb_options
from cli.output import Progress, print_json, print_line, print_table
from cli.record import recorded
from dr.approvals import Approvals, Scripted
from dr.cast import ReadCast, read_cast
from dr.document import document_of
from dr.evidence import Limit, Package, Phase
from dr.fetch import connect_https
from dr.judge import judge
from dr.kit import Kit, Rolling
from dr.observe import Observer
from dr.plan import Plan
from dr.preflight import make_plan
from dr.record import append, read_record
from dr.report import render_again, write_report
from dr.runner import Outcome, run_drill
from dr.scenario_file import find_scenario, list_scenarios, scenario_folder
from inventory import Estate
from twin import bringup, machine
from twin.conductor import Conductor
from twin.faults import LabFaults
from twin.image import ImageStore, kind_of
from twin.lab import Lab, clear_leftovers
from twin.lock import hold
from twin.places import Places
from twin.rolling import tools_of

__all__ = ["command"]

_EXITS = {"passed": Exit.FINE, "failed": Exit.FINDING, "aborted": Exit.ABORTED}


class Recorder(Progress):
    """Progress that also remembers when each phase began and ended, for the report."""

    def __init__(self) -> None:
        super().__init__()
        self.phases: list[Phase] = []
        self._open: tuple[str, float] | None = None

    def phase(self, name: str) -> None:
        self.close()
        self._open = (name, time.time())
        super().phase(name)

    def close(self) -> None:
        """End the open phase."""
        if self._open is not None:
            self.phases.append(Phase(*self._open, time.time()))
            self._open = None


@click.group()
def command() -> None:
    """Rehearse disasters: list them, run one, read its report, follow its findings."""


for _name in ("note", "finding", "close"):
    command.add_command(getattr(drill_record, _name), _name)


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
@verb_options()
@acting_options
def run(
    call: Call,
    scenario: str,
    etcd_leader: str | None,
    fresh: bool,
    cast_file: Path | None,
    absent: Sequence[str],
    unattended: bool,
    *,
    acting: Acting,
) -> int:
    """Boot the slice of SCENARIO, strike it, wait for the takeover, judge, report, clean up.

    Where the runbook wants a person's yes and there is a terminal, the drill asks on it.
    """
    places, estate = Places.default(), call.estate()
    read = find_scenario(scenario, scenario_folder(call.estate_path))
    if etcd_leader is not None:
        read = read.changed(etcd_leader=etcd_leader)
    cast = (ReadCast() if cast_file is None else read_cast(cast_file)).without(absent)
    plan = make_plan(read, estate, estate_folder=call.estate_path, cast=cast)
    bringup.ensure_root()
    progress = Recorder()
    approvals = _approvals(plan, progress, unattended=unattended)
    with (
        hold(places, f"hikae drill run {scenario}"),
        recorded(estate, acting, "drill run", call.target, places) as recording,
    ):
        recording.show(
            read.scenario.model_dump_json(),
            {"steps": len(plan.scenario.steps), "hosts struck": len(plan.blast.hosts)},
        )
        with progress:
            booted, outcome = _rehearse(plan, places, progress, approvals, fresh=fresh)
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


def _rehearse(
    plan: Plan, places: Places, progress: Recorder, approvals: Approvals, *, fresh: bool
) -> tuple[tuple[Phase, ...], Outcome]:
    """Boot, drill and clear the twin; the phases before the drill, and its outcome."""
    bringup.ensure_free(places)
    try:
        lab = bringup.bring_up(
            plan.estate, plan.scenario.slice, places, progress, from_snapshot=not fresh
        )
        progress.close()
        booted = tuple(progress.phases)
        return booted, _drill(plan, lab, progress, approvals)
    finally:
        progress.phase("clear")
        clear_leftovers(places)


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


def _drill(plan: Plan, lab: Lab, progress: Progress, approvals: Approvals) -> Outcome:
    conductor = Conductor(lab.estate, lab.names, plan.conductor, lab.secrets, lab.places)
    conductor.write_ssh_config()
    connect = connect_https(conductor.tls())
    honesty = machine.honesty_list(machine.probe_kernel())
    with conductor.at_bastion() as transport:
        kit = Kit(
            transport=transport,
            faults=LabFaults(lab),
            progress=progress,
            approvals=approvals,
            connect=connect,
            observe=lambda targets: Observer(targets, connect=connect),
            rolling=Rolling(
                lambda watchers: tools_of(lab, conductor, transport, progress.doing, watchers),
                lab.places.run / "patch.jsonl",
            ),
            is_disposable=True,
            honesty=tuple(Limit(what, covered_by) for what, covered_by in honesty),
            bill_of_materials=_bill(lab.estate, lab.names, lab.places),
        )
        return run_drill(plan, kit)


def _bill(estate: Estate, names: Sequence[str], places: Places) -> tuple[Package, ...]:
    """The bill of materials of every image that the slice boots, each package once."""
    store = ImageStore(places)
    rows = set()
    for kind in {kind_of(estate.hosts[name].role) for name in names}:
        for name, version, licence in store.image(kind).manifest:
            origin = "PyPI" if name.startswith("python:") else "Debian bookworm"
            rows.add((name.removeprefix("python:"), version, licence, origin))
    return tuple(Package(*row) for row in sorted(rows))


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
