"""What can be done to hosts in turn: a program restarted, the host rebooted, the host provisioned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from inventory.parts import HOST_ROLES

__all__ = ["RESTARTS", "Change", "ChangeKind"]

ChangeKind = Literal["restart", "reboot", "provision"]

# Program → the roles of the hosts that run it, and its unit; PostgreSQL is Patroni's to restart.
RESTARTS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "postgres": (("database",), ""),
    "patroni": (("database",), "patroni"),
    "haproxy": (("balancer",), "haproxy"),
    "frr": (("router", "balancer"), "frr"),
    "etcd": (("etcd",), "etcd"),
    "nenkin": (("application",), "nenkin"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to each host; `program` only where something is restarted."""

    kind: ChangeKind
    program: str = ""

    @property
    def name(self) -> str:
        """Its name for people, journals and reports."""
        return f"{self.kind} {self.program}".strip()

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of the hosts that it concerns; providers' routers are not ours."""
        if self.kind == "restart":
            return RESTARTS[self.program][0]
        return tuple(role for role in HOST_ROLES if role != "provider")

    def concerns(self, roles: Sequence[str]) -> tuple[str, ...]:
        """Give those of some roles that it concerns, in the order of the estate's roles."""
        return tuple(role for role in self.roles if not roles or role in roles)
