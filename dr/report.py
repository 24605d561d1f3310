"""The report of a drill: one HTML file that needs nothing else, and the same as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dr.archive import write_evidence
from dr.document import document_of
from dr.evidence import Evidence
from dr.fates import BAD_FATES, FATES, Fate
from dr.headline import headline_of, key_figures
from dr.judge import Verdict
from dr.outage import Outage
from dr.pages import page_templates, write_pages
from dr.people_chart import people_chart
from dr.people_time import waits_of
from dr.record import Record, read_record
from dr.terms_chart import terms_chart
from dr.timeline import CLASSES, legend_of, numbered_events, timeline, zero_of

__all__ = ["render_again", "render_report", "write_report"]

_FATES_JA: dict[Fate, str] = {
    "acked_kept": "受付・保存",
    "acked_lost": "受付・喪失",
    "acked_at_risk": "受付・喪失のおそれ",
    "doubled": "二重",
    "altered": "内容相違",
    "refused": "拒否・保存なし",
    "refused_kept": "拒否・保存あり",
    "unknown_kept": "応答なし・保存あり",
    "unknown_lost": "応答なし・保存なし",
}
_FATES_EN: dict[Fate, str] = {
    "acked_kept": "acknowledged and there once, unaltered",
    "acked_lost": "acknowledged and not there",
    "acked_at_risk": "acknowledged, not there, but no leader exists yet",
    "doubled": "there more than once",
    "altered": "there with another content",
    "refused": "refused, and not there",
    "refused_kept": "refused but there",
    "unknown_kept": "no answer in time, or an error after COMMIT; there",
    "unknown_lost": "no answer in time, or an error after COMMIT; not there",
}


def write_report(folder: Path, evidence: Evidence, verdict: Verdict) -> dict[str, Any]:
    """Write `evidence.json`, `report.html` and `drill.json`; give the JSON document."""
    folder.mkdir(parents=True, exist_ok=True)
    write_evidence(folder / "evidence.json", evidence)
    return render_again(folder, evidence, verdict)


def render_again(folder: Path, evidence: Evidence, verdict: Verdict) -> dict[str, Any]:
    """Write page and document anew with the record as it stands now; the evidence stays untouched."""
    record, page = read_record(folder), folder / "report.html"
    document = document_of(evidence, verdict, report=page, record=record)
    html = _page(evidence, verdict, record, document)
    write_pages(page, html, "drill.json", document)
    return document


def render_report(evidence: Evidence, verdict: Verdict, record: Record | None = None) -> str:
    """Give the report as one HTML page without any external resource."""
    record = record or Record()
    document = document_of(evidence, verdict, report=None, record=record)
    return _page(evidence, verdict, record, document)


def _page(evidence: Evidence, verdict: Verdict, record: Record, document: Mapping[str, Any]) -> str:
    environment = page_templates()
    environment.filters |= {
        "num": _number,
        "sec": _seconds,
        "moment": _moment,
        "offset": lambda at: _offset(evidence, at),
    }
    return environment.get_template("report.html.j2").render(
        document=document,
        e=evidence,
        v=verdict,
        headline=headline_of(evidence, verdict),
        figures=key_figures(evidence, verdict),
        picture=timeline(evidence, verdict),
        events=numbered_events(evidence),
        legend=legend_of(verdict),
        offices=_office_rows(evidence, verdict),
        fates=_fate_rows(verdict),
        charts=_charts(evidence, verdict),
        phases=_phase_rows(evidence),
        steps=_step_rows(evidence),
        answers=[answer for step in evidence.people for answer in step.answers],
        people_picture=people_chart(evidence, verdict),
        record=record,
        closed={f.id: closing for f in record.findings if (closing := record.closing(f.id))},
    )


def _step_rows(evidence: Evidence) -> list[dict[str, Any]]:
    return [
        {"step": step, "waited_s": sum(end - begin for begin, end in waits_of([step]))}
        for step in evidence.people
    ]


def _office_rows(evidence: Evidence, verdict: Verdict) -> list[dict[str, Any]]:
    offices = {office.name: office for office in evidence.offices}
    targets = {service.name: service.rto_s for service in evidence.services}
    return [
        {
            "office": offices[outage.office],
            "outage": outage,
            "target_s": targets.get(outage.service),
            "is_bad": _is_bad(outage, targets.get(outage.service)),
        }
        for outage in verdict.outages
    ]


def _is_bad(outage: Outage, target_s: float | None) -> bool:
    if outage.seconds is None or not outage.is_serving_at_end:
        return True
    return target_s is not None and outage.seconds > target_s


def _fate_rows(verdict: Verdict) -> list[dict[str, Any]]:
    return [
        {
            "fate": fate,
            "text": _FATES_EN[fate],
            "text_ja": _FATES_JA[fate],
            "count": verdict.fates[fate],
            "fails": fate in BAD_FATES or fate == "acked_at_risk",
            "css": next(css for css, _, fates in CLASSES if fate in fates),
        }
        for fate in FATES
    ]


def _charts(evidence: Evidence, verdict: Verdict) -> list[dict[str, Any]]:
    charts: list[dict[str, Any]] = []
    for cluster in evidence.clusters:
        terms = verdict.terms.get(cluster.name)
        if terms is None:
            continue
        services = {s.name for s in evidence.services if s.cluster == cluster.name}
        outages = [o for o in verdict.outages if o.service in services and o.kind == "write"]
        seconds = [o.seconds for o in outages if o.seconds is not None]
        is_known = bool(seconds) and len(seconds) == len(outages)
        rto_s = max(seconds) if is_known else None
        rest = None if rto_s is None or terms.total_s is None else rto_s - terms.total_s
        charts.append(
            {
                "terms": terms,
                "rto_s": rto_s,
                "rest_s": rest,
                "picture": terms_chart(terms, rto_s),
                "has_clients": bool(outages),
            }
        )
    return charts


def _phase_rows(evidence: Evidence) -> list[dict[str, Any]]:
    whole = max((p.ended for p in evidence.phases), default=0.0) - min(
        (p.started for p in evidence.phases), default=0.0
    )
    longest = max((p.ended - p.started for p in evidence.phases), default=0.0) or 1.0
    rows: list[dict[str, Any]] = [
        {"name": p.name, "seconds": p.ended - p.started, "share": (p.ended - p.started) / longest}
        for p in evidence.phases
    ]
    if rows:
        rows.append({"name": "whole run", "seconds": whole, "share": None})
    return rows


def _number(value: float | None, unit: str = "") -> str:
    """Write a count with thousands apart, and its unit."""
    text = "–" if value is None else f"{value:,.0f}"
    return f"{text} {unit}" if unit and value is not None else text


def _seconds(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{value:.{digits}f} s".replace("-", "−")


def _moment(at: float | None) -> str:
    if at is None:
        return "–"
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _offset(evidence: Evidence, at: float | None) -> str:
    """Write a moment as seconds from the zero of the timeline."""
    return "–" if at is None else f"{at - zero_of(evidence):+.2f} s".replace("-", "−")
