"""The report of a rehearsal: one HTML file that needs nothing else, and the same as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dr.headline import Headline
from dr.migration.document import document_of
from dr.migration.picture import CSS, passage_picture
from dr.migration.taken import Rehearsed
from dr.pages import page_templates, write_pages

__all__ = ["render_report", "write_report"]


def write_report(folder: Path, rehearsed: Rehearsed) -> dict[str, Any]:
    """Write `report.html` and `rehearsal.json`; give the JSON document."""
    page = folder / "report.html"
    document = document_of(rehearsed, page)
    write_pages(page, render_report(rehearsed), "rehearsal.json", document)
    return document


def render_report(rehearsed: Rehearsed) -> str:
    """Give the report as one HTML page without any external resource."""
    return (
        page_templates()
        .get_template("rehearsal.html.j2")
        .render(
            d=document_of(rehearsed, None),
            headline=headline_of(rehearsed),
            offices=[office.site for office in rehearsed.offices],
            minutes=round((rehearsed.ended - rehearsed.started) / 60),
            when=datetime.fromtimestamp(rehearsed.started, UTC).strftime("%Y-%m-%d %H:%M UTC"),
            css=CSS,
            passage=passage_picture(rehearsed),
        )
    )


def headline_of(rehearsed: Rehearsed) -> Headline:
    """Give the verdict in a word and a sentence."""
    held = len([one for one in rehearsed.taken if one.deviation is None])
    way = f"From {rehearsed.source} to {rehearsed.target}"
    count = f"{held} of {rehearsed.planned} steps held"
    count_ja = f"全{rehearsed.planned}段階のうち{held}段階"
    if rehearsed.verdict == "aborted":
        return Headline(
            "Aborted",
            "中止・判定なし",
            f"{way}: the rehearsal did not come to its end. {count}.",
            f"最後まで実施していない。{count_ja}を実施した。",
        )
    if rehearsed.verdict == "failed":
        return Headline(
            "Failed",
            "不合格",
            f"{way}: {count}, and the next one was taken back:",
            f"{count_ja}が計画どおりに進み、次の段階で計画と異なる結果となったため元に戻した:",
        )
    lost = rehearsed.packets_lost
    words = (
        "no office lost a packet" if not lost else f"{lost} packets lost, all as foreseen or borne"
    )
    words_ja = "全事業所で通信の欠落なし" if not lost else f"欠落は想定内の{lost}パケットのみ"
    return Headline(
        "Passed",
        "合格",
        f"{way}: all {rehearsed.planned} steps held, and {words}.",
        f"全{rehearsed.planned}段階が計画どおりに完了し、{words_ja}。",
    )
