"""The result of a drill as JSON: the contract that other programs rely on (`schema/drill.json`)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from dr.evidence import Diverged, Evidence, PeopleStep
from dr.judge import Verdict
from dr.outage import Outage
from dr.people_time import waits_of
from dr.record import Finding, Record
from dr.silence import BatchSilence, batch_silences_of, silences_of
from dr.terms import Terms
from dr.writers import WriterLog

__all__ = ["FORMAT", "SCHEMA_FILE", "document_of", "findings_of", "load_schema"]

FORMAT = "hikae.drill/1"
SCHEMA_FILE = Path(__file__).parent / "schema" / "drill.json"


@cache
def load_schema() -> dict[str, Any]:
    """Give the JSON schema (Draft 2020-12) that every document satisfies."""
    schema: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return schema


def document_of(
    evidence: Evidence, verdict: Verdict, *, report: Path | None, record: Record | None = None
) -> dict[str, Any]:
    """Give the whole result as JSON values; `report` is the path of the HTML page."""
    record = record or Record()
    fault = evidence.moments.fault
    targets = {service.name: service.rto_s for service in evidence.services}
    return {
        "format": FORMAT,
        "scenario": evidence.scenario,
        "title": evidence.title,
        "title_ja": evidence.title_ja,
        "run_id": evidence.run_id,
        "verdict": verdict.decision,
        "reasons": list(verdict.reasons),
        "fates": dict(verdict.fates),
        "unjudged": verdict.unjudged,
        "outcomes": _outcomes(evidence),
        "violations": [asdict(violation) for violation in verdict.violations],
        "acked_at_risk": [v.id for v in verdict.violations if v.fate == "acked_at_risk"],
        "bytes_at_risk": dict(evidence.bytes_at_risk),
        "diverged": [_diverged(tail, evidence, verdict) for tail in evidence.diverged],
        "brought_back": [asdict(each) for each in evidence.brought_back],
        "pay_run": None if evidence.pay_run is None else asdict(evidence.pay_run),
        "silences": [asdict(silence) for silence in silences_of(evidence)],
        "batches": [_listed(asdict(batch)) for batch in evidence.batches],
        "batch_silences": [_silence(silence) for silence in batch_silences_of(evidence)],
        "leaders": dict(evidence.leaders),
        "rto_s": verdict.rto_s,
        "rto_s_by_office": dict(verdict.rto_s_by_office),
        "people_s": _round(verdict.people_s),
        "rto_without_people_s": _round(verdict.rto_without_people_s),
        "rto_without_people_s_by_office": {
            office: _round(s) for office, s in verdict.rto_without_people_s_by_office.items()
        },
        "outages": [_outage(outage, targets.get(outage.service)) for outage in verdict.outages],
        "two_writers_s": _rounded(verdict.two_writers_s),
        "no_writer_s": _rounded(verdict.no_writer_s),
        "writers": {name: _writers(log, fault) for name, log in verdict.writers.items()},
        "terms": {name: _terms(terms) for name, terms in verdict.terms.items()},
        "moments": asdict(evidence.moments),
        "phases_s": _phases(evidence),
        "memory_peak_mb": evidence.memory_peak_mb,
        "hosts": evidence.hosts,
        "load": asdict(evidence.load),
        "people": [_person(step) for step in evidence.people],
        "cast": [_listed(asdict(player)) for player in evidence.cast],
        "notes": [{"at": n.at, "by": n.by, "text": n.text} for n in record.notes],
        "findings": findings_of(record),
        "settings": dict(evidence.settings),
        "versions": dict(evidence.versions),
        "bill_of_materials": [asdict(package) for package in evidence.bill_of_materials],
        "honesty": [asdict(limit) for limit in evidence.honesty],
        "history_problems": [str(problem) for problem in evidence.history_problems],
        "report": None if report is None else str(report),
    }


def _diverged(tail: Diverged, evidence: Evidence, verdict: Verdict) -> dict[str, Any]:
    told = {t.id: t.outcome for t in evidence.transactions if t.kind == "write"}
    rows = [
        {
            "table": row.table,
            "content": row.content,
            "id": row.key if row.key in told else None,
            "told": told.get(row.key or ""),
            "fate": verdict.fate_by_id.get(row.key or ""),
        }
        for row in tail.rows
    ]
    return {**{k: v for k, v in asdict(tail).items() if k != "rows"}, "rows": rows}


def _silence(silence: BatchSilence) -> dict[str, Any]:
    seconds = {k: _round(getattr(silence, k)) for k in ("seconds", "cut_off_seconds")}
    return {**asdict(silence), **seconds}


def _outcomes(evidence: Evidence) -> dict[str, dict[str, int]]:
    counts = Counter((t.kind, t.outcome) for t in evidence.transactions)
    return {
        "write": {o: counts["write", o] for o in ("acked", "refused", "unknown", "unreached")},
        "read": {o: counts["read", o] for o in ("acked", "failed")},
    }


def _outage(outage: Outage, target_s: float | None) -> dict[str, Any]:
    return {
        "office": outage.office,
        "service": outage.service,
        "kind": outage.kind,
        "seconds": outage.seconds,
        "target_s": target_s,
        "wording": outage.wording,
        "is_restored": outage.is_restored,
        "is_serving_at_end": outage.is_serving_at_end,
        "longest_silence_s": round(outage.longest_silence_s, 3),
        "first_ack_s": _round(outage.first_ack_s),
        "started": outage.started,
        "in_time": outage.in_time,
        "late": outage.late,
    }


def _writers(log: WriterLog, fault: float | None) -> dict[str, Any]:
    zero = log.since if fault is None else fault
    return {
        "tolerance_s": _round(log.tolerance_s),
        "longest_overlap_s": _round(log.longest_overlap_s),
        "unsampled": list(log.unsampled),
        "spans": [
            {
                "host": span.host,
                "since_s": _round(span.since - zero),
                "until_s": _round(span.until - zero),
                "assumed_s": _round(span.assumed_s),
            }
            for span in log.spans
        ],
        "overlaps": [
            {
                "hosts": list(overlap.hosts),
                "since_s": _round(overlap.since - zero),
                "until_s": _round(overlap.until - zero),
                "is_assumed": overlap.is_assumed,
            }
            for overlap in log.overlaps
        ],
    }


def _terms(terms: Terms) -> dict[str, Any]:
    baseline = terms.baseline
    return {
        "variant": terms.variant,
        "etcd_leader_at_fault": terms.etcd_leader_at_fault,
        "lines_fell": terms.lines_fell,
        "old_leader": terms.old_leader,
        "new_leader": terms.new_leader,
        "terms": [
            {
                "name": term.name,
                "seconds": _round(term.seconds),
                "baseline_s": [term.baseline.low, term.baseline.high] if term.baseline else None,
            }
            for term in terms.terms
        ],
        "total_s": _round(terms.total_s),
        "baseline_total_s": [baseline.total.low, baseline.total.high] if baseline else None,
        "beyond_baseline_s": _round(terms.beyond_baseline_s),
        "resolution_s": _round(terms.resolution_s),
        "old_acked_until_s": _round(terms.old_acked_until_s),
        "old_writer_until_s": _round(terms.old_writer_until_s),
        "new_writer_from_s": _round(terms.new_writer_from_s),
        "margin_s": _round(terms.margin_s),
    }


def _person(step: PeopleStep) -> dict[str, Any]:
    waited = sum(end - begin for begin, end in waits_of([step]))
    return {
        **_listed(asdict(step)),
        "asked_at": step.asked_at,
        "decided_at": step.decided_at,
        "approved_at": list(step.approved_at),
        "done_at": step.done_at,
        "waited_s": round(waited, 3),
        "machines_s": _round(step.machines_s),
    }


def _listed(values: dict[str, Any]) -> dict[str, Any]:
    """Give the same with lists for tuples, as JSON reads them back."""
    return {key: list(v) if isinstance(v, tuple) else v for key, v in values.items()}


def findings_of(record: Record) -> list[dict[str, Any]]:
    """Give every finding of a drill with what became of it, as JSON values."""
    return [_finding(record, finding) for finding in record.findings]


def _finding(record: Record, finding: Finding) -> dict[str, Any]:
    closing = record.closing(finding.id)
    told = asdict(finding)
    del told["kind"]
    return {
        **told,
        "is_open": closing is None,
        "closed_at": None if closing is None else closing.at,
        "closed_by": None if closing is None else closing.by,
        "closing": None if closing is None else closing.text,
    }


def _phases(evidence: Evidence) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for phase in evidence.phases:
        seconds[phase.name] = seconds.get(phase.name, 0.0) + phase.ended - phase.started
    return _rounded(seconds)


def _rounded(seconds: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in seconds.items()}


def _round(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
