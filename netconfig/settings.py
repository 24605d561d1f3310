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
    "LINE_WEIGHT",
    "OSPF_DEAD_S",
    "OSPF_HELLO_S",
    "OSPF_LSA_ARRIVAL_MS",
    "OSPF_LSA_HOLD_MS",
    "PREFERENCE_STEP",
    "PREFIX_HEADROOM",
    "PREFIX_LIMIT_CUSTOMER",
    "PREFIX_LIMIT_LEAST",
]

# 3 x 250 ms: a silent cut is seen within 0.75 s, and led around within another 0.2 (3 x 300 were 0.93 to 1.09 in all).
BFD_INTERVAL_MS = 250
BFD_MULTIPLIER = 3

# The net under BFD, for the case that bfdd itself is gone.
BGP_KEEPALIVE_S = 3
BGP_HOLD_S = 9
BGP_CONNECT_S = 5
OSPF_HELLO_S = 1
OSPF_DEAD_S = 4
# The standard's 5 s and 1 s (RFC 2328, appendix B) are how long the second of two changes waits: a service that leaves a
# balancer right after another one. What a neighbour took for too early would be told again 5 s later, so nothing is.
OSPF_LSA_HOLD_MS = 100
OSPF_LSA_ARRIVAL_MS = 0

# Above OSPF's 110: else a service that came home loses to another centre's copy (eBGP 20) and never returns.
BGP_DISTANCE_EXTERNAL = 150
BGP_DISTANCE_INTERNAL = 200
BGP_DISTANCE_LOCAL = 150
# Above all of BGP: the ways over the LAN (to the other router, out of a balancer) are for the time when the cables are cut.
FLOATING_DISTANCE = 250

CORE_COST = 10

# What a centre's router hears over a line of its own comes before what the other router hears, however long its path
# (ADR 41). Junos has it by the distances above.
LINE_WEIGHT = 1

FIRST_LINE_PREFERENCE = 200
PREFERENCE_STEP = 50

# That many times what the estate needs, and no less than some; a session that brings more is a leak and is better down.
PREFIX_HEADROOM = 4
PREFIX_LIMIT_LEAST = 200
PREFIX_LIMIT_CUSTOMER = 50
