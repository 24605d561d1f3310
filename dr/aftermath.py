"""After a drill that was killed: what it left is undone, and what its clients were told is judged all the same.

The order is that of a drill's own end: the clients stop, what is in force is undone, the last act first, the
estate stands again, the histories are read and judged, the programs go. A way that failed is told, and the others
are followed all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from dr.course import Course
from dr.evidence import Moments
from dr.failure import DrillAborted
from dr.fates import BAD_FATES
from dr.gather import Gathered, gather, make_evidence
from dr.judge import judge
from dr.kit import Kit
from dr.plan import Plan
from dr.runner import SETTLE_S, Outcome, begin_course
from dr.waits import wait_rejoined
from dr.ways import BOOT, CLEAN, follow
from proof import Broken, Journal, Step

__all__ = ["Aftermath", "settle"]

_LEADER_S = 90.0
_REJOIN_S = 180.0
_REACH_S = 5.0


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What became of a drill that was killed."""

    outcome: Outcome | None
    """Its evidence and verdict (aborted, with a fate for each write); None where no client had begun."""
    undone: tuple[str, ...]
    left: tuple[str, ...]
    """A sentence for each thing that is not as it was before the drill."""

    @property
    def fates(self) -> str:
        """What became of its writes, in a sentence."""
        if self.outcome is None:
            return "no client had begun"
        verdict = self.outcome.verdict
        bad = {
            f: n for f, n in verdict.fates.items() if n and (f in BAD_FATES or f == "acked_at_risk")
        }
        judged = sum(verdict.fates.values())
        unread = f", {verdict.unjudged} writes not judged" if verdict.unjudged else ""
        if bad:
            return f"{judged} writes judged, bad: {', '.join(f'{n} {f}' for f, n in bad.items())}{unread}"
        return f"{judged} writes judged, no bad fate{unread}"

    @property
    def is_bad(self) -> bool:
        """Whether a write met a bad fate, or could not be judged."""
        if self.outcome is None:
            return False
        verdict = self.outcome.verdict
        return bool(verdict.violations or verdict.unjudged)


def settle(plan: Plan, kit: Kit, broken: Broken, journal: Journal, reason: str) -> Aftermath:
    """Undo and judge; on an estate that is thrown away nothing is undone, only judged.

    `journal` is the killed run's, taken up: what is undone is written there.
    """
    course = begin_course(plan, replace(kit, journal=None), str(broken.facts.get("run_id", "")))
    course.moments = Moments(**broken.facts.get("moments", {}))
    clean = [step for step in broken.in_force if step.way is not None and step.way.kind == CLEAN]
    undone: list[str] = []
    left: list[str] = []
    course.observer.start()
    try:
        if clean:
            with course.phase("stop"), suppress(OSError):
                course.clients.stop()
                course.kit.clock.sleep(SETTLE_S)
        with course.phase("undo"):
            if not kit.is_disposable:
                rest = [step for step in broken.in_force if step not in clean]
                _follow(course, rest, journal, undone, left)
        dead = [step for step in broken.in_force if step.way is not None and step.way.kind == BOOT]
        outcome = _judge(course, reason, dead, left) if clean else None
        with course.phase("clean"):
            if not kit.is_disposable:
                _follow(course, clean, journal, undone, left)
                _verify(course, left)
    finally:
        course.observer.stop()
    return Aftermath(outcome, tuple(undone), tuple(left))


def _follow(
    course: Course, steps: list[Step], journal: Journal, undone: list[str], left: list[str]
) -> None:
    for step in steps:
        assert step.way is not None
        course.kit.progress.doing(step.name)
        with _told(step.name, left):
            follow(course, step.way)
            journal.undone(step.number)
            undone.append(step.name)


def _judge(course: Course, reason: str, dead: list[Step], left: list[str]) -> Outcome:
    """Read what the clients were told and what the databases hold, once somebody leads.

    Where nobody can (the votes are dead), the dead are started: only they know.
    """
    found = Gathered()
    with course.phase("evidence"):
        if not _wait_led(course) and course.kit.is_disposable:
            with _told("start the dead", left):
                for step in dead:
                    assert step.way is not None
                    follow(course, step.way)
                _wait_led(course)
        with _told("read the evidence", left):
            gather(course, found)
    course.set_moments(ended=course.now())
    evidence = make_evidence(course, found, reason)
    return Outcome(evidence, judge(evidence), tuple(left), was_interrupted=True)


def _wait_led(course: Course) -> bool:
    def look() -> str | None:
        mute = [name for name in course.plan.clusters if not _is_led(course, name)]
        return f"nobody leads {', '.join(mute)}" if mute else None

    return course.wait(course.now() + _LEADER_S, look)


def _is_led(course: Course, cluster: str) -> bool:
    """Whether somebody leads who can be reached: a dead leader's lease outlives it."""
    standing = course.standing(cluster)
    if standing is None or standing.leader is None:
        return False
    return course.kit.transport.run(standing.leader, ["true"], deadline_s=_REACH_S).is_ok


def _verify(course: Course, left: list[str]) -> None:
    """Every member of every cluster streams from its leader again."""
    with _told("prove that every copy is back", left):
        result = wait_rejoined(course, course.now() + _REJOIN_S)
        if not result.is_done:
            raise DrillAborted(result.note)


@contextmanager
def _told(name: str, left: list[str]) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it is, the rest must be undone
        left.append(f"{name}: {error}")
