"""Pictures of capacity and cost: stacked years, a balance, and a history with its futures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from dr.drawing import Bar, Drawing, Rule, Scale, Text
from monitors.capacity.comparison import Comparison
from monitors.capacity.costs import PARTS
from monitors.capacity.forecast import Forecast
from monitors.capacity.series import Floats

__all__ = ["PART_CSS", "balance_picture", "cores_picture", "cost_picture", "forecast_picture"]

WIDTH, LEFT, RIGHT, ROW = 1120.0, 170.0, 70.0, 16.0
PART_CSS = {part: f"term{number}" for number, part in enumerate(PARTS, start=1)}
"""By part of a cost: the class of its colour."""
_BILLION = 1e9
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)


def cost_picture(found: Comparison) -> Drawing:
    """For each year two bars, A above B, by what the yen are for."""
    most = max(*found.a.costs.by_year, *found.b.costs.by_year, 1) / _BILLION
    scale = Scale(0.0, most * 1.08, LEFT, WIDTH - RIGHT, _STEPS)
    drawing = Drawing(WIDTH, 4.0, "Cost by year, in billion yen")
    for index, year in enumerate(found.years):
        for letter, one in (("A", found.a), ("B", found.b)):
            top, at = drawing.height, 0.0
            drawing.texts.append(Text(LEFT - 8, top + 12, f"{year} {letter}", "row", "end"))
            bar = {part: scale.bar(top, ROW, css) for part, css in PART_CSS.items()}
            for part in PARTS:
                yen = one.costs.by_part[part][index] / _BILLION
                if yen > 0:
                    tip = f"{year}, {one.name}, {part}: {yen:,.2f} billion yen"
                    drawing.bars.append(bar[part](at, at + yen, tip))
                    at += yen
            drawing.texts.append(Text(scale(at) + 6, top + 12, f"{at:,.1f}", "value"))
            drawing.height = top + ROW + 3
        drawing.height += 7
    _axis(drawing, scale, "billion yen")
    return drawing


def balance_picture(found: Comparison) -> Drawing:
    """What B has saved up to the end of each year, fees and what is paid once counted; to the left = not paid for yet."""
    sums = np.cumsum(found.saved_by_year) / _BILLION
    low, high = min(0.0, float(sums.min())), max(0.0, float(sums.max()))
    room = max(high - low, 0.1) * 0.08
    scale = Scale(low - room, high + room, LEFT, WIDTH - RIGHT, _STEPS)
    drawing = Drawing(WIDTH, 4.0, "Saved up to the end of each year, in billion yen")
    for year, value in zip(found.years, sums, strict=True):
        top = drawing.height
        drawing.texts.append(Text(LEFT - 8, top + 13, f"end of {year}", "row", "end"))
        css = "kept" if value >= 0 else "bad"
        since, until = min(0.0, float(value)), max(0.0, float(value))
        tip = f"{year}: {value:+,.2f} billion yen"
        drawing.bars.append(scale.bar(top, ROW, css)(since, until, tip))
        anchor, place = ("start", scale(until) + 6) if value >= 0 else ("end", scale(since) - 6)
        drawing.texts.append(Text(place, top + 13, f"{value:+,.1f}", "value", anchor))
        drawing.height = top + ROW + 6
    drawing.rules.append(Rule(scale(0), 0, scale(0), drawing.height, "axis"))
    _axis(drawing, scale, "billion yen")
    return drawing


def cores_picture(found: Comparison) -> Drawing:
    """Cores by host role, A above B."""
    roles = list(dict.fromkeys([*found.a.resources.by_role, *found.b.resources.by_role]))
    cores = {
        role: [
            one.resources.by_role[role].cores if role in one.resources.by_role else 0
            for one in (found.a, found.b)
        ]
        for role in roles
    }
    most = max((max(pair) for pair in cores.values()), default=1)
    scale = Scale(
        0.0, max(most, 1) * 1.08, LEFT, WIDTH - RIGHT, (1, 2, 5, 10, 20, 50, 100, 200, 500)
    )
    drawing = Drawing(WIDTH, 4.0, "Cores by role")
    for role, pair in cores.items():
        if not any(pair):
            continue
        top = drawing.height
        drawing.texts.append(Text(LEFT - 8, top + 15, role, "row", "end"))
        for number, (value, css) in enumerate(zip(pair, ("unknown", "safe"), strict=True)):
            y = top + number * 11
            tip = f"{role}, {'AB'[number]}: {value} cores"
            drawing.bars.append(scale.bar(y, 10, css)(0, value, tip))
            drawing.texts.append(Text(scale(value) + 6, y + 9, f"{value}", "value"))
        drawing.height = top + 29
    _axis(drawing, scale, "cores")
    return drawing


def forecast_picture(found: Forecast, unit: str, height: float = 190.0) -> Drawing:
    """The worst of each week, its futures (80 % of them in the band), the limit, and when it is reached."""
    days = [*found.series.days, *found.days]
    until = found.limit_date.latest or found.days[-1]
    last = min(max(until + timedelta(days=60), found.series.until + timedelta(days=180)), days[-1])
    first = found.series.since
    across = Scale(0.0, float((last - first).days), LEFT, WIDTH - RIGHT)
    ahead = (last - found.series.until).days
    top = max(float(np.nanmax(found.series.values)), found.limit, float(found.high[:ahead].max()))
    top *= 1.06
    drawing = Drawing(WIDTH, height + 30, f"{found.series.name} against its limit, {unit}")

    def y(value: float) -> float:
        return height - height * min(max(value / top, 0.0), 1.0)

    begun = len(found.series.values)
    _line(drawing, across, y, _by_week(found.series.values), "axis")
    middle = []
    for place in range(0, ahead - 6, 7):
        week = slice(place, place + 7)
        low, high = float(found.low[week].max()), float(found.high[week].max())
        drawing.bars.append(
            Bar(
                across(begun + place),
                y(high),
                across(begun + place + 7) - across(begun + place) + 0.4,
                y(low) - y(high),
                "range",
                f"week of {found.days[place]}: {low:.1f} to {high:.1f} {unit}",
            )
        )
        middle.append((begun + place, float(found.middle[week].max())))
    _line(drawing, across, y, middle, "healline")
    drawing.rules.append(Rule(LEFT, y(found.limit), WIDTH - RIGHT, y(found.limit), "faultline"))
    drawing.texts.append(Text(LEFT - 8, y(found.limit) + 4, f"{found.limit:g}", "value", "end"))
    drawing.texts.append(Text(LEFT - 8, height, f"0 {unit}", "tick", "end"))
    _mark_days(drawing, across, found, first, height)
    for year in range(first.year, last.year + 1):
        for month in (1, 4, 7, 10):
            day = date(year, month, 1)
            if first <= day <= last:
                x = across((day - first).days)
                drawing.rules.append(Rule(x, height, x, height + 4, "axis"))
                drawing.texts.append(Text(x, height + 16, f"{year}-{month:02d}", "tick", "middle"))
    return drawing


def _mark_days(
    drawing: Drawing, across: Scale, found: Forecast, first: date, height: float
) -> None:
    """Steps that were found, the end of the history, and the interval of the limit's day."""
    for step in found.steps:
        x = across((step - first).days)
        drawing.rules.append(Rule(x, 0, x, height, "targetline"))
        drawing.texts.append(Text(x + 4, 10, f"step {step}", "tick"))
    x = across((found.series.until - first).days)
    drawing.rules.append(Rule(x, 0, x, height, "grid"))
    earliest, latest = found.limit_date.earliest, found.limit_date.latest
    if earliest:
        since = across((earliest - first).days)
        until = across((latest - first).days) if latest else across.right
        tip = f"reached from {earliest} to {latest or 'later'}"
        drawing.bars.append(Bar(since, height - 6, max(until - since, 2.0), 6, "bad", tip))


def _line(
    drawing: Drawing,
    across: Scale,
    y: Callable[[float], float],
    points: Sequence[tuple[int, float]],
    css: str,
) -> None:
    known = [(place, value) for place, value in points if np.isfinite(value)]
    for (since, low), (until, high) in pairwise(known):
        drawing.rules.append(Rule(across(since), y(low), across(until), y(high), css))


def _by_week(values: Floats) -> list[tuple[int, float]]:
    """Place and worst of each whole week; they are counted from the end, so that no half one looks like a fall."""
    places = range(len(values) % 7, len(values), 7)
    known = [(at, values[at : at + 7]) for at in places]
    return [(at, float(np.nanmax(week))) for at, week in known if np.isfinite(week).any()]


def _axis(drawing: Drawing, scale: Scale, unit: str) -> None:
    bottom = drawing.height
    for tick in scale.ticks(12):
        drawing.rules.append(Rule(scale(tick), bottom - 3, scale(tick), bottom, "axis"))
        drawing.texts.append(Text(scale(tick), bottom + 12, f"{tick:g}", "tick", "middle"))
    drawing.texts.append(Text(scale.right + 8, bottom + 12, unit, "tick"))
    drawing.height = bottom + 18
