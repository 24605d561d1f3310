"""A sweep's trials as figures, and what of them breaks the promise: pure functions of the trials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dr.sweep.gaps import percentile
from dr.sweep.subjects import Subject
from dr.sweep.trial import KINDS, Kind, Trial

__all__ = ["LIMITS_MS", "Figures", "Spread", "figures_of", "reasons_of"]

LIMITS_MS: Mapping[Kind, int] = {"down": 300, "silent": 1000, "planned": 0}
"""How long the gap may be in 99 of 100 trials: a lost carrier is seen at once, silence after three intervals of BFD."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds; None where nothing was lost at all."""

    p50: int | None
    p99: int | None
    max: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Of some trials; the gaps are spread over those that lost anything (`hit`): idle lines make nothing look better."""

    count: int
    hit: int
    gap_ms: Spread
    return_ms: Spread
    packets_lost: int
    not_healed: int
    """Trials in which a stream that must be answered was not within the deadline."""


def figures_of(trials: Iterable[Trial]) -> Figures:
    """Give the figures of some trials."""
    found = list(trials)
    return Figures(
        count=len(found),
        hit=sum(1 for trial in found if trial.gap_ms or trial.return_ms),
        gap_ms=_spread([trial.gap_ms for trial in found if trial.gap_ms]),
        return_ms=_spread([trial.return_ms for trial in found if trial.return_ms]),
        packets_lost=sum(trial.lost for trial in found),
        not_healed=sum(1 for trial in found if trial.not_healed),
    )


def _spread(values: Sequence[int]) -> Spread:
    return Spread(percentile(values, 50), percentile(values, 99), max(values, default=None))


def reasons_of(
    trials: Sequence[Trial], subjects: Sequence[Subject], stopped: str = ""
) -> list[str]:
    """Say everything that breaks the promise; nothing where it holds."""
    of = {subject.name: subject for subject in subjects}
    found = [f"the sweep stopped: {stopped}"] if stopped else []
    found += [
        f"{subject.name} cuts off {', '.join(sorted(subject.cut))}, which nothing declares (single)"
        for subject in subjects
        if subject.cut and not subject.is_single
    ]
    for kind in KINDS:
        judged = [t for t in trials if t.kind == kind and not of[t.subject].is_single]
        p99 = figures_of(judged).gap_ms.p99
        if kind != "planned" and p99 is not None and p99 > LIMITS_MS[kind]:
            found.append(f"{kind}: the 99th percentile is {p99} ms, above {LIMITS_MS[kind]} ms")
    for kind in KINDS:
        for name in of:
            tried = [t for t in trials if t.kind == kind and t.subject == name]
            unhealed = [trial for trial in tried if trial.not_healed]
            if unhealed:
                who = ", ".join(sorted({one for trial in unhealed for one in trial.not_healed}))
                found.append(
                    f"{name}, {kind}: {who} not answered again in {len(unhealed)} of {len(tried)}"
                )
            lost = sum(trial.lost for trial in tried)
            if kind == "planned" and lost:
                found.append(f"{name}, {kind}: {lost} packets lost in {len(tried)}")
            found += [f"{name}, {kind}: {trial.note}" for trial in tried if trial.note]
    return found
