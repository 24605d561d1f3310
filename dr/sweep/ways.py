"""The ways back of a sweep as data: the sweep follows them, or another process after a kill.

Each may be followed twice, or where the act was never done, without harm.
"""

from __future__ import annotations

from collections.abc import Sequence

from dr.failure import DrillAborted
from dr.faults import Faults
from dr.layout import Layout
from dr.sweep.streams import clean
from inventory.transport import Transport
from proof import Way

__all__ = [
    "BOOT",
    "CLEAN",
    "HEAL",
    "LINE",
    "boot_way",
    "clean_way",
    "follow",
    "heal_way",
    "line_way",
]

BOOT = "start the routers again"
CLEAN = "remove the sweep's programs"
HEAL = "bring every line back and let it speak"
LINE = "lead back to a drained line"
"""Followed by a push, which is not this floor's to do: the sweep and its settler push the router's configuration."""


def heal_way(wires: Sequence[str]) -> Way:
    """The way back from cutting or muting any of some wires."""
    return Way(HEAL, {"wires": tuple(wires)})


def clean_way(hosts: Sequence[str]) -> Way:
    """The way back from putting programs on terminals."""
    return Way(CLEAN, {"hosts": tuple(hosts)})


def boot_way(hosts: Sequence[str]) -> Way:
    """The way back from taking routers away."""
    return Way(BOOT, {"hosts": tuple(hosts)})


def line_way(router: str) -> Way:
    """The way back from draining a line of a router."""
    return Way(LINE, {"router": router})


def follow(way: Way, faults: Faults, transport: Transport, layout: Layout) -> None:
    """Follow a way back; DrillAborted or OSError where that fails."""
    if way.kind == BOOT:
        faults.boot(way.args["hosts"])
    elif way.kind == CLEAN:
        clean(transport, tuple(way.args["hosts"]), layout)
    elif way.kind == HEAL:
        faults.unmute(way.args["wires"])
        faults.heal(way.args["wires"])
    else:
        raise DrillAborted(f"no way is known for '{way.kind}'")
