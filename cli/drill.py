"""`hikae drill`: rehearse a disaster on the twin and judge every transaction."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from cli.exits import Exit, RefusedCall
from cli.options import Call, verb_options
from cli.output import Progress, print_json, print_line, print_table
from dr.archive import read_evidence
from dr.document import document_of
from dr.evidence import Limit, Package, Phase
from dr.fetch import connect_https
from dr.judge import judge
from dr.kit import Kit
from dr.observe import Observer
from dr.plan import Plan
from dr.preflight import make_plan
from dr.report import write_report
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
    """Rehearse disasters: list them, run one, read the report of one."""


@command.command(name="list")
@verb_options()
def list_(call: Call) -> int:
    """List the scenarios of the estate."""
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
@verb_options()
def run(call: Call, scenario: str, etcd_leader: str | None, fresh: bool) -> int:
    """Boot the slice of SCENARIO, strike it, wait for the takeover, judge, report, clean up."""
    places, estate = Places.default(), call.estate()
    read = find_scenario(scenario, scenario_folder(call.estate_path))
    if etcd_leader is not None:
        read = read.changed(etcd_leader=etcd_leader)
    plan = make_plan(read, estate, estate_folder=call.estate_path)
    bringup.ensure_root()
    progress = Recorder()
    with hold(places, f"hikae drill run {scenario}"), progress:
        bringup.ensure_free(places)
        try:
            lab = bringup.bring_up(
                estate, plan.scenario.slice, places, progress, from_snapshot=not fresh
            )
            progress.close()
            booted = tuple(progress.phases)
            outcome = _drill(plan, lab, progress)
        finally:
            progress.phase("clear")
            clear_leftovers(places)
    folder = places.reports / f"{time.strftime('%Y%m%d-%H%M%S')}-{scenario}"
    known = {phase.name for phase in booted}
    own = tuple(phase for phase in outcome.evidence.phases if phase.name not in known)
    evidence = dataclasses.replace(outcome.evidence, phases=(*booted, *own))
    document = write_report(folder, evidence, outcome.verdict)
    _show(call, document)
    for sentence in outcome.undo_failures:
        print_line(f"Not undone: {sentence}")
    return _EXITS[str(document["verdict"])]


def _drill(plan: Plan, lab: Lab, progress: Progress) -> Outcome:
    conductor = Conductor(lab.estate, lab.names, plan.conductor, lab.secrets, lab.places)
    conductor.write_ssh_config()
    connect = connect_https(conductor.tls())
    honesty = machine.honesty_list(machine.probe_kernel())
    with conductor.at_bastion() as transport:
        kit = Kit(
            transport=transport,
            faults=LabFaults(lab),
            progress=progress,
            connect=connect,
            observe=lambda targets: Observer(targets, connect=connect),
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
    kept = folder / "evidence.json"
    if not kept.exists():
        raise RefusedCall(f"{folder} holds no evidence.json: name the folder of a drill's report.")
    evidence = read_evidence(kept)
    document = document_of(evidence, judge(evidence), report=folder / "report.html")
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
        f"RTO {_seconds(document['rto_s'])} s, {document['hosts']} hosts, "
        f"{_seconds(document['memory_peak_mb'])} MiB"
    )
    print_line(f"Report: {document['report']}")


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
