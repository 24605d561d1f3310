"""The verdict on a drill: pure, from its evidence alone.

Invariant: a drill passes only if everything that it had to show was shown. Every write has a fate
and none of them is bad; every office was served again, reads and writes apart, within its service's
target, and still was at the end; every cluster has one leader and never had two writers. What is
missing from the evidence counts against the drill, never for it. A drill whose steady state did not
hold before the fault has no verdict, but its writes have their fates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from dr.evidence import Evidence, LedgerEntry
from dr.fates import FATES, Fate, Violation, count_fates, fate_of, violations_of
from dr.history import Kind, Transaction
from dr.outage import Outage, is_served, outage_of
from dr.people_time import without_people
from dr.reasons import reasons_of
from dr.terms import Terms, terms_of
from dr.writers import WriterLog, writer_log

__all__ = ["Decision", "Verdict", "judge"]

Decision = Literal["passed", "failed", "aborted"]
Series = tuple[str, str, Kind]
"""Office, service and kind of transaction: what is measured apart."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a drill showed; `reasons` says in sentences why it did not pass."""

    decision: Decision
    reasons: tuple[str, ...]
    fates: Mapping[Fate, int] = field(default_factory=lambda: dict.fromkeys(FATES, 0))
    fate_by_id: Mapping[str, Fate] = field(default_factory=dict)
    unjudged: int = 0
    """Writes whose fate is not known because their ledger could not be read."""
    violations: tuple[Violation, ...] = ()
    outages: tuple[Outage, ...] = ()
    rto_s: float | None = None
    """The worst office; None where one was not shown to be restored."""
    rto_s_by_office: Mapping[str, float | None] = field(default_factory=dict)
    rto_without_people_s: float | None = None
    """`rto_s` less the time in it for which the drill waited for people."""
    rto_without_people_s_by_office: Mapping[str, float | None] = field(default_factory=dict)
    writers: Mapping[str, WriterLog] = field(default_factory=dict)
    terms: Mapping[str, Terms] = field(default_factory=dict)

    @property
    def people_s(self) -> float | None:
        """How much of the worst outage was waiting for people."""
        if self.rto_s is None or self.rto_without_people_s is None:
            return None
        return self.rto_s - self.rto_without_people_s

    @property
    def two_writers_s(self) -> dict[str, float]:
        return {name: log.two_s for name, log in self.writers.items()}

    @property
    def no_writer_s(self) -> dict[str, float]:
        return {name: log.none_s for name, log in self.writers.items()}


def judge(evidence: Evidence) -> Verdict:
    """Give the verdict on a drill."""
    aborted = _reason_to_abort(evidence)
    fates, unjudged = _fates(evidence)
    violations = tuple(
        violation
        for service in evidence.services
        for violation in violations_of(
            ((t, fates[t.id]) for t in _writes(evidence, {service.name}) if t.id in fates),
            evidence.ledgers.get(service.name) or {},
        )
    )
    if aborted:
        # What a drill showed is not known; what became of each write is.
        return Verdict(
            "aborted",
            (aborted,),
            fates=count_fates(fates.values()),
            fate_by_id=fates,
            unjudged=unjudged,
            violations=violations,
        )
    outages = _outages(evidence)
    writers = _writers(evidence)
    reasons = reasons_of(evidence, violations, unjudged, outages, writers)
    by_office = {o.name: _worst(outages, o.name) for o in evidence.offices}
    machines = {
        name: None if s is None else without_people(s, _fault(evidence), evidence.people)
        for name, s in by_office.items()
    }
    return Verdict(
        decision="failed" if reasons else "passed",
        reasons=reasons,
        fates=count_fates(fates.values()),
        fate_by_id=fates,
        unjudged=unjudged,
        violations=violations,
        outages=outages,
        rto_s=_largest(by_office.values()),
        rto_s_by_office=by_office,
        rto_without_people_s=_largest(machines.values()),
        rto_without_people_s_by_office=machines,
        writers=writers,
        terms=_terms(evidence, writers),
    )


def _reason_to_abort(evidence: Evidence) -> str | None:
    moments = evidence.moments
    if evidence.aborted:
        return evidence.aborted
    if not evidence.steady_state_held:
        return "the steady state did not hold before the fault: no verdict"
    if moments.fault is None:
        return "the fault never took effect: no verdict"
    if moments.steady_from is None or moments.steady_until is None:
        return "no steady state was proven before the fault: no verdict"
    # Whoever ran the drill looked too; the judge looks for itself.
    for (office, service, kind), transactions in _all_series(evidence).items():
        if not is_served(
            transactions,
            since=moments.steady_from,
            until=moments.steady_until,
            deadline_s=evidence.deadline_s,
        ):
            return (
                f"the steady state did not hold before the fault: {office} had less than 99 % "
                f"of its {service} {kind}s acknowledged in time: no verdict"
            )
    return None


def _all_series(evidence: Evidence) -> dict[Series, list[Transaction]]:
    """Give the transactions of every series that was to be, also of those without any."""
    found: dict[Series, list[Transaction]] = {
        (office.name, service.name, kind): []
        for office in evidence.offices
        for service in evidence.services
        for kind in service.kinds
    }
    for transaction in evidence.transactions:
        series = found.get((transaction.office, transaction.service, transaction.kind))
        if series is not None:
            series.append(transaction)
    return found


def _writes(evidence: Evidence, services: set[str]) -> list[Transaction]:
    return [t for t in evidence.transactions if t.kind == "write" and t.service in services]


def _fates(evidence: Evidence) -> tuple[dict[str, Fate], int]:
    clusters = {service.name: service.cluster for service in evidence.services}
    fates: dict[str, Fate] = {}
    unjudged = 0
    for transaction in evidence.transactions:
        if transaction.kind != "write":
            continue
        ledger: Mapping[str, LedgerEntry] | None = evidence.ledgers.get(transaction.service)
        cluster = clusters.get(transaction.service)
        if ledger is None or cluster is None:
            unjudged += 1
            continue
        has_leader = not cluster or evidence.leaders.get(cluster) is not None
        entry = ledger.get(transaction.id)
        fates[transaction.id] = fate_of(transaction, entry, has_leader=has_leader)
    return fates, unjudged


def _outages(evidence: Evidence) -> tuple[Outage, ...]:
    fault = _fault(evidence)
    last = max((t.started for t in evidence.transactions), default=fault)
    shown_until = evidence.moments.clients_stopped
    return tuple(
        outage_of(
            transactions,
            office=office,
            service=service,
            kind=kind,
            fault=fault,
            shown_until=last if shown_until is None else shown_until,
            deadline_s=evidence.deadline_s,
            rate_per_s=_steady_rate(evidence, transactions),
        )
        for (office, service, kind), transactions in _all_series(evidence).items()
    )


def _steady_rate(evidence: Evidence, transactions: Sequence[Transaction]) -> float:
    since, until = evidence.moments.steady_from, evidence.moments.steady_until
    if since is None or until is None or until <= since:
        return 0.0
    return sum(since <= t.started < until for t in transactions) / (until - since)


def _fault(evidence: Evidence) -> float:
    fault = evidence.moments.fault
    assert fault is not None, "without a fault the drill is aborted"
    return fault


def _writers(evidence: Evidence) -> dict[str, WriterLog]:
    fault = _fault(evidence)
    logs: dict[str, WriterLog] = {}
    for cluster in evidence.clusters:
        samples = [s for s in evidence.writer_samples if s.host in cluster.databases]
        last = max((s.at for s in samples), default=fault)
        logs[cluster.name] = writer_log(
            cluster,
            samples,
            since=fault,
            until=max(last, fault),
            step_s=evidence.sample_step_s,
            clock_error_s=evidence.clock_error_s,
            dead=evidence.dead,
        )
    return logs


def _terms(evidence: Evidence, writers: Mapping[str, WriterLog]) -> dict[str, Terms]:
    found: dict[str, Terms] = {}
    for cluster in evidence.clusters:
        services = {s.name for s in evidence.services if s.cluster == cluster.name}
        terms = terms_of(evidence, cluster, writers[cluster.name], _writes(evidence, services))
        if terms is not None:
            found[cluster.name] = terms
    return found


def _worst(outages: tuple[Outage, ...], office: str) -> float | None:
    return _largest([o.seconds for o in outages if o.office == office])


def _largest(seconds: Iterable[float | None]) -> float | None:
    """Give the largest; None where there is none, or where one of them is not known."""
    values = list(seconds)
    known = [value for value in values if value is not None]
    return max(known) if known and len(known) == len(values) else None
