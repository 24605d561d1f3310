"""An independent judge of schedules: it knows the project's words only, nothing of how a schedule was found."""

from __future__ import annotations

from itertools import pairwise

from monitors.planning.project import Project

__all__ = ["faults_of"]


def faults_of(project: Project, starts: tuple[int, ...], end: int | None = None) -> list[str]:
    """Give every breach of a schedule as a sentence, none where it holds; `end` is what it claims for its end."""
    tasks = project.tasks
    if len(starts) != len(tasks):
        return [f"{len(starts)} starts for {len(tasks)} tasks."]
    faults = []
    for task, start in zip(tasks, starts, strict=True):
        if start < task.earliest:
            faults.append(f"{task.name} starts at {start}, before {task.earliest}.")
        if task.latest_end is not None and start + task.duration > task.latest_end:
            faults.append(f"{task.name} ends at {start + task.duration}, after {task.latest_end}.")
        faults += [
            f"{task.name} starts at {start}, before {tasks[i].name} ends at {starts[i] + tasks[i].duration}."
            for i in task.after
            if start < starts[i] + tasks[i].duration
        ]
    last = max((s + t.duration for t, s in zip(tasks, starts, strict=True)), default=0)
    if end is not None and end != last:
        faults.append(f"The last task ends at {last}, not at {end}.")
    for k, resource in enumerate(project.resources):
        changes: dict[int, int] = {since: 0 for since, _ in resource.capacity}
        for task, start in zip(tasks, starts, strict=True):
            if task.duration and task.demands[k]:
                changes[start] = changes.get(start, 0) + task.demands[k]
                end_ = start + task.duration
                changes[end_] = changes.get(end_, 0) - task.demands[k]
        used = 0
        for minute, until in pairwise([*sorted(changes), max(changes, default=0) + 1]):
            used += changes[minute]
            if used > resource.at(minute):
                faults.append(
                    f"{used} units of {resource.name} are used from {minute} to {until}, of {resource.at(minute)}."
                )
    return faults
