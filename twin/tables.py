"""What devices of a lab know, read from their kernels and consoles: no packet of the network takes part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from netconfig.model.tables import ROUTE_COMMAND
from netconfig.reach import COMMANDS
from twin.lab import Lab

__all__ = ["LabTables"]

_DEADLINE_S = 20.0
_AT_ONCE = 4


class LabTables:
    """Implements `dr.sweep.settling.Tables` on a lab."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def routes(self, hosts: Sequence[str]) -> Mapping[str, str]:
        """The main table of each host's kernel."""
        return self._lab.network.routes(hosts)

    def tables(self, hosts: Sequence[str]) -> Mapping[str, str]:
        """The table of each host as FRR's own words (`read_show_ip_route` reads them); empty where it says nothing."""

        def shown(host: str) -> str:
            done = self._lab.hosts[host].exec(
                ["vtysh", "-c", ROUTE_COMMAND], deadline_s=_DEADLINE_S
            )
            return done.stdout

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return dict(zip(hosts, pool.map(shown, hosts), strict=True))

    def sessions(self, host: str) -> Mapping[str, str]:
        """What FRR says on the host's console; of a daemon that does not run it says nothing that is JSON."""
        found = {}
        for protocol, command in COMMANDS.items():
            done = self._lab.hosts[host].exec(["vtysh", "-c", command], deadline_s=_DEADLINE_S)
            text = done.stdout.strip()
            found[protocol] = text if text.startswith(("{", "[")) else ""
        return found
