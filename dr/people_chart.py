"""The steps of a drill as bars: how long each waited for people, and how long machines took."""

from __future__ import annotations

from dr.drawing import Drawing, Rule, Scale, Text
from dr.evidence import Evidence, PeopleStep
from dr.judge import Verdict
from dr.timeline import zero_of

__all__ = ["people_chart"]

WIDTH, LEFT, RIGHT = 1120.0, 300.0, 24.0
ROW, BAR = 22.0, 13.0


def people_chart(evidence: Evidence, verdict: Verdict) -> Drawing | None:
    """Draw one row a step; None where no step was taken."""
    zero = zero_of(evidence)
    taken = [step for step in evidence.people if step.started is not None]
    ends = [step.ended - zero for step in taken if step.ended is not None]
    if not ends:
        return None
    low = min(0.0, *(step.started - zero for step in taken if step.started is not None))
    drawing = Drawing(WIDTH, 16.0, "Steps of the drill: waiting for people, and machines at work")
    scale = Scale(low, max(*ends, verdict.rto_s or 0.0, low + 1) * 1.04, LEFT, WIDTH - RIGHT)
    for step in taken:
        _draw_step(drawing, scale, step, zero)
    bottom = drawing.height
    for tick in scale.ticks(14):
        x = scale(tick)
        drawing.rules.append(Rule(x, 12, x, bottom, "grid"))
        drawing.texts.append(Text(x, bottom + 13, f"{tick:+g} s", "tick", "middle"))
    if evidence.moments.fault is not None:
        drawing.rules.append(Rule(scale(0), 12, scale(0), bottom, "faultline"))
    if verdict.rto_s is not None:
        x = scale(verdict.rto_s)
        drawing.rules.append(Rule(x, 12, x, bottom, "healline"))
        words = f"every office is served: {verdict.rto_s:g} s"
        is_right = x > WIDTH - 180
        anchor = "end" if is_right else "start"
        drawing.texts.append(Text(x - 4 if is_right else x + 4, 9, words, "tick", anchor))
    drawing.height = bottom + 20
    return drawing


def _draw_step(drawing: Drawing, scale: Scale, step: PeopleStep, zero: float) -> None:
    y = drawing.height + 3
    name = step.name if len(step.name) <= 46 else step.name[:45] + "…"
    drawing.texts.append(Text(LEFT - 8, y + 10.5, name, "row", "end"))
    drawing.rules.append(Rule(LEFT, y + ROW - 4, WIDTH - RIGHT, y + ROW - 4, "grid"))
    bar = scale.bar(y, BAR, "people")
    for answer in step.answers:
        until = step.ended if answer.at is None else answer.at
        if until is None:
            continue
        since = answer.asked_at - zero
        waited = until - answer.asked_at
        script = ", scripted" if answer.source == "scripted" else ""
        tip = f"{answer.person} ({answer.role}) {answer.part}: {answer.said} after {waited:.1f} s{script}"
        drawing.bars.append(bar(since, until - zero, tip))
    if step.machines_s is not None and step.ended is not None:
        css = "machines" if step.done else "machines undone"
        tip = f"{step.who} at work for {step.machines_s:.1f} s"
        since = step.ended - step.machines_s - zero
        drawing.bars.append(scale.bar(y, BAR, css)(since, step.ended - zero, tip))
    if step.ended is not None:
        whole = step.ended - (step.started or step.ended)
        x = scale(step.ended - zero) + 5
        words = f"{whole:.1f} s" + ("" if step.done else ", not done")
        is_right = x > WIDTH - 120
        x = scale((step.started or step.ended) - zero) - 5 if is_right else x
        drawing.texts.append(Text(x, y + 10.5, words, "value", "end" if is_right else "start"))
    drawing.height += ROW
