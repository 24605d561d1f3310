"""What stands on one A4 page, in millimetres from its top left corner: lines, boxes and texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from nenkin.paper.pdf.font import width, writable

__all__ = ["HEIGHT", "MM", "WIDTH", "Box", "Drawing", "Line", "Text"]

WIDTH, HEIGHT = 210.0, 297.0
MM = 72 / 25.4  # points


class Line(NamedTuple):
    """A line; its thickness in points."""

    x: float
    y: float
    to_x: float
    to_y: float
    thickness: float = 0.5


class Box(NamedTuple):
    """A filled rectangle; `grey` from 0 (black) to 1 (white)."""

    x: float
    y: float
    width: float
    height: float
    grey: float = 0.92


class Text(NamedTuple):
    """A text whose left end stands on the base line; its size in points."""

    x: float
    y: float
    size: float
    text: str


@dataclass
class Drawing:
    """A page that is being drawn; texts are put where they are said to be at once."""

    lines: list[Line] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)

    def line(self, x: float, y: float, to_x: float, to_y: float, thickness: float = 0.5) -> None:
        """Adds a line."""
        self.lines.append(Line(x, y, to_x, to_y, thickness))

    def box(self, x: float, y: float, width: float, height: float, grey: float = 0.92) -> None:
        """Adds a filled rectangle below everything else."""
        self.boxes.append(Box(x, y, width, height, grey))

    def frame(
        self, x: float, y: float, width: float, height: float, thickness: float = 0.5
    ) -> None:
        """Adds the four lines around a rectangle."""
        for from_x, from_y, to_x, to_y in (
            (x, y, x + width, y),
            (x, y + height, x + width, y + height),
            (x, y, x, y + height),
            (x + width, y, x + width, y + height),
        ):
            self.line(from_x, from_y, to_x, to_y, thickness)

    def text(self, x: float, y: float, text: str, size: float = 10, most: float = 0) -> None:
        """Adds a text from `x` on, made smaller where it would be wider than `most` millimetres."""
        self._add(x, y, text, size, most, 0)

    def right(self, x: float, y: float, text: str, size: float = 10, most: float = 0) -> None:
        """Adds a text that ends at `x`."""
        self._add(x, y, text, size, most, 1)

    def centre(self, x: float, y: float, text: str, size: float = 10, most: float = 0) -> None:
        """Adds a text around `x`."""
        self._add(x, y, text, size, most, 0.5)

    def paragraph(
        self, x: float, y: float, text: str, size: float, most: float, leading: float = 1.6
    ) -> float:
        """Adds a text in lines of at most `most` millimetres; the height after it."""
        for line in _broken(writable(text), size, most * MM):
            self.texts.append(Text(x, y, size, line))
            y += size * leading / MM
        return y

    def _add(self, x: float, y: float, text: str, size: float, most: float, share: float) -> None:
        if not text:
            return
        text = writable(text)
        wide = width(text, size) if most or share else 0.0
        if most and wide > most * MM:
            size *= most * MM / wide
            wide = most * MM
        self.texts.append(Text(x - wide * share / MM, y, size, text))


_HAIR = 0.01  # points; sums of widths are not exact
# What must not begin a line (行頭禁則).
_NOT_FIRST = "、。，．・：；！？）」』】〕ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ％"


def _broken(text: str, size: float, most: float) -> Sequence[str]:
    lines, line, wide = [], "", 0.0
    for one in text:
        step = width(one, size)
        if wide + step > most + _HAIR and one not in _NOT_FIRST:
            lines.append(line)
            line, wide = "", 0.0
        line += one
        wide += step
    return [*lines, line]
