"""The report of a sweep: one HTML file that needs nothing else, and the same as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dr.headline import Headline
from dr.pages import page_templates, write_pages
from dr.sweep.document import Swept, document_of
from dr.sweep.picture import CSS, gap_picture

__all__ = ["render_report", "write_report"]


def write_report(folder: Path, swept: Swept) -> dict[str, Any]:
    """Write `report.html` and `sweep.json`; give the JSON document."""
    page = folder / "report.html"
    document = document_of(swept, page)
    write_pages(page, render_report(swept), "sweep.json", document)
    return document


def render_report(swept: Swept) -> str:
    """Give the report as one HTML page without any external resource."""
    environment = page_templates()
    environment.filters["ms"] = _milliseconds
    document = document_of(swept, None)
    offices = [office.site for office in swept.offices]
    return environment.get_template("sweep.html.j2").render(
        d=document,
        headline=headline_of(swept),
        offices=offices,
        minutes=round(sum(ended - began for began, ended in swept.sittings) / 60),
        when=", ".join(
            datetime.fromtimestamp(began, UTC).strftime("%Y-%m-%d %H:%M UTC")
            for began, _ in swept.sittings
        ),
        css=CSS,
        failing=gap_picture(swept),
        returning=gap_picture(swept, is_return=True),
    )


def headline_of(swept: Swept) -> Headline:
    """Give the verdict in a word and a sentence."""
    tried = len({(trial.subject, trial.kind) for trial in swept.trials})
    count = f"{len(swept.trials)} trials of {tried} failures"
    if swept.verdict == "aborted":
        return Headline(
            "Aborted",
            "中止・判定なし",
            f"The sweep did not come to its end. {count} were made.",
            f"最後まで実施していない。実施した試行は{len(swept.trials)}回。",
        )
    if swept.verdict == "failed":
        return Headline(
            "Failed",
            "不合格",
            f"{count}, and not everything is as promised:",
            f"{len(swept.trials)}回の試行のうち、次の点が約束に反した:",
        )
    return Headline(
        "Passed",
        "合格",
        f"{count}: every office was answered again, each time, as fast as promised.",
        f"{len(swept.trials)}回の試行すべてで、全事業所の通信が約束の時間内に回復した。",
    )


def _milliseconds(value: int | None) -> str:
    return "–" if value is None else f"{value:,} ms"
