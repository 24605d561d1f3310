"""`hikae capacity limits`: every registered limit, what of it is free, and which nobody has looked at for a year."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from cli.capacity_source import reach_prometheus, source_options
from cli.exits import Exit, RefusedCall
from cli.options import Call, Production, verb_options
from cli.output import print_json, print_line, print_table
from monitors.capacity.limits import headrooms

__all__ = ["command"]


@click.command("limits")
@source_options("nobody; the registered values count")
@click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]), help="Judge as on that day (default: today)."
)
@verb_options(Production.INDIFFERENT)
def command(
    call: Call,
    *,
    url: str | None,
    certificate: Path | None,
    trust: Path | None,
    day: datetime | None,
) -> Exit:
    """List limits by what is free of them; too little free or a review older than a year is a finding."""
    estate = call.estate()
    limits = estate.capacity.limits
    if not limits:
        raise RefusedCall(
            f"estate '{estate.name}' registers no limits; write a section `limits:` as docs/monitors/capacity.md shows"
        )
    measured: dict[str, float] = {}
    if url:
        asked = reach_prometheus(estate, url, certificate, trust)
        for name, limit in limits.items():
            value = asked.value(limit.query) if limit.query else None
            if value is not None:
                measured[name] = value
    found = headrooms(limits, day.date() if day else estate.calendar.today(), measured)
    findings = [sentence for one in found for sentence in one.findings]
    if call.as_json:
        print_json({"limits": found, "findings": findings})
    else:
        print_table(
            "Limits",
            ("limit", "kind", "of", "unit", "used", "free %", "alarm under %", "reviewed", "owner"),
            [
                (
                    *(one.name, one.kind, f"{one.limit:,.0f}", one.unit, f"{one.present:,.0f}"),
                    *(one.free_percent, one.alarm_below_percent, one.reviewed, one.owner),
                )
                for one in found
            ],
        )
        for sentence in findings:
            print_line(sentence)
    return Exit.FINDING if findings else Exit.FINE
