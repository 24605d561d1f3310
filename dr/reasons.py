"""Why a drill did not pass: one sentence for each thing that must not be, or that was not shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from dr.evidence import Cluster, Evidence
from dr.fates import BAD_FATES, Fate, Violation
from dr.outage import Outage
from dr.promotion import refusal
from dr.writers import WriterLog

__all__ = ["is_copy_known", "reasons_of"]

_FATE_SENTENCES: dict[Fate, str] = {
    "acked_lost": "acknowledged and not in the ledger",
    "doubled": "in the ledger more than once",
    "altered": "in the ledger with another content",
    "refused_kept": "refused, but in the ledger",
}

_LOOSE_END_S = 1.0


def reasons_of(
    evidence: Evidence,
    violations: Sequence[Violation],
    unjudged: int,
    outages: Sequence[Outage],
    writers: Mapping[str, WriterLog],
) -> tuple[str, ...]:
    """Give every reason not to pass; none = the drill passes."""
    found = (
        *_leader_reasons(evidence),
        *_fate_reasons(violations, unjudged),
        *_writer_reasons(evidence, writers),
        *_outage_reasons(evidence, outages),
        *_step_reasons(evidence),
    )
    return tuple(dict.fromkeys(found))  # two clusters may fail for the same reason


def is_copy_known(evidence: Evidence, cluster: Cluster) -> bool:
    """Tell whether `/sync` named a host of the backup centre when it was last seen."""
    seen = [o for o in evidence.etcd if o.cluster == cluster.name and o.answered]
    if not seen:
        return False
    last = max(seen, key=lambda observation: observation.at)
    return bool(set(last.sync_members) & set(cluster.backup_members))


def _leader_reasons(evidence: Evidence) -> Iterator[str]:
    for cluster in evidence.clusters:
        if evidence.leaders.get(cluster.name) is not None:
            continue
        seen = [o for o in evidence.etcd if o.cluster == cluster.name and o.answered]
        last = max(seen, key=lambda o: o.at, default=None)
        is_refused = last is not None and last.leader is None
        if cluster.backup and is_refused and not is_copy_known(evidence, cluster):
            yield refusal(cluster.backup)
        else:
            yield f"cluster {cluster.name} has no leader at the end of the drill"


def _fate_reasons(violations: Sequence[Violation], unjudged: int) -> Iterator[str]:
    counts = Counter(violation.fate for violation in violations)
    for fate, sentence in _FATE_SENTENCES.items():
        if counts[fate]:
            yield f"{_count(counts[fate], 'write')} {sentence} ({fate})"
    if unjudged:
        yield f"the fate of {_count(unjudged, 'write')} is not known: no ledger could be read"


def _writer_reasons(evidence: Evidence, writers: Mapping[str, WriterLog]) -> Iterator[str]:
    stopped = evidence.moments.clients_stopped
    for name, log in writers.items():
        for overlap in log.overlaps:
            assumed = " (part of it assumed: no answer)" if overlap.is_assumed else ""
            yield (
                f"two writers in cluster {name} for {overlap.seconds:.1f} s: "
                f"{overlap.hosts[0]} and {overlap.hosts[1]}{assumed}"
            )
        if log.unsampled:
            yield (
                f"one writer is not shown in cluster {name}: "
                f"no answer was ever sampled from {', '.join(log.unsampled)}"
            )
        elif stopped is not None and log.until < stopped - _LOOSE_END_S:
            yield (
                f"one writer is not shown in cluster {name}: the samples end "
                f"{stopped - log.until:.1f} s before the clients stop"
            )


def _step_reasons(evidence: Evidence) -> Iterator[str]:
    for step in evidence.people:
        if not step.done:
            yield f"step '{step.name}' was not done: {step.note or 'no reason was kept'}"


def _outage_reasons(evidence: Evidence, outages: Sequence[Outage]) -> Iterator[str]:
    if not outages:
        yield "no office took part: nothing was shown"
    targets = {service.name: service.rto_s for service in evidence.services}
    for outage in outages:
        subject = f"office {outage.office}: {outage.service} {outage.kind}s"
        target = targets.get(outage.service)
        if outage.seconds is None:
            yield f"{subject} {outage.wording}"
            continue
        if target is not None and outage.seconds > target:
            yield f"{subject} were out for {outage.seconds:g} s, the target is {target:g} s"
        if not outage.is_serving_at_end:
            yield f"{subject} came back after {outage.seconds:g} s and failed again until the end"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


assert set(_FATE_SENTENCES) == BAD_FATES, "every bad fate has its sentence"
