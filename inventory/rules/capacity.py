"""Capacity and cost: they name what exists, and their figures can be added up."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.errors import EstateError
from inventory.layers import nearest
from inventory.parts import HOST_ROLES, SITE_KINDS
from inventory.reader import Documents
from inventory.rules.naming import require_known

__all__ = ["RULES"]

_COUNTED_BY = {"host": "roles", "core": "roles", "line": "networks", "mbps": "networks"}
_KNOWN = {"networks": "network", "services": "service", "sites": "site"}


def machines_are_roles(texts: Documents) -> Iterator[EstateError]:
    """Machines are told by host role."""
    for name in texts.machines:
        if name not in HOST_ROLES:
            remedy = nearest(name, ", ".join(HOST_ROLES))
            yield texts.marks.fault(("machines", name), name, "is no host role", remedy)


def contracts_cover_what_is(texts: Documents) -> Iterator[EstateError]:
    """What a contract covers exists; what it is counted by is told."""
    for name, contract in texts.contracts.items():
        place = ("contracts", name, "covers")
        for section, word in _KNOWN.items():
            for index, one in enumerate(getattr(contract.covers, section)):
                yield from require_known(texts, section, one, (*place, section, index), word)
        for key, known in (("roles", tuple(HOST_ROLES)), ("kinds", SITE_KINDS)):
            for index, one in enumerate(getattr(contract.covers, key)):
                if one not in known:
                    remedy = nearest(one, ", ".join(known))
                    message = "is no host role" if key == "roles" else "is no kind of site"
                    yield texts.marks.fault((*place, key, index), one, message, remedy)
        wanted = _COUNTED_BY.get(contract.per or "")
        if wanted and not getattr(contract.covers, wanted):
            message = f"is counted by {contract.per} and covers no {wanted}"
            remedy = f"name them in `covers: {{{wanted}: […]}}`"
            yield texts.marks.fault(("contracts", name), name, message, remedy)
        if contract.per == "site" and not (contract.covers.sites or contract.covers.kinds):
            message = "is counted by site and covers neither sites nor kinds"
            remedy = "name them in `covers: {kinds: […]}`"
            yield texts.marks.fault(("contracts", name), name, message, remedy)


def contracts_add_up(texts: Documents) -> Iterator[EstateError]:
    """A contract ends after it begins, and its parts are parts of a whole."""
    for name, contract in texts.contracts.items():
        if contract.until <= contract.since:
            message = f"is not after the contract's beginning, {contract.since}"
            place = ("contracts", name, "until")
            yield texts.marks.fault(place, str(contract.until), message, "write a later day")
        total = sum(contract.parts.values())
        if total != 100:
            remedy = "make the parts add up to 100"
            place = ("contracts", name, "parts")
            yield texts.marks.fault(place, total, "is not 100 percent", remedy)


def owners_are_roles(texts: Documents) -> Iterator[EstateError]:
    """Limits and measures have an owner among the roles of people."""
    for section in ("limits", "measures"):
        for name, text in getattr(texts, section).items():
            yield from require_known(texts, "roles", text.owner, (section, name, "owner"), "role")


def measures_follow_drivers(texts: Documents) -> Iterator[EstateError]:
    """What a measure follows is a driver of the estate."""
    for name, measure in texts.measures.items():
        for driver in measure.drivers:
            place = ("measures", name, "drivers", driver)
            yield from require_known(texts, "drivers", driver, place, "driver")


RULES = (
    machines_are_roles,
    contracts_cover_what_is,
    contracts_add_up,
    owners_are_roles,
    measures_follow_drivers,
)
