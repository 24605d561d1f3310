"""What an operator may do: roles in the records database, their rights in the table `access_rights`."""

from __future__ import annotations

import asyncio
from functools import cache

from nenkin.access.caller import Caller
from nenkin.connection import Connection
from nenkin.dated import rows
from nenkin.outcome import Rejected

CLERK = "clerk"
# Seconds for which a process goes by what it read: a role that is taken away is gone after them.
KEPT_S = 5.0
_MOST = 10_000
_SELECT = """
    SELECT role FROM nenkin.operators WHERE operator = %s ORDER BY revision DESC LIMIT 1"""


@cache
def rights() -> dict[str, frozenset[str]]:
    """The rights of each role."""
    found: dict[str, frozenset[str]] = {}
    for row in rows("access_rights"):
        found[row["role"]] = found.get(row["role"], frozenset()) | {row["right"]}
    return found


class Roles:
    """The operators' roles, each kept for KEPT_S."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, str]] = {}

    def knows(self, operator: str, right: str) -> bool:
        """Whether an operator is known to have a right without asking the database."""
        kept = self._kept.get(operator)
        is_fresh = kept is not None and asyncio.get_running_loop().time() < kept[0]
        return is_fresh and kept is not None and right in rights().get(kept[1], frozenset())

    async def require(self, connection: Connection, caller: Caller, right: str) -> None:
        """Raises Rejected with 403 where the caller has not the right."""
        role = await self._role(connection, caller.operator)
        if right not in rights().get(role, frozenset()):
            able = [name for name, has in rights().items() if right in has]
            raise Rejected(
                403,
                f"operator {caller.operator} has the role {role}, which may not {right}: "
                f"{' and '.join(able)} may",
            )

    async def _role(self, connection: Connection, operator: str) -> str:
        now = asyncio.get_running_loop().time()
        kept = self._kept.get(operator)
        if kept is not None and now < kept[0]:
            return kept[1]
        row = await (await connection.execute(_SELECT, (operator,))).fetchone()
        role = CLERK if row is None else str(row[0])
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[operator] = (now + KEPT_S, role)
        return role
