"""`hikae batch plan`: the night's plan, the least hardware for it, what may move to it, and every kind of night."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from cli.batch_night import history_option, past_nights, print_finite_json
from cli.batch_plan_documents import (
    kind_row,
    least_document,
    moves_document,
    night_document,
    odds_document,
)
from cli.batch_plan_show import (
    show_kinds,
    show_least,
    show_moves,
    show_no_plan,
    show_odds,
    show_plan,
)
from cli.exits import Exit, RefusedCall
from cli.options import Call, Production, verb_options
from cli.output import Progress, print_line
from inventory import Estate
from monitors.forecast.history import PastNight
from monitors.forecast.odds import NIGHTS, Futures, draw_futures, odds_of
from monitors.forecast.safe_hardware import SafeHardware, find_safe_hardware
from monitors.forecast.safe_kinds import Fit, judge_kind, ways_out
from monitors.forecast.safe_plan import LEVELS, SafePlan, find_safe_plan
from monitors.night.clash_words import clash_sentences
from monitors.night.conversion import as_project, origin
from monitors.night.hardware import find_least_hardware, investor_for
from monitors.night.kinds import kinds_of_year
from monitors.night.moves import find_moves
from monitors.night.night import Night
from monitors.night.plan import Plan
from monitors.night.plan_file import plan_document, plan_path, write_plan, write_whole
from monitors.night.planning import Planner, as_plan, plan_night, planner_for
from monitors.night.relief import Relief
from monitors.night.report import plan_page
from monitors.night.resolve import resolve, without_place
from monitors.planning.planner import NoPlan

__all__ = ["command"]

# Of the budget, for each of the plans that the search for a safe one makes (three of them).
_TRY = 0.33
# For each kind of night, for each way out that is tried, and for a plan on other hardware.
_PART = 0.15


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
    help="Least hardware for F times the earliest safe end instead of the whole night.",
)
@click.option("--movable", is_flag=True, help="Which jobs of the day may run in this night.")
@click.option(
    "--confidence",
    type=click.FloatRange(0.5, 0.999),
    metavar="P",
    help="With which probability the whole night is to meet every deadline (default: the estate's).",
)
@click.option(
    "--nights",
    type=click.IntRange(100, 1_000_000),
    default=NIGHTS,
    show_default=True,
    help="Simulated nights by which that is judged.",
)
@history_option
@click.option("--without", multiple=True, metavar="SITE", help="Plan as if this site were gone.")
@click.option(
    "--cpu-seconds",
    type=click.FloatRange(0.1, 3600),
    default=10.0,
    show_default=True,
    help="Processor time for the plans.",
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
    nights: int,
    history: Path | None,
    without: tuple[str, ...],
    cpu_seconds: float,
    seed: int,
    report: Path | None,
    store: bool,
    every: bool,
) -> Exit:
    """Plan a night: when each job starts, when all has ended, and with which probability every deadline is met."""
    estate = call.estate()
    chosen = day.date() if day else estate.calendar.today()
    night = resolve(estate, chosen, without=without)
    wanted = confidence or (estate.batch.confidence if estate.batch else 0.0)
    quick = planner_for(cpu_seconds * _PART, seed=seed)
    _ensure_together(kinds, report, store, without, movable)
    past = [one for one in past_nights(estate, history) if one.day < chosen.isoformat()]
    if kinds:
        return _plan_kinds(call, estate, chosen, wanted, quick, seed, past)
    document: dict[str, Any] = {
        **night_document(estate, night, wanted, without),
        "skipped": list(without_place(estate, chosen, without)) if without else [],
    }
    with Progress() as progress:
        progress.phase("plan")
        progress.doing(f"{len(night.jobs)} jobs")
        futures = draw_futures(night, nights, seed=seed, history=past)
        planner = planner_for(cpu_seconds * _TRY, seed=seed)
        try:
            safe = find_safe_plan(
                night,
                wanted,
                lambda q: plan_night(night, q, planner, estate=estate.name, without=without),
                futures,
            )
        except NoPlan as refusal:
            progress.doing("what must give")
            clash = clash_sentences(night, LEVELS[0], refusal.constraints)
            reliefs = ways_out(night, LEVELS[0], wanted, quick, futures)
            return _refuse(call, document, clash, reliefs)
        reliefs = ()
        if not safe.odds.is_reached:
            progress.doing("what must give")
            reliefs = ways_out(night, safe.plan.confidence, wanted, quick, futures, safe.odds)
        least = None
        if least_hardware or stretch:
            progress.doing("least hardware")
            least = _least(estate, night, safe, futures, stretch, cpu_seconds, seed)
        moves = None
        shown, odds, pictured = safe.plan, safe.odds, night
        if movable:
            progress.doing("jobs of the day")
            moves = find_moves(estate, chosen, shown.confidence, quick)
            names = [move.name for move in moves.jobs if move.moves]
            pictured = resolve(estate, chosen, moved=names)
            shown = moves.plan
            odds = odds_of(
                pictured, shown, draw_futures(pictured, nights, seed=seed, history=past), wanted
            )
    document |= {
        "plan": plan_document(shown),
        "odds": odds_document(odds),
        "tried": safe.tried,
        "clash": [],
        "reliefs": reliefs,
        "least_hardware": least and least_document(least),
        "moves": moves and moves_document(moves),
    }
    if store:
        document["stored"] = str(_stored(shown))
    if report:
        _write_report(estate, pictured, shown, document["title"], report)
    if call.as_json:
        print_finite_json(document)
    else:
        show_plan(document["title"], shown, pictured, every=every)
        show_odds(odds, night.opening, reliefs)
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
    is_enough = odds.is_reached and (least is None or least.odds.is_reached)
    return Exit.FINE if is_enough else Exit.FINDING


def _ensure_together(
    kinds: bool, report: Path | None, store: bool, without: tuple[str, ...], movable: bool
) -> None:
    if kinds and (report or store or without or movable):
        raise RefusedCall(
            "--kinds plans many nights; leave out --report, --store, --without and --movable."
        )
    if movable and without:
        raise RefusedCall("--movable is about a night with all sites; leave out --without.")


def _refuse(
    call: Call, document: dict[str, Any], clash: tuple[str, ...], reliefs: tuple[Relief, ...]
) -> Exit:
    if call.as_json:
        none: dict[str, Any] = {
            "plan": None,
            "odds": None,
            "tried": [],
            "least_hardware": None,
            "moves": None,
        }
        print_finite_json({**document, **none, "clash": clash, "reliefs": reliefs})
    else:
        show_no_plan(document, clash, reliefs)
    return Exit.FINDING


def _least(
    estate: Estate,
    night: Night,
    safe: SafePlan,
    futures: Futures,
    stretch: float | None,
    cpu_seconds: float,
    seed: int,
) -> SafeHardware:
    begins, plan, until = origin(night), safe.plan, None
    if stretch:
        # Of the end that is kept with the confidence: within the planned one alone no hardware would be confirmed.
        end = safe.odds.finish if math.isfinite(safe.odds.finish) else plan.finish
        until = begins + int((end - begins) * stretch)
    first = investor_for(cpu_seconds, seed=seed)
    others = investor_for(cpu_seconds * _TRY, seed=seed)
    planner = planner_for(cpu_seconds * _PART, seed=seed)

    def plan_on(other: Night, quantile: float) -> Plan:
        project = as_project(other, quantile, until=until)
        return as_plan(other, project, planner(project), quantile, estate=estate.name)

    return find_safe_hardware(
        night,
        plan.confidence,
        safe.odds.level,
        lambda q: find_least_hardware(
            night, q, first if q == plan.confidence else others, until=until, estate=estate.name
        ),
        plan_on,
        futures,
        until=until,
    )


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


def _write_report(estate: Estate, night: Night, plan: Plan, title: str, path: Path) -> None:
    assert estate.batch is not None  # the night has been resolved
    nets = {name: net.title for name, net in estate.batch.nets.items()}
    try:
        write_whole(path, plan_page(plan, night, title, nets))
    except OSError as error:
        raise RefusedCall(
            f"{path} cannot be written ({error.strerror}); name another file."
        ) from error


def _plan_kinds(
    call: Call,
    estate: Estate,
    since: date,
    wanted: float,
    planner: Planner,
    seed: int,
    history: Sequence[PastNight],
) -> Exit:
    rows = []
    with Progress() as progress:
        progress.phase("kinds")
        for kind in kinds_of_year(estate, since):
            progress.doing(f"{kind.kind}, {kind.hours}, before {kind.opening}")
            judged, unsafe = judge_kind(kind, wanted, planner, seed=seed, history=history)
            rows.append(kind_row(kind, judged, unsafe))
    fits = all(row["state"] == Fit.FITS for row in rows)
    if call.as_json:
        print_finite_json(
            {
                "estate": estate.name,
                "since": since.isoformat(),
                "confidence": wanted,
                "fits": fits,
                "kinds": rows,
            }
        )
    else:
        show_kinds(rows, wanted)
    return Exit.FINE if fits else Exit.FINDING
