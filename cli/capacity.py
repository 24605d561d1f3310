"""`hikae capacity`: when limits are reached; its subverbs, each loaded when it is called."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from cli.capacity_source import source_options
from cli.exits import Exit
from cli.options import Call, Production, verb_options
from cli.subverbs import loading

__all__ = ["command"]

_SUBVERBS = {
    "compare": "capacity_compare",
    "limits": "capacity_limits",
    "carry": "capacity_carry",
}


@click.group(cls=loading(_SUBVERBS), invoke_without_command=True)
@source_options("the estate's monitoring hosts in turn")
@click.option("--measure", "measures", metavar="NAME", multiple=True, help="Only these measures.")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day seen (default: yesterday)."
)
@click.option(
    "--days", type=click.IntRange(min=120), default=730, show_default=True, help="Days of history."
)
@click.option(
    "--within",
    type=click.IntRange(min=1),
    default=180,
    show_default=True,
    help="A limit that may be reached within so many days is a finding.",
)
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), help="Write a page with pictures."
)
@verb_options(Production.INDIFFERENT)
def command(
    call: Call,
    *,
    url: str | None,
    certificate: Path | None,
    trust: Path | None,
    measures: tuple[str, ...],
    until: datetime | None,
    days: int,
    within: int,
    report: Path | None,
) -> Exit | None:
    """Say for each host and service when a limit will be reached, with 80 % certainty; reads Prometheus, changes nothing."""
    if click.get_current_context().invoked_subcommand is not None:
        return None
    from cli.capacity_forecast import Asked, show_forecasts

    last: date | None = until.date() if until else None
    asked = Asked(url, certificate, trust, measures, last, days, within, report)
    return show_forecasts(call, asked)
