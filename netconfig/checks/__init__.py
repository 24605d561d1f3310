"""What cannot be right about intents, alone and with each other: found before anything is rendered or sent.

Invariant: a check looks at intents and the estate alone, never at a dialect's text; it changes nothing and stops at nothing,
so that a pass names every fault. `hikae check` runs it over the whole estate.
"""

from __future__ import annotations

from collections.abc import Mapping

from inventory import Estate
from netconfig.checks import addresses, cables, names, plane, policies, sessions
from netconfig.checks.fault import Fault
from netconfig.intent import Intent

__all__ = ["Fault", "find_faults"]

_DEVICE = (*names.RULES, *policies.RULES, *plane.RULES)
_NETWORK = (*addresses.RULES, *cables.RULES, *sessions.RULES)


def find_faults(estate: Estate, intents: Mapping[str, Intent]) -> list[Fault]:
    """Every fault of the devices, device by device, then of what they are together."""
    return [
        *(
            fault
            for intent in intents.values()
            for rule in _DEVICE
            for fault in rule(estate, intent)
        ),
        *(fault for rule in _NETWORK for fault in rule(estate, intents)),
    ]
