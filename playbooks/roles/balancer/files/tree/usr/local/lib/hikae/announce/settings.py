"""What one balancer watches: its services, where to check them, and the other balancers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Peer", "Service", "Settings", "load_settings"]


@dataclass(frozen=True, slots=True)
class Service:
    """A service address, the URL whose 200 means that it works, and its sites, best first."""

    name: str
    address: str
    check: str
    home_order: tuple[str, ...]

    def rank(self, site: str) -> int:
        """Place of `site` in the home order; sites outside it come last."""
        return self.home_order.index(site) if site in self.home_order else len(self.home_order)


@dataclass(frozen=True, slots=True)
class Peer:
    """Another balancer and the address of its status."""

    name: str
    site: str
    address: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the daemon is told; times in seconds."""

    name: str
    site: str
    address: str
    port: int
    services: tuple[Service, ...]
    peers: tuple[Peer, ...]
    identity: str
    trust: str
    callers: tuple[str, ...]
    gateway: str
    """The LAN's gateway, over which answers leave."""
    lan: str = "lan"
    interface: str = "lo"
    period_s: float = 1.0
    check_timeout_s: float = 0.9
    look_timeout_s: float = 0.3
    gateway_timeout_s: float = 0.5
    gateway_silence_s: float = 5.0


def load_settings(path: Path) -> Settings:
    """Settings from the role's JSON file; unknown or missing keys raise TypeError or KeyError."""
    said = json.loads(path.read_text(encoding="utf-8"))
    services = tuple(
        Service(**{**service, "home_order": tuple(service["home_order"])})
        for service in said.pop("services")
    )
    peers = tuple(Peer(**peer) for peer in said.pop("peers"))
    callers = tuple(said.pop("callers"))
    return Settings(services=services, peers=peers, callers=callers, **said)
