"""The faults that a drill may ask for; whoever owns the hardware (or its twin) implements them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from inventory.transport import Completed

__all__ = ["Faults", "Stamp"]


@dataclass(frozen=True, slots=True)
class Stamp:
    """When an act took effect (`time.time()`), and how many seconds it took."""

    wall: float
    seconds: float


class Faults(Protocol):
    """Does to hosts and wires what disasters do, undoes it, and reads the disks of the dead."""

    def crash(self, hosts: Collection[str]) -> Stamp:
        """SIGKILL every process and take every line of these hosts down, in one moment."""
        ...

    def kill(self, hosts: Collection[str]) -> Stamp:
        """SIGKILL every process; the lines stay up, so connections are reset."""
        ...

    def boot(self, hosts: Collection[str]) -> Stamp:
        """Bring dead hosts and their lines back."""
        ...

    def cut(self, wires: Collection[str]) -> Stamp:
        """Take wires down, or single ports of a switch (`HOST:INTERFACE`); the hosts at their ends live on."""
        ...

    def heal(self, wires: Collection[str]) -> Stamp:
        """Bring wires back."""
        ...

    def mute(self, wires: Collection[str]) -> Stamp:
        """Drop everything on wires without a word, both ways: the ends see nothing but silence."""
        ...

    def unmute(self, wires: Collection[str]) -> Stamp:
        """Let everything pass again on muted wires."""
        ...

    def block(self, between: tuple[Collection[str], Collection[str]], port: int) -> Stamp:
        """Silently drop a TCP port between two groups of sites."""
        ...

    def unblock(self) -> Stamp:
        """Let everything through again."""
        ...

    def read_disk(self, host: str, path: str) -> bytes:
        """Read a file from a host, dead or alive; FileNotFoundError where there is none."""
        ...

    def exec_disk(self, host: str, argv: Sequence[str]) -> Completed:
        """Run a program on a dead host's disk; it must only read."""
        ...

    def is_alive(self, host: str) -> bool:
        """Tell whether a host runs."""
        ...

    def memory_mb(self) -> float:
        """Give the memory that all hosts together use now, in MB (0 where it is not known)."""
        ...
