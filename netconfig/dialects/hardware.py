"""Ports as a chassis numbers them: the slot of an intent's port, as it stands in an interface's name, and back.

Slots below 100 are ports of their own; from 100 up they are tagged (IEEE 802.1Q) on the ports of the last module, because a
carrier hands over hundreds of customers on one port.
"""

from __future__ import annotations

import re

from netconfig.intent import Intent, Port

__all__ = [
    "FIRST_TAGGED",
    "LOOPBACK",
    "described",
    "description_of",
    "is_logical",
    "logical",
    "missing_slots",
    "numbered",
    "slot_of",
    "tag_of",
]

LOOPBACK = "lo"
FIRST_TAGGED = 100

_PORTS = 8
_TAGS = 4000
_MODULE = 7
_LOGICAL = re.compile(r"lo|lan(-\d+)?|core\d*|lb\d+|wan-[a-z0-9-]+|c\d+-\d+")


def numbered(slot: int) -> tuple[int, int, int | None]:
    """Module, port, and the tag of a slot; untagged ports have none."""
    if slot < FIRST_TAGGED:
        return slot // _PORTS, slot % _PORTS, None
    # Tags 0, 1 and 4095 are reserved.
    return _MODULE, (slot - FIRST_TAGGED) // _TAGS, (slot - FIRST_TAGGED) % _TAGS + 2


def slot_of(module: int, port: int, tag: int | None) -> int | None:
    """The slot of a numbered port; None for a place that no slot has."""
    slot = module * _PORTS + port if tag is None else port * _TAGS + tag - 2 + FIRST_TAGGED
    return slot if numbered(slot) == (module, port, tag) else None


def tag_of(slot: int) -> int | None:
    """The tag of a slot."""
    return numbered(slot)[2]


def missing_slots(intent: Intent) -> list[str]:
    """The ports that have no place in the chassis."""
    return [
        port.name
        for port in intent.ports
        if port.slot is None and port.name != LOOPBACK and is_logical(port.name)
    ]


def is_logical(name: str) -> bool:
    """Whether a port is called by what it is for; one that an intent did not name is called as on the device."""
    return bool(_LOGICAL.fullmatch(name))


def described(port: Port) -> str | None:
    """The description on the device, which begins with the port's own name where it has one."""
    if not is_logical(port.name):
        return port.description
    return f"{port.name} {port.description}" if port.description else port.name


def logical(description: str, hardware: str) -> tuple[str, str | None]:
    """The port's own name and its description, from the description on the device; what `described` wrote."""
    name, _, rest = description.partition(" ")
    if not is_logical(name):
        return hardware, description
    return name, rest or None


def description_of(text: str, hardware: str, name: str) -> str | None:
    """The description of the port called `name`, from the text on the device; None where `described` wrote the name only."""
    if name == LOOPBACK:
        return None if text == LOOPBACK else text
    return text if name == hardware else logical(text, hardware)[1]
