"""A night for the page: a plan that starts every job as early as it may, and what happened until a moment."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from inventory import Estate
from monitors.night.night import NightJob
from monitors.night.plan import Plan, PlannedJob
from monitors.night.plan_file import plan_path, write_plan
from monitors.night.resolve import resolve

__all__ = ["store_night"]

_SLOWER = 1.1


def store_night(estate: Estate, day: date, now: float, folder: Path) -> Path:
    """Store a plan in `plans/`, and beside it the events up to a minute: the last job to end by then failed, one is held."""
    night = resolve(estate, day)
    ends: dict[str, int] = {}
    planned: list[PlannedJob] = []
    waiting: list[NightJob] = list(night.jobs)
    while waiting:
        for job in [one for one in waiting if all(name in ends for name in one.after)]:
            start = max([night.begins, job.not_before, *(ends[name] for name in job.after)])
            ends[job.name] = start + max(1, round(job.duration.median_min))
            until = job.deadline or night.opening
            planned.append(PlannedJob(job.name, start, ends[job.name], start + 60, until, job.tier))
            waiting.remove(job)
    planned.sort(key=lambda job: (job.start, job.name))
    plan = Plan(
        day,
        night.kind,
        night.begins,
        night.opening,
        max(ends.values()),
        0.5,
        tuple(planned),
        {pool.name: pool.steps[0][1] for pool in night.pools},
        estate=estate.name,
    )
    write_plan(plan, plan_path(folder / "plans", day))
    lines: list[tuple[float, str, str]] = []
    over: dict[str, float] = {}
    for one in planned:
        begun = max([float(one.start), *(over.get(name, 1e9) for name in _after(night.jobs, one))])
        if begun >= now:
            continue
        lines.append((begun, one.name, "started"))
        if begun + (one.end - one.start) * _SLOWER < now:
            over[one.name] = begun + (one.end - one.start) * _SLOWER
            lines.append((over[one.name], one.name, "done"))
    lines.sort()
    if lines and lines[-1][2] == "done":
        lines[-1] = (*lines[-1][:2], "failed")
    begun_jobs = {job for _, job, _ in lines}
    held = [job.name for job in planned if job.name not in begun_jobs]
    lines += [(now, held[0], "hold")] if held else []
    events = folder / "events.jsonl"
    events.write_text(
        "".join(json.dumps({"minute": m, "job": j, "event": e}) + "\n" for m, j, e in lines)
    )
    return events


def _after(jobs: tuple[NightJob, ...], planned: PlannedJob) -> tuple[str, ...]:
    return next(job.after for job in jobs if job.name == planned.name)
