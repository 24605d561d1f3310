"""Backups: is there a place for them that the loss of the main centres spares, and one to prove them on?"""

from __future__ import annotations

from collections.abc import Iterator

from inventory.builder import count_hosts
from inventory.errors import EstateError
from inventory.reader import Documents

__all__ = ["TOTALS"]

_NEEDED = {"store": "keeps no backups", "restore": "has no host to restore a backup on"}


def backups_have_places(texts: Documents) -> Iterator[EstateError]:
    """The backup centre has one object store, and a host of its own on which restores are proven."""
    centres = [name for name, site in texts.sites.items() if site.backup]
    if texts.hosts is None or len(centres) != 1:
        return  # which centre it is, another rule says first
    for name, site in texts.sites.items():
        counts = count_hosts(texts.hosts, name, site)
        for role, lack in _NEEDED.items():
            found = counts.get(role, 0)
            place = ("hosts", "sites", name)
            if site.backup and not found:
                message = f"{lack}, and it is the backup centre"
                yield texts.marks.fault(place, name, message, f"add `{role}: 1`")
            elif found > (1 if site.backup else 0):
                remedy = f"the estate has one host of role {role}, in the backup centre"
                yield texts.marks.fault((*place, role), found, "is too many", remedy)


TOTALS = (backups_have_places,)
