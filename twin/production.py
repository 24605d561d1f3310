"""The estate itself, reached by SSH only, from the bastion on which this process runs.

Nothing else of the twin is used here: no namespace, no console, no disk. The way to the hosts is the one that
the twin's tools take too: they stand at a bastion.
"""

from __future__ import annotations

import socket
from collections.abc import Collection, Sequence
from typing import Any

from dr.faults import Stamp
from inventory import Estate
from inventory.transport import Completed, Transport
from playbooks.secret_store import SecretStore
from twin.conductor import Conductor
from twin.errors import InvalidMachine, TwinFailed
from twin.fleet import Fleet
from twin.places import Places

__all__ = ["Reach", "conductor_here", "production"]

_ALIVE_S = 5.0


def production(estate: Estate, slice_name: str, places: Places) -> Fleet:
    """The hosts of the estate that stand."""
    fleet = Fleet(estate, slice_name, places, SecretStore(places.secrets(estate.name)))
    places.run.mkdir(parents=True, exist_ok=True, mode=0o700)
    return fleet


def conductor_here(fleet: Fleet, **how: Any) -> Conductor:
    """The bastion on which this process runs, `how` as in Conductor; InvalidMachine where it runs on none."""
    bastions = fleet.estate.select(role="bastion", within=fleet.names)
    here = [host for host in bastions if _is_own(str(host.address))]
    if not here:
        known = ", ".join(f"{host.name} ({host.address})" for host in bastions)
        raise InvalidMachine(
            (f"Production is reached from a bastion, and this machine is none of {known}.",)
        )
    bastion = here[0].name
    return Conductor(
        fleet.estate, fleet.names, bastion, fleet.secrets, fleet.places, is_here=True, **how
    )


def _is_own(address: str) -> bool:
    """Whether an address is one of this machine's: only such can be bound."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


class Reach:
    """What SSH can tell of hosts; whatever else is asked of `dr.faults.Faults` needs the hypervisor.

    A scenario that needs it is refused before its first act, so a refusal here is a defect.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def crash(self, hosts: Collection[str]) -> Stamp:
        """Refuse."""
        raise _beyond(f"kill {', '.join(hosts)}")

    def kill(self, hosts: Collection[str]) -> Stamp:
        """Refuse."""
        raise _beyond(f"kill {', '.join(hosts)}")

    def boot(self, hosts: Collection[str]) -> Stamp:
        """Refuse."""
        raise _beyond(f"start {', '.join(hosts)}")

    def cut(self, wires: Collection[str]) -> Stamp:
        """Refuse."""
        raise _beyond(f"cut {', '.join(wires)}")

    def heal(self, wires: Collection[str]) -> Stamp:
        """Refuse."""
        raise _beyond(f"heal {', '.join(wires)}")

    def mute(self, wires: Collection[str]) -> Stamp:
        """Refuse."""
        raise _beyond(f"silence {', '.join(wires)}")

    def unmute(self, wires: Collection[str]) -> Stamp:
        """Refuse."""
        raise _beyond(f"let {', '.join(wires)} speak")

    def block(self, between: tuple[Collection[str], Collection[str]], port: int) -> Stamp:
        """Refuse."""
        raise _beyond(f"drop port {port} inside the networks")

    def unblock(self) -> Stamp:
        """Refuse."""
        raise _beyond("let ports through")

    def read_disk(self, host: str, path: str) -> bytes:
        """Tell that a disk cannot be read: OSError, as for one that is broken."""
        raise OSError(
            f"{host} does not answer, and without the hypervisor its disk is out of reach"
        )

    def exec_disk(self, host: str, argv: Sequence[str]) -> Completed:
        """Tell that nothing runs on a dead host's disk."""
        return Completed(host, tuple(argv), 255, "", "the disk is out of reach", 0.0)

    def is_alive(self, host: str) -> bool:
        """Whether the host takes commands."""
        return self._transport.run(host, ["true"], deadline_s=_ALIVE_S).is_ok

    def memory_mb(self) -> float:
        """Nothing is known of it."""
        return 0.0


def _beyond(act: str) -> TwinFailed:
    return TwinFailed(f"To {act} needs the hypervisor; production is reached by SSH only.")
