"""What came of each step of a rehearsal, and of all of them: values, and the sentences that follow from them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from dr.evidence import Limit
from dr.sweep.gaps import Loss, gaps_of
from dr.sweep.streams import RATE
from dr.sweep.subjects import Office
from netconfig.migration.plan import Step
from netconfig.push import PushResult

__all__ = ["Rehearsed", "Silence", "Taken", "deviation_of", "foreseen_in", "silences_of"]

_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Silence:
    """What a stream lost in a step: packets, its longest run without an answer, and when that began.

    `at_s` = seconds since the rehearsal began.
    """

    stream: str
    packets: int
    longest_ms: int
    at_s: float


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken; times in seconds since the rehearsal began."""

    step: Step
    begun_s: float
    ended_s: float
    settled_s: float | None
    """From the last push until tables, sessions and streams were as they must be; None = that did not come about."""
    silences: tuple[Silence, ...]
    devices: tuple[PushResult, ...]
    deviation: str | None = None
    """What was not as planned; None = it held."""
    taken_back: tuple[PushResult, ...] = ()
    back: str = ""
    """What is not as before although it was taken back."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """Everything that a rehearsal knows."""

    source: str
    target: str
    slice_name: str
    hosts: int
    planned: int
    """Steps of the plan."""
    offices: tuple[Office, ...]
    taken: tuple[Taken, ...]
    started: float
    ended: float
    """`time.time()`."""
    stopped: str = ""
    """Why it ended, where no step is to blame."""
    late: int = 0
    memory_mb: float = 0.0
    honesty: tuple[Limit, ...] = ()

    @property
    def reasons(self) -> list[str]:
        """Why it did not pass, as sentences; nothing where it passed."""
        found = [f"the rehearsal stopped: {self.stopped}"] if self.stopped else []
        for one in self.taken:
            name = f"step {one.step.number} ({one.step.title})"
            if one.deviation is not None:
                found.append(f"{name}: {one.deviation}")
                found += [
                    f"{name} was not taken back on {result.device}: {result.error}"
                    for result in one.taken_back
                    if result.error is not None
                ]
            if one.back:
                found.append(f"{name} was taken back, and not all is as before: {one.back}")
        return found

    @property
    def verdict(self) -> str:
        """`passed`, `failed` at a step, or `aborted` where it did not come to its end for another reason."""
        if any(one.deviation is not None for one in self.taken):
            return "failed"
        return "aborted" if self.stopped or len(self.taken) < self.planned else "passed"

    @property
    def packets_lost(self) -> int:
        """Of all steps and streams."""
        return sum(silence.packets for one in self.taken for silence in one.silences)

    @property
    def longest_ms(self) -> int:
        """The longest run without an answer of any stream in any step."""
        return max(
            (silence.longest_ms for one in self.taken for silence in one.silences), default=0
        )


def silences_of(
    losses: Iterable[Loss], asked: Collection[str], began: float
) -> tuple[Silence, ...]:
    """What each of some streams lost, those that lost nothing left out; `began` = when the rehearsal did."""
    of: dict[str, list[Loss]] = {}
    for loss in losses:
        if loss.stream in asked:
            of.setdefault(loss.stream, []).append(loss)
    found = []
    for stream, lost in sorted(of.items()):
        gaps = gaps_of(lost)
        longest = max(gaps, key=lambda gap: gap.count)
        found.append(
            Silence(
                stream,
                sum(gap.count for gap in gaps),
                round(longest.count * 1000 / RATE),
                round(longest.since - began, 3),
            )
        )
    return tuple(found)


def foreseen_in(step: Step) -> frozenset[str]:
    """The streams that the plan says to be silent while a step is taken."""
    return frozenset(f"{silence.source}/{silence.destination}" for silence in step.silences)


def deviation_of(
    silences: Iterable[Silence], foreseen: Collection[str], borne_ms: int = 0
) -> str | None:
    """What was lost and is not foreseen, as a sentence; gaps up to `borne_ms` are borne."""
    found = [
        f"{one.stream} lost {one.packets} packets, {one.longest_ms} ms on end"
        for one in silences
        if one.stream not in foreseen and one.longest_ms > borne_ms
    ]
    if not found:
        return None
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"{'; '.join(found[:_SHOWN])}{more}; the plan foresees no silence there"
