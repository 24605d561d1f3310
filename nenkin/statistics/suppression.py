"""Small cells: where few persons stand behind a figure, it could tell of one of them.

The rule: a row of fewer than `limit` persons is suppressed, all its figures with it. Where a single row of a group (the
rows that differ in the last dimension only) is suppressed, it could be had from the group's total, which another table
may show: so the group's next smallest row is suppressed as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

LIMIT = 10
Row = dict[str, Any]


def suppressed(rows: Sequence[Row], dimensions: Sequence[str], limit: int) -> list[bool]:
    """Which rows, in the order of their dimensions, must not be shown."""
    hidden = [row["persons"] < limit for row in rows]
    order = range(len(rows))
    for _, group in groupby(order, key=lambda i: [rows[i][name] for name in dimensions[:-1]]):
        places = list(group)
        if sum(hidden[i] for i in places) == 1 and len(places) > 1:
            shown = [i for i in places if not hidden[i]]
            hidden[min(shown, key=lambda i: (rows[i]["persons"], i))] = True
    return hidden


def suppress(rows: Sequence[Row], dimensions: Sequence[str], limit: int) -> list[Row]:
    """The rows with nothing but their dimensions and `is_suppressed` where they must not be shown."""
    made = []
    for row, is_hidden in zip(rows, suppressed(rows, dimensions, limit), strict=True):
        kept = {
            name: None if is_hidden and name not in dimensions else value
            for name, value in row.items()
        }
        made.append(kept | {"is_suppressed": is_hidden})
    return made
