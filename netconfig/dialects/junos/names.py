"""What Junos calls things that an intent names: interfaces by their place, paths of AS numbers by its own expressions."""

from __future__ import annotations

import re

from netconfig.dialects.hardware import LOOPBACK, numbered, slot_of
from netconfig.intent import Port

__all__ = ["hardware", "path", "read_path", "slot_of_unit", "unit"]

_HARDWARE = re.compile(r"ge-0/(\d+)/(\d+)")
_THROUGH = re.compile(r"_(\d+|\(\d+(?:\|\d+)+\))_")


def hardware(port: Port) -> str:
    """The interface's name on the device, without its unit."""
    if port.name == LOOPBACK:
        return "lo0"
    if port.slot is None:
        return port.name.partition(".")[0]
    module, place, _ = numbered(port.slot)
    return f"ge-0/{module}/{place}"


def unit(port: Port) -> str:
    """The name of the unit that carries the port's addresses; a tagged one has its tag's number."""
    if port.slot is None and port.name != LOOPBACK:
        return port.name
    tag = None if port.slot is None else numbered(port.slot)[2]
    return f"{hardware(port)}.{tag or 0}"


def slot_of_unit(name: str) -> int | None:
    """The slot of a unit; None for the loopback and for what no slot has."""
    interface, _, number = name.partition(".")
    match = _HARDWARE.fullmatch(interface)
    if match is None or not number.isdigit():
        return None
    tag = int(number)
    return slot_of(int(match[1]), int(match[2]), tag or None)


def path(expression: str) -> str:
    """An expression over AS paths as Junos writes it, number by number; ValueError for one that it cannot say."""
    if expression == "^$":
        return '"()"'
    if match := _THROUGH.fullmatch(expression):
        return f'".* {match[1]} .*"'
    raise ValueError(expression)


def read_path(written: str) -> str:
    """What `path` wrote."""
    if written == "()":
        return "^$"
    if written.startswith(".* ") and written.endswith(" .*"):
        found = f"_{written[3:-3]}_"
        if _THROUGH.fullmatch(found):
            return found
    raise ValueError(written)
