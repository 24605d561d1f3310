"""Which versions in the bucket nobody needs any more: pure.

Invariant: what stands on top of a key is never touched, and below it only what has been out of use for as long as a lock
lasts and whose own lock has ended. So whoever overwrites or hides an object with a stolen key is found out, and put right,
for at least that long. The store refuses to delete what is locked, whatever stands here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from dr.backups.recovery import Version

__all__ = ["LATE", "overdue", "plan_tidying"]

LATE = timedelta(days=2)
"""Longer than from one night's tidying to the next."""


def plan_tidying(versions: Iterable[Version], now: datetime, days: int) -> tuple[Version, ...]:
    """The versions and markers that may go, the oldest of each key first; locks are looked at by the caller."""
    by_key: dict[str, list[Version]] = {}
    for version in versions:
        by_key.setdefault(version.key, []).append(version)
    least = timedelta(days=days)
    found: list[Version] = []
    for stack in by_key.values():
        stack.sort(key=lambda each: (each.is_latest, each.at))
        # Out of use since the one above it came.
        gone = [below for below, above in pairwise(stack) if now - above.at >= least]
        top = stack[-1]
        is_bare = top.is_marker and len(gone) == len(stack) - 1
        if is_bare and now - top.at >= least:
            gone.append(top)  # a marker that hides nothing any more
        found += gone
    return tuple(found)


def overdue(versions: Iterable[Version], now: datetime, days: int) -> tuple[Version, ...]:
    """What should have gone by the last tidying: it does not run, or the store refuses."""
    return plan_tidying(versions, now - LATE, days)
