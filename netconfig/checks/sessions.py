"""The two ends of every BGP session: each knows the other's number, address and secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address

from inventory import Estate
from netconfig.checks.fault import Fault
from netconfig.intent import Intent, Neighbor

__all__ = ["RULES"]


def sessions_have_two_ends(estate: Estate, intents: Mapping[str, Intent]) -> Iterator[Fault]:
    """Who is spoken to has that address and AS number, and speaks back with the same secret."""
    owners = _owners(intents)
    for intent in intents.values():
        for session in intent.bgp.neighbors if intent.bgp else ():
            yield from _session(intent, session, owners)


def _session(
    intent: Intent, session: Neighbor, owners: Mapping[IPv4Address, Intent]
) -> Iterator[Fault]:
    at = f"bgp.neighbors[{session.address}]"
    other = owners.get(session.address)
    if other is None or other.bgp is None:
        message = "is the address of no device that speaks BGP"
        yield Fault(intent.host, f"{at}.address", session.address, message, "correct the address")
        return
    if other is intent:
        message = "is its own address"
        yield Fault(intent.host, f"{at}.address", session.address, message, "name the other end")
        return
    if other.bgp.asn != session.asn:
        message = f"is not the AS number of {other.host}"
        yield Fault(intent.host, f"{at}.asn", session.asn, message, f"write {other.bgp.asn}")
    ours = {address.ip for port in intent.ports for address in port.addresses}
    back = next((one for one in other.bgp.neighbors if one.address in ours), None)
    if back is None:
        message = f"{other.host} does not speak back"
        remedy = f"give {other.host} a session to {intent.host}, or end this one"
        yield Fault(intent.host, at, None, message, remedy)
    elif back.secret != session.secret and intent.host < other.host:
        message = f"is not what {other.host} has, {back.secret or 'none'}"
        remedy = "name one secret at both ends"
        yield Fault(intent.host, f"{at}.secret", session.secret or "none", message, remedy)


def sessions_begin_at_home(estate: Estate, intents: Mapping[str, Intent]) -> Iterator[Fault]:
    """A session begins at the device's own loopback, or goes over a cable that the device has."""
    for intent in intents.values():
        bgp = intent.bgp
        for session in bgp.neighbors if bgp else ():
            at = f"bgp.neighbors[{session.address}]"
            if session.source is not None and session.source != intent.router_id:
                message = f"is not the device's own loopback, {intent.router_id}"
                yield Fault(
                    intent.host,
                    f"{at}.source",
                    session.source,
                    message,
                    f"write {intent.router_id}",
                )
            elif session.source is None and not any(
                session.address in address.network
                for port in intent.ports
                for address in port.addresses
            ):
                message = "is on none of the device's networks"
                remedy = "correct the address or say where the session begins"
                yield Fault(intent.host, f"{at}.address", session.address, message, remedy)


def secrets_are_known(estate: Estate, intents: Mapping[str, Intent]) -> Iterator[Fault]:
    """A session refers to secrets that the estate has."""
    known = estate.devices.secrets
    for intent in intents.values():
        for session in intent.bgp.neighbors if intent.bgp else ():
            if session.secret is not None and session.secret not in known:
                at = f"bgp.neighbors[{session.address}].secret"
                others = f"name one of {', '.join(known)}, or " if known else ""
                remedy = f"{others}add it to devices.secrets"
                message = "is no secret of the estate"
                yield Fault(intent.host, at, session.secret, message, remedy)


def _owners(intents: Mapping[str, Intent]) -> dict[IPv4Address, Intent]:
    found: dict[IPv4Address, Intent] = {}
    for intent in intents.values():
        for port in intent.ports:
            for address in port.addresses:
                found.setdefault(address.ip, intent)
    return found


RULES = (sessions_have_two_ends, sessions_begin_at_home, secrets_are_known)
