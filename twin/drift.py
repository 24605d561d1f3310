"""What the network devices of a fleet run against what they should run, read over SSH from the bastion."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from inventory.principals import NETWORK_OPERATOR
from netconfig.derivation import ROUTED_ROLES
from netconfig.dialects import Dialect
from netconfig.drift import DeviceDrift, Intended, find_drift
from netconfig.equipment import configuration
from netconfig.terminal import Access, ssh_opener
from twin.conductor import Conductor
from twin.fleet import Fleet

__all__ = ["read_drift"]


def read_drift(
    lab: Fleet,
    conductor: Conductor,
    dialect_of: Callable[[str], Dialect],
    limit: Sequence[str] = (),
) -> tuple[DeviceDrift, ...]:
    """Every router and balancer (or those of `limit`) compared; the caller stands at the bastion."""
    names = [
        name
        for name in lab.names
        # A network's own devices are not ours to read.
        if lab.role(name) in ROUTED_ROLES
        and lab.role(name) != "provider"
        and (not limit or name in limit)
    ]
    devices = {}
    for name in names:
        dialect = dialect_of(name)
        devices[name] = Intended(dialect, configuration(lab.estate, name, dialect, lab.names))
    credentials = conductor.credentials
    access = Access(credentials.key(NETWORK_OPERATOR), credentials.known_hosts)
    transcripts = lab.places.run / "drift"
    transcripts.mkdir(exist_ok=True, mode=0o700)
    addresses = {name: str(lab.estate.host(name).address) for name in names}
    return find_drift(devices, ssh_opener(addresses, access, transcripts))
