"""Demand and what is single: both name sites and services that exist, and shares are parts of a whole."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.errors import EstateError
from inventory.reader import Documents
from inventory.rules.naming import require_known

__all__ = ["RULES"]


def demand_names_what_is(texts: Documents) -> Iterator[EstateError]:
    """Transfers run between sites, shares are of services and add up to 100."""
    if texts.demand is None:
        return
    for name in texts.demand.shares:
        yield from require_known(texts, "services", name, ("demand", "shares", name), "service")
    total = sum(texts.demand.shares.values())
    if total != 100:
        place = ("demand", "shares")
        yield texts.marks.fault(place, total, "is not 100 percent", "make the shares add up to 100")
    for index, transfer in enumerate(texts.demand.transfers):
        for end, site in (("from", transfer.source), ("to", transfer.target)):
            yield from require_known(
                texts, "sites", site, ("demand", "transfers", index, end), "site"
            )


def singles_name_sites(texts: Documents) -> Iterator[EstateError]:
    """What is single is so at sites that exist."""
    for index, single in enumerate(texts.singles):
        for number, site in enumerate(single.sites):
            yield from require_known(
                texts, "sites", site, ("singles", index, "sites", number), "site"
            )


RULES = (demand_names_what_is, singles_name_sites)
