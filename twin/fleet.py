"""Hosts of an estate that are there, and what their conductor has at hand: the twin's, or production's."""

from __future__ import annotations

from inventory import Estate
from playbooks.secret_store import SecretStore
from twin.places import Places

__all__ = ["Fleet"]


class Fleet:
    """A slice of an estate that is reached by SSH, with its secrets and a folder for what a run writes."""

    def __init__(
        self, estate: Estate, slice_name: str, places: Places, secrets: SecretStore
    ) -> None:
        self.estate = estate
        self.slice_name = slice_name
        self.places = places
        self.secrets = secrets
        self.names = estate.slice_hosts(slice_name)

    def role(self, host: str) -> str:
        return self.estate.hosts[host].role
