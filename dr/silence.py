"""How long nobody was answered while a step of the drill was under way: what an act costs the offices. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from dr.evidence import Evidence
from dr.history import Kind, Transaction

__all__ = ["Silence", "longest_silence", "silences_of"]


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
