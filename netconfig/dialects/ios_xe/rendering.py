"""From intent to an IOS-XE configuration, one template for each section, definitions before what refers to them.

IOS-XE drains by route maps: `bgp graceful-shutdown` there ends in closing the sessions, and with them the way to manage the
device. So each session's maps get a twin that asks for the least preference and carries the community of RFC 8326; the maps
themselves stay in the text, and leading back is a change of the sessions' lines alone.
"""

from __future__ import annotations

from netconfig.dialects.dialect import InvalidIntent
from netconfig.dialects.hardware import described, missing_slots, tag_of
from netconfig.dialects.ios_xe import names
from netconfig.dialects.secrets import refer_to_secret
from netconfig.dialects.sources import source_map
from netconfig.dialects.templating import Sections
from netconfig.intent import Clause, Intent, Port, RouteMap

__all__ = ["DRAINED", "SECTIONS", "render"]

SECTIONS = (
    "head",
    "bfd",
    "packet_filters",
    "interfaces",
    "routes",
    "prefix_lists",
    "path_lists",
    "route_maps",
    "source",
    "ospf",
    "bgp",
    "management",
)
DRAINED = "-DRAINED"


def _hardware_of(name: str, intent: Intent) -> str:
    return names.hardware(next(port for port in intent.ports if port.name == name))


def _is_line(port: Port, intent: Intent) -> bool:
    """Whether a session of BGP or OSPF goes over the port's own cable, so that BFD watches it."""
    if port.ospf is not None and not port.ospf.is_passive:
        return True
    sessions = intent.bgp.neighbors if intent.bgp else ()
    return any(
        session.source is None and session.address in address.network
        for session in sessions
        for address in port.addresses
    )


_TEXTS = Sections(
    "netconfig.dialects.ios_xe",
    SECTIONS,
    {
        "described": described,
        "hardware": names.hardware,
        "hardware_of": _hardware_of,
        "is_line": _is_line,
        "matched": names.matched,
        "packet_rule": names.packet_rule,
        "path_number": names.path_number,
        "refer_to_secret": refer_to_secret,
        "tag": tag_of,
    },
)


def render(intent: Intent) -> str:
    """The IOS-XE text of an intent; InvalidIntent for what has no place or name on such a device."""
    faults = [
        f"{intent.host}: ports[{name}] has no slot; derive the intent for a chassis"
        for name in missing_slots(intent)
    ]
    for clause, owner in _clauses(intent):
        if clause.path is not None:
            faults += _unnumbered(intent, clause.path, f"route_maps[{owner.name}]")
    for paths in intent.path_lists:
        faults += _unnumbered(intent, paths.name, "path_lists")
    if faults:
        raise InvalidIntent(tuple(dict.fromkeys(faults)))
    sessions = intent.bgp.neighbors if intent.bgp else ()
    hidden, is_sent = source_map(intent)
    return _TEXTS.render(
        intent,
        hidden=hidden,
        is_sent_from_loopback=is_sent,
        session_maps={name for one in sessions for name in (one.accept, one.announce)},
    )


def _clauses(intent: Intent) -> list[tuple[Clause, RouteMap]]:
    return [(clause, owner) for owner in intent.route_maps for clause in owner.clauses]


def _unnumbered(intent: Intent, name: str, place: str) -> list[str]:
    try:
        names.path_number(name)
    except ValueError:
        what = f"'{name}' has no number as a list of AS paths in IOS-XE"
        return [f"{intent.host}: {place}: {what}; number it in netconfig/dialects/ios_xe/names.py"]
    return []
