"""`hikae net migrate … --rehearse`: a plan carried out on a twin of its own, under a stream from every office."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from cli.acting import Acting
from cli.drill_kit import twin_limits
from cli.exits import Exit, RefusedCall
from cli.options import Call
from cli.output import Progress, print_json, print_line, print_table
from cli.record import recorded
from dr.migration.asking import offices_between
from dr.migration.rehearser import Rehearser
from dr.migration.report import write_report
from dr.migration.run import rehearse
from dr.migration.taken import Rehearsed
from dr.sweep.streams import Streams
from dr.sweep.subjects import Office
from inventory import Estate
from netconfig.migration.passages import passages_of
from netconfig.migration.plan import Plan
from netconfig.migration.text import plan_text
from netconfig.model.verify import rendered
from twin import bringup
from twin.faults import LabFaults
from twin.lab import clear_leftovers
from twin.lock import hold
from twin.places import Places
from twin.rehearsal import boot, furnish, staged

__all__ = ["Intended", "intend", "rehearse_here"]

_EXITS = {"passed": Exit.FINE, "failed": Exit.FINDING, "aborted": Exit.ABORTED}


@dataclass(frozen=True, slots=True)
class Intended:
    """What is to be rehearsed: a part of two estates, and what is booted for it."""

    source: Estate
    target: Estate
    slice_name: str
    union: Estate
    """Both at once, with that slice."""
    offices: tuple[Office, ...]
    """Who sends streams."""
    borne_ms: int = 0
    """How long a silence may be that the plan does not foresee."""
    until: int | None = None
    """The last step that is taken, None = all."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """What is booted."""
        return self.union.slice_hosts(self.slice_name)


def intend(
    source: Estate, target: Estate, slice_name: str, borne_ms: int, until: int | None
) -> Intended:
    """What a rehearsal of a slice boots; RefusedCall where that cannot be, before anything takes long."""
    bringup.ensure_root()
    union = staged(source, target, slice_name)
    offices = offices_between(source, target, union.slice_hosts(slice_name))
    if not offices:
        raise RefusedCall("This slice has no office with a terminal: nobody could send a stream.")
    return Intended(source, target, slice_name, union, offices, borne_ms, until)


def rehearse_here(call: Call, acting: Acting, intended: Intended, plan: Plan) -> int:
    """Boot, carry out, report and clear; the act is recorded with the estate that the call names."""
    if not plan.steps:
        raise RefusedCall(
            f"Slice {intended.slice_name} has the same network in both estates: there is nothing to rehearse."
        )
    places = Places.default()
    context = {"from": plan.source, "to": plan.target, "slice": intended.slice_name}
    words = f"the rehearsal of the way from {plan.source} to {plan.target}"
    with (
        hold(places, "hikae net migrate --rehearse"),
        recorded(
            call.estate(), acting, "net migrate", call.target, places, words=words, context=context
        ) as recording,
        Progress() as progress,
    ):
        recording.show(plan_text(plan), {"steps": len(plan.steps)})
        bringup.ensure_free(places)
        try:
            rehearsed = _carry_out(plan, intended, acting, places, progress)
        finally:
            progress.phase("clear")
            clear_leftovers(places)
        folder = places.reports / f"{time.strftime('%Y%m%d-%H%M%S')}-net-migrate"
        document = write_report(folder, rehearsed)
        code = _EXITS[rehearsed.verdict]
        recording.keep(sorted(folder.iterdir()))
        recording.end(code, rehearsed.reasons)
    _show(call, document)
    return code


def _carry_out(
    plan: Plan, intended: Intended, acting: Acting, places: Places, progress: Progress
) -> Rehearsed:
    source = intended.source
    lab = boot(intended.union, source, intended.slice_name, places, progress)
    conductor = bringup.conductor_of(lab, **acting.named)
    with conductor.at_bastion() as transport:
        stage = furnish(lab, conductor, source, progress)
        progress.phase("rehearse")
        start = rendered(source, lab.names)
        rehearser = Rehearser(
            union=intended.union,
            hosts=lab.names,
            source=source,
            start=start,
            passages=tuple(passages_of(source, start, plan.steps))[: intended.until],
            stage=stage,
            streams=Streams(intended.offices, transport, LabFaults(lab)),
            borne_ms=intended.borne_ms,
            say=progress.doing,
        )
        return rehearse(rehearser, intended.target.name, intended.slice_name, twin_limits())


def _show(call: Call, document: dict[str, Any]) -> None:
    if call.as_json:
        print_json(document)
        return
    title = (
        f"From {document['from']} to {document['to']} on {document['slice']}: {document['verdict']}"
    )
    told = [step for step in document["steps"] if step["silences"] or step["deviation"]]
    if told:
        rows = [
            (
                step["number"],
                step["title"],
                ", ".join(step["foreseen"]) or "none",
                "; ".join(_spell(one) for one in step["silences"]) or "nothing",
                step["deviation"] or "",
            )
            for step in told
        ]
        print_table(title, ("step", "what", "silence by the plan", "lost", "deviation"), rows)
    else:
        print_line(title)
    print_line(
        f"{document['taken']} of {document['planned']} steps held, {document['packets_lost']} packets lost, "
        f"longest silence {document['longest_ms']} ms, {document['hosts']} hosts, {document['memory_mb']} MiB"
    )
    for reason in document["reasons"]:
        print_line(f"  {reason}")
    print_line(f"Report: {document['report']}")


def _spell(silence: dict[str, Any]) -> str:
    return f"{silence['stream']} {silence['packets']} packets, {silence['longest_ms']} ms on end"
