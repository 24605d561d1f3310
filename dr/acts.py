"""What each kind of step does; a step that fails before the disaster gives the drill up."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace

from dr import scenario as s
from dr.areas import BACKUP
from dr.course import Course
from dr.evidence import Dead
from dr.faults import Stamp
from dr.fetch import NoAnswer
from dr.patroni import PORT, read_cluster
from dr.promotion import has_taken_over, is_refused, refusal
from dr.steady import SteadySpan, find_steady

__all__ = ["HEAL", "UNDO_BOOT", "Result", "act", "prove_steady"]

HEAL = "bring the lines back and let dropped ports through"
UNDO_BOOT = "start the dead hosts again"
_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a step."""

    is_done: bool
    note: str = ""


def act(course: Course, step: s.AnyStep, until: float) -> Result:
    """Do a step, and wait for what it waits for, at most to the moment `until`."""
    match step:
        case s.CrashArea():
            return _crash(course, step)
        case s.CutArea():
            return _cut(course, step)
        case s.BlockPort():
            return _block(course, step)
        case s.Heal():
            return _heal(course)
        case s.Boot():
            return _boot(course)
        case s.MoveEtcdLeader():
            left = until - course.now()
            return Result(True, course.votes.arrange(step.to, course.undo, deadline_s=left))
        case s.WaitSeconds():
            over = course.now() + step.seconds
            course.wait(over, lambda: f"{max(0.0, over - course.now()):.0f} s left")
            return Result(True)
        case s.WaitSyncExcludes():
            return _wait_sync_excludes(course, step, until)
        case s.WaitTakeover():
            return _wait_takeover(course, step, until)
        case s.WaitSteady():
            return _wait_steady(course, step, until)
        case s.WaitRejoined():
            return _wait_rejoined(course, until)


def _crash(course: Course, step: s.CrashArea) -> Result:
    faults, blast = course.kit.faults, course.plan.blast
    _look_before_the_disaster(course)
    if not course.kit.is_disposable:
        course.undo.push(UNDO_BOOT, lambda: faults.boot(blast.hosts))
    stamp = faults.crash(blast.hosts)
    course.dead += [Dead(host, stamp.wall) for host in blast.hosts]
    _strike(course, step, stamp)
    return Result(True, f"{len(blast.hosts)} hosts died and their lines fell")


def _cut(course: Course, step: s.CutArea) -> Result:
    faults, blast = course.kit.faults, course.plan.blast
    _look_before_the_disaster(course)
    course.undo.push(HEAL, lambda: _let_through(course))
    stamp = faults.cut(blast.lines)
    _strike(course, step, stamp)
    return Result(True, f"{len(blast.lines)} lines fell, {len(blast.hosts)} hosts live on")


def _look_before_the_disaster(course: Course) -> None:
    course.require_lead_at_home()
    leader = course.votes.verify(course.plan.scenario.etcd_leader)
    course.settings["etcd led at the fault by"] = leader


def _strike(course: Course, step: s.CrashArea | s.CutArea, stamp: Stamp) -> None:
    course.set_moments(fault=stamp.wall)
    course.mark("fault", step.title, step.title_ja, at=stamp.wall)


def _block(course: Course, step: s.BlockPort) -> Result:
    areas = course.plan.areas
    first, second = (areas.sites(word) for word in step.between)
    course.undo.push(HEAL, lambda: _let_through(course))
    stamp = course.kit.faults.block((first, second), step.port)
    course.mark("fault", step.title, step.title_ja, at=stamp.wall)
    return Result(True, f"tcp/{step.port} is dropped between {'+'.join(first)} and {second[0]}")


def _let_through(course: Course) -> Stamp:
    course.kit.faults.unblock()
    if course.plan.blast.is_deadly:
        return Stamp(course.now(), 0.0)
    return course.kit.faults.heal(course.plan.blast.lines)


def _heal(course: Course) -> Result:
    stamp = _let_through(course)
    course.undo.forget(HEAL)
    course.set_moments(heal=stamp.wall)
    return Result(True)


def _boot(course: Course) -> Result:
    stamp = course.kit.faults.boot(course.plan.blast.hosts)
    course.undo.forget(UNDO_BOOT)
    course.dead = [dead if dead.until else replace(dead, until=stamp.wall) for dead in course.dead]
    course.set_moments(heal=stamp.wall)
    return Result(True)


def _wait_sync_excludes(course: Course, step: s.WaitSyncExcludes, until: float) -> Result:
    def look() -> str | None:
        for name in course.plan.clusters:
            standing = course.standing(name)
            if standing is None:
                return "etcd gives no answer"
            named = set(standing.sync_members) & set(course.plan.members_in(name, step.area))
            if named:
                return f"/sync of {name} still names {', '.join(sorted(named))}"
        return None

    if course.wait(until, look, tick_s=0.2):
        return Result(True, "/sync names nobody there")
    return Result(False, look() or "too late")


def _wait_takeover(course: Course, step: s.WaitTakeover, until: float) -> Result:
    struck = course.struck_clusters()
    centre = course.plan.estate.backup_site().name
    refused_since: float | None = None

    def look() -> str | None:
        nonlocal refused_since
        waiting: list[str] = []
        refusals = 0
        for name in struck:
            backup = course.plan.members_in(name, step.area)
            standing = course.standing(name)
            if standing is None:
                waiting.append(f"{name}: etcd gives no answer")
            elif not has_taken_over(standing, backup):
                waiting.append(f"{name}: {standing.leader or 'nobody'} holds the leader key")
                refusals += is_refused(standing, backup)
        if not waiting:
            refused_since = None
            return None
        # A refusal must stand for some loops: Patroni may still be on its way to a decision.
        is_refusal = refusals == len(waiting)
        refused_since = (refused_since or course.now()) if is_refusal else None
        if refused_since is not None and course.now() - refused_since >= step.refusal_s:
            return None
        return "; ".join(waiting)

    is_over = course.wait(until, look, tick_s=0.2)
    leaders = {n: standing.leader for n in struck if (standing := course.standing(n)) is not None}
    if is_over and refused_since is None:
        for name, leader in leaders.items():
            course.mark("decision", f"{leader} leads {name}", f"{name}の主系: {leader}")
        return Result(True, "; ".join(f"{leader} leads {name}" for name, leader in leaders.items()))
    if is_over:
        course.mark("decision", refusal(centre), "昇格の拒否")
        return Result(False, refusal(centre))
    return Result(False, look() or "too late")


def prove_steady(
    course: Course, *, seconds: float, share: float, since: float, until: float
) -> SteadySpan | str:
    """Wait until every office is served for `seconds` on end, or say what lacks."""
    span: SteadySpan | str = "no status yet"

    def look() -> str | None:
        nonlocal span
        span = find_steady(
            course.clients.statuses(),
            since=since,
            seconds=seconds,
            share=share,
            rate=course.clients.rate,
        )
        return span if isinstance(span, str) else None

    course.wait(until, look, tick_s=1.0)
    return span


def _wait_steady(course: Course, step: s.WaitSteady, until: float) -> Result:
    span = prove_steady(
        course,
        seconds=step.seconds,
        share=course.plan.scenario.steady.acked_share,
        since=course.now() - 1,
        until=until,
    )
    if isinstance(span, str):
        return Result(False, span)
    return Result(True, f"steady for {span.until - span.since} s")


def _wait_rejoined(course: Course, until: float) -> Result:
    def look() -> str | None:
        for name, cluster in course.plan.clusters.items():
            asked = course.plan.members_in(name, BACKUP)[0]
            address = course.plan.address(asked)
            try:
                with closing(course.kit.connect(address, PORT, _TIMEOUT_S)) as fetch:
                    well = {member.name for member in read_cluster(fetch) if member.is_well}
            except NoAnswer as silence:
                return str(silence)
            missing = [host for host in cluster.members if host not in well]
            if missing:
                return f"{name}: {', '.join(missing)} not back yet"
        return None

    if course.wait(until, look, tick_s=1.0):
        return Result(True, "every member streams or leads")
    return Result(False, look() or "too late")
