"""The approval paper (決議書) of a month as a page: what is decided, the sums by office, who drafted and who approved."""

from __future__ import annotations

from html import escape
from typing import Any

from nenkin.collection.closing import KINDS, Draft

__all__ = ["page"]

_COUNTER = "窓口での納付記録"
_STYLE = """
@page { size: A4; margin: 20mm }
body { font-family: "Noto Sans CJK JP", "IPAexGothic", sans-serif; font-size: 10.5pt; line-height: 1.5;
  max-width: 170mm; margin: 0 auto }
h1 { font-size: 16pt; text-align: center; letter-spacing: 0.3em } h2 { font-size: 11pt; margin: 1.2em 0 0.3em }
table { border-collapse: collapse; width: 100% } th, td { border: 1px solid #333; padding: 2px 8px; text-align: left }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums } tr.sum td { font-weight: bold; border-top: 2px solid }
tr { break-inside: avoid } .small { font-size: 8.5pt; color: #444; overflow-wrap: anywhere }
"""


def page(paper: Draft) -> str:
    """The paper as one HTML page that holds all it needs and is the same for the same draft."""
    document = paper.document
    year, month = document["month"].split("-")
    titled = f"{year}年{int(month)}月分 保険料 月次決算 決議書"
    parts = [
        "<!doctype html>",
        f'<html lang="ja"><head><meta charset="utf-8"><title>{titled}</title><style>{_STYLE}</style></head><body>',
        "<h1>決議書</h1>",
        f"<p>{year}年{int(month)}月分の保険料の調定・収納を次のとおり確定し、同月を締め切ってよいか伺います。</p>",
        _signatures(paper),
        "<h2>総括</h2>",
        _overview(document),
        "<h2>未収金（事業所）</h2>",
        _flow(document["receivable"], "billed", "納入告知", "received", "収納"),
        "<h2>仮受金</h2>",
        _flow(document["suspense"], "suspended", "受入", "settled", "振替"),
    ]
    for kind, title in {**KINDS, "counter": _COUNTER}.items():
        rows = document["sums"][kind]
        if rows:
            parts += [f"<h2>内訳：{title}</h2>", _by_office(rows)]
    parts.append(f'<p class="small">文書の検査値 SHA-256: {paper.sha256}</p></body></html>')
    return "\n".join(parts) + "\n"


def _signatures(paper: Draft) -> str:
    approver = escape(paper.approver) if paper.approver is not None else "（未決裁）"
    return (
        f"<table><tr><th>起案番号</th><td>{paper.number}</td><th>起案者</th><td>{escape(paper.drafter)}</td>"
        f"<th>決裁者</th><td>{approver}</td></tr></table>"
    )


def _overview(document: dict[str, Any]) -> str:
    rows = "".join(
        f'<tr><td>{title}</td><td class="n">{document["totals"][kind]["count"]:,}</td>'
        f'<td class="n">{document["totals"][kind]["amount"]:,}</td></tr>'
        for kind, title in {**KINDS, "counter": _COUNTER}.items()
    )
    return f'<table><tr><th>区分</th><th class="n">件数</th><th class="n">金額（円）</th></tr>{rows}</table>'


def _flow(values: dict[str, int], plus: str, plus_title: str, minus: str, minus_title: str) -> str:
    heads = ("前月末残高", plus_title, minus_title, "当月末残高")
    cells = (values["before"], values[plus], values[minus], values["after"])
    return (
        "<table><tr>"
        + "".join(f'<th class="n">{head}（円）</th>' for head in heads)
        + "</tr><tr>"
        + "".join(f'<td class="n">{cell:,}</td>' for cell in cells)
        + "</tr></table>"
    )


def _by_office(rows: list[dict[str, Any]]) -> str:
    lines = "".join(
        f'<tr><td>{row["office"] if row["office"] != "0000" else "（不明）"}</td><td class="n">{row["count"]:,}</td>'
        f'<td class="n">{row["amount"]:,}</td></tr>'
        for row in rows
    )
    count, amount = sum(row["count"] for row in rows), sum(row["amount"] for row in rows)
    total = (
        f'<tr class="sum"><td>計</td><td class="n">{count:,}</td><td class="n">{amount:,}</td></tr>'
    )
    return (
        '<table><tr><th>事務所</th><th class="n">件数</th><th class="n">金額（円）</th></tr>'
        f"{lines}{total}</table>"
    )
