"""One fault of an intent: the device, where in its intent, what stands there, and the way out."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

__all__ = ["Fault", "doubled"]

Key = TypeVar("Key", bound=Hashable)
Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault; `path` names the place in the intent as people write it, such as `ports[wan-carrier].mtu`."""

    host: str
    path: str
    value: object
    message: str
    remedy: str

    def __str__(self) -> str:
        value = "" if self.value is None else f"{self.value} "
        return f"{self.host}: {self.path}: {value}{self.message}; {self.remedy}"


def doubled(things: Iterable[tuple[Key, Thing]]) -> Iterator[tuple[Key, Thing, Thing]]:
    """Everything whose key stood before, with what stood there first."""
    seen: dict[Key, Thing] = {}
    for key, thing in things:
        if key in seen:
            yield key, seen[key], thing
        seen.setdefault(key, thing)
