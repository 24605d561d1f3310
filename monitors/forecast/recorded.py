"""A night in one file: its jobs and plan, and what has happened in it; watched tonight or replayed years later."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from monitors.forecast.events import Event, event_of
from monitors.forecast.network import Network, network_of
from monitors.night.night import Duration, Night, NightJob, Pool

__all__ = ["FORMAT", "InvalidRecord", "Recorded", "read_recorded", "recorded_document"]

FORMAT = "hikae.recorded-night/1"


class InvalidRecord(ValueError):
    """A recorded night cannot be read; the sentence names file, job and the way out."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A night with its plan (start and length by job) and its events; `about` says where it comes from."""

    night: Night
    starts: Mapping[str, float]
    minutes: Mapping[str, float]
    events: tuple[Event, ...]
    about: Mapping[str, Any]

    def network(self) -> Network:
        """The night in plan order; raises InvalidPlan."""
        return network_of(self.night, self.starts, self.minutes)


def recorded_document(recorded: Recorded) -> dict[str, Any]:
    """The night as JSON knows it."""
    night = recorded.night
    jobs = [dataclasses.asdict(job) for job in night.jobs]
    for job in jobs:
        job["start"] = recorded.starts[job["name"]]
        job["minutes"] = recorded.minutes[job["name"]]
    events = [
        {"minute": e.minute, "job": e.job, "event": e.event, "reason": e.reason}
        for e in recorded.events
    ]
    return {
        "format": FORMAT,
        "about": dict(recorded.about),
        "day": night.day.isoformat(),
        "kind": night.kind,
        "begins": night.begins,
        "opening": night.opening,
        "pools": [dataclasses.asdict(pool) for pool in night.pools],
        "jobs": jobs,
        "events": events,
    }


def read_recorded(path: Path) -> Recorded:
    """Read a recorded night; raises InvalidRecord, InvalidEvents."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidRecord(
            f"{path}: not a recorded night ({error}); give a JSON file of one"
        ) from error
    if not isinstance(read, dict) or read.get("format") != FORMAT:
        raise InvalidRecord(f"{path}: not a recorded night; its `format` must be {FORMAT}")
    try:
        pools = tuple(_pool(pool) for pool in read["pools"])
        head = (date.fromisoformat(read["day"]), str(read["kind"]))
        hours = (int(read["begins"]), int(read["opening"]))
        rows = list(read["jobs"])
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidRecord(
            f"{path}: the night lacks something ({error!r}); it needs day, kind, begins, opening, pools and jobs"
        ) from error
    jobs: list[NightJob] = []
    starts: dict[str, float] = {}
    minutes: dict[str, float] = {}
    for number, row in enumerate(rows, 1):
        try:
            job = _job(row, f"{path}: job {number}")
            starts[job.name], minutes[job.name] = float(row["start"]), float(row["minutes"])
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidRecord(
                f"{path}: job {number}: {error!r}; a job needs name, net, duration, demands, start and minutes"
            ) from error
        jobs.append(job)
    names = [job.name for job in jobs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidRecord(f"{path}: {twice[0]} stands there twice; give each job its own name")
    night = Night(*head, tuple(jobs), pools, *hours)
    ensure_no_cycle(night, str(path))
    events = [
        event_of(event, f"{path}: event {number}")
        for number, event in enumerate(read.get("events", ()), 1)
    ]
    events.sort(key=lambda event: event.minute)
    return Recorded(night, starts, minutes, tuple(events), read.get("about", {}))


def ensure_no_cycle(night: Night, path: str) -> None:
    """Raise InvalidRecord where jobs wait for each other in a circle."""
    waits = {job.name: set(job.after) for job in night.jobs}
    while free := [name for name, others in waits.items() if not others & waits.keys()]:
        for name in free:
            del waits[name]
    if waits:
        raise InvalidRecord(
            f"{path}: {', '.join(sorted(waits)[:5])} wait for each other in a circle; take one `after` out"
        )


def _pool(read: Mapping[str, Any]) -> Pool:
    return Pool(str(read["name"]), tuple((int(m), int(u)) for m, u in read["steps"]))


def _job(read: Mapping[str, Any], where: str) -> NightJob:
    told = read["duration"]
    duration = Duration(
        float(told["median_min"]),
        float(told.get("cv", 0.3)),
        float(told.get("failure", 0.0)),
        float(told.get("rerun_share", 1.0)),
    )
    if duration.median_min <= 0 or not 0 <= duration.failure < 1:
        raise ValueError("its duration must be above 0 minutes, its failure a probability below 1")
    deadline = read.get("deadline")
    return NightJob(
        name=str(read["name"]),
        net=str(read["net"]),
        duration=duration,
        demands={str(pool): int(units) for pool, units in read["demands"].items()},
        after=tuple(str(name) for name in read.get("after", ())),
        exclusive=tuple(str(name) for name in read.get("exclusive", ())),
        not_before=int(read.get("not_before", 0)),
        deadline=None if deadline is None else int(deadline),
        deadline_reason=str(read.get("deadline_reason", "")),
        tier=int(read.get("tier", 2)),
        volume=float(read.get("volume", 1.0)),
        where=where,
    )
