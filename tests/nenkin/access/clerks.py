"""Those who ask in the tests of access."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.dr_acting.postgres import Server
from tests.nenkin.application import ASKED, Application


def events(server: Server, where: str) -> list[dict[str, Any]]:
    """Events as the database has them, in their order."""
    said = server.ask(
        "SELECT coalesce(jsonb_agg(to_jsonb(e) ORDER BY id), '[]') FROM nenkin.access_events e"
        f" WHERE {where}"
    )
    found: list[dict[str, Any]] = json.loads(said)
    return found


def grant(server: Server, operator: str, role: str) -> None:
    """Give an operator that nobody asked for yet a role."""
    server.ask(
        "INSERT INTO nenkin.operators (operator, revision, role, granted_by, reason)"
        f" VALUES ('{operator}', 1, '{role}', 'chief', 'test')"
    )


def bare(service: Application, **headers: str) -> httpx.Client:
    """A client that says no more than this of who asks."""
    return httpx.Client(base_url=service.client.base_url, timeout=10, headers=headers)


def operator(service: Application, name: str, purpose: str = "notice") -> httpx.Client:
    """A client of an operator."""
    return bare(service, **ASKED | {"Nenkin-Operator": name, "Nenkin-Purpose": purpose})
