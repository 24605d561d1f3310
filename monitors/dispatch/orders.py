"""What a dispatcher is told about a night: the jobs in the plan's order, what each takes, and the program it runs."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

__all__ = [
    "FORMAT",
    "InvalidOrders",
    "Order",
    "Orders",
    "checksum",
    "orders_of_text",
    "read_orders",
    "text_of",
]

FORMAT = "hikae.orders/1"


class InvalidOrders(Exception):
    """Orders that contradict themselves; `errors` has a sentence for each fault."""

    def __init__(self, errors: tuple[str, ...]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Order:
    """One job; minutes count from 00:00 of the operating day, so 26:00 is 1560.

    `site` is where it runs while that site has workers; empty = anywhere. `minutes` is its planned duration, `demands`
    are units by pool. `argv` is run as it stands. It may fail `tries` times by its own fault before people are asked;
    `retry` has the exit codes after which trying again is right.
    """

    name: str
    argv: tuple[str, ...]
    start: int = 0
    minutes: float = 1.0
    after: tuple[str, ...] = ()
    demands: Mapping[str, int] = field(default_factory=dict)
    exclusive: tuple[str, ...] = ()
    not_before: int = 0
    deadline: int | None = None
    site: str = ""
    tier: int = 2
    cores: int = 1
    memory_mb: int = 256
    tries: int = 3
    retry: tuple[int, ...] = (3,)


@dataclass(frozen=True, slots=True)
class Orders:
    """A night's jobs in the order in which they are started, and the pools they share as (minute, units) steps."""

    night: str
    day: date
    jobs: tuple[Order, ...]
    pools: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    begins: int = 0
    opening: int = 1 << 30

    def successors(self, name: str) -> tuple[str, ...]:
        """Every job that waits for this one, directly or through others, in the plan's order."""
        found = {name}
        grows = True
        while grows:
            more = {job.name for job in self.jobs if found & set(job.after)} - found
            grows = bool(more)
            found |= more
        return tuple(job.name for job in self.jobs if job.name in found and job.name != name)


def text_of(orders: Orders) -> str:
    """The orders as a JSON document; equal orders give equal text."""
    document = {"format": FORMAT, **dataclasses.asdict(orders), "day": orders.day.isoformat()}
    return json.dumps(document, ensure_ascii=False, sort_keys=True)


def checksum(text: str) -> str:
    """SHA-256 by which a night knows its orders."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_orders(path: Path) -> Orders:
    """The orders in a file; InvalidOrders."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidOrders((f"{path}: {error.strerror}; make it by `hikae batch run`",)) from error
    return orders_of_text(text, str(path))


def orders_of_text(text: str, where: str = "orders") -> Orders:
    """The orders of a JSON document, checked; InvalidOrders with every fault."""
    try:
        document = json.loads(text)
        found = document.pop("format")
        if found != FORMAT:
            raise InvalidOrders((f"{where}: format {found!r}, this version reads {FORMAT!r}",))
        orders = _built(document)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InvalidOrders((f"{where}: no orders of a night ({error})",)) from error
    if faults := tuple(f"{where}: {fault}" for fault in _faults(orders)):
        raise InvalidOrders(faults)
    return orders


def _built(document: Mapping[str, Any]) -> Orders:
    pools = {
        name: tuple((int(minute), int(units)) for minute, units in steps)
        for name, steps in document["pools"].items()
    }
    return Orders(
        night=document["night"],
        day=date.fromisoformat(document["day"]),
        jobs=tuple(_order(job) for job in document["jobs"]),
        pools=pools,
        begins=document["begins"],
        opening=document["opening"],
    )


def _order(job: Mapping[str, Any]) -> Order:
    lists = ("argv", "after", "exclusive", "retry")
    said: dict[str, Any] = {k: tuple(v) if k in lists else v for k, v in job.items()}
    return Order(**said)


def _faults(orders: Orders) -> list[str]:
    names = [job.name for job in orders.jobs]
    faults = [
        f"job {name} is there twice" for name in sorted({n for n in names if names.count(n) > 1})
    ]
    seen: set[str] = set()
    for job in orders.jobs:
        if not job.argv:
            faults.append(f"job {job.name} has no program; give it one")
        for other in job.after:
            if other not in names:
                faults.append(f"job {job.name} waits for {other}, which is not in the night")
            elif other not in seen:
                faults.append(
                    f"job {job.name} stands before {other}, for which it waits; plan anew"
                )
        for pool, units in job.demands.items():
            steps = orders.pools.get(pool)
            if steps is None:
                faults.append(f"job {job.name} takes of {pool}, and there is no such pool")
            elif units > max(most for _, most in steps):
                faults.append(f"job {job.name} takes {units} of {pool}, which never has so many")
        seen.add(job.name)
    return faults
