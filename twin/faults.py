"""The faults that only a hypervisor can do, on a lab: implements `dr.faults.Faults`."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence

from dr.faults import Stamp
from inventory.transport import Completed
from twin.lab import Lab

__all__ = ["LabFaults"]


class LabFaults:
    """Crashes, cuts and drops on the hosts and wires of one lab."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def crash(self, hosts: Collection[str]) -> Stamp:
        """SIGKILL every process of `hosts` and take all of their lines down, in one moment."""
        begun = time.monotonic()
        at = self._lab.crash(hosts)
        return Stamp(at, time.monotonic() - begun)

    def kill(self, hosts: Collection[str]) -> Stamp:
        """SIGKILL every process of `hosts`; their kernels still answer for them."""
        begun = time.monotonic()
        at = self._lab.kill(hosts)
        return Stamp(at, time.monotonic() - begun)

    def boot(self, hosts: Collection[str]) -> Stamp:
        """Boot dead hosts on their disks as they were left, and those that a killed command left frozen.

        Hosts that run are let be.
        """
        return self._timed(lambda: self._lab.boot(self._dead(hosts)))

    def _dead(self, hosts: Collection[str]) -> list[str]:
        frozen = [host for host in hosts if self._lab.cgroups.is_frozen(host)]
        if frozen:
            self._lab.kill(frozen)
        return [host for host in hosts if not self._lab.cgroups.processes(host)]

    def cut(self, wires: Collection[str]) -> Stamp:
        """Take wires down: both ends lose their carrier."""
        return self._timed(lambda: self._lab.network.set_wires(wires, up=False))

    def heal(self, wires: Collection[str]) -> Stamp:
        """Bring cut wires up again."""
        return self._timed(lambda: self._lab.network.set_wires(wires, up=True))

    def mute(self, wires: Collection[str]) -> Stamp:
        """Drop everything on wires, both ways; their carriers stay."""
        return self._timed(lambda: self._lab.network.mute_wires(wires))

    def unmute(self, wires: Collection[str]) -> Stamp:
        """Let everything pass again on muted wires."""
        return self._timed(lambda: self._lab.network.unmute_wires(wires))

    def block(self, between: tuple[Collection[str], Collection[str]], port: int) -> Stamp:
        """Drop, without a word, a TCP port between two groups of sites inside the networks."""
        sites = self._lab.estate.sites
        first, second = ([str(sites[name].prefix) for name in side] for side in between)
        return self._timed(lambda: self._lab.network.drop_port((first, second), port))

    def unblock(self) -> Stamp:
        """Let through again what `block` dropped."""
        return self._timed(self._lab.network.allow_ports)

    def read_disk(self, host: str, path: str) -> bytes:
        """Read a file of a host, dead or alive; FileNotFoundError when there is none."""
        return self._lab.hosts[host].disk.path(path).read_bytes()

    def exec_disk(self, host: str, argv: Sequence[str]) -> Completed:
        """Run a program from a host's disk on its disk, without a network."""
        return self._lab.hosts[host].exec_disk(argv)

    def is_alive(self, host: str) -> bool:
        """Whether the host's init runs."""
        return self._lab.is_alive(host)

    def memory_mb(self) -> float:
        """Anonymous and shared memory of all processes of the lab, MiB."""
        return self._lab.cgroups.memory_bytes() / 2**20

    @staticmethod
    def _timed(act: Callable[[], object]) -> Stamp:
        begun = time.monotonic()
        act()
        return Stamp(time.time(), time.monotonic() - begun)
