"""What is known of tonight's batch: plan, what has happened, the forecast; and for whatever lacks, how to get it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from inventory import Estate
from monitors.forecast.events import Event, InvalidEvents
from monitors.forecast.history import InvalidHistory, read_history
from monitors.forecast.network import InvalidPlan as InvalidOrder
from monitors.forecast.options import Option
from monitors.forecast.prediction import Prediction
from monitors.night.hours import NightHours, day_kind, night_hours, operating_day
from monitors.night.night import Night
from monitors.night.plan import Plan
from monitors.night.plan_file import InvalidPlan, plan_path, read_plan
from monitors.night.resolve import InvalidNight, resolve
from monitors.watching.runs import job_words
from monitors.watching.view import Night as Told

__all__ = ["Finish", "Tonight", "told_by_state", "tonight"]


@dataclass(frozen=True, slots=True)
class Finish:
    """When the night ends: median and interval in minutes of the operating day, and P(miss); None where nobody says.

    `source` says who computed it; `is_alarm` also where only the probability speaks.
    """

    median: float | None
    low: float | None
    high: float | None
    p_miss: float | None
    is_alarm: bool
    source: str
    words: str = ""
    """What the interval is."""
    is_fresh: bool = True
    """Whether it may still be believed; what is not is shown, and never as good."""


@dataclass(frozen=True, slots=True)
class Tonight:
    """The night of an operating day at minute `now`; `notes` say what lacks, why, and how to get it."""

    day: date
    kind: str
    now: float
    hours: NightHours | None
    night: Night | None
    plan: Plan | None
    events: tuple[Event, ...] | None
    finish: Finish | None
    jobs: Mapping[str, int]
    jobs_by: str
    """Who counted the jobs."""
    options: tuple[Option, ...]
    critical: tuple[str, ...]
    notes: tuple[str, ...]


def tonight(
    estate: Estate,
    now: float,
    plans: Path,
    events: Sequence[Event] | None,
    told: Told | None,
    told_by: str,
    notes: Sequence[str] = (),
    *,
    is_fresh: bool = True,
    are_events_fresh: bool = True,
    day: date | None = None,
    history: Path | None = None,
) -> Tonight:
    """Put together what the plan's file, the events, past nights and whoever told of the night know."""
    chosen = day or operating_day(estate.batch, estate.calendar, datetime.fromtimestamp(now, UTC))
    minute, said = _minute(estate, chosen, now), list(notes)
    batch, calendar = estate.batch, estate.calendar
    hours = night_hours(batch, chosen, calendar) if batch else None
    kind = day_kind(batch, chosen, calendar).title if batch else ""
    plan, night = _planned(estate, chosen, plans, said)
    prediction: Prediction | None = None
    finish = _told_finish(estate, chosen, told, told_by, is_fresh)
    options: tuple[Option, ...] = ()
    if plan and night and events is not None:
        found = _forecast(night, plan, tuple(events), minute, said, history)
        if found is not None:
            prediction, is_alarm, options = found
            finish = Finish(
                prediction.median,
                prediction.low,
                prediction.high,
                prediction.p_overrun,
                is_alarm,
                "simulated here from the plan and what has happened",
                "95 %",
            )
            finish = replace(finish, is_fresh=are_events_fresh)
    elif events is None:
        said.append(
            "What each job did is not known here, so the bars show the plan only: "
            "name the night's events by `--events FILE`."
        )
    counts, counted_by = ({}, "") if told is None else (told.jobs, told_by)
    if plan and events is not None:
        words = job_words([job.name for job in plan.jobs], events, minute)
        counts, counted_by = Counter(words.values()), "by the night's events"
    return Tonight(
        chosen,
        kind,
        minute,
        hours,
        night,
        plan,
        None if events is None else tuple(events),
        finish,
        counts,
        counted_by,
        options,
        tuple(c.job for c in prediction.critical[:5]) if prediction else (),
        tuple(said),
    )


def _planned(
    estate: Estate, day: date, plans: Path, notes: list[str]
) -> tuple[Plan | None, Night | None]:
    if estate.batch is None:
        notes.append("The estate describes no night batch; write a section `batch:`.")
        return None, None
    path = plan_path(plans, day)
    if not path.exists():
        notes.append(
            f"No plan of {day} is stored ({path}): make it by `hikae batch plan --day {day} --store`."
        )
        return None, None
    try:
        plan = read_plan(path)
        return plan, resolve(estate, day, without=plan.without, moved=plan.moved)
    except (InvalidPlan, InvalidNight) as error:
        notes.append(f"The plan cannot be used: {error}")
        return None, None


def _forecast(
    night: Night,
    plan: Plan,
    events: tuple[Event, ...],
    now: float,
    notes: list[str],
    history: Path | None,
) -> tuple[Prediction, bool, tuple[Option, ...]] | None:
    # What simulates is slow to load.
    from monitors.forecast.remembering import known_of
    from monitors.forecast.watching import watch

    starts = {job.name: float(job.start) for job in plan.jobs}
    minutes = {job.name: float(job.end - job.start) for job in plan.jobs}
    try:
        nights = read_history(history) if history and history.exists() else ()
        found = watch(known_of(night, starts, minutes, events, nights), now)
    except (InvalidEvents, InvalidOrder, InvalidHistory) as error:
        notes.append(f"No forecast is made: {error}.")
        return None
    return found.prediction, found.is_alarm, found.options


def _told_finish(
    estate: Estate, day: date, told: Told | None, by: str, is_fresh: bool
) -> Finish | None:
    if told is None or not (told.finish or told.miss_probability is not None):
        return None
    known = {
        float(level): _minute(estate, day, moment)
        for level, moment in told.finish.items()
        if _is_number(level)
    }
    low, high = min(known, default=0.0), max(known, default=0.0)
    return Finish(
        known.get(0.5),
        known.get(low),
        known.get(high),
        told.miss_probability,
        told.miss_probability is not None and told.miss_probability >= 0.5,
        by,
        f"{low:.0%} to {high:.0%}" if known else "",
        is_fresh,
    )


def told_by_state(state: Mapping[str, Any]) -> Told | None:
    """The night as its state file says (`monitors/metrics/batch.py` has the form); None where it says nothing of use."""
    try:
        return Told(
            bool(state["is_running"]),
            {str(word): int(count) for word, count in (state.get("jobs") or {}).items()},
            _float(state.get("miss_probability")),
            {str(level): float(at) for level, at in (state.get("finish") or {}).items()},
            _float(state.get("deadline")),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _minute(estate: Estate, day: date, moment: float) -> float:
    midnight = datetime.combine(day, time(), ZoneInfo(estate.calendar.timezone))
    return (moment - midnight.timestamp()) / 60
