"""The planner measured: on public instances, on investment problems made from them, and on made-up nights."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from monitors.planning.budget import compiled_seconds
from monitors.planning.checking import faults_of
from monitors.planning.investment import least_hardware
from monitors.planning.nights import made_night
from monitors.planning.planner import plan
from monitors.planning.project import Project, Resource
from monitors.planning.psplib import InvalidInstance, best_known, instances, read_instance
from monitors.planning.rules import by_rules, first_come
from monitors.planning.soundness import InvalidProject, ensure_sound

__all__ = ["FACTORS", "Settings", "bench_instances", "bench_investment", "bench_nights", "by_set"]

FACTORS = (1.0, 1.2, 1.5)
"""Deadlines of the investment problems, by best known end."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Settings:
    """What every problem of a run is given."""

    cpu_seconds: float
    seed: int = 1
    threads: int = 2
    repeatable: bool = False

    @property
    def options(self) -> dict[str, Any]:
        """The settings as the planner takes them."""
        return asdict(self)


def _read(path: Path) -> Project:
    project = read_instance(path)
    try:
        ensure_sound(project)
    except InvalidProject as error:
        raise InvalidInstance("\n".join(f"{path}: {fault}" for fault in error.faults)) from None
    return project


def _measured(work: Callable[[], Any]) -> tuple[Any, float]:
    began, compiled = time.process_time(), compiled_seconds()
    result = work()
    return result, round(time.process_time() - began - (compiled_seconds() - compiled), 2)


def _gap(value: float, of: float | None) -> float | None:
    if of is None:
        return None
    return round((value / of - 1) * 100, 4) if of else 0.0


def _set_of(path: Path) -> str:
    return path.stem.rpartition("_")[0] or path.stem


def bench_instances(folder: Path, settings: Settings, done: set[str]) -> Iterator[Row]:
    """Plan each instance of a folder that is not `done`; a row each, as soon as it is there."""
    ends = best_known(folder)
    for path, project in [(path, _read(path)) for path in instances(folder)]:
        if path.stem in done:
            continue
        schedule, seconds = _measured(lambda p=project: plan(p, **settings.options))
        known = ends.get(path.stem)
        yield {
            "instance": path.stem,
            "set": _set_of(path),
            "end": schedule.end,
            "bound": schedule.bound,
            "best_known": known,
            "gap_percent": _gap(schedule.end, known),
            "bound_gap_percent": _gap(schedule.end, schedule.bound),
            "is_valid": not faults_of(project, schedule.starts, schedule.end),
            "cpu_s": seconds,
        }


def bench_investment(folder: Path, settings: Settings, done: set[str]) -> Iterator[Row]:
    """Find the least hardware of each instance with a best known end, at each deadline, by equal unit costs."""
    ends = best_known(folder)
    for path in instances(folder):
        if path.stem not in ends:
            continue
        project = _unlimited(_read(path))
        for factor in FACTORS:
            name = f"{path.stem}@{factor}"
            if name in done:
                continue
            deadline = int(ends[path.stem] * factor + 1e-9)
            found, seconds = _measured(
                lambda p=project, d=deadline: least_hardware(p, d, **settings.options)
            )
            yield {
                "instance": name,
                "set": f"{_set_of(path)}@{factor}",
                "deadline": deadline,
                "cost": found.cost,
                "bound": found.bound,
                "earliest_cost": found.earliest_cost,
                "gap_percent": _gap(found.cost, found.bound),
                "saving_percent": round((1 - found.cost / found.earliest_cost) * 100, 4),
                "is_valid": not faults_of(project, found.schedule.starts, found.schedule.end)
                and found.schedule.end <= deadline,
                "cpu_s": seconds,
            }


def _unlimited(project: Project) -> Project:
    """The project with as many units as it can use, one unit of each costing the same."""
    return Project(
        project.name,
        project.tasks,
        tuple(
            Resource(r.name, ((0, max(1, sum(t.demands[k] for t in project.tasks))),))
            for k, r in enumerate(project.resources)
        ),
    )


def bench_nights(
    sizes: tuple[int, ...], budgets: tuple[float, ...], settings: Settings, done: set[str]
) -> Iterator[Row]:
    """Plan made-up nights of these sizes with each budget, beside the best rule and first come, first served."""
    for size in sizes:
        project = made_night(size, seed=settings.seed)
        for budget in budgets:
            name = f"{size}@{budget:g}"
            if name in done:
                continue
            options = {**settings.options, "cpu_seconds": budget}
            schedule, seconds = _measured(lambda p=project, o=options: plan(p, **o))
            rules = by_rules(project)
            rule = min(rules, key=lambda r: rules[r])
            come = first_come(project)
            yield {
                "instance": name,
                "set": name,
                "jobs": size,
                "end": schedule.end,
                "bound": schedule.bound,
                "gap_percent": _gap(schedule.end, schedule.bound),
                "rule": rule,
                "rule_end": rules[rule],
                "rule_gap_percent": _gap(rules[rule], schedule.bound),
                "first_come_end": come,
                "first_come_gap_percent": _gap(come, schedule.bound),
                "is_valid": not faults_of(project, schedule.starts, schedule.end),
                "cpu_s": seconds,
            }


def by_set(rows: list[Row]) -> list[Row]:
    """Sum the rows up by set: count, mean and worst gap over the valid ones, and how many reach their bound."""
    sums = []
    for name in dict.fromkeys(row["set"] for row in rows):
        of_set = [row for row in rows if row["set"] == name]
        valid = [row for row in of_set if row["is_valid"]]
        gaps = [row["gap_percent"] for row in valid if row["gap_percent"] is not None]
        bound_gaps = [
            g
            for row in valid
            if (g := row.get("bound_gap_percent", row["gap_percent"])) is not None
        ]
        savings = [row["saving_percent"] for row in valid if "saving_percent" in row]
        sums.append(
            {
                "set": name,
                "count": len(of_set),
                "compared": len(gaps),
                "invalid": len(of_set) - len(valid),
                "mean_gap_percent": round(fmean(gaps), 4) if gaps else None,
                "worst_gap_percent": max(gaps) if gaps else None,
                "mean_bound_gap_percent": round(fmean(bound_gaps), 4) if bound_gaps else None,
                "proven": sum(gap == 0 for gap in bound_gaps),
                "mean_saving_percent": round(fmean(savings), 4) if savings else None,
                "cpu_s": round(sum(row["cpu_s"] for row in of_set), 2),
            }
        )
    return sums
