"""A whole sweep: every trial in its order, until the end or until the network does not come back; then all is undone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from dr.evidence import Limit
from dr.failure import DrillAborted
from dr.sweep.document import Swept
from dr.sweep.planned import Planned
from dr.sweep.removals import removable
from dr.sweep.subjects import Subject, order_of
from dr.sweep.sweeper import Sweeper
from dr.sweep.trial import Kind, Trial

__all__ = ["Plan", "sweep"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be tried: subjects, kinds, and how often."""

    slice_name: str
    subjects: tuple[Subject, ...]
    kinds: tuple[Kind, ...]
    times: int
    seed: int

    @property
    def count(self) -> int:
        """How many trials that is; of planned ones at most."""
        return len(self.subjects) * len(self.kinds) * self.times


def sweep(
    plan: Plan, sweeper: Sweeper, planned: Planned | None, honesty: Sequence[Limit] = ()
) -> tuple[Swept, tuple[str, ...]]:
    """Carry out a plan; what was seen, and a sentence for everything that could not be undone.

    An interruption (Ctrl-C) ends it as its end does: what was measured by then is told.
    """
    started, stopped = time.time(), ""
    trials: list[Trial] = []
    settling = sweeper.settling
    offices = [office.site for office in sweeper.streams.offices]
    movable = removable(settling.estate, settling.within, plan.subjects, offices)
    try:
        sweeper.begin(plan.subjects)
        for number, subject, kind in order_of(plan.subjects, plan.kinds, plan.times, plan.seed):
            if kind != "planned":
                trials.append(sweeper.strike(subject, kind, number))
            elif planned is not None and subject in movable:
                trials.append(planned.remove(subject, number))
            else:
                continue
            if trials[-1].note:
                stopped = f"{subject.name}, {kind}: {trials[-1].note}"
                break
    except DrillAborted as reason:
        stopped = str(reason)
    except KeyboardInterrupt:
        stopped = "it was interrupted"
    finally:
        failures = sweeper.undo.walk(sweeper.say)
    swept = Swept(
        slice_name=plan.slice_name,
        kinds=plan.kinds,
        times=plan.times,
        seed=plan.seed,
        offices=tuple(sweeper.streams.offices),
        subjects=plan.subjects,
        trials=tuple(trials),
        started=started,
        ended=time.time(),
        stopped=stopped,
        stray=sweeper.stray,
        late=sum(sweeper.streams.late.values()),
        honesty=tuple(honesty),
    )
    return swept, failures
