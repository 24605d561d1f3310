"""The ways back of a drill as data: the drill that registered one follows it, or another process after a kill.

Each may be followed twice, or where the act was never done, without harm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dr.course import Course
from dr.failure import DrillAborted
from dr.leads import move_lead, wait_candidate
from dr.rolling.journal import LEAD_BACK, way_of
from dr.rolling.roller import led_back
from dr.rolling.tools import Watchers
from dr.votes import TIMERS
from dr.waits import wait_rejoined
from proof import Way

__all__ = [
    "BOOT",
    "CLEAN",
    "HEAL",
    "LEAD",
    "LEAD_BACK",
    "TIMERS",
    "follow",
    "keep_leads",
    "register",
]

BOOT = "start the dead hosts again"
CLEAN = "remove the drill's programs"
HEAL = "bring the lines back and let dropped ports through"
LEAD = "bring the lead of every cluster back"

_CLEAN_S = 60.0
_LEAD_S = 240.0
"""A member that died must be booted, rewound and synchronous before it can lead."""


def register(course: Course, name: str, **args: object) -> None:
    """Register a way back before the act that makes it necessary; it is on the disk when this returns."""
    way, journal = Way(name, args), course.kit.journal
    if course.kit.is_disposable and name == BOOT:
        # The dead go with their twin; whoever comes after a kill may need them to judge.
        if journal is not None:
            journal.begun(name, way)
        return
    course.undo.push(name, lambda: follow(course, way), way)


def follow(course: Course, way: Way) -> None:
    """Follow a way back; DrillAborted or OSError where that fails."""
    args = way.args
    if way.kind == BOOT:
        course.kit.faults.boot(args["hosts"])
    elif way.kind == CLEAN:
        _clean(course, args["hosts"])
    elif way.kind == HEAL:
        course.kit.faults.unblock()
        if args["lines"]:
            course.kit.faults.heal(args["lines"])
    elif way.kind == LEAD:
        _bring_leads_back(course, args["leaders"])
    elif way.kind == TIMERS:
        course.votes.start_timers()
    elif way.kind == LEAD_BACK:
        _lead_back(course, args)
    else:
        raise DrillAborted(f"no way is known for '{way.kind}'")


def keep_leads(course: Course) -> None:
    """Before leads move: note who leads, to bring the leads back; an estate that is thrown away needs none."""
    if course.kit.is_disposable or course.undo.has(LEAD):
        return
    standings = {name: course.standing(name) for name in course.plan.clusters}
    leaders = {name: s.leader for name, s in standings.items() if s is not None and s.leader}
    register(course, LEAD, leaders=leaders)


def _bring_leads_back(course: Course, leaders: Mapping[str, str]) -> None:
    """Give each cluster's lead back to the site that had it, to the same host where that can be."""
    hosts = course.plan.estate.hosts
    until = course.now() + _LEAD_S
    # A lease that has not ended yet names a leader that may be none in a moment; copies that stream have one.
    rejoined = wait_rejoined(course, until)
    if not rejoined.is_done:
        raise DrillAborted(f"the leads stay where they are: {rejoined.note}")
    for name, before in leaders.items():
        members = course.plan.clusters[name].members
        site = hosts[before].site
        there = sorted((m for m in members if hosts[m].site == site), key=lambda m: m != before)

        standing = course.standing(name)
        if standing is not None and standing.leader in there:
            continue
        candidate = wait_candidate(course, name, there, until)
        if candidate is None:
            raise DrillAborted(f"no member of {name} at {site} is synchronous: its lead stays away")
        if sentence := move_lead(course, name, candidate, until):
            raise DrillAborted(sentence)


def _lead_back(course: Course, args: Mapping[str, object]) -> None:
    """Lead work back to a host that a rolling change had drained."""
    if course.kit.rolling is None:
        raise DrillAborted("work cannot be led back from here")
    if sentence := led_back(course.kit.rolling(Watchers()), way_of(args), is_waiting=True):
        raise DrillAborted(sentence)


def _clean(course: Course, hosts: Sequence[str]) -> None:
    """Stop the programs and remove the drill's folder from every host that can be reached."""
    kit = course.kit
    left = [host for host in hosts if kit.faults.is_alive(host)]
    units = "hikae-drill-*"
    until = course.now() + _CLEAN_S
    while left and not kit.is_disposable:
        kit.transport.run_all(left, ["systemctl", "stop", units], deadline_s=15.0, sudo=True)
        argv = ["rm", "-rf", "--", kit.layout.folder]
        done = kit.transport.run_all(left, argv, deadline_s=15.0, sudo=True)
        left = [host for host in left if not done[host].is_ok]
        if left and course.now() >= until:
            raise DrillAborted(f"{kit.layout.folder} is left on {', '.join(left)}")
        if left:
            kit.clock.sleep(2.0)
