"""What `hikae batch watch` and `hikae batch replay` read alike: a recorded night, its history, and clock times."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from cli.exits import RefusedCall
from cli.output import plain, print_json
from inventory import Estate
from monitors.forecast.events import read_events
from monitors.forecast.history import PastNight, history_path, read_history
from monitors.forecast.recorded import Recorded
from monitors.forecast.remembering import known_of
from monitors.forecast.watching import Watched
from monitors.night.hours import operating_day
from monitors.night.plan_file import plan_path, read_plan
from monitors.night.resolve import resolve

__all__ = [
    "clock",
    "history_option",
    "kept_path",
    "minute_of",
    "past_nights",
    "percent",
    "print_finite_json",
    "tonight",
    "watched_of",
]

_TIME = re.compile(r"(\d{1,2}):([0-5]\d)")


def clock(minute: float | None) -> str:
    """Write a minute of the operating day as hours and minutes; 26:07 is 02:07 of the next day."""
    if minute is None:
        return "never"
    if minute == float("inf"):
        return "not tonight"
    return f"{int(minute) // 60:02d}:{int(minute) % 60:02d}"


def print_finite_json(value: object) -> None:
    """Print JSON in which a time that never comes is null."""
    print_json(_finite(plain(value)))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def minute_of(text: str, begins: int) -> float:
    """Read 26:07, or 02:07 as that of the next day where the night begins later; raises RefusedCall."""
    match = _TIME.fullmatch(text)
    if match is None or int(match[1]) > 47:
        raise RefusedCall(
            f"{text!r} is no time; write hours and minutes such as 23:00, or 26:30 past midnight."
        )
    minute = int(match[1]) * 60 + int(match[2])
    return float(minute + 1440 if minute < begins - 720 else minute)


def percent(share: float) -> str:
    """Write a probability so that a certain one is not claimed by rounding."""
    if 0.995 <= share < 1:
        return "> 99 %"
    return "< 1 %" if 0 < share < 0.005 else f"{share:.0%}".replace("%", " %")


def watched_of(recorded: Recorded, nights: Sequence[PastNight]) -> Watched:
    """Make what is watched of a recorded night, believing what past nights teach."""
    return known_of(recorded.night, recorded.starts, recorded.minutes, recorded.events, nights)


def kept_path(estate: Estate) -> Path:
    """Where the nights of an estate are kept on this machine."""
    from twin.places import Places

    return history_path(Places.default().home, estate.name)


def past_nights(estate: Estate, named: Path | None) -> tuple[PastNight, ...]:
    """The nights of the named file, else those that `hikae batch learn` kept; raises InvalidHistory."""
    path = named or kept_path(estate)
    return read_history(path) if path.exists() else ()


def tonight(estate: Estate, day: date | None, events: Path | None) -> Recorded:
    """Make a recorded night of the estate's own, by its stored plan and the events so far; raises RefusedCall."""
    from twin.places import Places

    when = day or operating_day(estate.batch, estate.calendar, datetime.now(UTC))
    path = plan_path(Places.default().home / "plans", when)
    if not path.exists():
        raise RefusedCall(
            f"No plan of {when} is stored ({path}); make it by `hikae batch plan --day {when} --store`, "
            "or name a recorded night by --night FILE."
        )
    plan = read_plan(path)
    night = resolve(estate, when, without=plan.without, moved=plan.moved)
    return Recorded(
        night,
        {job.name: float(job.start) for job in plan.jobs},
        {job.name: float(job.end - job.start) for job in plan.jobs},
        () if events is None else read_events(events),
        {},
    )


history_option = click.option(
    "--history",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Past nights as JSON lines, to learn from (default: those that `hikae batch learn` kept).",
)
