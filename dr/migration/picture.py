"""A rehearsal drawn: when each step was taken, and below it a lane for each stream with what it lost."""

from __future__ import annotations

from dr.drawing import Drawing, Rule, Scale, Text
from dr.migration.taken import Rehearsed, Taken, foreseen_in

__all__ = ["CSS", "passage_picture"]

CSS = {"held": "safe", "taken back": "bad", "foreseen": "refused", "lost": "struck"}
"""By what a bar means: the class of its colour."""
WIDTH, LEFT, RIGHT = 1120.0, 190.0, 20.0
_STEP, _LANE = 16.0, 18.0
_LEAST_PX = 3.0
_NUMBERED_PX = 16.0


def passage_picture(rehearsed: Rehearsed) -> Drawing | None:
    """Draw it; None where no step was taken."""
    if not rehearsed.taken:
        return None
    end = max(one.ended_s for one in rehearsed.taken)
    scale = Scale(0.0, max(end, 1.0), LEFT, WIDTH - RIGHT)
    drawing = Drawing(WIDTH, 14.0, "Steps and what each stream lost, over time")
    _draw_steps(drawing, scale, rehearsed)
    for name in (name for office in rehearsed.offices for name in office.streams):
        _draw_lane(drawing, scale, rehearsed, name)
    bottom = drawing.height
    for tick in scale.ticks():
        drawing.rules.append(Rule(scale(tick), bottom - 3, scale(tick), bottom, "axis"))
        drawing.texts.append(Text(scale(tick), bottom + 12, _clock(tick), "tick", "middle"))
    drawing.height = bottom + 18
    return drawing


def _draw_steps(drawing: Drawing, scale: Scale, rehearsed: Rehearsed) -> None:
    top, shown = drawing.height, -_NUMBERED_PX
    drawing.texts.append(Text(LEFT - 8, top + 11, "step", "row", "end"))
    for one in rehearsed.taken:
        css = CSS["held"] if one.deviation is None else CSS["taken back"]
        # A hair's breadth between two, so that each is seen.
        until = max(one.begun_s, one.ended_s - 0.8 / _per_s(scale))
        tip = f"{one.step.number}: {one.step.title}, {one.ended_s - one.begun_s:.1f} s"
        drawing.bars.append(scale.bar(top, _STEP - 2, css)(one.begun_s, until, tip))
        x = scale(one.begun_s)
        if x - shown >= _NUMBERED_PX:
            drawing.texts.append(Text(x, top - 3, str(one.step.number), "tick"))
            shown = x
    drawing.height = top + _STEP + 6


def _draw_lane(drawing: Drawing, scale: Scale, rehearsed: Rehearsed, stream: str) -> None:
    top = drawing.height
    drawing.texts.append(Text(LEFT - 8, top + _LANE / 2 + 3, stream, "row", "end"))
    for one in rehearsed.taken:
        if stream in foreseen_in(one.step):
            tip = f"{stream}: silent in step {one.step.number} by the plan"
            bar = scale.bar(top + _LANE - 7, 4, CSS["foreseen"])
            drawing.bars.append(bar(one.begun_s, one.ended_s, tip))
        _draw_silence(drawing, scale, one, stream, top)
    drawing.height = top + _LANE
    drawing.rules.append(Rule(LEFT, drawing.height - 2, WIDTH - RIGHT, drawing.height - 2, "grid"))


def _draw_silence(drawing: Drawing, scale: Scale, one: Taken, stream: str, top: float) -> None:
    for silence in one.silences:
        if silence.stream == stream:
            tip = f"{stream}, step {one.step.number}: {silence.packets} packets, {silence.longest_ms} ms on end"
            least = _LEAST_PX / _per_s(scale)
            until = silence.at_s + max(silence.longest_ms / 1000, least)
            bar = scale.bar(top + 2, _LANE - 6, CSS["lost"])
            drawing.bars.append(bar(silence.at_s, until, tip))


def _per_s(scale: Scale) -> float:
    return (scale.right - scale.left) / (scale.high - scale.low)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
