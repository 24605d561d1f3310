"""A router or a line that is taken away and put back as planned: drained, gone, back drained, led back to.

Nothing may be lost meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from dr.rolling.tools import Tools
from dr.rolling.ways import WayFailed
from dr.sweep import gaps
from dr.sweep.gaps import Loss
from dr.sweep.removals import LineRemoval, PushLine, Removal, RouterRemoval
from dr.sweep.streams import RATE
from dr.sweep.subjects import Subject
from dr.sweep.sweeper import BACK_S, NOTICED_S, Sweeper, not_as_before
from dr.sweep.trial import Trial

__all__ = ["Planned"]


@dataclass(slots=True)
class Planned:
    """Removes things under a sweep's streams, and tells at which step packets were lost."""

    sweeper: Sweeper
    tools: Tools
    push_line: PushLine
    _moments: list[tuple[str, float]] = field(default_factory=list)

    def remove(self, subject: Subject, number: int) -> Trial:
        """Take one thing through, once; what was drained is led back, also where a step did not come about."""
        sweeper = self.sweeper
        sweeper.say(f"round {number}: {subject.name}, planned")
        at, begun = time.time(), sweeper.clock.now()
        self._moments = []
        removal = self._removal(subject)
        try:
            note = self._step("drain", removal.drain)
            if note is None:
                note = self._step("remove", removal.go)
                # Also what was not borne while it was away comes back.
                back = self._step("return", removal.back)
                note = note or back
        except BaseException:
            # It is led back to only when it is there.
            with suppress(WayFailed, OSError):
                removal.back()
            removal.undrain()
            raise
        self._mark("undrain")
        left = removal.undrain()
        since = self._moments[-1][1]
        unlike = sweeper.wait(BACK_S, lambda: sweeper.unlike_before(subject.wires, since))
        ended = sweeper.clock.now()
        losses = sweeper.take_losses(begun, ended)
        note = note or "; ".join(left) or not_as_before(unlike)
        return Trial(
            subject=subject.name,
            kind="planned",
            number=number,
            at=at,
            gap_ms=gaps.longest_ms(losses, RATE),
            return_ms=0,
            lost=len(losses),
            seconds=round(ended - begun, 3),
            healed_s=None if note else 0.0,
            gaps=gaps.by_stream_ms(losses, RATE),
            phases=self._phases(losses, ended),
            note=note,
        )

    def _removal(self, subject: Subject) -> Removal:
        if subject.kind == "router":
            return RouterRemoval(subject.thing, self.sweeper, self.tools)
        return LineRemoval(subject.thing, self.sweeper, self.push_line)

    def _step(self, phase: str, act: Callable[[], None]) -> str | None:
        """Do one step, and wait until every stream has been steady after it; a sentence where that does not come about."""
        self._mark(phase)
        try:
            act()
        except (WayFailed, OSError) as reason:
            return f"{phase}: {reason}"
        sweeper = self.sweeper
        since = sweeper.clock.now() + NOTICED_S["silent"]
        said = sweeper.wait(BACK_S, lambda: sweeper.unsteady(sweeper.names, since))
        return said and f"{phase}: {said}"

    def _mark(self, phase: str) -> None:
        self._moments.append((phase, self.sweeper.clock.now()))

    def _phases(self, losses: Sequence[Loss], ended: float) -> dict[str, int]:
        ends = [moment for _, moment in self._moments[1:]] + [ended]
        found: dict[str, int] = {}
        for (phase, begun), end in zip(self._moments, ends, strict=True):
            found[phase] = found.get(phase, 0) + len(gaps.within(losses, begun, end))
        return found
