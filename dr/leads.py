"""Moving the lead of a cluster in order, as a person does on the leader's own console.

Patroni refuses a candidate that is not synchronous, so nothing acknowledged can be lost.
"""

from __future__ import annotations

from collections.abc import Sequence

from dr.course import Course
from dr.failure import DrillAborted

__all__ = ["move_lead", "wait_candidate"]

_SWITCHOVER_S = 60.0


def wait_candidate(course: Course, name: str, there: Sequence[str], until: float) -> str | None:
    """Wait until one of some members is synchronous; the first of those that are, None in time for none."""

    def look() -> str | None:
        return None if _candidate(course, name, there) else f"{name}: no synchronous member there"

    course.wait(until, look)
    return _candidate(course, name, there)


def _candidate(course: Course, name: str, there: Sequence[str]) -> str | None:
    standing = course.standing(name)
    named = () if standing is None else standing.sync_members
    return next((member for member in there if member in named), None)


def move_lead(course: Course, name: str, candidate: str, until: float) -> str | None:
    """Give a candidate the lead and wait until it leads; a sentence where that did not come about."""
    standing = course.standing(name)
    if standing is None or standing.leader is None:
        raise DrillAborted(f"nobody leads {name}: there is nothing to switch over")
    argv = course.kit.layout.switchover(name, standing.leader, candidate)
    asked = course.kit.transport.run(standing.leader, argv, deadline_s=_SWITCHOVER_S, sudo=True)
    if not asked.is_ok:
        said = (asked.stderr.strip() or asked.stdout.strip())[-300:]
        return f"{name}: the switchover to {candidate} was refused: {said}"

    def look() -> str | None:
        now = course.standing(name)
        if now is not None and now.leader == candidate:
            return None
        return f"{name}: {now.leader if now else 'nobody'} still holds the leader key"

    if not course.wait(until, look):
        return f"{candidate} does not lead {name}"
    course.mark("decision", f"{candidate} leads {name}", f"{name}の主系: {candidate}")
    return None
