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
    if texts.hosts is None or not texts.clusters:
        return
    for name, site in texts.sites.items():
        counts = count_hosts(texts.hosts, name, site)
        for role, lack in _NEEDED.items():
            found = counts.get(role, 0)
            place = ("hosts", "sites", name)
            if site.backup and not found:
                message = f"{lack}, and it is the backup centre"
                yield texts.marks.fault(place, name, message, f"add `{role}: 1`")
            elif found > (1 if site.backup else 0):
                message = f"has {found} of role {role}"
                remedy = "keep one, in the backup centre"
                yield texts.marks.fault((*place, role), found, message, remedy)


TOTALS = (backups_have_places,)
