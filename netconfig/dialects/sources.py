"""The address that a device itself sends from: a route map for the kernel in FRR, a statement of its own elsewhere."""

from __future__ import annotations

from netconfig import policy
from netconfig.dialects.dialect import InvalidIntent
from netconfig.dialects.draft import Draft
from netconfig.intent import Clause, Intent, RouteMap

__all__ = ["add_source_map", "source_map"]


def source_map(intent: Intent) -> tuple[str | None, bool]:
    """The name of the map that says so (None for a device without), and whether it is said; else InvalidIntent.

    A balancer sends from an address that is on no port of its intent: there it goes without saying.
    """
    filters = dict(intent.filters)
    is_said = "bgp" in filters
    name = filters.get("bgp", filters.get("static"))
    found = next((one for one in intent.route_maps if one.name == name), None)
    others = [
        one.name
        for one in intent.route_maps
        for clause in one.clauses
        if clause.source is not None and one is not found
    ]
    if name is None and not others:
        return None, False
    if others or found != RouteMap(policy.SOURCE, (Clause(10, source=intent.router_id),)):
        what = f"only a map '{policy.SOURCE}' that sends from the router id can be said here"
        raise InvalidIntent((f"{intent.host}: filters.{'bgp' if is_said else 'static'}: {what}",))
    return name, is_said


def add_source_map(draft: Draft, *, is_said: bool) -> None:
    """What `source_map` stood for, in its place: behind the sessions' maps, before the one for OSPF."""
    looks = any(route.gateway is not None and route.interface is None for route in draft.routes)
    if draft.router_id is None or not (is_said or looks):
        return
    behind = draft.route_maps.pop(draft.filters.get("ospf", ""), None)
    draft.route_maps[policy.SOURCE] = {10: {"source": draft.router_id}}
    if behind is not None:
        draft.route_maps[draft.filters["ospf"]] = behind
    draft.filters = {"bgp" if is_said else "static": policy.SOURCE, **draft.filters}
