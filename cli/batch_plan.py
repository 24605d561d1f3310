"""`hikae batch plan`: the night's plan, the least hardware for it, what may move to it, and every kind of night."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from cli.batch_plan_show import show_kinds, show_least, show_moves, show_no_plan, show_plan
from cli.exits import Exit, RefusedCall
from cli.options import Call, Production, verb_options
from cli.output import Progress, print_json, print_line
from inventory import Estate
from monitors.night.clash_words import clash_sentences
from monitors.night.conversion import origin
from monitors.night.hardware import LeastHardware, find_least_hardware, investor_for
from monitors.night.hours import day_kind
from monitors.night.kinds import NightKind, kinds_of_year
from monitors.night.moves import Moves, find_moves
from monitors.night.night import Night
from monitors.night.plan import Plan
from monitors.night.plan_file import plan_document, plan_path, write_plan, write_whole
from monitors.night.planning import Planner, plan_night, planner_for
from monitors.night.relief import Relief, find_reliefs
from monitors.night.report import plan_page
from monitors.night.resolve import resolve, without_place
from monitors.planning.planner import NoPlan, PlanFailed

__all__ = ["command"]

# Of the budget of a plan, for each kind of night and for each way out that is tried.
_PART = 0.2


@click.command("plan")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Operating day (default: today).")
@click.option("--kinds", is_flag=True, help="Every kind of night in the year from that day on.")
@click.option(
    "--least-hardware", is_flag=True, help="The least hardware that keeps every deadline."
)
@click.option(
    "--stretch",
    type=click.FloatRange(1.0, 3.0),
    metavar="F",
    help="Least hardware for F times the shortest plan instead of the whole night.",
)
@click.option("--movable", is_flag=True, help="Which jobs of the day may run in this night.")
@click.option(
    "--confidence",
    type=click.FloatRange(0.5, 0.999),
    metavar="P",
    help="With which probability a job keeps its planned time (default: the estate's).",
)
@click.option("--without", multiple=True, metavar="SITE", help="Plan as if this site were gone.")
@click.option(
    "--cpu-seconds",
    type=click.FloatRange(0.1, 3600),
    default=10.0,
    show_default=True,
    help="Processor time for a plan.",
)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--report", type=click.Path(path_type=Path), metavar="FILE", help="Write a page.")
@click.option("--store", is_flag=True, help="Keep the plan where the dispatcher reads it.")
@click.option("--all", "every", is_flag=True, help="Show every job, not the tightest alone.")
@verb_options(Production.INDIFFERENT)
def command(
    call: Call,
    *,
    day: datetime | None,
    kinds: bool,
    least_hardware: bool,
    stretch: float | None,
    movable: bool,
    confidence: float | None,
    without: tuple[str, ...],
    cpu_seconds: float,
    seed: int,
    report: Path | None,
    store: bool,
    every: bool,
) -> Exit:
    """Plan a night: when each job starts, when all has ended, and how far from the proven best that is."""
    estate = call.estate()
    chosen = day.date() if day else estate.calendar.today()
    night = resolve(estate, chosen, without=without)
    wanted = confidence or (estate.batch.confidence if estate.batch else 0.0)
    planner = planner_for(cpu_seconds, seed=seed)
    quick = planner_for(cpu_seconds * _PART, seed=seed)
    _ensure_together(kinds, report, store, without, movable)
    if kinds:
        return _plan_kinds(call, estate, chosen, wanted, quick)
    document: dict[str, Any] = {
        **_frame(estate, night, wanted, without),
        "skipped": list(without_place(estate, chosen, without)) if without else [],
    }
    with Progress() as progress:
        progress.phase("plan")
        progress.doing(f"{len(night.jobs)} jobs")
        try:
            plan = plan_night(night, wanted, planner, estate=estate.name, without=without)
        except NoPlan as refusal:
            progress.doing("what must give")
            clash = clash_sentences(night, wanted, refusal.constraints)
            reliefs = find_reliefs(night, wanted, quick)
            return _refuse(call, document, clash, reliefs)
        least = None
        if least_hardware or stretch:
            progress.doing("least hardware")
            least = _least(estate, night, plan, wanted, stretch, cpu_seconds, seed)
        moves = find_moves(estate, chosen, wanted, quick) if movable else None
    shown = moves.plan if moves else plan
    document |= {
        "plan": plan_document(shown),
        "clash": [],
        "reliefs": [],
        "least_hardware": least and _least_document(least),
        "moves": moves and _moves_document(moves),
    }
    if store:
        document["stored"] = str(_stored(shown))
    if report:
        names = [move.name for move in moves.jobs if move.moves] if moves else []
        pictured = resolve(estate, chosen, without=without, moved=names)
        _write_report(estate, pictured, shown, report)
    if call.as_json:
        print_json(document)
        return Exit.FINE
    show_plan(document["title"], shown, night, every=every)
    if document["skipped"]:
        print_line(f"Without a place to run: {', '.join(document['skipped'])}.")
    if least:
        show_least(least)
    if moves:
        show_moves(moves)
    if store:
        print_line(f"Stored: {document['stored']}")
    if report:
        print_line(f"Report: {report}")
    return Exit.FINE


def _ensure_together(
    kinds: bool, report: Path | None, store: bool, without: tuple[str, ...], movable: bool
) -> None:
    if kinds and (report or store or without or movable):
        raise RefusedCall(
            "--kinds plans many nights; leave out --report, --store, --without and --movable."
        )
    if movable and without:
        raise RefusedCall("--movable is about a night with all sites; leave out --without.")


def _frame(
    estate: Estate, night: Night, confidence: float, without: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "estate": estate.name,
        "day": night.day.isoformat(),
        "kind": night.kind,
        "title": _title(estate, night.day),
        "begins": night.begins,
        "opening": night.opening,
        "jobs": len(night.jobs),
        "confidence": confidence,
        "without": list(without),
    }


def _title(estate: Estate, day: date) -> str:
    assert estate.batch is not None  # the night has been resolved
    return day_kind(estate.batch, day, estate.calendar).title


def _refuse(
    call: Call, document: dict[str, Any], clash: tuple[str, ...], reliefs: tuple[Relief, ...]
) -> Exit:
    if call.as_json:
        none = {"plan": None, "least_hardware": None, "moves": None}
        print_json({**document, **none, "clash": clash, "reliefs": reliefs})
    else:
        show_no_plan(document, clash, reliefs)
    return Exit.FINDING


def _least(
    estate: Estate,
    night: Night,
    plan: Plan,
    confidence: float,
    stretch: float | None,
    cpu_seconds: float,
    seed: int,
) -> LeastHardware:
    begins = origin(night)
    until = begins + int((plan.finish - begins) * stretch) if stretch else None
    investor = investor_for(cpu_seconds, seed=seed)
    return find_least_hardware(night, confidence, investor, until=until, estate=estate.name)


def _least_document(least: LeastHardware) -> dict[str, Any]:
    return {
        "until": least.until,
        "pools": least.pools,
        "yen": least.yen,
        "bound_yen": least.bound_yen,
        "gap_percent": round(least.gap_percent, 2),
        "earliest_yen": least.earliest_yen,
        "today_yen": least.today_yen,
        "saved_yen": least.saved_yen,
        "saved_percent": round(least.saved_percent, 2),
        "finish": least.plan.finish,
    }


def _moves_document(moves: Moves) -> dict[str, Any]:
    return {
        "jobs": moves.jobs,
        "freed_core_minutes": moves.freed_core_minutes,
        "finish_without": moves.without_moves,
    }


def _stored(plan: Plan) -> Path:
    from twin.places import Places

    path = plan_path(Places.default().home / "plans", plan.day)
    try:
        write_plan(plan, path)
    except OSError as error:
        raise RefusedCall(
            f"{path} cannot be written ({error.strerror}); be root, or point HIKAE_HOME at a folder of yours."
        ) from error
    return path


def _write_report(estate: Estate, night: Night, plan: Plan, path: Path) -> None:
    assert estate.batch is not None  # the night has been resolved
    nets = {name: net.title for name, net in estate.batch.nets.items()}
    try:
        write_whole(path, plan_page(plan, night, _title(estate, night.day), nets))
    except OSError as error:
        raise RefusedCall(
            f"{path} cannot be written ({error.strerror}); name another file."
        ) from error


def _plan_kinds(
    call: Call, estate: Estate, since: date, confidence: float, planner: Planner
) -> Exit:
    rows = []
    with Progress() as progress:
        progress.phase("kinds")
        for kind in kinds_of_year(estate, since):
            progress.doing(f"{kind.kind}, {kind.hours}, before {kind.opening}")
            rows.append(_kind_document(kind, confidence, planner, estate))
    fits = all(row["finish"] is not None for row in rows)
    if call.as_json:
        print_json(
            {
                "estate": estate.name,
                "since": since.isoformat(),
                "confidence": confidence,
                "fits": fits,
                "kinds": rows,
            }
        )
    else:
        show_kinds(rows, confidence)
    return Exit.FINE if fits else Exit.FINDING


def _kind_document(
    kind: NightKind, confidence: float, planner: Planner, estate: Estate
) -> dict[str, Any]:
    night = kind.night
    row: dict[str, Any] = {
        "kind": kind.kind,
        "title": kind.title,
        "hours": kind.hours,
        "before": kind.opening,
        "days": kind.days,
        "day": night.day.isoformat(),
        "begins": night.begins,
        "opening": night.opening,
        "jobs": len(night.jobs),
        "finish": None,
        "bound": None,
        "reliefs": [],
    }
    try:
        plan = plan_night(night, confidence, planner, estate=estate.name)
    except PlanFailed:
        return row | {"reliefs": find_reliefs(night, confidence, planner)}
    return row | {"finish": plan.finish, "bound": plan.bound}
