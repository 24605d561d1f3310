"""Who may log in where: a host takes certificates that name one of its accounts at its role, or at itself alone.

A principal is `account@role` (`ops@database`: every database) or `account@host` (`ops@kansai-db1`: that one). So a
certificate for one host opens no other, and a certificate for one role opens no other role.
"""

from __future__ import annotations

from collections.abc import Iterable

from inventory.parts import Host

__all__ = ["NETWORK_GUARD", "NETWORK_OPERATOR", "OPERATOR", "accepted_principals", "principals_for"]

OPERATOR = "ops"
"""Provisions and acts in drills, by a shell and sudo; on every host."""
NETWORK_OPERATOR = "netops"
"""Pushes router configurations; its shell is the routing daemon's command line, so it is on hosts that route only."""
NETWORK_GUARD = "netguard"
"""Confirms what was pushed, or takes it back; its shell is one program that does nothing else."""
_NETWORK = (NETWORK_OPERATOR, NETWORK_GUARD)
_ROUTED = frozenset({"router", "balancer"})


def accepted_principals(host: Host) -> dict[str, tuple[str, ...]]:
    """By account of a host: the principals that log in to it."""
    accounts = (OPERATOR, *(_NETWORK if host.role in _ROUTED else ()))
    return {name: (f"{name}@{host.role}", f"{name}@{host.name}") for name in accounts}


def principals_for(account: str, hosts: Iterable[Host], only: str = "") -> tuple[str, ...]:
    """What a certificate names to log in as `account`: the roles of `hosts`, or the host `only`; sorted."""
    there = [host for host in hosts if account in accepted_principals(host)]
    if only:
        return tuple(f"{account}@{host.name}" for host in there if host.name == only)
    return tuple(sorted({f"{account}@{host.role}" for host in there}))
