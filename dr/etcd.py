"""What one member of etcd says, asked through its gRPC gateway (JSON over HTTP)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dr.fetch import Fetch, NoAnswer

__all__ = ["ClusterKeys", "MemberView", "member_names", "read_member"]

_NAMESPACE = "/service"
"""Where Patroni keeps its keys."""


@dataclass(frozen=True, slots=True)
class ClusterKeys:
    """Patroni's keys of one cluster."""

    leader: str | None
    """None where the key is absent: nobody holds the lease."""
    sync_members: tuple[str, ...] = ()
    """Everybody that `/sync` names, its leader first."""
    optime: int | None = None
    """The leader's last written WAL byte as `/status` has it, up to one loop old."""


@dataclass(frozen=True, slots=True)
class MemberView:
    """What one member of etcd holds at one moment."""

    member: int
    leader: int
    """The member whom it follows, 0 where it knows none."""
    term: int
    revision: int
    clusters: Mapping[str, ClusterKeys]


def read_member(fetch: Fetch, clusters: Iterable[str]) -> MemberView:
    """Ask a member for its own view, without asking the others; NoAnswer where it gives none."""
    names = tuple(clusters)
    keys = [f"{_NAMESPACE}/{n}/{key}" for n in names for key in ("leader", "sync", "status")]
    # Serializable reads are answered from the member's own store: also when etcd has no leader.
    ranges = [{"requestRange": {"key": _encode(key), "serializable": True}} for key in keys]
    answer = _object(fetch("/v3/kv/txn", json.dumps({"success": ranges}).encode()))
    status = _object(fetch("/v3/maintenance/status", b"{}"))
    try:
        values = [_value(part) for part in answer["responses"]]
        found = {n: _keys(*values[3 * i : 3 * i + 3]) for i, n in enumerate(names)}
        return MemberView(
            member=int(status["header"]["member_id"]),
            leader=int(status.get("leader", 0)),
            term=int(status.get("raftTerm", 0)),
            revision=int(answer["header"]["revision"]),
            clusters=found,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise NoAnswer(f"an answer of etcd that cannot be read: {error!r}") from error


def member_names(fetch: Fetch) -> dict[int, str]:
    """Give the name of each member; they are named after their hosts."""
    try:
        listed = _object(fetch("/v3/cluster/member/list", b"{}"))["members"]
        return {int(member["ID"]): str(member.get("name", "")) for member in listed}
    except (KeyError, TypeError, ValueError) as error:
        raise NoAnswer(f"a list of members that cannot be read: {error!r}") from error


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError as error:
        raise NoAnswer(f"no JSON: {data[:80]!r}") from error
    if not isinstance(value, dict) or "error" in value:
        raise NoAnswer(f"etcd answered {data[:200]!r}")
    return value


def _encode(key: str) -> str:
    return base64.b64encode(key.encode()).decode()


def _value(part: Mapping[str, Any]) -> str | None:
    entries = part.get("response_range", part.get("responseRange", {})).get("kvs", [])
    return base64.b64decode(entries[0].get("value", "")).decode() if entries else None


def _keys(leader: str | None, sync: str | None, status: str | None) -> ClusterKeys:
    named = json.loads(sync) if sync else {}
    standbys = str(named.get("sync_standby") or "")
    members = [str(named.get("leader") or ""), *standbys.split(",")]
    try:
        optime = json.loads(status or "null")
        optime = int(optime["optime"]) if isinstance(optime, dict) else optime
    except (KeyError, TypeError, ValueError):
        optime = None
    return ClusterKeys(
        leader=leader or None,
        sync_members=tuple(member for member in members if member),
        optime=optime if isinstance(optime, int) else None,
    )
