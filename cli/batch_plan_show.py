"""The plan of a night, its hardware and its kinds in words and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cli.output import print_line, print_table
from inventory.clock import spell_minute
from monitors.night.hardware import LeastHardware
from monitors.night.moves import Moves
from monitors.night.night import Night
from monitors.night.plan import Plan
from monitors.night.relief import Relief

__all__ = ["show_kinds", "show_least", "show_moves", "show_no_plan", "show_plan"]

_SHOWN = 15


def show_plan(title: str, plan: Plan, night: Night, *, every: bool) -> None:
    """When the night ends, how far that is from the bound, and the jobs that allow least delay."""
    margin = plan.opening - plan.finish
    print_line(
        f"Night of {plan.day}, {title}: {len(plan.jobs)} jobs, {spell_minute(plan.begins)} to {spell_minute(plan.opening)}"
        + (f", without {', '.join(plan.without)}" if plan.without else "")
    )
    print_line(
        f"Ends at {spell_minute(plan.finish)}, {margin} minutes before the opening, each job planned as it keeps in "
        f"{plan.confidence:.0%} of nights; {_proven(plan)}."
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
        f"Night of {document['day']}, {document['title']}: {document['jobs']} jobs do not fit into {window}. "
        "These together cannot be kept, and without any one of them the rest can:"
    )
    for sentence in clash:
        print_line(f"  {sentence}")
    _show_reliefs(reliefs)


def _show_reliefs(reliefs: Sequence[Relief]) -> None:
    if not reliefs:
        print_line(
            "No single way out was found: less work, a later opening and more hardware together may help."
        )
        return
    print_line("Each of these alone makes it fit:")
    for relief in reliefs:
        print_line(f"  {relief.text}")


def show_least(least: LeastHardware) -> None:
    """Units and yen: what the cheapest plan needs beside what there is and what a plain run takes."""
    print_table(
        f"\nLeast hardware with which all ends by {spell_minute(least.until)}",
        ("pool", "needed", "starting all early", "there today", "yen a unit and year"),
        [(n.name, n.needed, n.earliest, n.there, round(n.yen_per_unit)) for n in least.pools],
    )
    print_line(
        f"{least.yen:,.0f} yen a year, proven: not below {least.bound_yen:,.0f} (gap {least.gap_percent:.1f} %). "
        f"Starting everything early takes {least.earliest_yen:,.0f}: "
        f"saved {least.saved_yen:,.0f} ({least.saved_percent:.0f} %). "
        f"What is there costs {least.today_yen:,.0f}."
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


def show_kinds(rows: Sequence[Mapping[str, Any]], confidence: float) -> None:
    """Every kind of night of a year: whether it fits, and what must give."""
    print_table(
        f"Every kind of night, each job planned as it keeps in {confidence:.0%} of nights",
        (
            "kind",
            "day before",
            "next",
            "nights",
            "heaviest",
            "jobs",
            "night",
            "ends",
            "margin min",
            "bound",
        ),
        [
            (
                row["kind"],
                row["hours"],
                row["before"],
                row["days"],
                row["day"],
                row["jobs"],
                f"{spell_minute(row['begins'])}-{spell_minute(row['opening'])}",
                "does not fit" if row["finish"] is None else spell_minute(row["finish"]),
                "" if row["finish"] is None else row["opening"] - row["finish"],
                "" if row["bound"] is None else spell_minute(row["bound"]),
            )
            for row in rows
        ],
    )
    for row in rows:
        if row["finish"] is None:
            print_line(
                f"\n{row['kind']} after {row['hours']}, before {row['before']} ({row['days']} nights a year) does not fit."
            )
            _show_reliefs(row["reliefs"])
