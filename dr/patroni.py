"""What Patroni says about a database host and its cluster, over its REST interface."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from dr.fetch import Fetch, NoAnswer

__all__ = ["PORT", "Member", "NodeState", "read_cluster", "read_config", "read_node"]

PORT = 8008


@dataclass(frozen=True, slots=True)
class NodeState:
    """What a node says of itself."""

    role: str
    state: str
    is_unlocked: bool
    """Whether it sees that nobody leads its cluster."""
    is_paused: bool
    timeline: int | None
    version: str


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a cluster as the cluster sees it."""

    name: str
    role: str
    state: str

    @property
    def is_well(self) -> bool:
        """Whether it leads, or streams from the leader."""
        leads = self.role in ("leader", "standby_leader")
        return self.state == "running" if leads else self.state == "streaming"


def read_node(fetch: Fetch) -> NodeState:
    """Ask a node; NoAnswer where it gives none."""
    said = _object(fetch("/patroni"))
    version = said.get("patroni", {}).get("version", "")
    return NodeState(
        role=str(said.get("role", "")),
        state=str(said.get("state", "")),
        is_unlocked=bool(said.get("cluster_unlocked", False)),
        is_paused=bool(said.get("pause", False)),
        timeline=said.get("timeline"),
        version=str(version),
    )


def read_cluster(fetch: Fetch) -> tuple[Member, ...]:
    """Ask a node who is in its cluster; NoAnswer where it gives no answer."""
    members = _object(fetch("/cluster")).get("members", [])
    return tuple(
        Member(str(m.get("name")), str(m.get("role")), str(m.get("state"))) for m in members
    )


def read_config(fetch: Fetch) -> dict[str, Any]:
    """Ask a node for the settings that its cluster shares; NoAnswer where it gives none."""
    return _object(fetch("/config"))


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError as error:
        raise NoAnswer(f"no JSON: {data[:80]!r}") from error
    if not isinstance(value, dict):
        raise NoAnswer(f"no JSON object: {data[:80]!r}")
    return value
