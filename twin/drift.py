"""What the network devices of a fleet run against what they should run, read over SSH from the bastion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from inventory import Estate
from inventory.principals import NETWORK_OPERATOR
from netconfig.derivation import ROUTED_ROLES
from netconfig.dialects import Dialect
from netconfig.drift import DeviceDrift, Intended, find_drift
from netconfig.equipment import configuration
from netconfig.terminal import Access, ssh_opener
from twin.conductor import Conductor
from twin.fleet import Fleet

__all__ = ["excepted_lines", "read_drift"]


def excepted_lines(
    estate: Estate, host: str, today: date | None = None
) -> frozenset[tuple[str, str]]:
    """The foreign lines that a device may have today, by section; what is past its day counts as drift."""
    day = today or estate.calendar.today()
    return frozenset(
        (line.section, line.line)
        for line in estate.foreign_lines
        if line.host == host and day <= line.until
    )


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
        text = configuration(lab.estate, name, dialect, lab.names)
        devices[name] = Intended(dialect, text, excepted_lines(lab.estate, name))
    credentials = conductor.credentials
    access = Access(credentials.key(NETWORK_OPERATOR), credentials.known_hosts)
    transcripts = lab.places.run / "drift"
    transcripts.mkdir(exist_ok=True, mode=0o700)
    addresses = {name: str(lab.estate.host(name).address) for name in names}
    return find_drift(devices, ssh_opener(addresses, access, transcripts))
