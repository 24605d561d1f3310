"""Shapes of a picture in SVG units; the template draws them and escapes every text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

__all__ = ["Bar", "Drawing", "Mark", "Rule", "Scale", "Text"]


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle; `css` names its class, `tip` is shown when the pointer rests on it."""

    x: float
    y: float
    width: float
    height: float
    css: str
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    css: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text; `anchor` is start, middle or end."""

    x: float
    y: float
    text: str
    css: str = ""
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Mark:
    """A numbered circle."""

    x: float
    y: float
    label: str
    css: str
    tip: str = ""


@dataclass(slots=True)
class Drawing:
    """A picture that grows downwards while lanes are added to it."""

    width: float
    height: float = 0.0
    label: str = ""
    """What the picture shows, for those who cannot see it."""
    bars: list[Bar] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Scale:
    """Seconds (or what its `steps` are round in) to SVG units along the horizontal axis."""

    low: float
    high: float
    left: float
    right: float
    steps: Sequence[float] = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)

    def __call__(self, seconds: float) -> float:
        inside = min(max(seconds, self.low), self.high)
        share = (inside - self.low) / (self.high - self.low)
        return self.left + share * (self.right - self.left)

    def ticks(self, most: int = 12) -> list[float]:
        """Give round seconds within the scale, at most `most` of them."""
        span = self.high - self.low
        step = next((s for s in self.steps if span / s <= most), span)
        first = -(-self.low // step)
        found = [(first + i) * step for i in range(most + 2)]
        return [tick for tick in found if tick <= self.high + 1e-9]

    def bar(
        self, y: float, height: float, css: str
    ) -> Callable[[float, float, str], Bar]:  # a lane draws many bars of one height
        """Give a function that draws a bar from second to second in one lane."""

        def draw(since: float, until: float, tip: str) -> Bar:
            x = self(since)
            return Bar(x, y, max(self(until) - x, 0.8), height, css, tip)

        return draw
