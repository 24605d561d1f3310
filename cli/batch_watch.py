"""`hikae batch watch`: whether tonight's batch ends in time, and what can still be decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from cli.batch_night import (
    clock,
    history_option,
    minute_of,
    past_nights,
    percent,
    print_finite_json,
    tonight,
    watched_of,
)
from cli.exits import Exit, RefusedCall
from cli.options import Call, Production, verb_options
from cli.output import print_line, print_table
from monitors.forecast.history import read_history
from monitors.forecast.options import Option
from monitors.forecast.recorded import read_recorded
from monitors.forecast.watching import Watch, watch
from monitors.night.night import Night

__all__ = ["command", "show_options"]


@click.command("watch")
@click.option(
    "--night",
    "path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="A recorded night (default: the estate's own, by its stored plan).",
)
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Operating day (default: today).")
@click.option(
    "--events",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="What has happened, as JSON lines (default: nothing yet).",
)
@click.option("--at", "time", metavar="HH:MM", help="As known then (default: the last event).")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the simulated nights.")
@history_option
@verb_options(Production.INDIFFERENT)
def command(
    call: Call,
    *,
    path: Path | None,
    day: datetime | None,
    events: Path | None,
    time: str | None,
    seed: int,
    history: Path | None,
) -> Exit:
    """Forecast the rest of the night: finish, risk of running into the day, decisions with their last minute."""
    if path and (day or events):
        raise RefusedCall(
            "A recorded night has its day and its events; leave out --day and --events."
        )
    chosen = day.date() if day else None
    recorded = read_recorded(path) if path else tonight(call.estate(), chosen, events)
    night = recorded.night
    last = max((event.minute for event in recorded.events), default=float(night.begins))
    now = last if time is None else minute_of(time, night.begins)
    # A recorded night may be of another estate: what this one has kept says nothing of it.
    nights = read_history(history) if history else ()
    if path is None:
        nights = past_nights(call.estate(), history)
    found = watch(watched_of(recorded, nights), now, seed=seed)
    if call.as_json:
        print_finite_json(
            {"day": night.day, "kind": night.kind, "opening": night.opening, **_fields(found)}
        )
    else:
        _show(night, found)
    return Exit.FINDING if found.is_alarm else Exit.FINE


def _fields(found: Watch) -> dict[str, object]:
    return {name: getattr(found, name) for name in Watch.__slots__}


def _show(night: Night, found: Watch) -> None:
    told = found.prediction
    print_line(
        f"Night of {night.day} at {clock(told.now)}: {told.left} of {len(night.jobs)} jobs left"
    )
    print_line(
        f"Finish {clock(told.median)}, 95 % between {clock(told.low)} and {clock(told.high)}; opening "
        f"{clock(night.opening)}"
    )
    print_line(
        f"Into the online day (突き抜け): {percent(told.p_overrun)}"
        + (", ALARM" if found.is_alarm else "")
    )
    print_line(
        f"Tonight's tempo {told.tempo[1]:.2f} (90 %: {told.tempo[0]:.2f} to {told.tempo[2]:.2f})"
    )
    if found.failed:
        print_line(f"Failed and not ended since: {', '.join(found.failed)}")
    if told.deadlines:
        print_table(
            "Deadlines",
            ("job", "until", "missed", "median", "95 %", "why"),
            [
                (
                    d.job,
                    clock(d.deadline),
                    percent(d.p_miss),
                    clock(d.median),
                    clock(d.p95),
                    d.reason,
                )
                for d in told.deadlines[:10]
            ],
        )
    if told.critical:
        print_table(
            "Critical jobs",
            ("job", "in nights"),
            [(c.job, percent(c.share)) for c in told.critical[:5]],
        )
    if found.oddities:
        print_table(
            "Odd runs",
            ("job", "kind", "minutes", "expected"),
            [
                (o.job, o.kind, round(o.minutes, 1), round(o.expected, 1))
                for o in found.oddities[:10]
            ],
        )
    show_options(found.options)


def show_options(options: Sequence[Option]) -> None:
    """Show what can be decided, what it saves and until when."""
    if options:
        print_table(
            "What can be decided",
            ("decision", "risk then", "saves", "minutes", "helps until", "jobs", "what"),
            [
                (
                    o.name,
                    percent(o.p_overrun),
                    percent(max(o.saves_probability, 0.0)),
                    round(o.saves_minutes),
                    "does not help" if o.latest is None else clock(o.latest),
                    len(o.jobs),
                    o.text,
                )
                for o in options
            ],
        )
