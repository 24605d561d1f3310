"""`hikae capacity`: when limits are reached; its subverbs, each loaded when it is called."""

from __future__ import annotations

import importlib
from datetime import date, datetime
from pathlib import Path

import click

from cli.capacity_source import source_options
from cli.exits import Exit
from cli.options import Call, Production, verb_options

__all__ = ["command"]

# Name of a subverb and the module `cli.<…>` that has it as `command`, in the order of the help.
_SUBVERBS = {
    "compare": "capacity_compare",
    "limits": "capacity_limits",
    "carry": "capacity_carry",
}


class _Subverbs(click.Group):
    """A group that imports a subverb's module only when it is called for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_SUBVERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _SUBVERBS:
            return None
        found = importlib.import_module(f"cli.{_SUBVERBS[cmd_name]}").command
        assert isinstance(found, click.Command)
        return found


@click.group(cls=_Subverbs, invoke_without_command=True)
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
