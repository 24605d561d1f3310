"""A whole sweep: every trial in its order, until the end or until the network does not come back; then all is undone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from dr.evidence import Limit
from dr.failure import DrillAborted
from dr.sweep.document import Swept
from dr.sweep.earlier import Earlier
from dr.sweep.planned import Planned
from dr.sweep.removals import removable
from dr.sweep.subjects import Subject, order_of
from dr.sweep.sweeper import Sweeper
from dr.sweep.trial import Kind

__all__ = ["Plan", "sweep"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be tried: subjects, kinds, and how often."""

    slice_name: str
    subjects: tuple[Subject, ...]
    kinds: tuple[Kind, ...]
    times: int
    seed: int
    earlier: Earlier = field(default_factory=Earlier)
    """What sittings before this one have tried already."""

    @property
    def count(self) -> int:
        """How many trials are left; of planned ones at most."""
        return sum(1 for _ in self.left())

    def left(self) -> Iterator[tuple[int, Subject, Kind]]:
        """What is still to be tried, in its order: round, subject, kind."""
        done = {(trial.number, trial.subject, trial.kind) for trial in self.earlier.trials}
        for number, subject, kind in order_of(self.subjects, self.kinds, self.times, self.seed):
            if (number, subject.name, kind) not in done:
                yield number, subject, kind


def sweep(
    plan: Plan,
    sweeper: Sweeper,
    planned: Planned | None,
    honesty: Sequence[Limit] = (),
    keep: Callable[[Swept], object] = lambda _: None,
) -> tuple[Swept, tuple[str, ...]]:
    """Carry out a plan; what was seen, and a sentence for everything that could not be undone.

    An interruption (Ctrl-C) ends it as its end does: what was measured by then is told. `keep` gets what is known after
    each round, so that a sweep which is killed can go on from there.
    """
    started, stopped, round_ = time.time(), "", 0
    trials = list(plan.earlier.trials)
    settling = sweeper.settling
    offices = [office.site for office in sweeper.streams.offices]
    movable = removable(settling.estate, settling.within, plan.subjects, offices)

    def known(stopped: str) -> Swept:
        return Swept(
            slice_name=plan.slice_name,
            kinds=plan.kinds,
            times=plan.times,
            seed=plan.seed,
            offices=tuple(sweeper.streams.offices),
            subjects=plan.subjects,
            trials=tuple(trials),
            sittings=(*plan.earlier.sittings, (started, time.time())),
            stopped=stopped,
            stray=plan.earlier.stray + sweeper.stray,
            late=plan.earlier.late + sum(sweeper.streams.late.values()),
            honesty=tuple(honesty),
        )

    try:
        sweeper.begin(plan.subjects)
        for number, subject, kind in plan.left():
            if number != round_:
                keep(known(f"it was under way in round {number}"))
                round_ = number
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
    return known(stopped), failures
