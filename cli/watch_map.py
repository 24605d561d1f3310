"""The map of sites: a box for each disaster area, its centres by name, a small square for every other site."""

from __future__ import annotations

from collections.abc import Sequence

from dr.drawing import Bar, Drawing, Rule, Text
from inventory import Estate
from inventory.parts import Area
from monitors.watching.states import SiteState, State

__all__ = ["SIGNS", "STATE_WORDS", "map_picture", "sites_in_words"]

STATE_WORDS: dict[State, tuple[str, str]] = {
    State.GOOD: ("answers", "正常"),
    State.PART: ("in part", "一部応答なし"),
    State.BAD: ("does not answer", "応答なし"),
    State.UNKNOWN: ("unknown", "不明"),
}
"""A state in both languages: no colour stands alone."""
SIGNS: dict[State, str] = {State.GOOD: "", State.PART: "!", State.BAD: "×", State.UNKNOWN: "?"}
"""What stands in a square of that state."""

_MANY_WORDS: dict[State, str] = {
    State.GOOD: "answer",
    State.PART: "answer in part",
    State.BAD: "do not answer",
    State.UNKNOWN: "unknown",
}
_WIDTH, _GAP, _PAD = 1120.0, 10.0, 9.0
_DOT, _STEP = 13.0, 15.0
_HEAD, _CENTRE = 58.0, 24.0
_COLUMNS = 4
"""Boxes in a row where the estate places no areas."""


def map_picture(estate: Estate, sites: Sequence[SiteState]) -> Drawing:
    """Draw every area that has a site in the slice, at its place."""
    of_area: dict[str, list[SiteState]] = {}
    for site in sites:
        of_area.setdefault(site.area, []).append(site)
    areas = [area for name, area in estate.areas.items() if name in of_area]
    places = _places(areas)
    columns = max((column for column, _ in places.values()), default=0) + 1
    rows = max((row for _, row in places.values()), default=0) + 1
    width = (_WIDTH - _GAP * (columns - 1)) / columns
    heights = [
        max(
            (_height(of_area[name], width) for name, (_, at) in places.items() if at == row),
            default=0,
        )
        for row in range(rows)
    ]
    drawing = Drawing(_WIDTH, 0, sites_in_words(sites))
    top = 0.0
    for row, height in enumerate(heights):
        for name, (column, at) in places.items():
            if at == row:
                box = (column * (width + _GAP), top, width, height)
                _area(drawing, box, estate.areas[name], of_area[name])
        top += height + (_GAP if height else 0)
    drawing.height = top
    return drawing


def sites_in_words(sites: Sequence[SiteState]) -> str:
    """How many sites are in which state; states that nobody is in are left out."""
    counts = [(sum(site.state is state for site in sites), state) for state in State]
    words = [f"{count} {_MANY_WORDS[state]}" for count, state in counts if count]
    return f"{len(sites)} sites: {', '.join(words)}" if sites else "No site stands"


def _places(areas: Sequence[Area]) -> dict[str, tuple[int, int]]:
    """The estate's places where it gives every area one of its own, else rows in the order of the files."""
    told = {area.name: area.place for area in areas if area.place is not None}
    if len(told) == len(areas) and len(set(told.values())) == len(told):
        left = min((column for column, _ in told.values()), default=0)
        upper = min((row for _, row in told.values()), default=0)
        return {name: (column - left, row - upper) for name, (column, row) in told.items()}
    return {area.name: (at % _COLUMNS, at // _COLUMNS) for at, area in enumerate(areas)}


def _in_row(width: float) -> int:
    return max(1, int((width - 2 * _PAD + _STEP - _DOT) // _STEP))


def _height(sites: Sequence[SiteState], width: float) -> float:
    centres = sum(site.kind == "centre" for site in sites)
    lines = -(-(len(sites) - centres) // _in_row(width))
    return _HEAD + _CENTRE * centres + _STEP * lines + _PAD


def _area(
    drawing: Drawing,
    box: tuple[float, float, float, float],
    area: Area,
    sites: Sequence[SiteState],
) -> None:
    x, y, width, height = box
    drawing.bars.append(Bar(x, y, width, height, f"area {_worst(sites).value}", area.title))
    title = area.title.split(" (", 1)[0]
    drawing.texts.append(Text(x + _PAD, y + 17, title, "lane"))
    drawing.texts.append(Text(x + _PAD, y + 31, area.title_ja.split("（", 1)[0], "tick"))
    drawing.texts.append(Text(x + width - _PAD, y + 31, _counted(sites), "row", "end"))
    top = y + 44
    for site in sites:
        if site.kind == "centre":
            _centre(drawing, x + _PAD, top, width - 2 * _PAD, site)
            top += _CENTRE
    others = [site for site in sites if site.kind != "centre"]
    # What needs somebody stands first.
    order = {State.BAD: 0, State.PART: 1, State.UNKNOWN: 2, State.GOOD: 3}
    for at, site in enumerate(sorted(others, key=lambda one: order[one.state])):
        left = x + _PAD + at % _in_row(width) * _STEP
        above = top + at // _in_row(width) * _STEP
        drawing.bars.append(Bar(left, above, _DOT, _DOT, f"site {site.state.value}", _tip(site)))
        if SIGNS[site.state]:
            drawing.texts.append(
                Text(
                    left + _DOT / 2,
                    above + 10.5,
                    SIGNS[site.state],
                    f"sign {site.state.value}",
                    "middle",
                )
            )


def _centre(drawing: Drawing, x: float, y: float, width: float, site: SiteState) -> None:
    drawing.bars.append(Bar(x, y, width, _CENTRE - 4, f"site {site.state.value}", _tip(site)))
    up = "?" if site.up is None else str(site.up)
    css = f"centre {site.state.value}"
    sign = f"{SIGNS[site.state]} " if SIGNS[site.state] else ""
    drawing.texts.append(
        Text(x + 6, y + 14, _within(f"{sign}{site.name} {site.title_ja}", width - 56), css)
    )
    drawing.texts.append(Text(x + width - 6, y + 14, f"{up}/{site.hosts}", css, "end"))
    if site.state is State.UNKNOWN:
        drawing.rules.append(Rule(x, y + _CENTRE - 4, x + width, y + _CENTRE - 4, "grid"))


def _within(text: str, width: float) -> str:
    """As much of a text as there is room for: a letter takes half of what a Japanese character does."""
    taken = 0.0
    for at, letter in enumerate(text):
        taken += 6.6 if letter.isascii() else 11.5
        if taken > width:
            return f"{text[: at - 1]}…"
    return text


def _counted(sites: Sequence[SiteState]) -> str:
    counts = [(sum(site.state is state for site in sites), state) for state in State]
    rest = [f"{count} {SIGNS[state]}" for count, state in counts[1:] if count]
    if not rest:
        return f"all {len(sites)} answer" if len(sites) > 1 else "answers"
    if counts[-1][0] == len(sites):
        return f"{len(sites)} ? unknown"
    return ", ".join([f"{counts[0][0]} of {len(sites)} answer", *rest])


def _worst(sites: Sequence[SiteState]) -> State:
    order = (State.BAD, State.PART, State.UNKNOWN, State.GOOD)
    return next(state for state in order if any(site.state is state for site in sites))


def _tip(site: SiteState) -> str:
    english, japanese = STATE_WORDS[site.state]
    up = "?" if site.up is None else str(site.up)
    return f"{site.title} ({site.title_ja}): {english} / {japanese}, {up} of {site.hosts} hosts"
