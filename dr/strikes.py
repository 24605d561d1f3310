"""The disturbances of a drill: hosts die, lines fall, ports are dropped; each way back is registered first."""

from __future__ import annotations

from collections.abc import Collection

from dr import scenario as s
from dr.course import Course
from dr.evidence import Dead
from dr.failure import DrillAborted
from dr.faults import Stamp
from dr.result import Result

__all__ = [
    "HEAL",
    "UNDO_BOOT",
    "block",
    "crash_area",
    "crash_leader",
    "crash_votes",
    "cut_area",
    "let_through",
]

HEAL = "bring the lines back and let dropped ports through"
UNDO_BOOT = "start the dead hosts again"


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
    course.undo.push(HEAL, lambda: let_through(course))
    stamp = faults.cut(blast.lines)
    _strike(course, step, stamp)
    return Result(True, f"{len(blast.lines)} lines fell, {len(blast.hosts)} hosts live on")


def block(course: Course, step: s.BlockPort) -> Result:
    """Drop a TCP port between two areas, without a word."""
    areas = course.plan.areas
    first, second = (areas.sites(word) for word in step.between)
    course.undo.push(HEAL, lambda: let_through(course))
    stamp = course.kit.faults.block((first, second), step.port)
    course.mark("fault", step.title, step.title_ja, at=stamp.wall)
    return Result(True, f"tcp/{step.port} is dropped between {'+'.join(first)} and {second[0]}")


def let_through(course: Course) -> Stamp:
    """Bring every line back that was cut, and every dropped port."""
    course.kit.faults.unblock()
    if course.plan.blast.is_deadly:
        return Stamp(course.now(), 0.0)
    return course.kit.faults.heal(course.plan.blast.lines)


def _kill(course: Course, step: s.Step, hosts: Collection[str]) -> None:
    faults = course.kit.faults
    if not course.kit.is_disposable:
        course.undo.push(UNDO_BOOT, lambda: faults.boot(hosts))
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
