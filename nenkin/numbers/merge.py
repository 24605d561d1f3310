"""Consolidation: several numbers of one person are put under one that stays in force."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from nenkin.connection import Connection
from nenkin.number import PensionNumber
from nenkin.numbers import act
from nenkin.numbers.forms import MergeForm
from nenkin.outcome import Rejected
from nenkin.replay import Answer, vouch

_IN_FORCE = """
    SELECT number, nenkin.number_in_force(number, 'infinity')
    FROM nenkin.numbers WHERE number = ANY(%s)"""


async def merge(connection: Connection, key: UUID, form: MergeForm) -> Answer:
    """Puts numbers under one, once for each key; numbers that stand under a member come along.

    Raises Rejected: 404 for a number that is not on record, 409 for the same key with another body and for a number
    that stands under another one, 422 for basic numbers under a provisional one; Unknown.
    """
    await act.lock(connection)
    known = await act.find(connection, key)
    if known is not None:
        wanted = form.model_dump() | {"members": sorted(form.members)}
        if not known.items() >= wanted.items():
            raise Rejected(409, f"key {key} was used for another act; take a new key")
        await vouch(connection, str(key))
        return Answer(200, known)
    return Answer(201, await fold(connection, key, form.head, form.members, form))


async def fold(
    connection: Connection, key: UUID, head: str, members: tuple[str, ...], decision: act.Decision
) -> dict[str, Any]:
    """Enters a merge under the lock of acts, if it makes sense; raises Rejected as merge() does.

    Only numbers in force are merged, each other than the head: so nothing stands under two, and there is no circle.
    """
    numbers = [head, *members]
    rows = await (await connection.execute(_IN_FORCE, (numbers,))).fetchall()
    in_force: dict[str, str] = dict(rows)
    for number in numbers:
        if number not in in_force:
            raise Rejected(404, f"number {number} is not on record")
    over = in_force[head]
    if over in members:
        raise Rejected(
            409, f"head: {head} stands under {over}, which cannot be put under it; undo that first"
        )
    if over != head:
        raise Rejected(409, f"head: {head} stands under {over}; name {over}, or undo that first")
    for number in members:
        over = in_force[number]
        if over == head:
            raise Rejected(409, f"members: {number} stands under {head} already")
        if over != number:
            raise Rejected(
                409, f"members: {number} stands under {over}; name {over}, or undo that first"
            )
    if _is_provisional(head) and not all(map(_is_provisional, members)):
        raise Rejected(422, f"head: {head} is a provisional number; name a basic one")
    return await act.enter(connection, key, decision, head=head, members=members)


def _is_provisional(number: str) -> bool:
    return PensionNumber.parse(number).is_provisional
