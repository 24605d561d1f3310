"""What `hikae capacity` says: for each host and service the day on which a limit is reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from cli.capacity_source import reach_prometheus
from cli.exits import Exit, RefusedCall
from cli.options import Call
from cli.output import Progress, print_json, print_line, print_table
from inventory import Estate
from inventory.capacity import Measure
from monitors.capacity.forecast import LEAST_DAYS
from monitors.capacity.outlook import Outlook, look_ahead

__all__ = ["Asked", "show_forecasts"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked for."""

    url: str | None
    certificate: Path | None
    trust: Path | None
    measures: tuple[str, ...]
    until: date | None
    days: int
    within: int
    report: Path | None


def show_forecasts(call: Call, asked: Asked) -> Exit:
    """Forecast every measure of the estate; a limit that may be reached soon is a finding."""
    estate = call.estate()
    measures = _chosen(estate, asked.measures)
    until = asked.until or estate.calendar.today() - timedelta(days=1)
    with Progress() as progress:
        progress.phase("capacity")
        prometheus = reach_prometheus(estate, asked.url, asked.certificate, asked.trust)
        outlooks = list(look_ahead(estate, prometheus, measures, until, asked.days, progress.doing))
    soon = [
        outlook
        for outlook in outlooks
        if outlook.earliest and (outlook.earliest - until).days <= asked.within
    ]
    if asked.report:
        from cli.capacity_report import write_forecast_report

        write_forecast_report(asked.report, estate, outlooks, until)
    if call.as_json:
        print_json(
            {
                "estate": estate.name,
                "until": until,
                "days": asked.days,
                "within": asked.within,
                "outlooks": [outlook.row() for outlook in outlooks],
                "findings": [outlook.sentence for outlook in soon],
            }
        )
    else:
        _show(outlooks, soon)
        if asked.report:
            print_line(f"Report: {asked.report}")
    return Exit.FINDING if soon else Exit.FINE


def _chosen(estate: Estate, names: tuple[str, ...]) -> list[Measure]:
    known = estate.capacity.measures
    if not known:
        raise RefusedCall(
            f"estate '{estate.name}' has no measures; write a section `measures:` as docs/monitors/capacity.md shows"
        )
    for name in names:
        if name not in known:
            raise RefusedCall(f"'{name}' is no measure of the estate; known: {', '.join(known)}")
    return [measure for name, measure in known.items() if not names or name in names]


def _show(outlooks: list[Outlook], soon: list[Outlook]) -> None:
    print_table(
        "When limits are reached (80 %)",
        (
            "measure",
            "of",
            "now",
            "limit",
            "unit",
            "from",
            "likely",
            "to",
            "straight line",
            "% a year",
        ),
        [
            (
                *(one.measure, one.name, round(one.last, 1), one.limit, one.unit),
                *(one.spell("earliest"), one.spell("middle"), one.spell("latest")),
                *(one.spell("straight"), round(one.yearly_growth_percent, 1)),
            )
            for one in outlooks
            if not one.is_too_short
        ],
    )
    short = [f"{one.measure} of {one.name}" for one in outlooks if one.is_too_short]
    if short:
        print_line(
            f"Fewer than {LEAST_DAYS} days are known of {', '.join(short)}: nothing is said."
        )
    for one in soon:
        print_line(one.sentence)
