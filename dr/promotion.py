"""May the backup centre take over? Pure, from what etcd and Patroni say.

Invariant: a copy may be promoted only if it is known to hold every acknowledged commit, and it is
known only of the hosts that `/sync` names. While nobody holds the leader key, `/sync` names no host
of the backup centre, and every one of its hosts sees the cluster unlocked, the takeover is refused:
nothing but a person's decision ends that state.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

__all__ = ["Standing", "has_taken_over", "is_refused", "is_site_rpo_zero", "refusal"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a cluster stands at one moment."""

    leader: str | None
    sync_members: tuple[str, ...]
    unlocked: tuple[str, ...]
    """Hosts whose Patroni said that nobody leads."""


def has_taken_over(standing: Standing, backup: Collection[str]) -> bool:
    """Tell whether a host of the backup centre leads."""
    return standing.leader in backup


def is_refused(standing: Standing, backup: Collection[str]) -> bool:
    """Tell whether every host of the backup centre sees that it must not promote itself."""
    if standing.leader is not None or not backup or not standing.sync_members:
        return False
    is_named = any(host in standing.sync_members for host in backup)
    return not is_named and all(host in standing.unlocked for host in backup)


def is_site_rpo_zero(standing: Standing, sites: Mapping[str, str]) -> bool:
    """Tell whether a host at another site than the leader's is known to hold every acknowledged commit.

    `sites` gives the site of each member. Without a leader nothing is acknowledged: it is as `/sync` says.
    """
    if not standing.sync_members:
        return False
    # `/sync` names its leader first.
    home = sites.get(standing.leader or standing.sync_members[0])
    return any(sites.get(member) not in (None, home) for member in standing.sync_members)


def refusal(centre: str) -> str:
    """Give the sentence for a refused takeover by a centre."""
    return (
        f"no replica in {centre.capitalize()} is known to hold every acknowledged commit "
        "(/sync names none); promotion refused"
    )
