"""How alike two persons are."""

from __future__ import annotations

from enum import Enum

from nenkin.matching.name import Keys, keys
from nenkin.matching.person import Person


class Level(Enum):
    """What a person who reviews a pair is told, the surest first."""

    DUPLICATE = "疑重複"
    CONFIRM = "要確認"
    RENAMED = "婚姻等"


def level(one: Person, other: Person) -> Level | None:
    """The surest level at which two persons match, None at none; raises InvalidName.

    Birth date and sex must be the same at every level. The relation is symmetric and not transitive.
    """
    if (one.birth, one.sex) != (other.birth, other.sex):
        return None
    has_same_address = bool(one.address) and one.address == other.address
    return level_of_keys(keys(one.name), keys(other.name), has_same_address)


def level_of_keys(one: Keys, other: Keys, has_same_address: bool) -> Level | None:
    """The level of two persons of the same birth date and sex."""
    # A name that is missing says nothing.
    if not one.match or not other.match:
        return None
    # What sounds the same is the same without voiced marks too: a match is also a loose match.
    if one.match == other.match:
        return Level.DUPLICATE
    if one.loose == other.loose or one.plain == other.plain:
        return Level.CONFIRM
    if has_same_address and one.given and one.given == other.given:
        return Level.RENAMED
    return None
