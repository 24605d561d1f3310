"""Acts on numbers, merges and un-merges, in one order of all.

They are decisions of persons, so few that one at a time will do; and no two together can then make what neither would
alone, such as a circle. Each one's time is behind that of the one before, also where the clock of a new leader is slow.
"""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

from psycopg.errors import LockNotAvailable

from nenkin.connection import Connection
from nenkin.outcome import Unknown

_LOCK = "SELECT pg_advisory_xact_lock(3, 0)"
_COLUMNS = """id, head, undone, drafter, approver, reason, acted_at,
    ARRAY(SELECT number FROM nenkin.folds WHERE act = id ORDER BY number)"""
_BY_KEY = f"SELECT {_COLUMNS} FROM nenkin.acts WHERE key = %s"
_BY_ID = f"SELECT {_COLUMNS} FROM nenkin.acts WHERE id = %s"
_INSERT = """
    INSERT INTO nenkin.acts (key, head, undone, drafter, approver, reason, acted_at)
    VALUES (%(key)s, %(head)s, %(undone)s, %(drafter)s, %(approver)s, %(reason)s,
            greatest(clock_timestamp(), (SELECT max(acted_at) + interval '1 microsecond' FROM nenkin.acts)))
    RETURNING id, acted_at"""
_FOLD = "INSERT INTO nenkin.folds (act, number) SELECT %s, unnest(%s::text[])"


class Decision(Protocol):
    """Who decided, and why."""

    @property
    def drafter(self) -> str: ...
    @property
    def approver(self) -> str: ...
    @property
    def reason(self) -> str: ...


async def lock(connection: Connection) -> None:
    """Waits until no other act is under way; raises Unknown, since that may be this one's first try."""
    try:
        await connection.execute(_LOCK)
    except LockNotAvailable as error:
        raise Unknown("another act is still under way; repeat this with the same key") from error


async def find(connection: Connection, key: UUID) -> dict[str, Any] | None:
    """The act entered under this key."""
    return _body(await (await connection.execute(_BY_KEY, (key,))).fetchone())


async def get(connection: Connection, act: int) -> dict[str, Any] | None:
    """The act of this id."""
    return _body(await (await connection.execute(_BY_ID, (act,))).fetchone())


async def enter(
    connection: Connection,
    key: UUID,
    decision: Decision,
    *,
    head: str | None = None,
    members: tuple[str, ...] = (),
    undone: int | None = None,
) -> dict[str, Any]:
    """Enters an act that was found to be right, under the lock; its body."""
    said = {"drafter": decision.drafter, "approver": decision.approver, "reason": decision.reason}
    values = {"key": key, "head": head, "undone": undone, **said}
    row = await (await connection.execute(_INSERT, values)).fetchone()
    assert row is not None
    if members:
        await connection.execute(_FOLD, (row[0], list(members)))
    body = _body((row[0], head, undone, *said.values(), row[1], sorted(members)))
    assert body is not None
    return body


def _body(row: tuple[Any, ...] | None) -> dict[str, Any] | None:
    if row is None:
        return None
    act, head, undone, drafter, approver, reason, acted_at, members = row
    what = {"head": head, "members": members} if undone is None else {"undone": undone}
    return {
        "act": act,
        "kind": "merge" if undone is None else "unmerge",
        **what,
        "drafter": drafter,
        "approver": approver,
        "reason": reason,
        "acted_at": acted_at.isoformat(),
    }
