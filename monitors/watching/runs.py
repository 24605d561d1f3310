"""What jobs did so far this night, from its events: bars of time for a picture, and a word for each job."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitors.forecast.events import Event

__all__ = ["Run", "job_words", "runs_of"]


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt at a job: `state` is running, done, failed or lost. Minutes from 00:00 of the operating day."""

    job: str
    begun: float
    ended: float
    state: str


def runs_of(events: Iterable[Event], now: float) -> Iterator[Run]:
    """Every attempt up to a minute; one under way ends there for the present."""
    begun: dict[str, float] = {}
    for event in events:
        if event.minute > now:
            continue
        if event.event == "started":
            begun[event.job] = event.minute
        elif event.event in ("done", "failed", "lost") and event.job in begun:
            yield Run(event.job, begun.pop(event.job), event.minute, event.event)
    for job, since in begun.items():
        yield Run(job, since, max(now, since), "running")


def job_words(jobs: Sequence[str], events: Iterable[Event], now: float) -> dict[str, str]:
    """By job: waiting, running, done, failed, lost, held or skipped."""
    words = dict.fromkeys(jobs, "waiting")
    becomes = {
        "started": "running",
        "hold": "held",
        "release": "waiting",
        "skip": "skipped",
        "rerun": "waiting",
    }
    for event in events:
        if event.minute <= now and event.job in words:
            words[event.job] = becomes.get(event.event, event.event)
    return words
