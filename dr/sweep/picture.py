"""The gaps of a sweep drawn: a lane for each thing that failed, a stroke for each trial, by kind."""

from __future__ import annotations

from collections.abc import Sequence

from dr.drawing import Drawing, Rule, Scale, Text
from dr.sweep.document import Swept
from dr.sweep.figures import LIMITS_MS
from dr.sweep.trial import Trial

__all__ = ["CSS", "gap_picture"]

CSS = {"down": "refused", "silent": "struck", "planned": "safe"}
"""By kind: the class of its colour."""
WIDTH, LEFT, RIGHT, ROW = 1120.0, 250.0, 40.0, 8.0
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000)
_STROKE = 2.0
_LEAST_MS = 100


def gap_picture(swept: Swept, *, is_return: bool = False) -> Drawing | None:
    """Draw the gaps while things had failed, or as they came back; None where nothing was lost."""
    longest = max((_gap(trial, is_return) for trial in swept.trials), default=0)
    if not longest:
        return None
    top = max([longest, _LEAST_MS, *(0 if is_return else LIMITS_MS[k] for k in swept.kinds)])
    scale = Scale(0.0, top * 1.05, LEFT, WIDTH - RIGHT, _STEPS)
    drawing = Drawing(WIDTH, 6.0, "Gaps by failure, in milliseconds")
    for is_single in (False, True):
        for subject in swept.subjects:
            trials = [t for t in swept.trials if t.subject == subject.name]
            if subject.is_single == is_single and any(_gap(t, is_return) for t in trials):
                name = f"{subject.name} (single)" if is_single else subject.name
                _draw_lane(drawing, scale, swept, name, trials, is_return)
    _draw_axis(drawing, scale, () if is_return else [LIMITS_MS[kind] for kind in swept.kinds])
    return drawing


def _gap(trial: Trial, is_return: bool) -> int:
    return trial.return_ms if is_return else trial.gap_ms


def _draw_lane(
    drawing: Drawing,
    scale: Scale,
    swept: Swept,
    name: str,
    trials: Sequence[Trial],
    is_return: bool,
) -> None:
    top = drawing.height
    height = ROW * len(swept.kinds)
    drawing.texts.append(Text(LEFT - 8, top + height / 2 + 4, name, "row", "end"))
    for row, kind in enumerate(swept.kinds):
        bar = scale.bar(top + row * ROW, ROW - 1, CSS[kind])
        per_ms = (scale.right - scale.left) / (scale.high - scale.low)
        for trial in trials:
            ms = _gap(trial, is_return)
            if trial.kind == kind and ms:
                tip = f"{name}, {kind}, round {trial.number}: {ms} ms, {trial.lost} packets"
                drawing.bars.append(bar(ms, ms + _STROKE / per_ms, tip))
    drawing.height = top + height + 5
    drawing.rules.append(Rule(LEFT, drawing.height - 3, WIDTH - RIGHT, drawing.height - 3, "grid"))


def _draw_axis(drawing: Drawing, scale: Scale, limits: Sequence[int]) -> None:
    bottom = drawing.height
    for tick in scale.ticks(14):
        drawing.rules.append(Rule(scale(tick), bottom - 3, scale(tick), bottom, "axis"))
        drawing.texts.append(Text(scale(tick), bottom + 12, f"{tick:g} ms", "tick", "middle"))
    for limit in limits:
        if limit:
            drawing.rules.append(Rule(scale(limit), 0, scale(limit), bottom, "targetline"))
    drawing.height = bottom + 18
