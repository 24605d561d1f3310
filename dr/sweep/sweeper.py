"""The sweep itself: strike, wait until every office is answered again, give back, wait until all is as before, next.

Invariant: a trial begins only when every stream is answered and the network is as it was at the beginning; what fails is
in the journal with its way back before it does. A trial after which that does not come about ends the sweep: what
would be measured next is something else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from dr.clock import Clock, MonotonicClock, wait_until
from dr.failure import DrillAborted
from dr.faults import Faults
from dr.sweep import gaps
from dr.sweep.gaps import Loss
from dr.sweep.settling import Settling, around
from dr.sweep.streams import RATE, Streams, lacking
from dr.sweep.subjects import Subject
from dr.sweep.trial import Kind, Trial
from dr.sweep.ways import clean_way, follow, heal_way
from dr.undo import UndoStack
from netconfig.settings import BFD_INTERVAL_MS, BFD_MULTIPLIER
from proof import Journal, Way

__all__ = ["BACK_S", "NOTICED_S", "STEADY_S", "Sweeper", "not_as_before"]

STEADY_S = 1.5
"""Longer than an answer is waited for: when a stream is steady, all it has lost is written down."""
NOTICED_S = {"down": 0.3, "silent": BFD_INTERVAL_MS * BFD_MULTIPLIER / 1000}
"""Until then the routers may not know that something failed: a stream that is steady before says nothing."""
CHECKED_S = 7.0
"""The same for balancers: five checks on end without a word, a little more than a second apart."""
HEALED_S = 30.0
BACK_S = 90.0
"""Sessions are looked for every 5 s, and a service that went comes home after a hold-down of 10 s."""
_UNDER_WAY_S = 0.1
"""A request may have been under way when it failed."""
_TICK_S = 0.3
_TABLES_TICK_S = 0.6
"""A look at every table costs some hundredths of a second of processor, which the network under test needs too."""


@dataclass(slots=True)
class Sweeper:
    """Hands and eyes of a sweep; `streams` run, and `settling` remembers, once `begin` has returned."""

    faults: Faults
    streams: Streams
    settling: Settling
    journal: Journal | None = None
    clock: Clock = field(default_factory=MonotonicClock)
    say: Callable[[str], object] = lambda _: None
    stray: int = 0
    """Packets lost between two trials, when nothing had failed."""
    ended: float = 0.0
    undo: UndoStack = field(init=False)

    def __post_init__(self) -> None:
        self.undo = UndoStack(self.journal)

    @property
    def names(self) -> tuple[str, ...]:
        """Every stream."""
        return tuple(name for office in self.streams.offices for name in office.streams)

    def begin(self, subjects: Iterable[Subject]) -> None:
        """Start the streams and remember the network; DrillAborted where it does not stand whole before anything failed."""
        wires = tuple(dict.fromkeys(wire for subject in subjects for wire in subject.wires))
        self.register(clean_way(self.streams.hosts))
        self.register(heal_way(wires))
        self.say(f"starting {len(self.names)} streams of {RATE:.0f} requests per second")
        self.streams.start()
        since = self.clock.now()
        if said := self.wait(BACK_S, lambda: self.unsteady(self.names, since)):
            raise DrillAborted(f"before anything failed: {said}")
        if said := self.wait(BACK_S, lambda: self.settling.sessions(self.settling.devices)):
            raise DrillAborted(f"before anything failed: {said}")
        self.settling.remember()
        self.streams.losses()
        self.ended = self.clock.now()

    def register(self, way: Way) -> None:
        """Register a way back before the act that makes it necessary; it is on the disk when this returns."""
        transport, layout = self.streams.transport, self.streams.layout
        self.undo.push(way.kind, lambda: follow(way, self.faults, transport, layout), way)

    def strike(self, subject: Subject, kind: Kind, number: int) -> Trial:
        """Try one failure once."""
        self.say(f"round {number}: {subject.name}, {kind}")
        step = None if self.journal is None else self.journal.begun(f"{subject.name}, {kind}")
        at, begun = time.time(), self.clock.now()
        (self.faults.cut if kind == "down" else self.faults.mute)(subject.wires)
        noticed = self.clock.now() + max(NOTICED_S[kind], CHECKED_S if subject.is_checked else 0.0)
        asked = tuple(name for name in self.names if name not in subject.cut)
        left = self.wait(HEALED_S, lambda: self.unsteady(asked, noticed) or self.too_short(noticed))
        standing = self.streams.standing()
        given_back = self.clock.now()
        (self.faults.heal if kind == "down" else self.faults.unmute)(subject.wires)
        returned = self.clock.now()
        note = self.wait(
            BACK_S, lambda: self.unlike_before(subject.wires, returned), _TABLES_TICK_S
        )
        ended = self.clock.now()
        if self.journal is not None and step is not None:
            self.journal.done(step)
        losses = self.take_losses(begun, ended)
        failed = gaps.within(losses, begun - _UNDER_WAY_S, given_back)
        failed = tuple(loss for loss in failed if loss.stream in asked)
        after = gaps.within(losses, given_back, ended)
        silent = [
            name for name in asked if not standing[name].is_steady(given_back, noticed, STEADY_S)
        ]
        return Trial(
            subject=subject.name,
            kind=kind,
            number=number,
            at=at,
            gap_ms=gaps.longest_ms(failed, RATE),
            return_ms=gaps.longest_ms(after, RATE),
            lost=len(failed) + len([loss for loss in after if loss.stream in asked]),
            seconds=round(ended - begun, 3),
            healed_s=None if left else round(_healed_at(failed, begun) - begun, 3),
            not_healed=tuple(silent) if left else (),
            gaps=gaps.by_stream_ms((*failed, *after), RATE),
            note=not_as_before(note),
        )

    def take_losses(self, begun: float, ended: float) -> tuple[Loss, ...]:
        """Everything lost in a trial; what was lost before it is counted apart."""
        losses = self.streams.losses()
        self.stray += len(gaps.within(losses, self.ended, begun - _UNDER_WAY_S))
        self.ended = ended
        return gaps.within(losses, begun - _UNDER_WAY_S, ended)

    def too_short(self, noticed: float) -> str | None:
        """That a failure has not lasted for as long as it takes to see who bears it."""
        return None if self.clock.now() >= noticed + STEADY_S else "it has not lasted yet"

    def unsteady(self, names: Sequence[str], since: float) -> str | None:
        """Streams that are not answered without a hole since a moment, for long enough."""
        return lacking(self.streams.standing(), names, self.clock.now(), since, STEADY_S)

    def unlike_before(self, wires: Sequence[str], since: float) -> str | None:
        """What is not as it was, the cheapest look first."""
        return (
            self.unsteady(self.names, since)
            or self.settling.routes()
            or self.settling.sessions(around(self.settling.estate, self.settling.within, wires))
        )

    def wait(
        self, deadline_s: float, look: Callable[[], str | None], tick_s: float = _TICK_S
    ) -> str | None:
        """Look until nothing is lacking; what still is at the deadline, None where all came about."""
        return wait_until(self.clock, deadline_s, look, tick_s)


def not_as_before(lacking: str | None) -> str:
    """Say that the network did not come back; nothing where it did."""
    return f"not as before within {BACK_S:.0f} s: {lacking}" if lacking else ""


def _healed_at(failed: Sequence[Loss], begun: float) -> float:
    """When the last request was sent that was lost, and one more: from then on all are answered."""
    return max((loss.sent + 1 / RATE for loss in failed), default=begun)
