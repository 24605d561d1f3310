"""The disturbances of a drill: hosts die, lines fall, ports are dropped; each way back is registered first."""

from __future__ import annotations

from collections.abc import Collection

from dr import scenario as s
from dr.course import Course
from dr.evidence import Dead
from dr.failure import DrillAborted
from dr.faults import Stamp
from dr.result import Result
from dr.ways import BOOT, HEAL, keep_leads, register

__all__ = [
    "block",
    "crash_area",
    "crash_leader",
    "crash_votes",
    "cut_area",
    "let_through",
]


def crash_area(course: Course, step: s.CrashArea) -> Result:
    """Kill every host of an area and let its lines fall, in one moment."""
    hosts = course.plan.areas.hosts_at(course.plan.areas.sites(step.area, step.site_kinds))
    _look_before_the_disaster(course)
    _kill(course, step, hosts)
    return Result(True, f"{len(hosts)} hosts died and their lines fell")


def crash_leader(course: Course, step: s.CrashLeader) -> Result:
    """Kill the host that leads a cluster now; DrillAborted where nobody does."""
    standing = course.standing(step.cluster)
    if standing is None or standing.leader is None:
        raise DrillAborted(f"nobody leads {step.cluster}: there is no leader to kill")
    _look_before_the_disaster(course)
    _kill(course, step, (standing.leader,))
    return Result(True, f"{standing.leader} led {step.cluster} and died")


def crash_votes(course: Course, step: s.CrashVotes) -> Result:
    """Kill the members of etcd at some places."""
    areas = course.plan.areas
    hosts = tuple(dict.fromkeys(voter for word in step.at for voter in areas.voters(word)))
    _kill(course, step, hosts)
    left = [v for v in course.plan.voters if v not in {dead.host for dead in course.dead}]
    return Result(
        True, f"{', '.join(hosts)} died; {len(left)} of {len(course.plan.voters)} votes are left"
    )


def cut_area(course: Course, step: s.CutArea) -> Result:
    """Let every line of an area to every network fall; its hosts live on."""
    faults, blast = course.kit.faults, course.plan.blast
    _look_before_the_disaster(course)
    keep_leads(course)
    register(course, HEAL, lines=_fallen(course))
    stamp = faults.cut(blast.lines)
    _strike(course, step, stamp)
    return Result(True, f"{len(blast.lines)} lines fell, {len(blast.hosts)} hosts live on")


def block(course: Course, step: s.BlockPort) -> Result:
    """Drop a TCP port between two areas, without a word."""
    areas = course.plan.areas
    first, second = (areas.sites(word) for word in step.between)
    register(course, HEAL, lines=_fallen(course))
    stamp = course.kit.faults.block((first, second), step.port)
    course.mark("fault", step.title, step.title_ja, at=stamp.wall)
    return Result(True, f"tcp/{step.port} is dropped between {'+'.join(first)} and {second[0]}")


def let_through(course: Course) -> Stamp:
    """Bring every line back that was cut, and every dropped port."""
    course.kit.faults.unblock()
    lines = _fallen(course)
    return course.kit.faults.heal(lines) if lines else Stamp(course.now(), 0.0)


def _fallen(course: Course) -> tuple[str, ...]:
    """The lines that a cut takes; those of hosts that die come back with their hosts."""
    return () if course.plan.blast.is_deadly else course.plan.blast.lines


def _kill(course: Course, step: s.Step, hosts: Collection[str]) -> None:
    faults = course.kit.faults
    keep_leads(course)
    register(course, BOOT, hosts=tuple(hosts))
    stamp = faults.crash(hosts)
    course.dead += [Dead(host, stamp.wall) for host in hosts]
    _strike(course, step, stamp)


def _look_before_the_disaster(course: Course) -> None:
    course.require_lead_at_home()
    leader = course.votes.verify(course.plan.scenario.etcd_leader)
    course.settings["etcd led at the fault by"] = leader


def _strike(course: Course, step: s.Step, stamp: Stamp) -> None:
    if course.moments.fault is None:
        course.set_moments(fault=stamp.wall)
    course.mark("fault", step.title, step.title_ja, at=stamp.wall)
