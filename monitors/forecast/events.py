"""What has happened in a night, as JSON lines: the dispatcher writes them, the forecast reads them.

    {"minute": 1327.0, "job": "entries-a", "event": "failed", "reason": "limit"}

`minute` counts from 00:00 of the operating day; `event` is started, done, failed, lost, hold, release, skip or rerun.
More keys may stand there and are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from monitors.forecast.network import Network
from monitors.forecast.run_state import RunState
from monitors.forecast.simulation import ENDED, RUNNING, WAITING

__all__ = ["EVENTS", "Event", "InvalidEvents", "event_of", "read_events", "state_at"]

EVENTS = ("started", "done", "failed", "lost", "hold", "release", "skip", "rerun")


class InvalidEvents(ValueError):
    """An event cannot be read or does not fit the night; the sentence names file, line and the way out."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a job."""

    minute: float
    job: str
    event: str
    reason: str = ""
    where: str = ""


def event_of(read: Mapping[str, Any], where: str) -> Event:
    """Make an event of a line; raises InvalidEvents."""
    try:
        event = Event(
            float(read["minute"]),
            str(read["job"]),
            str(read["event"]),
            str(read.get("reason") or ""),
            where,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidEvents(
            f"{where}: not an event ({error!r}); it needs minute (a number), job and event"
        ) from error
    if event.event not in EVENTS:
        raise InvalidEvents(
            f"{where}: event {event.event!r} is unknown; write one of {', '.join(EVENTS)}"
        )
    return event


def read_events(path: Path) -> tuple[Event, ...]:
    """Read a file of events, the oldest first; raises InvalidEvents."""
    events = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                read = json.loads(line)
            except ValueError as error:
                raise InvalidEvents(
                    f"{path}:{number}: not JSON ({error}); a half-written last line may be taken out"
                ) from error
            events.append(event_of(read, f"{path}:{number}"))
    return tuple(sorted(events, key=lambda event: event.minute))


def state_at(network: Network, events: Iterable[Event], now: float) -> RunState:
    """How far the night has come at a minute; later events are passed over. Raises InvalidEvents.

    A held job counts as waiting: the forecast says what happens if it is released now. A failed one counts as waiting
    for its rerun; one whose host was lost begins anew.
    """
    at = network.position()
    count = len(at)
    status, attempt, out = (np.zeros(count, np.int64) for _ in range(3))
    started, ended, first = (np.full(count, np.nan) for _ in range(3))
    for event in events:
        if event.minute > now:
            continue
        if event.job not in at:
            raise InvalidEvents(
                f"{event.where}: {event.job} is no job of this night; give the events of the same night and plan"
            )
        job = at[event.job]
        if event.event == "started":
            status[job], started[job] = RUNNING, event.minute
            attempt[job] += 1
        elif event.event in ("done", "failed"):
            if status[job] != RUNNING:
                raise InvalidEvents(
                    f"{event.where}: {event.job} is {event.event} and had not started; "
                    "a line is missing before this one"
                )
            if attempt[job] == 1:
                first[job] = max(event.minute - started[job], 1e-3)
            status[job] = ENDED if event.event == "done" else WAITING
            ended[job] = event.minute if event.event == "done" else np.nan
        elif event.event == "lost":
            status[job], attempt[job] = WAITING, max(attempt[job] - 1, 0)
        elif event.event == "skip":
            status[job], ended[job], out[job] = ENDED, event.minute, 1
        elif event.event == "rerun":
            status[job], ended[job], out[job] = WAITING, np.nan, 0
    return RunState(now, status, started, ended, first, attempt, out)
