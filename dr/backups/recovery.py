"""What brings a bucket back to how it was before somebody worked in it with a stolen key: pure.

Invariant: afterwards every key that was there at the moment has the content it had then, every key that came later is there
as it first was, and nothing is destroyed on the way: markers of deletions after the moment go, and an overwritten object
is copied over what came after it. That the thief also deleted what was to be deleted is not known: it comes back too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["Plan", "Version", "plan_recovery", "unlocked"]

_SLACK = timedelta(seconds=5)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object, or the marker of its deletion."""

    key: str
    version: str
    at: datetime
    is_latest: bool
    is_marker: bool = False
    etag: str = ""
    """Of its content: equal etags are equal contents."""
    mode: str = ""
    """Of its lock: COMPLIANCE, GOVERNANCE or none."""
    until: datetime | None = None
    """When its lock ends."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: markers to remove, and versions to copy over what stands above them."""

    markers: tuple[Version, ...] = ()
    copies: tuple[Version, ...] = ()

    @property
    def is_needed(self) -> bool:
        """Whether anything is to be done."""
        return bool(self.markers or self.copies)


def plan_recovery(versions: Iterable[Version], before: datetime) -> Plan:
    """Plan how every key gets back what it had at a moment.

    Times of versions are cut to the second, so what is of the moment's own second counts as after it.
    """
    by_key: dict[str, list[Version]] = {}
    for version in versions:
        by_key.setdefault(version.key, []).append(version)
    markers: list[Version] = []
    copies: list[Version] = []
    for stack in by_key.values():
        stack.sort(key=lambda each: (each.is_latest, each.at), reverse=True)
        wanted = _wanted(stack, before)
        if wanted is None:
            continue
        above = stack[: stack.index(wanted)]
        if all(each.is_marker for each in above):
            markers += above
        elif above[0].is_marker or above[0].etag != wanted.etag:
            copies.append(wanted)
    return Plan(tuple(markers), tuple(copies))


def _wanted(stack: list[Version], before: datetime) -> Version | None:
    """The version that a key shall have on top, of its versions with the newest first; None = as it is."""
    then = next((each for each in stack if each.at + _SECOND <= before), None)
    if then is not None:
        return None if then.is_marker else then
    # Written since, such as a segment of WAL: it stays, and comes back as it first was where it was deleted.
    return next(
        (each for each in reversed(stack) if not each.is_marker and stack[0].is_marker), None
    )


def unlocked(versions: Iterable[Version], days: int) -> tuple[Version, ...]:
    """The versions whose lock is not COMPLIANCE, or ends earlier than so many days after they were written."""
    least = timedelta(days=days) - _SLACK
    return tuple(
        each
        for each in versions
        if not each.is_marker
        and (each.mode != "COMPLIANCE" or each.until is None or each.until - each.at < least)
    )
