"""The rules that the sections of an estate must keep with each other.

Each module is a list of generators over the texts. A rule about names counts entries with faults
of form as existing, so that one fault is reported once; rules about totals wait until every entry
could be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from inventory.errors import EstateError
from inventory.reader import Documents
from inventory.rules import (
    addresses,
    backups,
    batch,
    batch_times,
    calendar,
    capacity,
    copies,
    demand,
    devices,
    people,
    places,
    promises,
    slices,
)

__all__ = ["find_faults"]

Rule = Callable[[Documents], Iterator[EstateError]]

ALWAYS: tuple[Rule, ...] = (
    *addresses.RULES,
    *places.RULES,
    *copies.RULES,
    *promises.RULES,
    *people.RULES,
    *slices.RULES,
    *calendar.RULES,
    *devices.RULES,
    *demand.RULES,
    *batch.RULES,
    *batch_times.RULES,
    *capacity.RULES,
)
WHEN_COMPLETE: tuple[Rule, ...] = (*places.TOTALS, *copies.TOTALS, *backups.TOTALS)


def find_faults(texts: Documents, *, is_complete: bool) -> list[EstateError]:
    """Every breach of a rule; `is_complete` says that all files and entries could be read."""
    if not texts.is_readable:
        # Whole sections are unknown: every name in them would be reported as missing.
        return []
    rules = ALWAYS + WHEN_COMPLETE if is_complete else ALWAYS
    return [error for rule in rules for error in rule(texts)]
