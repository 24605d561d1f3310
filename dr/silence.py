"""How long nobody was answered while a step of the drill was under way: what an act costs the offices. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from dr.evidence import Evidence
from dr.history import Kind, Transaction

__all__ = ["BatchSilence", "Silence", "batch_silences_of", "longest_silence", "silences_of"]


@dataclass(frozen=True, slots=True)
class Silence:
    """The longest silence of any office during one step, in seconds."""

    step: str
    seconds: float
    office: str
    service: str
    kind: Kind


def longest_silence(transactions: Sequence[Transaction], *, since: float, until: float) -> float:
    """Give the longest time within [since, until] in which no transaction ended acknowledged."""
    acks = sorted(
        t.ended for t in transactions if t.outcome == "acked" and since <= t.ended < until
    )
    marks = [since, *acks, until]
    return max((b - a for a, b in itertools.pairwise(marks)), default=0.0)


def silences_of(evidence: Evidence) -> tuple[Silence, ...]:
    """Give the worst silence of each step that was taken, over offices, services and kinds."""
    series: dict[tuple[str, str, Kind], list[Transaction]] = {}
    for transaction in evidence.transactions:
        key = (transaction.office, transaction.service, transaction.kind)
        series.setdefault(key, []).append(transaction)
    offices = {office.name for office in evidence.offices}
    stopped = evidence.moments.clients_stopped
    found = []
    for step in evidence.people:
        if step.started is None or step.ended is None or not series:
            continue
        until = step.ended if stopped is None else min(step.ended, stopped)
        if until <= step.started:
            continue
        worst = max(
            (
                Silence(step.name, longest_silence(ts, since=step.started, until=until), *key)
                for key, ts in series.items()
                if key[0] in offices
            ),
            key=lambda silence: silence.seconds,
            default=None,
        )
        if worst is not None:
            found.append(worst)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class BatchSilence:
    """The longest time in which a kind of batch left an office without an acknowledged write, in seconds."""

    change: str
    stage: str
    batches: int
    """How many batches of this kind there were."""
    seconds: float | None
    """At offices that were not cut off by it; None where there are none."""
    office: str
    cut_off_seconds: float | None
    """At offices whose own way was changed, so that nothing could be led around; None where there are none."""
    cut_off_office: str


def batch_silences_of(evidence: Evidence) -> tuple[BatchSilence, ...]:
    """Give the worst silence of writes of each kind of batch, apart for offices that were cut off by it.

    Writes alone, since an office sends them on a schedule without gaps, and they need everything that reads need.
    """
    writes: dict[tuple[str, str], list[Transaction]] = {
        (office.name, service.name): []
        for office in evidence.offices
        for service in evidence.services
    }
    for transaction in evidence.transactions:
        series = writes.get((transaction.office, transaction.service))
        if transaction.kind == "write" and series is not None:
            series.append(transaction)
    found: dict[tuple[str, str], list[tuple[float, str, bool]]] = {}
    counts: dict[tuple[str, str], int] = {}
    for batch in evidence.batches:
        key = (batch.change, batch.stage)
        counts[key] = counts.get(key, 0) + 1
        found.setdefault(key, []).extend(
            (
                longest_silence(ts, since=batch.started, until=batch.ended),
                office,
                office in batch.offices,
            )
            for (office, _), ts in writes.items()
        )
    silences = []
    for (change, stage), values in found.items():
        others = max((v for v in values if not v[2]), default=(None, "", False))
        cut = max((v for v in values if v[2]), default=(None, "", True))
        silences.append(
            BatchSilence(change, stage, counts[change, stage], others[0], others[1], cut[0], cut[1])
        )
    return tuple(silences)
