"""From a night that is over to the next one: what is kept of it, and what is made of all that was kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitors.forecast.alarm import alarm_of
from monitors.forecast.calibration import Calibrations, pit
from monitors.forecast.events import Event, state_at
from monitors.forecast.history import PastLook, PastNight
from monitors.forecast.learning import learn, usual_durations
from monitors.forecast.network import network_of
from monitors.forecast.prediction import draw_rest, finishes_of
from monitors.forecast.recorded import Recorded
from monitors.forecast.replaying import past_night_minutes
from monitors.forecast.watching import Watched
from monitors.night.night import Night

__all__ = ["RefusedLearning", "calibrations_of", "known_of", "remembered"]

_ACTS = ("hold", "skip", "rerun")
_DRAWS = 500
_STEP = 60


class RefusedLearning(ValueError):
    """The night is not over yet: it is learned from when it is; the sentence names what is left."""


def calibrations_of(nights: Sequence[PastNight]) -> Calibrations:
    """All that past forecasts show of their error."""
    return Calibrations(tuple((look.minute, look.pit) for n in nights for look in n.looks))


def known_of(
    night: Night,
    starts: Mapping[str, float],
    minutes: Mapping[str, float],
    events: Sequence[Event],
    nights: Sequence[PastNight],
) -> Watched:
    """Watch a night by what the nights before it teach: durations, the forecast's error, when to call. InvalidPlan."""
    earlier = [one for one in nights if one.day < night.day.isoformat()]
    network = network_of(night, starts, minutes)
    belief = learn(earlier, network.names, usual_durations(night)).belief(night)
    calibrations = calibrations_of(earlier)
    return Watched(
        night, network, belief, tuple(events), calibrations, alarm_of(earlier, calibrations)
    )


def remembered(recorded: Recorded, nights: Sequence[PastNight], *, seed: int = 1) -> PastNight:
    """What is kept of a night that is over; `nights` are those by which it was forecast. RefusedLearning, InvalidEvents.

    Where people acted (held, left out, ran again) the finish is theirs too, and judges no forecast.
    """
    night, events = recorded.night, recorded.events
    watched = known_of(night, recorded.starts, recorded.minutes, events, nights)
    ends = {event.job: event.minute for event in events if event.event in ("done", "skip")}
    left = [name for name in watched.network.names if name not in ends]
    if left:
        raise RefusedLearning(
            f"the night of {night.day} has not ended ({', '.join(left[:5])}{' …' if left[5:] else ''}); "
            "learn from it when it has, or skip what will never run"
        )
    finish = max(ends.values(), default=float(night.begins))
    first, rerun = past_night_minutes(events)
    names = set(watched.network.names)
    has_acts = any(event.event in _ACTS for event in events)
    return PastNight(
        day=night.day.isoformat(),
        kind=night.kind,
        minutes={name: took for name, took in first.items() if name in names},
        rerun={name: took for name, took in rerun.items() if name in names},
        volume={job.name: job.volume for job in night.jobs if job.name in first},
        looks=() if has_acts else _looks(watched, finish, seed),
        finish=finish,
        opening=float(night.opening),
    )


def _looks(watched: Watched, finish: float, seed: int) -> tuple[PastLook, ...]:
    found = []
    network, night = watched.network, watched.night
    last = int(min(finish, night.opening))
    # On whole hours, so that forecasts of many nights meet, whenever each begins.
    for now in range(-(-night.begins // _STEP) * _STEP, last, _STEP):
        state = state_at(network, watched.events, float(now))
        finishes, _, _ = finishes_of(network, draw_rest(watched.belief, state, _DRAWS, seed))
        risk = float((finishes > night.opening).mean())
        found.append(PastLook(float(now), pit(finishes, finish), risk))
    return tuple(found)
