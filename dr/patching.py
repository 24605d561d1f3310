"""A rolling change as a step of a drill: the drill's own clients and probes give way and come back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from dr import scenario as s
from dr.course import Course
from dr.evidence import ChangedBatch
from dr.failure import DrillAborted
from dr.result import Result
from dr.rolling.batches import plan_roll
from dr.rolling.change import Change
from dr.rolling.journal import Log
from dr.rolling.roller import Gone, lead_back, roll
from dr.rolling.tools import Tools, Watchers

__all__ = ["patch"]

_UNDO = "lead back what is drained"


@dataclass
class _Programs(Watchers):
    """The drill's programs on hosts that restart: a client begins a new life, a probe goes on."""

    course: Course
    is_reboot: bool
    lives: int = 0

    def leaving(self, hosts: Collection[str]) -> None:
        if self.is_reboot:
            self.course.clients.leave(hosts)

    def returned(self, hosts: Collection[str]) -> None:
        if not self.is_reboot:
            return
        self.lives += 1
        self.course.clients.come_back(hosts, 1000 * len(self.course.people) + self.lives)
        self.course.probes.start([host for host in hosts if host in self.course.plan.databases])


def patch(course: Course, step: s.Patch) -> Result:
    """Change hosts in turn; a deviation ends it, and the sentence says where it stands."""
    kit, plan = course.kit, course.plan
    if kit.rolling is None:
        raise DrillAborted("hosts cannot be changed in turn from here")
    change = Change(step.change, step.program or "")
    leaders = {}
    for name in plan.clusters:
        standing = course.standing(name)
        if standing is None or standing.leader is None:
            return Result(False, f"nobody leads {name}")
        leaders[name] = standing.leader
    planned = plan_roll(
        plan.estate,
        plan.hosts,
        change,
        conductor=plan.conductor,
        leaders=leaders,
        roles=step.roles,
        hosts=step.hosts,
    )
    if planned.refusals:
        return Result(False, str(planned.refusals[0]))
    tools, log = kit.rolling(_Programs(course, step.change == "reboot")), Log(kit.journal)
    course.undo.push(_UNDO, lambda: _lead_back(tools, log))
    if course.moments.fault is None:
        course.set_moments(fault=course.now())
        course.mark("fault", step.title, step.title_ja)
    rolled = roll(tools, change, planned.batches, log)
    if not log.drained:
        course.undo.forget(_UNDO)
    for gone in rolled.gone:
        course.batches.append(_batch(course, change, gone))
    for sentence in rolled.not_undone:
        course.mark("undo", sentence)
    course.memory_peak_mb = max(course.memory_peak_mb, kit.faults.memory_mb())
    if rolled.why is not None:
        return Result(False, rolled.why)
    hosts = sum(len(gone.batch.hosts) for gone in rolled.gone)
    return Result(True, f"{change.name}: {hosts} hosts in {len(rolled.gone)} batches")


def _lead_back(tools: Tools, log: Log) -> None:
    if failed := lead_back(tools, log, is_waiting=False):
        raise DrillAborted("; ".join(failed))


def _batch(course: Course, change: Change, gone: Gone) -> ChangedBatch:
    course.mark("note", f"{change.name}: {', '.join(gone.batch.hosts)}", at=gone.started)
    offices = tuple(t.office for t in course.plan.terminals if t.host in gone.batch.taken)
    return ChangedBatch(
        change=change.name,
        stage=gone.batch.stage,
        hosts=gone.batch.hosts,
        started=gone.started,
        ended=gone.ended,
        is_done=gone.is_done,
        offices=offices,
        notes=gone.notes,
    )
