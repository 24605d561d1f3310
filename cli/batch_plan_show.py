"""The plan of a night, its hardware and its kinds in words and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cli.batch_night import clock, percent
from cli.output import print_line, print_table
from inventory.clock import spell_minute
from monitors.forecast.odds import Odds
from monitors.forecast.safe_hardware import SafeHardware
from monitors.forecast.safe_kinds import Fit
from monitors.night.moves import Moves
from monitors.night.night import Night
from monitors.night.plan import Plan
from monitors.night.relief import Relief

__all__ = ["show_kinds", "show_least", "show_moves", "show_no_plan", "show_odds", "show_plan"]

_SHOWN = 15


def show_plan(title: str, plan: Plan, night: Night, *, every: bool) -> None:
    """When the night ends, how far that is from the bound, and the jobs that allow least delay."""
    margin = plan.opening - plan.finish
    print_line(
        f"Night of {plan.day}, {title}: {len(plan.jobs)} jobs, {spell_minute(plan.begins)} to {spell_minute(plan.opening)}"
        + (f", without {', '.join(plan.without)}" if plan.without else "")
    )
    print_line(
        f"Planned to end at {spell_minute(plan.finish)}, {margin} minutes before the opening, each job as long as it is at "
        f"most in {percent(plan.confidence)} of nights; {_proven(plan)}."
    )
    jobs = (
        list(plan.jobs) if every else sorted(plan.jobs, key=lambda j: (j.slack, j.start))[:_SHOWN]
    )
    reasons = {job.name: job.deadline_reason for job in night.jobs}
    print_table(
        "Every job in the order of its start" if every else "Jobs with the least slack",
        ("job", "tier", "start", "end", "latest start", "slack min", "until", "because"),
        [
            (
                job.name,
                job.tier,
                spell_minute(job.start),
                spell_minute(job.end),
                spell_minute(job.latest_start),
                job.slack,
                spell_minute(job.deadline),
                reasons.get(job.name) or "the opening",
            )
            for job in jobs
        ],
    )


def show_odds(odds: Odds, opening: int, reliefs: Sequence[Relief]) -> None:
    """What simulated nights say of the plan, and what must give where that is not enough."""
    print_line(
        f"{odds.nights:,} nights simulated by the dispatcher's rule: every deadline is met in {_likely(odds.p_met)} of them "
        f"(± {100 * odds.error:.1f}), {percent(odds.level)} are wanted; all ends before the opening in "
        f"{_likely(odds.p_opening)}; in {percent(odds.level)} all has ended by {clock(odds.finish)}, "
        f"in half by {clock(odds.median)}."
    )
    if odds.risks:
        worst = ", ".join(
            f"{risk.job} ({spell_minute(risk.deadline)}) {percent(risk.p_miss)}"
            for risk in odds.risks[:3]
        )
        print_line(f"Missed most often: {worst}.")
    if odds.is_reached:
        return
    print_line(
        f"NOT SAFE: {100 * (odds.level - odds.p_met):.1f} points are lacking, and no plan that was tried does better."
    )
    _show_reliefs(reliefs, odds.level)


def _likely(share: float) -> str:
    return f"{100 * share:.1f} %"


def _proven(plan: Plan) -> str:
    if plan.gap is None:
        return "no bound is known"
    if plan.gap == 0:
        return "proven: it cannot end earlier"
    return f"proven: not before {spell_minute(plan.bound or 0)}, {plan.gap} minutes earlier"


def show_no_plan(
    document: Mapping[str, Any], clash: Sequence[str], reliefs: Sequence[Relief]
) -> None:
    """Which constraints clash, and what would have to give."""
    window = f"{spell_minute(document['begins'])} to {spell_minute(document['opening'])}"
    print_line(
        f"Night of {document['day']}, {document['title']}: {document['jobs']} jobs do not fit into {window}, not even with "
        "each as long as in half of the nights. These together cannot be kept, and without any one of them the rest can:"
    )
    for sentence in clash:
        print_line(f"  {sentence}")
    _show_reliefs(reliefs, document["confidence"])


def _show_reliefs(reliefs: Sequence[Relief], wanted: float) -> None:
    if not reliefs:
        print_line(
            "No single way out was found: less work, a later opening and more hardware together may help."
        )
        return
    enough = [one for one in reliefs if (one.probability or 0.0) >= wanted]
    if not enough:
        print_line(f"No single way out reaches {percent(wanted)}, not even a later opening.")
    for title, some in (
        ("Each of these alone is enough; every deadline is met in", enough),
        ("Helps, and is not enough alone", [one for one in reliefs if one not in enough]),
    ):
        if some:
            print_line(f"{title}:")
            for relief in some:
                told = "" if relief.probability is None else f"{percent(relief.probability)}: "
                print_line(f"  {told}{relief.text}")


def show_least(least: SafeHardware) -> None:
    """Units and yen: what the cheapest plan needs, what the simulation confirms, what a plain run takes."""
    planned = least.planned
    confirmed = {need.name: need.needed for need in least.pools}
    print_table(
        f"\nLeast hardware with which all ends by {spell_minute(planned.until)}",
        (
            "pool",
            "by plan",
            "confirmed",
            "starting all early",
            "there today",
            "yen a unit and year",
        ),
        [
            (n.name, n.needed, confirmed[n.name], n.earliest, n.there, round(n.yen_per_unit))
            for n in planned.pools
        ],
    )
    print_line(
        f"By plan {planned.yen:,.0f} yen a year, proven: not below {planned.bound_yen:,.0f} "
        f"(gap {planned.gap_percent:.1f} %); "
        f"simulated, that meets every deadline in {_likely(least.planned_odds.p_met)} of nights."
    )
    if least.odds.is_reached:
        print_line(
            f"Confirmed: {least.yen:,.0f} yen a year, every deadline met in {_likely(least.odds.p_met)} of nights. "
            f"The confidence of {percent(least.odds.level)} costs {least.price_yen:,.0f} yen a year."
        )
    else:
        print_line(
            f"NOT CONFIRMED: the most that was reached is {_likely(least.odds.p_met)} of nights, "
            f"for {least.yen:,.0f} yen a year; {percent(least.odds.level)} are wanted. "
            "Hardware alone does not help: leave out work, or give it more time."
        )
    print_line(
        f"Starting everything early takes {planned.earliest_yen:,.0f}: saved by plan {planned.saved_yen:,.0f} "
        f"({planned.saved_percent:.0f} %), confirmed {least.saved_yen:,.0f}. What is there costs {planned.today_yen:,.0f}."
    )


def show_moves(moves: Moves) -> None:
    """Which jobs of the day may run at night."""
    print_table(
        "\nJobs that run beside the offices today",
        ("job", "moves", "start", "end", "core minutes", "why not"),
        [
            (
                move.name,
                "yes" if move.moves else "no",
                "" if move.start is None else spell_minute(move.start),
                "" if move.end is None else spell_minute(move.end),
                move.core_minutes,
                move.why,
            )
            for move in moves.jobs
        ],
    )
    print_line(
        f"The day gets {moves.freed_core_minutes} core minutes back; the night ends at "
        f"{spell_minute(moves.plan.finish)} instead of {spell_minute(moves.without_moves)}."
    )


def show_kinds(rows: Sequence[Mapping[str, Any]], wanted: float) -> None:
    """Every kind of night of a year: whether it is safe, and what must give."""
    print_table(
        f"Every kind of night; in {percent(wanted)} of each every deadline is wanted to be met",
        (
            "kind", "day before", "next", "nights", "not safe", "heaviest", "jobs", "night", "state", "planned", "by",
            "bound", "deadlines met", "ends by",
        ),
        [
            (
                row["kind"],
                row["hours"],
                row["before"],
                row["days"],
                row["unsafe_days"],
                row["day"],
                row["jobs"],
                f"{spell_minute(row['begins'])}-{spell_minute(row['opening'])}",
                row["state"],
                *_planned(row),
            )
            for row in rows
        ],
    )  # fmt: skip
    for row in rows:
        which = (
            f"{row['kind']} after {row['hours']}, before {row['before']}, as on {row['day']} "
            f"({row['unsafe_days']} of {row['days']} nights a year)"
        )
        if row["state"] == Fit.UNDECIDED:
            print_line(
                f"\n{which}: nothing found or proven in the time; give it more --cpu-seconds."
            )
        elif row["state"] == Fit.NO:
            print_line(f"\n{which} does not fit.")
            _show_reliefs(row["reliefs"], wanted)
        elif row["state"] == Fit.RISKY:
            print_line(f"\n{which} meets every deadline in {percent(row['p_met'])} of nights only.")
            _show_reliefs(row["reliefs"], wanted)


def _planned(row: Mapping[str, Any]) -> tuple[str, ...]:
    if row["finish"] is None:
        return ("", "", "", "", "")
    return (
        spell_minute(row["finish"]),
        "plain run" if row["is_plain"] else "planner",
        "" if row["bound"] is None else spell_minute(row["bound"]),
        percent(row["p_met"]),
        clock(row["safe_finish"]),
    )
