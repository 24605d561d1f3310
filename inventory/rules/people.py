"""Roles of people: somebody holds them, and somebody else can stand in."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.errors import EstateError
from inventory.reader import Documents
from inventory.rules.naming import require_known

__all__ = ["RULES"]


def roles_have_deputies(texts: Documents) -> Iterator[EstateError]:
    """Every role has a holder and a deputy, and they are different people."""
    for name, role in texts.roles.items():
        place = ("roles", name, "deputies")
        yield from require_known(texts, "persons", role.holder, ("roles", name, "holder"), "person")
        if not role.deputies:
            message = "has no deputy"
            remedy = "name at least one person in `deputies`"
            yield texts.marks.fault(("roles", name), name, message, remedy)
        for index, deputy in enumerate(role.deputies):
            yield from require_known(texts, "persons", deputy, (*place, index), "person")
            if deputy == role.holder:
                message = "is the holder, nobody stands in for themselves"
                yield texts.marks.fault((*place, index), deputy, message, "name another person")
            elif deputy in role.deputies[:index]:
                yield texts.marks.fault((*place, index), deputy, "is named twice", "name each once")


def deputies_are_elsewhere(texts: Documents) -> Iterator[EstateError]:
    """A disaster that takes the holder away leaves a deputy."""
    area_of = {p: area for area, text in texts.areas.items() for p in text.prefectures}
    for name, role in texts.roles.items():
        sites = [
            texts.sites.get(texts.persons[person].site) if person in texts.persons else None
            for person in (role.holder, *role.deputies)
        ]
        areas = {area_of.get(site.prefecture) if site else None for site in sites}
        if {*role.deputies} - {role.holder} and len(areas) == 1 and None not in areas:
            message = f"has its holder and all deputies in disaster area {areas.pop()}"
            remedy = "name a deputy who sits in another area"
            yield texts.marks.fault(("roles", name), name, message, remedy)


def persons_sit_somewhere(texts: Documents) -> Iterator[EstateError]:
    """Persons sit at sites that exist."""
    for name, person in texts.persons.items():
        yield from require_known(texts, "sites", person.site, ("persons", name, "site"), "site")


RULES = (roles_have_deputies, deputies_are_elsewhere, persons_sit_somewhere)
