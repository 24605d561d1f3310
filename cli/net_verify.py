"""`hikae net verify`: the network computed from its configurations, under every failure."""

from __future__ import annotations

import click

from cli.exits import Exit
from cli.filters import rendered_filters
from cli.options import Call, Production, verb_options
from cli.output import Progress, print_json, print_line, print_table
from netconfig.model.findings import Report, Violation
from netconfig.model.verify import verify

__all__ = ["command"]

_SHOWN = 40


@click.command("verify")
@click.option(
    "--pairs", is_flag=True, help="Also every pair of failures among the core's links and routers."
)
@click.option(
    "--slice", "slice_name", metavar="SLICE", help="A part of the estate (default: all of it)."
)
@verb_options(Production.INDIFFERENT)
def command(call: Call, *, pairs: bool, slice_name: str | None) -> Exit:
    """Compute routes and answers under every single failure; nothing is booted, nothing changes."""
    estate = call.estate()
    within = None if slice_name is None else estate.slice_hosts(slice_name)
    with Progress() as progress:
        progress.phase("verify")
        progress.doing("rendering the packet filters")
        rules = rendered_filters(estate, within)
        report = verify(estate, within, rules=rules, pairs=pairs, says=progress.doing)
    if call.as_json:
        print_json(report)
    else:
        _show(report)
    return Exit.FINE if report.is_fine else Exit.FINDING


def _show(report: Report) -> None:
    print_line(
        f"{report.devices} devices, {report.questions} questions, {report.failures_tried} failures"
        + (f", {report.pairs_tried} pairs" if report.pairs_tried else "")
        + f", {report.seconds} s"
    )
    if report.violations:
        _table("Violations", report.violations)
    if report.overloads:
        print_table(
            "Overloads",
            ("failure", "line", "direction", "percent", "kbit/s", "of"),
            [
                (o.failure, o.line, o.direction, o.percent, o.kbps, o.capacity_kbps)
                for o in report.overloads[:_SHOWN]
            ],
        )
    if report.losses:
        failures = {loss.failure: loss for loss in reversed(report.losses)}
        counts = dict.fromkeys(failures, 0)
        for loss in report.losses:
            counts[loss.failure] += 1
        print_table(
            "Lost after two failures though cables are left",
            ("failures", "questions", "one of them"),
            [(name, counts[name], failures[name].sentence) for name in reversed(failures)],
        )
    if report.cut_off:
        cut = sum(len(sites) for sites in report.cut_off.values())
        print_line(
            f"{len(report.cut_off)} failures cut off what is declared single or has no cable left ({cut} sites in all)."
        )
    if report.is_fine:
        print_line("Every question is answered as it must be.")


def _table(title: str, found: list[Violation]) -> None:
    rows = [(v.failure, v.sentence, " → ".join(v.path)) for v in found[:_SHOWN]]
    more = len(found) - len(rows)
    print_table(f"{title} ({len(found)})", ("failure", "finding", "path"), rows)
    if more > 0:
        print_line(f"… and {more} more; --json has all.")
