"""`hikae net sweep`: whatever of the network can fail does so in turn on the twin, under a stream from every office."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from cli.acting import Acting, acting_options
from cli.drill_kit import twin_limits
from cli.exits import Exit, RefusedCall
from cli.options import Call, Production, verb_options
from cli.output import Progress, print_json, print_line, print_table
from cli.record import recorded
from cli.running import running_lab
from dr.sweep.document import FORMAT, Swept
from dr.sweep.earlier import Earlier, read_earlier
from dr.sweep.planned import Planned
from dr.sweep.report import write_report
from dr.sweep.run import Plan, sweep
from dr.sweep.settling import Settling
from dr.sweep.streams import Streams
from dr.sweep.subjects import Office, Subject, offices_of, subjects_of
from dr.sweep.sweeper import Sweeper
from dr.sweep.trial import KINDS, Kind
from netconfig.model.verify import settled
from proof import Journal
from twin import bringup
from twin.conductor import Conductor
from twin.faults import LabFaults
from twin.lab import Lab
from twin.lock import hold
from twin.places import Places
from twin.pushing import push_line
from twin.rolling import tools_of
from twin.tables import LabTables

__all__ = ["Asked", "begun", "command"]

_EXITS = {"passed": Exit.FINE, "failed": Exit.FINDING, "aborted": Exit.ABORTED}
_UNASKED: tuple[Kind, ...] = ("down", "silent")


@click.command("sweep")
@click.option("--slice", "slice_name", metavar="SLICE", help="Refuse a twin of another slice.")
@click.option("--times", type=click.IntRange(1), default=20, show_default=True, help="Rounds.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(KINDS),
    help="How it fails (default: down and silent); planned: routers are drained and taken away.",
)
@click.option("--only", multiple=True, metavar="FAILURE", help="As `link kansai-r1:carrier`.")
@click.option("--seed", type=int, default=5, show_default=True, help="Of the order.")
@click.option(
    "--go-on",
    type=click.Path(path_type=Path),
    metavar="SWEEP.JSON",
    help="What this sweep has not tried yet, in its rounds and kinds; the report is of both.",
)
@click.option("--plan", "is_plan", is_flag=True, help="Say what would be tried; nothing fails.")
@verb_options(Production.REFUSED)
@acting_options
def command(
    call: Call,
    slice_name: str | None,
    times: int,
    kinds: tuple[Kind, ...],
    only: Sequence[str],
    seed: int,
    go_on: Path | None,
    is_plan: bool,
    *,
    acting: Acting,
) -> int:
    """Fail each link, router and network of the twin that is up, measure the gaps, report.

    Every failure is tried in each kind, in rounds; the next one waits until all is as before.
    """
    estate, places = call.estate(), Places.default()
    if is_plan and slice_name is not None:
        offices, subjects = _subjects(call, estate.slice_hosts(slice_name), only)
        return _show_plan(call, offices, subjects)
    lab = running_lab(estate, places)
    if slice_name not in (None, lab.slice_name):
        raise RefusedCall(f"The twin that is up is of slice {lab.slice_name}.")
    asked = Asked(tuple(dict.fromkeys(kinds)) or _UNASKED, times, seed, tuple(only))
    earlier = Earlier()
    if go_on is not None:
        asked, earlier = begun(go_on, lab.slice_name)
    offices, subjects = _subjects(call, lab.names, asked.only)
    if is_plan:
        return _show_plan(call, offices, subjects)
    if not offices:
        raise RefusedCall("This slice has no office with a terminal: nobody could send a stream.")
    plan = Plan(lab.slice_name, subjects, asked.kinds, asked.times, asked.seed, earlier)
    conductor = bringup.conductor_of(lab, **acting.named)
    context = {"slice": lab.slice_name, "conductor": conductor.bastion}
    with (
        hold(places, "hikae net sweep"),
        recorded(estate, acting, "net sweep", call.target, places, context=context) as recording,
        Progress() as progress,
    ):
        progress.phase("sweep")
        recording.show("\n".join(subject.name for subject in subjects), {"trials": plan.count})
        folder = places.reports / f"{time.strftime('%Y%m%d-%H%M%S')}-net-sweep"
        swept, left = _carry_out(plan, offices, lab, conductor, recording.journal, progress, folder)
        document = write_report(folder, swept)
        code = Exit.ABORTED if left else _EXITS[swept.verdict]
        recording.keep(sorted(folder.iterdir()))
        recording.end(code, [*swept.reasons, *(f"not undone: {said}" for said in left)])
    _show(call, document)
    for sentence in left:
        print_line(f"Not undone: {sentence}")
    return code


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be tried, and how often."""

    kinds: tuple[Kind, ...]
    times: int
    seed: int
    only: tuple[str, ...]


def begun(path: Path, slice_name: str) -> tuple[Asked, Earlier]:
    """What was asked of a sweep that did not come to its end, and what it has tried."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            raise KeyError(document["format"])
        asked = Asked(
            tuple(document["kinds"]),
            document["times"],
            document["seed"],
            tuple(document["subjects"]),
        )
        earlier = read_earlier(document)
    except OSError as error:
        raise RefusedCall(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedCall(f"{path} is no sweep.json of `hikae net sweep`.") from error
    if document["slice"] != slice_name:
        raise RefusedCall(
            f"{path} is of slice {document['slice']}, and the twin that is up of {slice_name}."
        )
    return asked, earlier


def _subjects(
    call: Call, names: Sequence[str], only: Sequence[str]
) -> tuple[tuple[Office, ...], tuple[Subject, ...]]:
    estate = call.estate()
    offices = offices_of(estate, names)
    subjects = subjects_of(estate, names, settled(estate, names), offices)
    known = {subject.name: subject for subject in subjects}
    for name in only:
        if name not in known:
            near = [one for one in known if name.rpartition(" ")[2].partition(":")[0] in one][:6]
            raise RefusedCall(f"'{name}' is no failure of this slice; near it: {'; '.join(near)}.")
    return offices, tuple(known[name] for name in only) if only else subjects


def _carry_out(
    plan: Plan,
    offices: tuple[Office, ...],
    lab: Lab,
    conductor: Conductor,
    journal: Journal,
    progress: Progress,
    folder: Path,
) -> tuple[Swept, tuple[str, ...]]:
    with conductor.at_bastion() as transport:
        faults = LabFaults(lab)
        sweeper = Sweeper(
            faults,
            Streams(offices, transport, faults),
            Settling(lab.estate, lab.names, LabTables(lab)),
            journal,
            say=progress.doing,
        )
        tools = tools_of(lab, conductor, transport, progress.doing)
        planned = Planned(sweeper, tools, lambda *line: push_line(lab, conductor, *line))
        limits = twin_limits()
        return sweep(plan, sweeper, planned, limits, lambda known: write_report(folder, known))


def _show_plan(call: Call, offices: Sequence[Office], subjects: Sequence[Subject]) -> int:
    if call.as_json:
        print_json(
            {
                "streams": [name for office in offices for name in office.streams],
                "failures": [
                    {
                        "failure": subject.name,
                        "wires": subject.wires,
                        "cut_off": sorted(subject.cut),
                        "single": subject.is_single,
                    }
                    for subject in subjects
                ],
            }
        )
        return Exit.FINE
    print_table(
        f"{len(subjects)} failures under streams from {', '.join(o.site for o in offices)}",
        ("failure", "single", "must cut off"),
        [(s.name, "yes" if s.is_single else "", ", ".join(sorted(s.cut))) for s in subjects],
    )
    return Exit.FINE


def _show(call: Call, document: dict[str, Any]) -> None:
    if call.as_json:
        print_json(document)
        return
    for title, rows in (("failures", document["kinds"]), ("single ones", document["singles"])):
        print_table(
            f"Sweep of {document['slice']}, {title}: {document['verdict']}",
            ("kind", "trials", "hit", "p50", "p99", "max ms", "return p99", "lost", "not healed"),
            [
                (
                    kind,
                    f["count"],
                    f["hit"],
                    *(_ms(f["gap_ms"][name]) for name in ("p50", "p99", "max")),
                    _ms(f["return_ms"]["p99"]),
                    f["packets_lost"],
                    f["not_healed"],
                )
                for kind, f in rows.items()
            ],
        )
    for reason in document["reasons"]:
        print_line(f"  {reason}")
    print_line(f"Report: {document['report']}")


def _ms(value: int | None) -> str:
    return "-" if value is None else str(value)
