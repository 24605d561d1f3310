"""`hikae batch learn`: keep a night that is over, so that the next ones are planned and forecast by it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from cli.batch_night import clock, kept_path, percent, print_finite_json, tonight
from cli.exits import Exit, RefusedCall
from cli.options import Call, Production, verb_options
from cli.output import print_line
from inventory import Estate
from monitors.forecast.history import PastNight, history_text, read_history, with_night
from monitors.forecast.recorded import Recorded
from monitors.forecast.remembering import remembered
from monitors.night.plan_file import write_whole

__all__ = ["command", "keep_night"]


@click.command("learn")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Operating day (default: today).")
@click.option(
    "--events",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    required=True,
    help="What happened in the night, as JSON lines.",
)
@verb_options(Production.INDIFFERENT)
def command(call: Call, *, day: datetime | None, events: Path) -> Exit:
    """Keep a night that is over: what each job took, and how well the forecasts held.

    A day that is kept already is replaced. `hikae batch run --wait` does the same when the night has ended.
    """
    estate = call.estate()
    night, count = keep_night(estate, tonight(estate, day.date() if day else None, events))
    path = kept_path(estate)
    if call.as_json:
        print_finite_json(
            {
                "day": night.day,
                "kind": night.kind,
                "jobs": len(night.minutes),
                "reruns": len(night.rerun),
                "finish": night.finish,
                "opening": night.opening,
                "looks": night.looks,
                "nights": count,
                "path": str(path),
            }
        )
    else:
        print_line(
            f"Night of {night.day} ({night.kind}): {len(night.minutes)} jobs, ended {clock(night.finish)}, "
            f"opening {clock(night.opening)}"
        )
        for look in night.looks:
            print_line(
                f"  {clock(look.minute)}: it ended where {percent(look.pit)} of the forecast lay before it"
            )
        print_line(f"Kept: {path}, {count} nights")
    return Exit.FINE


def keep_night(estate: Estate, recorded: Recorded) -> tuple[PastNight, int]:
    """Keep a night that is over, and say how many are kept now; RefusedLearning, InvalidHistory, RefusedCall."""
    path = kept_path(estate)
    nights = read_history(path) if path.exists() else ()
    night = remembered(recorded, nights)
    kept = with_night(nights, night)
    try:
        write_whole(path, history_text(kept))
    except OSError as error:
        raise RefusedCall(
            f"{path} cannot be written ({error.strerror}); be root, or point HIKAE_HOME at a folder of yours."
        ) from error
    return night, len(kept)
