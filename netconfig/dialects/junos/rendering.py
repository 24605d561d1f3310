"""From intent to a Junos configuration in set form, one template for each part of its hierarchy.

A prefix list becomes a policy of its own, so that every rule keeps its number and a rule more is two lines more; maps call
it (`from policy`). What BGP may tell at all is what it heard and what the device originates (policy ORIGINATED, before each
session's own): Junos would tell every active route that a policy permits.
"""

from __future__ import annotations

from netconfig.dialects.dialect import InvalidIntent
from netconfig.dialects.hardware import described, missing_slots, tag_of
from netconfig.dialects.junos import names
from netconfig.dialects.junos.lines import quoted
from netconfig.dialects.secrets import refer_to_secret
from netconfig.dialects.sources import source_map
from netconfig.dialects.templating import Sections
from netconfig.intent import Intent

__all__ = ["RESERVED", "SECTIONS", "render"]

SECTIONS = (
    "system",
    "interfaces",
    "routing_options",
    "policies",
    "packet_filters",
    "ospf",
    "bgp",
)
# Names that the templates use themselves.
RESERVED = frozenset({"ORIGINATED", "INSIDE", "NETWORKS", "MANAGEMENT"})


def _unit_of(name: str, intent: Intent) -> str:
    return names.unit(next(port for port in intent.ports if port.name == name))


_TEXTS = Sections(
    "netconfig.dialects.junos",
    SECTIONS,
    {
        "described": described,
        "hardware": names.hardware,
        "path": names.path,
        "quoted": quoted,
        "refer_to_secret": refer_to_secret,
        "tag": tag_of,
        "unit": names.unit,
        "unit_of": _unit_of,
    },
)


def render(intent: Intent) -> str:
    """The Junos text of an intent; InvalidIntent for what has no place or name on such a device."""
    faults = [
        f"{intent.host}: ports[{name}] has no slot; derive the intent for a chassis"
        for name in missing_slots(intent)
    ]
    taken = {one.name for one in intent.prefix_lists}
    taken |= {one.name for one in intent.route_maps} | {one.name for one in intent.packet_filters}
    for name in sorted(taken & RESERVED):
        faults.append(f"{intent.host}: '{name}' is a name that the Junos dialect needs; rename it")
    for paths in intent.path_lists:
        try:
            names.path(paths.expression)
        except ValueError:
            what = f"'{paths.expression}' has no form in Junos"
            faults.append(
                f"{intent.host}: path_lists[{paths.name}]: {what}; write ^$, _NUMBER_ or _NUMBER$"
            )
    if faults:
        raise InvalidIntent(tuple(faults))
    hidden, is_sent = source_map(intent)
    return _TEXTS.render(intent, hidden=hidden, is_sent_from_loopback=is_sent)
