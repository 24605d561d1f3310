"""The terms of an outage, added up: lease, promotion, first write, way to the client.

Pure: from what etcd and the samplers saw. Each moment is seen with the resolution of its observer,
so a later event that was seen earlier moves the earlier one forward: no term is negative and they
always add up to the total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dr.evidence import Cluster, EtcdObservation, Evidence
from dr.history import Transaction
from dr.writers import WriterLog

__all__ = ["BASELINES", "Baseline", "Range", "Term", "Terms", "terms_of", "variant_of"]

Variant = Literal["A", "A-rst", "B", "cut"]


@dataclass(frozen=True, slots=True)
class Range:
    """Least and largest of what was measured, in seconds."""

    low: float
    high: float

    def __str__(self) -> str:
        text = f"{self.low:.1f}"
        return text if self.low == self.high else f"{text} to {self.high:.1f}"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the database layer alone took, without service address and application."""

    title: str
    runs: int
    total: Range
    terms: tuple[Range | None, Range | None, Range | None, Range | None]
    """Key gone, gone to new key, new key to first write, first write to client."""


BASELINES: dict[Variant, Baseline] = {
    "A": Baseline(
        "etcd led from outside the disaster area, lines fell with the hosts",
        6,
        Range(19.4, 22.8),
        (Range(16.9, 19.9), Range(2.1, 2.1), Range(0.2, 0.3), Range(0.0, 0.7)),
    ),
    "A-rst": Baseline(
        "etcd led from outside the disaster area, hosts killed but lines up (RST)",
        4,
        Range(18.2, 20.8),
        (Range(17.9, 20.1), Range(0.1, 0.1), Range(0.2, 0.2), Range(0.0, 0.4)),
    ),
    "B": Baseline(
        "etcd led from the disaster area, lines fell with the hosts",
        8,
        Range(24.3, 25.7),
        (Range(22.1, 22.9), Range(2.1, 2.1), Range(0.1, 0.4), Range(0.0, 0.6)),
    ),
    "cut": Baseline(
        "the disaster area lives on, cut off",
        4,
        Range(18.6, 21.6),
        (None, None, None, None),
    ),
}
"""Measured for this project on one two-core machine with five stacks side by side (PostgreSQL
15.20, Patroni 4.1.5, etcd 3.4.23, ttl 20, loop_wait 5, retry_timeout 5)."""

_NAMES: tuple[tuple[str, str], ...] = (
    ("lease: fault to leader key gone", "リース満了"),
    ("probe of dead members and promotion: key gone to new key", "確認と昇格"),
    ("promotion to first write accepted", "書込み受入れ"),
    ("service address, balancer, application: first write accepted to client", "利用者到達"),
)


@dataclass(frozen=True, slots=True)
class Term:
    """One term of the outage, with what the database layer alone took for it."""

    name: str
    name_ja: str
    seconds: float | None
    baseline: Range | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """The outage of one cluster's writes, taken apart; seconds from the fault."""

    cluster: str
    variant: Variant | None
    """None where nobody saw who led etcd, or where the combination was never measured."""
    etcd_leader_at_fault: str | None
    lines_fell: bool
    old_leader: str | None
    new_leader: str | None
    terms: tuple[Term, ...]
    total_s: float | None
    """Fault to the first write acknowledged under the new leader."""
    resolution_s: float | None
    """Time between the two observations of etcd around the moment when the key went."""
    old_acked_until_s: float | None
    """When the old leader stopped acknowledging (not: stopped being a writer)."""
    old_writer_until_s: float | None
    new_writer_from_s: float | None

    @property
    def margin_s(self) -> float | None:
        """Seconds between the old leader's end as a writer and the new one's beginning."""
        if self.old_writer_until_s is None or self.new_writer_from_s is None:
            return None
        return self.new_writer_from_s - self.old_writer_until_s

    @property
    def baseline(self) -> Baseline | None:
        return BASELINES[self.variant] if self.variant else None

    @property
    def beyond_baseline_s(self) -> float | None:
        """By how much the total exceeds the largest of the baseline (negative: less)."""
        if self.baseline is None or self.total_s is None:
            return None
        return self.total_s - self.baseline.total.high


def variant_of(evidence: Evidence, etcd_leader: str | None) -> Variant | None:
    """Tell which of the measured variants a drill repeats."""
    if not evidence.struck_area:
        return None  # no whole area was struck: nothing like it was measured
    if not evidence.hosts_died:
        return "cut"
    if etcd_leader is None:
        return None
    if etcd_leader not in evidence.struck:
        return "A" if evidence.lines_fell else "A-rst"
    return "B" if evidence.lines_fell else None


def terms_of(
    evidence: Evidence, cluster: Cluster, log: WriterLog, writes: Sequence[Transaction]
) -> Terms | None:
    """Take the outage of a cluster's `writes` apart; None where there was no fault."""
    fault = evidence.moments.fault
    if fault is None:
        return None
    seen = sorted(
        (o for o in evidence.etcd if o.cluster == cluster.name and o.answered), key=lambda o: o.at
    )
    before = [o for o in seen if o.at <= fault]
    etcd_leader = before[-1].etcd_leader if before else None
    old = before[-1].leader if before else None
    gone_at, new_at, new_leader, resolution = _key_moments(seen, old, fault)
    acks = sorted(t.ended for t in writes if t.outcome == "acked")
    first_ack = next((a for a in acks if gone_at is not None and a >= gone_at), None)
    first_write = next(
        (s.since for s in log.spans if s.host == new_leader and s.until > fault), None
    )
    if first_write is not None:
        first_write = max(first_write, fault)
    moments = _in_order([fault, gone_at, new_at, first_write, first_ack])
    variant = variant_of(evidence, etcd_leader)
    baselines = BASELINES[variant].terms if variant else (None, None, None, None)
    terms = tuple(
        Term(name, name_ja, _between(moments[i], moments[i + 1]), baselines[i])
        for i, (name, name_ja) in enumerate(_NAMES)
    )
    old_acks = [a for a in acks if gone_at is not None and a < gone_at]
    old_end = max((s.until for s in log.spans if s.host == old and s.since <= fault), default=None)
    if old == new_leader:
        old_end = None
    return Terms(
        cluster=cluster.name,
        variant=variant,
        etcd_leader_at_fault=etcd_leader,
        lines_fell=evidence.lines_fell,
        old_leader=old,
        new_leader=new_leader,
        terms=terms,
        total_s=_between(fault, moments[4]),
        resolution_s=resolution,
        old_acked_until_s=old_acks[-1] - fault if old_acks else None,
        old_writer_until_s=_between(fault, old_end),
        new_writer_from_s=_between(fault, first_write),
    )


def _key_moments(
    seen: Sequence[EtcdObservation], old: str | None, fault: float
) -> tuple[float | None, float | None, str | None, float | None]:
    """Give when the old leader's key was gone, when a new one was there, whose, and how sharply."""
    gone_at: float | None = None
    resolution: float | None = None
    last = fault
    for observation in seen:
        if observation.at <= fault:
            last = observation.at
            continue
        if gone_at is None and observation.leader != old:
            gone_at, resolution = observation.at, observation.at - last
        if gone_at is not None and observation.leader is not None:
            return gone_at, observation.at, observation.leader, resolution
        last = observation.at
    return gone_at, None, None, resolution


def _in_order(moments: Sequence[float | None]) -> list[float | None]:
    """Move each moment forward to the earliest later one, so that none lies after its effect."""
    ordered = list(moments)
    earliest: float | None = None
    for index in range(len(ordered) - 1, -1, -1):
        moment = ordered[index]
        if moment is not None:
            earliest = moment if earliest is None else min(moment, earliest)
            ordered[index] = earliest
    return ordered


def _between(begin: float | None, end: float | None) -> float | None:
    return None if begin is None or end is None else end - begin
