"""Review: a person decides whether a candidate is one person under two numbers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from nenkin.connection import Connection
from nenkin.number import PensionNumber
from nenkin.numbers import act
from nenkin.numbers.forms import ReviewForm
from nenkin.numbers.merge import fold
from nenkin.outcome import Rejected
from nenkin.replay import Answer, vouch

_COLUMNS = "id, candidate, decision, act, drafter, approver, reason, decided_at"
_BY_KEY = f"SELECT {_COLUMNS} FROM nenkin.reviews WHERE key = %s"
_LAST = "SELECT decision, act FROM nenkin.reviews WHERE candidate = %s ORDER BY id DESC LIMIT 1"
# The numbers in force of both, the one issued first in front.
_HEADS = """
    SELECT head.number FROM nenkin.candidates candidate
    CROSS JOIN LATERAL (VALUES (one), (other)) AS of_both (number)
    JOIN nenkin.numbers head ON head.number = nenkin.number_in_force(of_both.number, 'infinity')
    WHERE candidate.id = %s ORDER BY head.issued_at, head.number"""
_INSERT = f"""
    INSERT INTO nenkin.reviews (key, candidate, decision, act, drafter, approver, reason)
    VALUES (%(key)s, %(candidate)s, %(decision)s, %(act)s, %(drafter)s, %(approver)s, %(reason)s)
    RETURNING {_COLUMNS}"""


async def review(connection: Connection, key: UUID, candidate: int, form: ReviewForm) -> Answer:
    """Decides a candidate, once for each key; the same person's numbers are merged in the same transaction.

    The number kept is the one the form names, or else a basic one before a provisional one, then the first issued. A
    decision that it was another person may be changed later, one that it was the same by an un-merge. Raises Rejected:
    404 for a candidate that is not on record, 409 for one that is decided and for the same key with another body, 422
    for a head that is none of the numbers in force; and what a merge raises.
    """
    await act.lock(connection)
    row = await (await connection.execute(_BY_KEY, (key,))).fetchone()
    if row is not None:
        known = _body(row)
        wanted = form.model_dump(exclude={"head"}) | {"candidate": candidate}
        if not known.items() >= wanted.items():
            raise Rejected(409, f"key {key} was used for another review; take a new key")
        await vouch(connection, str(key))
        return Answer(200, known)
    if await act.find(connection, key) is not None:
        raise Rejected(409, f"key {key} was used for an act; take a new key")
    heads = [head for (head,) in await (await connection.execute(_HEADS, (candidate,))).fetchall()]
    if not heads:
        raise Rejected(404, f"candidate {candidate} is not on record")
    await _require_open(connection, candidate, form.decision)
    merged = None
    if form.decision == "same":
        head = _head(heads, form.head)
        members = tuple(one for one in heads if one != head)
        merged = (await fold(connection, key, head, members, form))["act"]
    values = form.model_dump() | {"key": key, "candidate": candidate, "act": merged}
    row = await (await connection.execute(_INSERT, values)).fetchone()
    assert row is not None
    return Answer(201, _body(row))


async def _require_open(connection: Connection, candidate: int, decision: str) -> None:
    last = await (await connection.execute(_LAST, (candidate,))).fetchone()
    if last is None or last[0] == "withdrawn":
        return
    if last[0] == "same":
        raise Rejected(409, f"candidate {candidate} is merged by act {last[1]}; undo that first")
    if decision == "different":
        raise Rejected(409, f"candidate {candidate} is decided: different")


def _head(heads: list[str], wanted: str | None) -> str:
    if len(set(heads)) == 1:
        raise Rejected(409, f"both numbers stand under {heads[0]} already")
    if wanted is None:
        return min(heads, key=lambda one: PensionNumber.parse(one).is_provisional)
    if wanted not in heads:
        raise Rejected(422, f"head: {wanted} is none of those in force: {', '.join(heads)}")
    return wanted


def _body(row: tuple[Any, ...]) -> dict[str, Any]:
    identity, candidate, decision, merged, drafter, approver, reason, decided_at = row
    return {
        "review": identity,
        "candidate": candidate,
        "decision": decision,
        "act": merged,
        "drafter": drafter,
        "approver": approver,
        "reason": reason,
        "decided_at": decided_at.isoformat(),
    }
