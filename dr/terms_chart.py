"""The terms of an outage as a bar, above the range that the database layer alone took."""

from __future__ import annotations

from dr.drawing import Drawing, Rule, Scale, Text
from dr.terms import Terms

__all__ = ["terms_chart"]

WIDTH, LEFT, RIGHT = 1120.0, 150.0, 60.0
BAR, GAP = 26.0, 12.0


def terms_chart(terms: Terms, rto_s: float | None) -> Drawing | None:
    """Draw the terms of one cluster; None where nothing was taken over."""
    if terms.total_s is None:
        return None
    longest = max(terms.total_s, rto_s or 0.0)
    if terms.baseline:
        longest = max(longest, terms.baseline.total.high)
    scale = Scale(0.0, longest * 1.04, LEFT, WIDTH - RIGHT)
    drawing = Drawing(WIDTH, 4.0, f"Terms of the outage of {terms.cluster}")
    _draw_row(drawing, scale, terms, rto_s)
    if terms.baseline:
        total = terms.baseline.total
        y = drawing.height
        drawing.texts.append(Text(LEFT - 8, y + 12, "database layer alone", "row", "end"))
        tip = f"{terms.baseline.title}: {total} s in {terms.baseline.runs} runs"
        drawing.bars.append(scale.bar(y + 3, 12, "range")(total.low, total.high, tip))
        drawing.texts.append(Text(scale(total.high) + 6, y + 13, f"{total} s", "value"))
        drawing.height = y + 22
    bottom = drawing.height
    for tick in scale.ticks(14):
        x = scale(tick)
        drawing.rules.append(Rule(x, 0, x, bottom, "grid"))
        drawing.texts.append(Text(x, bottom + 13, f"{tick:g} s", "tick", "middle"))
    drawing.height = bottom + 20
    return drawing


def _draw_row(drawing: Drawing, scale: Scale, terms: Terms, rto_s: float | None) -> None:
    y = drawing.height
    drawing.texts.append(Text(LEFT - 8, y + 17, "this drill", "row", "end"))
    at = 0.0
    for number, term in enumerate(terms.terms, start=1):
        seconds = term.seconds or 0.0
        tip = f"{term.name}: {seconds:.1f} s"
        drawing.bars.append(scale.bar(y, BAR, f"term{number}")(at, at + seconds, tip))
        width = scale(at + seconds) - scale(at)
        if width > 44:
            middle = scale(at) + width / 2
            drawing.texts.append(Text(middle, y + 17, f"{seconds:.1f} s", "inside", "middle"))
        at += seconds
    if rto_s is not None and rto_s > at:
        tip = f"first acknowledgement to every office served: {rto_s - at:.1f} s"
        drawing.bars.append(scale.bar(y, BAR, "term5")(at, rto_s, tip))
        at = rto_s
    drawing.texts.append(Text(scale(at) + 6, y + 17, f"{at:.1f} s", "value"))
    drawing.height = y + BAR + GAP
