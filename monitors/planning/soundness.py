"""What a project must hold before anybody may plan it: indices, signs, no circle, and demands that can be met."""

from __future__ import annotations

from monitors.planning.project import Project, Task

__all__ = ["InvalidProject", "ensure_sound", "topological"]


class InvalidProject(Exception):
    """A project that nobody can plan; `faults` are sentences with the way out, all of a pass."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def ensure_sound(project: Project) -> None:
    """Raise InvalidProject with every fault of the project; a task too big for a capacity is a clash, no fault."""
    faults = _faults_of_resources(project)
    for j, task in enumerate(project.tasks):
        faults += _faults_of_task(project, j, task)
    if not faults and (circle := _circle(project)):
        names = " → ".join(project.tasks[j].name for j in circle)
        faults.append(
            f"{project.name}: {names} wait for each other in a circle; take one wait out."
        )
    if faults:
        raise InvalidProject(faults)


def _faults_of_resources(project: Project) -> list[str]:
    faults = []
    for resource in project.resources:
        at = f"{project.name}: resource {resource.name}"
        minutes = [minute for minute, _ in resource.capacity]
        if not minutes or minutes[0] != 0 or minutes != sorted(set(minutes)):
            faults.append(f"{at} has steps at minutes {minutes}; begin at 0 and go up.")
        if any(units < 0 for _, units in resource.capacity):
            faults.append(f"{at} has less than no units; write 0 or more.")
    return faults


def _faults_of_task(project: Project, j: int, task: Task) -> list[str]:
    at = f"{project.name}: task {task.name}"
    faults = []
    if task.duration < 0 or task.earliest < 0:
        faults.append(
            f"{at} has duration {task.duration} and earliest {task.earliest}; write 0 or more."
        )
    if len(task.demands) != len(project.resources) or any(units < 0 for units in task.demands):
        faults.append(
            f"{at} demands {task.demands}; give 0 or more for each of {len(project.resources)} resources."
        )
    if any(not 0 <= i < len(project.tasks) or i == j for i in task.after):
        faults.append(f"{at} waits for {task.after}; name positions of other tasks.")
    return faults


def topological(project: Project) -> list[int]:
    """Order the tasks so that each comes after those it waits for; tasks on a circle are left out."""
    missing = [len(task.after) for task in project.tasks]
    then: list[list[int]] = [[] for _ in project.tasks]
    for j, task in enumerate(project.tasks):
        for i in task.after:
            then[i].append(j)
    order = [j for j, count in enumerate(missing) if count == 0]
    for j in order:
        for successor in then[j]:
            missing[successor] -= 1
            if missing[successor] == 0:
                order.append(successor)
    return order


def _circle(project: Project) -> list[int]:
    left = set(range(len(project.tasks))) - set(topological(project))
    if not left:
        return []
    way = [min(left)]
    while way[-1] not in way[:-1]:
        way.append(next(i for i in project.tasks[way[-1]].after if i in left))
    return way[way.index(way[-1]) :][::-1]
