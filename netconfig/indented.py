"""Configurations whose sections are told by indentation alone: one space for each, whatever ends them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

__all__ = ["Path", "walk_indented"]

Path = tuple[str, ...]


def walk_indented(
    text: str, noise: re.Pattern[str], is_section: Callable[[Path], bool] = lambda path: True
) -> Iterator[tuple[Path, int]]:
    """Every line that is no noise, behind the sections around it, and its number from 1.

    Only what `is_section` can have lines inside it. A line that is further in than any section is open belongs to the
    innermost.
    """
    stack: list[str] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = " ".join(raw.split())
        if not line or noise.fullmatch(line):
            continue
        del stack[len(raw) - len(raw.lstrip(" ")) :]
        path = (*stack, line)
        yield path, number
        if is_section(path):
            stack.append(line)
