"""A night replayed on a simulated clock: when the alarm would have come, and which decision saves the morning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from monitors.forecast.alarm import Alarm, Look, raised
from monitors.forecast.events import Event
from monitors.forecast.network import Floats, Network
from monitors.forecast.options import ACCEPTED, Option
from monitors.forecast.prediction import Prediction
from monitors.forecast.simulation import run_nights
from monitors.forecast.watching import Watched, watch
from monitors.night.night import Night

__all__ = ["Moment", "Replay", "events_of_run", "past_night_minutes", "replay"]

_STEP = 15
_NIGHTS = 500


@dataclass(frozen=True, slots=True)
class Moment:
    """What was known at one look."""

    minute: float
    median: float
    p95: float
    p_overrun: float
    is_alarm: bool


@dataclass(frozen=True, slots=True)
class Replay:
    """A night with what the tool would have said in it; minutes are of the operating day, None = never."""

    day: str
    opening: int
    finish: float | None
    moments: tuple[Moment, ...]
    alarm_at: float | None
    warning_min: float | None
    """Minutes from the alarm to the opening."""
    at_alarm: Prediction | None
    options: tuple[Option, ...]
    saving: Option | None
    """The decision that brings the risk to what is accepted with the fewest jobs left out, or the one that saves most."""


def replay(
    watched: Watched,
    *,
    seed: int = 1,
    alarm: Alarm | None = None,
    step: int = _STEP,
) -> Replay:
    """Look at the night every `step` minutes and at every failure, until it is over."""
    night = watched.night
    events = watched.events
    ends = {e.job: e.minute for e in events if e.event in ("done", "skip")}
    is_over = len(ends) == len(watched.network.names)
    finish = max(ends.values()) if is_over else None
    last = finish if finish is not None else night.opening
    moments = {float(m) for m in range(night.begins, int(min(last, night.opening)) + 1, step)}
    moments |= {e.minute for e in events if e.event == "failed" and e.minute < night.opening}
    looks: list[Look] = []
    told = []
    for minute in sorted(moments):
        seen = watch(
            watched,
            minute,
            seed=seed,
            nights=_NIGHTS,
            alarm=alarm,
            earlier=looks,
            with_options=False,
        )
        looks.append(Look(minute, seen.prediction.p_overrun))
        found = seen.prediction
        told.append(Moment(minute, found.median, found.p95, found.p_overrun, seen.is_alarm))
    first = next(
        (minute for minute, stands in raised(looks, alarm or watched.alarm) if stands), None
    )
    at_alarm = None
    options: tuple[Option, ...] = ()
    if first is not None:
        seen = watch(watched, first, seed=seed, alarm=alarm, earlier=())
        at_alarm, options = seen.prediction, seen.options
    return Replay(
        day=night.day.isoformat(),
        opening=night.opening,
        finish=finish,
        moments=tuple(told),
        alarm_at=first,
        warning_min=None if first is None else night.opening - first,
        at_alarm=at_alarm,
        options=options,
        saving=_saving(options),
    )


def _saving(options: Sequence[Option]) -> Option | None:
    helps = [option for option in options if option.latest is not None]
    enough = [option for option in helps if option.p_overrun <= ACCEPTED]
    if enough:
        return min(enough, key=lambda option: (len(option.jobs), option.p_overrun))
    return helps[0] if helps else None


def events_of_run(
    network: Network, night: Night, first: Floats, rerun: Floats
) -> tuple[Event, ...]:
    """Run a night with these minutes and write down what happens."""
    ran = run_nights(network, (first + rerun)[None, :], now=float(night.begins))
    events = []
    for job, name in enumerate(network.names):
        start, end = float(ran.starts[0, job]), float(ran.ends[0, job])
        if not np.isfinite(start):
            continue
        events.append(Event(start, name, "started"))
        if rerun[job] > 0:
            broke = start + float(first[job])
            events += [Event(broke, name, "failed"), Event(broke, name, "started")]
        events.append(Event(end, name, "done"))
    # At one minute ends come before starts, except that a job's own events keep their order.
    return tuple(sorted(events, key=lambda event: event.minute))


def past_night_minutes(events: Sequence[Event]) -> tuple[dict[str, float], dict[str, float]]:
    """By job the minutes of the first attempt and of all later ones, from the events of a night."""
    begun: dict[str, float] = {}
    first: dict[str, float] = {}
    rerun: dict[str, float] = {}
    for event in events:
        if event.event == "started":
            begun[event.job] = event.minute
        elif event.event in ("done", "failed") and event.job in begun:
            took = event.minute - begun[event.job]
            if event.job in first:
                rerun[event.job] = rerun.get(event.job, 0.0) + took
            else:
                first[event.job] = max(took, 1e-3)
    return first, rerun
