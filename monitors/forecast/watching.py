"""One look at a night under way: the forecast, the alarm, odd runs, and what can still be decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from monitors.forecast.alarm import Alarm, Look, raised
from monitors.forecast.belief import Belief
from monitors.forecast.calibration import Calibrations
from monitors.forecast.events import Event, state_at
from monitors.forecast.network import Network
from monitors.forecast.oddities import Oddity, find_oddities
from monitors.forecast.options import ACCEPTED, Option, price_options
from monitors.forecast.prediction import Prediction, draw_rest, predict
from monitors.night.night import Night

__all__ = ["Watch", "Watched", "failed_jobs", "watch"]

NIGHTS = 2000
LOOK_NIGHTS = 500
LOOK_MINUTES = 15
_LOOKS = 3


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched: a night with its plan, what is believed of it, what has happened, and how to take the forecast."""

    night: Night
    network: Network
    belief: Belief
    events: tuple[Event, ...]
    calibrations: Calibrations = field(default_factory=Calibrations)
    alarm: Alarm = field(default_factory=Alarm)


@dataclass(frozen=True, slots=True)
class Watch:
    """What an operator is told at a minute."""

    prediction: Prediction
    is_alarm: bool
    looks: tuple[Look, ...]
    oddities: tuple[Oddity, ...]
    failed: tuple[str, ...]
    """Jobs that failed and have not ended since."""
    options: tuple[Option, ...]
    """Priced when more than the accepted risk is there."""


def watch(
    watched: Watched,
    now: float,
    *,
    seed: int = 1,
    nights: int = NIGHTS,
    alarm: Alarm | None = None,
    earlier: Sequence[Look] | None = None,
    with_options: bool = True,
) -> Watch:
    """Look at the night at a minute; earlier looks are computed from the events where they are not given."""
    state = state_at(watched.network, watched.events, now)
    draws = draw_rest(watched.belief, state, nights, seed)
    prediction = predict(watched.network, watched.night, draws, watched.calibrations.at(now))
    if earlier is None:
        moments = [now - LOOK_MINUTES * k for k in range(_LOOKS, 0, -1)]
        earlier = [_look(watched, at, seed) for at in moments if at >= watched.night.begins]
    looks = (*earlier, Look(now, prediction.p_overrun))
    odd = find_oddities(watched.network, watched.belief, state, draws.log_tempo[1])
    failed = failed_jobs(watched.events, now)
    options: tuple[Option, ...] = ()
    if with_options and prediction.p_overrun > ACCEPTED:
        late = [oddity.job for oddity in odd if oddity.kind == "too-long" and oddity.is_running]
        fewer = replace(draws, durations=draws.durations[:LOOK_NIGHTS])
        options = price_options(
            watched.network, watched.night, fewer, list(dict.fromkeys([*failed, *late]))
        )
    is_alarm = raised(looks, alarm or watched.alarm)[-1][1]
    return Watch(prediction, is_alarm, looks, odd, failed, options)


def failed_jobs(events: Sequence[Event], now: float) -> tuple[str, ...]:
    """Jobs that have failed by a minute and neither ended nor been skipped since."""
    failed: dict[str, None] = {}
    for event in events:
        if event.minute <= now and event.event == "failed":
            failed[event.job] = None
        elif event.minute <= now and event.event in ("done", "skip"):
            failed.pop(event.job, None)
    return tuple(failed)


def _look(watched: Watched, at: float, seed: int) -> Look:
    draws = draw_rest(
        watched.belief, state_at(watched.network, watched.events, at), LOOK_NIGHTS, seed
    )
    told = predict(watched.network, watched.night, draws, watched.calibrations.at(at))
    return Look(at, told.p_overrun)
