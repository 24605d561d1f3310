"""One line of a branch drained: its neighbour is told a longer way, and what it tells is preferred to nothing.

A router's own drain (graceful shutdown) asks for all of its lines at once and moves nothing between them; this moves
what passes over one line to the others, in both directions, while its session stays up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from netconfig.intent import Clause, Intent
from netconfig.policy import accept_name, announce_name

__all__ = ["drained_line"]

_DETOUR = 4
"""More AS numbers in front of the path than any line of a branch has by its place."""


def drained_line(intent: Intent, network: str) -> Intent:
    """The intent of a router with its line to a network drained; everything else stays."""
    if intent.bgp is None:
        return intent
    changes: Mapping[str, Mapping[str, Any]] = {
        accept_name(network): {"local_preference": 0},
        announce_name(network): {"prepend": (intent.bgp.asn,) * _DETOUR},
    }
    return replace(
        intent,
        route_maps=tuple(
            replace(each, clauses=tuple(_changed(c, changes[each.name]) for c in each.clauses))
            if each.name in changes
            else each
            for each in intent.route_maps
        ),
    )


def _changed(clause: Clause, change: Mapping[str, Any]) -> Clause:
    return replace(clause, **change) if clause.permits else clause
