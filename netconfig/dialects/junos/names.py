"""What Junos calls things that an intent names: interfaces by their place, paths of AS numbers by its own expressions."""

from __future__ import annotations

import re
from itertools import takewhile

from netconfig.dialects.hardware import LOOPBACK, numbered, slot_of
from netconfig.intent import Port

__all__ = ["hardware", "path", "read_path", "slot_of_unit", "unit"]

_HARDWARE = re.compile(r"ge-0/(\d+)/(\d+)")
_THROUGH = re.compile(r"_(\d+|\(\d+(?:\|\d+)+\))_")
# A number, or all from one to another that have the same digits before one of some and after it any.
_NUMBERS = r"\d*(?:\d|\[\d-\d\])(?:\[0-9\])*"
_CLASS = re.compile(r"\[(\d)-(\d)\]")
_ENDS = re.compile(rf"_({_NUMBERS}|\({_NUMBERS}(?:\|{_NUMBERS})+\))\$")
_RANGE = re.compile(r"(\d+)-(\d+)")


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
    if match := _ENDS.fullmatch(expression):
        return f'".* {re.sub(_NUMBERS, _as_range, match[1])}"'
    raise ValueError(expression)


def read_path(written: str) -> str:
    """What `path` wrote."""
    if written == "()":
        return "^$"
    if written.startswith(".* ") and written.endswith(" .*"):
        found = f"_{written[3:-3]}_"
        if _THROUGH.fullmatch(found):
            return found
    elif written.startswith(".* "):
        found = f"_{_RANGE.sub(_as_digits, written[3:])}$"
        if _ENDS.fullmatch(found):
            return found
    raise ValueError(written)


def _as_range(match: re.Match[str]) -> str:
    low, high = (_CLASS.sub(rf"\{end}", match[0]) for end in (1, 2))
    return low if low == high else f"{low}-{high}"


def _as_digits(match: re.Match[str]) -> str:
    """What `_as_range` wrote; another range stays as it is, and is found to be none of ours."""
    low, high = match[1], match[2]
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(low, high, strict=False)))
    rest = len(low) - same - 1
    if (
        len(low) != len(high)
        or rest < 0
        or (low[same + 1 :], high[same + 1 :]) != ("0" * rest, "9" * rest)
    ):
        return match[0]
    return f"{low[:same]}[{low[same]}-{high[same]}]{'[0-9]' * rest}"
