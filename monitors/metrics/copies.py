"""What the loss of the leader's site, or of its disaster area, would lose: judged from Patroni's word on a cluster.

Pure. *Site-RPO is zero* while a synchronous copy streams at another site than the leader; area-RPO likewise for another
disaster area. Bytes at risk are what the best copy elsewhere lacks, zero while one of those is synchronous.
Runs on hosts with Debian's Python: standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Copies", "Member", "judge", "members_of"]

_LEADERS = frozenset({"leader", "master", "primary", "standby_leader"})
_SYNCHRONOUS = frozenset({"sync_standby", "quorum_standby"})
_RUNNING = frozenset({"running", "streaming"})


@dataclass(frozen=True, slots=True)
class Member:
    """A member as Patroni lists it; `lag_bytes` is None where it cannot be said."""

    name: str
    is_leader: bool
    is_synchronous: bool
    is_running: bool
    lag_bytes: float | None


@dataclass(frozen=True, slots=True)
class Copies:
    """What holds of a cluster now; None where it cannot be said, because nobody leads."""

    leader: str | None
    is_site_safe: bool | None
    is_area_safe: bool | None
    site_bytes_at_risk: float | None
    area_bytes_at_risk: float | None


def members_of(said: Mapping[str, Any]) -> tuple[Member, ...]:
    """The members in the answer of Patroni's `/cluster`."""
    found = []
    for each in said.get("members", ()):
        lag = each.get("lag")
        found.append(
            Member(
                name=str(each["name"]),
                is_leader=each.get("role") in _LEADERS,
                is_synchronous=each.get("role") in _SYNCHRONOUS,
                is_running=each.get("state") in _RUNNING,
                # "unknown" where the member does not answer.
                lag_bytes=float(lag) if isinstance(lag, int | float) else None,
            )
        )
    return tuple(found)


def judge(members: Sequence[Member], sites: Mapping[str, str], areas: Mapping[str, str]) -> Copies:
    """Say what holds; a member whose place is not known counts as standing beside the leader."""
    leader = next((m for m in members if m.is_leader and m.is_running), None)
    if leader is None:
        return Copies(None, None, None, None, None)
    away = [_elsewhere(members, leader.name, places) for places in (sites, areas)]
    safe = [any(m.is_synchronous and m.is_running for m in group) for group in away]
    risk = [0.0 if is_safe else _least(group) for is_safe, group in zip(safe, away, strict=True)]
    return Copies(leader.name, safe[0], safe[1], risk[0], risk[1])


def _elsewhere(members: Sequence[Member], leader: str, places: Mapping[str, str]) -> list[Member]:
    here = places.get(leader)
    return [m for m in members if m.name != leader and places.get(m.name, here) != here]


def _least(group: Sequence[Member]) -> float:
    """What the best copy lacks; without any, all there is would be lost: infinity."""
    lags = [m.lag_bytes for m in group if m.lag_bytes is not None and m.is_running]
    return min(lags, default=float("inf"))
