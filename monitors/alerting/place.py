"""Where monitoring stands in an estate, or in the part of it that stands, and where alerts arrive."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from inventory import Estate
from inventory.parts import Host

__all__ = ["Watchers", "watchers"]


@dataclass(frozen=True, slots=True)
class Watchers:
    """The monitoring hosts, and which of them receives: the backup centre's, where it has one."""

    hosts: tuple[Host, ...]
    receiver: Host | None


def watchers(estate: Estate, within: Collection[str] | None = None) -> Watchers:
    """Find them; a slice without the backup centre's receives on the first that it has."""
    hosts = estate.select(role="monitoring", within=within)
    backup = estate.backup_site().name
    away = [host for host in hosts if host.site == backup]
    return Watchers(hosts, next(iter((*away, *hosts)), None))
