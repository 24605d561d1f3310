"""Ports as a chassis numbers them: the slot of an intent's port, as it stands in an interface's name, and back.

Slots below 100 are ports of their own; from 100 up they are tagged (IEEE 802.1Q) on the ports of the last module, because a
carrier hands over hundreds of customers on one port.
"""

from __future__ import annotations

from netconfig.intent import Intent

__all__ = ["FIRST_TAGGED", "LOOPBACK", "logical", "missing_slots", "numbered", "slot_of", "tag_of"]

LOOPBACK = "lo"
FIRST_TAGGED = 100

_PORTS = 8
_TAGS = 4000
_MODULE = 7


def numbered(slot: int) -> tuple[int, int, int | None]:
    """Module, port, and the tag of a slot; untagged ports have none."""
    if slot < FIRST_TAGGED:
        return slot // _PORTS, slot % _PORTS, None
    # Tags 0, 1 and 4095 are reserved.
    return _MODULE, (slot - FIRST_TAGGED) // _TAGS, (slot - FIRST_TAGGED) % _TAGS + 2


def slot_of(module: int, port: int, tag: int | None) -> int:
    """The slot of a numbered port; ValueError for a place that no slot has."""
    slot = module * _PORTS + port if tag is None else port * _TAGS + tag - 2 + FIRST_TAGGED
    if numbered(slot) != (module, port, tag):
        raise ValueError(f"no slot is at {module}/{port}, tag {tag}")
    return slot


def tag_of(slot: int) -> int | None:
    """The tag of a slot."""
    return numbered(slot)[2]


def missing_slots(intent: Intent) -> list[str]:
    """The ports that have no place in the chassis."""
    return [port.name for port in intent.ports if port.slot is None and port.name != LOOPBACK]


def logical(description: str) -> tuple[str, str | None]:
    """The port's own name and its description, from the description on the device, which begins with the name."""
    name, _, rest = description.partition(" ")
    return name, rest or None
