"""What a rehearsal needs of the place in which it is held; the twin has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from netconfig.migration.carrying import Hands

__all__ = ["Stage"]


class Stage(Hands, Protocol):
    """Changes devices as steps say, announces services, and reads what devices know without a packet of the network."""

    def serve(self, announced: Mapping[str, frozenset[str]]) -> None:
        """Let each balancer announce these service addresses and no others; OSError where one does not."""
        ...

    def tables(self, hosts: Sequence[str]) -> Mapping[str, str]:
        """What the routing daemons of each host say of their table (`netconfig.model.tables.ROUTE_COMMAND`)."""
        ...

    def sessions(self, host: str) -> Mapping[str, str]:
        """What they say of their neighbours, by protocol (`netconfig.reach.COMMANDS`)."""
        ...

    def memory_mb(self) -> float:
        """The memory that all hosts use now."""
        ...
