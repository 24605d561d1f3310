"""The ways back of an estate: lines heal, dead hosts start, the lead goes where it belongs."""

from __future__ import annotations

from dataclasses import replace

from dr import scenario as s
from dr.course import Course
from dr.leads import move_lead, wait_candidate
from dr.result import Result
from dr.strikes import let_through
from dr.ways import BOOT, HEAL, keep_leads

__all__ = ["boot", "heal", "switch_over"]


def heal(course: Course) -> Result:
    """Bring the lines back and let dropped ports through."""
    stamp = let_through(course)
    course.undo.forget(HEAL)
    course.set_moments(heal=stamp.wall)
    return Result(True)


def boot(course: Course, until: float) -> Result:
    """Start every host that is dead now, and its probe where it has one: a host unwatched may be a second writer."""
    dead = [each.host for each in course.dead if each.until is None]
    stamp = course.kit.faults.boot(dead)
    course.undo.forget(BOOT)
    course.dead = [each if each.until else replace(each, until=stamp.wall) for each in course.dead]
    course.set_moments(heal=stamp.wall)
    watched = [host for host in dead if host in course.plan.databases]
    reached = _wait_reached(course, watched, until)
    course.probes.start(reached)
    if len(reached) < len(watched):
        silent = ", ".join(host for host in watched if host not in reached)
        return Result(False, f"{silent} cannot be reached, so nobody watches who writes there")
    return Result(True, f"{len(dead)} hosts were started")


def _wait_reached(course: Course, hosts: list[str], until: float) -> list[str]:
    """Wait until hosts take commands over their own lines; those that do."""
    reached: list[str] = []

    def look() -> str | None:
        left = [host for host in hosts if host not in reached]
        done = course.kit.transport.run_all(left, ["true"], deadline_s=3.0)
        reached.extend(host for host in left if done[host].is_ok)
        silent = [host for host in left if host not in reached]
        return f"no way in yet to {', '.join(silent)}" if silent else None

    if hosts:
        course.wait(until, look, tick_s=1.0)
    return reached


def switch_over(course: Course, step: s.Switchover, until: float) -> Result:
    """Move the lead of every cluster in order to where the step wants it."""
    done = []
    for name, cluster in course.plan.clusters.items():
        place = cluster.home if step.to == "home" else step.to
        there = [m for m in cluster.members if _is_at(course, m, place)]
        standing = course.standing(name)
        if not there or standing is None or standing.leader in there:
            continue
        candidate = wait_candidate(course, name, there, until)
        if candidate is None:
            return Result(False, f"no member of {name} at {place} is synchronous")
        if course.moments.fault is None:
            course.set_moments(fault=course.now())
            course.mark("fault", step.title, step.title_ja)
        keep_leads(course)
        if sentence := move_lead(course, name, candidate, until):
            return Result(False, sentence)
        done.append(f"{candidate} leads {name}")
    return Result(True, "; ".join(done) or "every cluster is led from there already")


def _is_at(course: Course, host: str, place: str) -> bool:
    areas = course.plan.areas
    return course.plan.estate.hosts[host].site in areas.sites(place)
