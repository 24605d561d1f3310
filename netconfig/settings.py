"""The figures of routing: timers, distances and limits, each with the reason for its value."""

from __future__ import annotations

__all__ = [
    "BFD_INTERVAL_MS",
    "BFD_MULTIPLIER",
    "BGP_CONNECT_S",
    "BGP_DISTANCE_EXTERNAL",
    "BGP_DISTANCE_INTERNAL",
    "BGP_DISTANCE_LOCAL",
    "BGP_HOLD_S",
    "BGP_KEEPALIVE_S",
    "CORE_COST",
    "FIRST_LINE_PREFERENCE",
    "FLOATING_DISTANCE",
    "OSPF_DEAD_S",
    "OSPF_HELLO_S",
    "PREFERENCE_STEP",
    "PREFIX_HEADROOM",
    "PREFIX_LIMIT_CUSTOMER",
    "PREFIX_LIMIT_LEAST",
]

# 3 x 300 ms: a silent cut is seen within 0.9 s, and two cores carry some 150 routers of it without a false alarm.
BFD_INTERVAL_MS = 300
BFD_MULTIPLIER = 3

# The net under BFD, for the case that bfdd itself is gone.
BGP_KEEPALIVE_S = 3
BGP_HOLD_S = 9
BGP_CONNECT_S = 5
OSPF_HELLO_S = 1
OSPF_DEAD_S = 4

# Above OSPF's 110: else a service that came home loses to another centre's copy (eBGP 20) and never returns.
BGP_DISTANCE_EXTERNAL = 150
BGP_DISTANCE_INTERNAL = 200
BGP_DISTANCE_LOCAL = 150
# Above all of BGP: the way to the other router over the LAN is for the time when the cable between them is cut.
FLOATING_DISTANCE = 250

CORE_COST = 10

FIRST_LINE_PREFERENCE = 200
PREFERENCE_STEP = 50

# That many times what the estate needs, and no less than some; a session that brings more is a leak and is better down.
PREFIX_HEADROOM = 4
PREFIX_LIMIT_LEAST = 200
PREFIX_LIMIT_CUSTOMER = 50
